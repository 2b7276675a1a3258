package dev.ioreq;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Runs callbacks of one synchronization scope, never two at the same time, in the order in which
/// they became due.
///
/// Safe from any thread; never blocks.
final class Synchronizer {
  /*
   *   FREE ──run(task)──▶ BUSY: the task runs here ──▶ more waiting? each of them, here ──▶ FREE
   *                        ▲ run(task) from elsewhere, or from within a task: appended
   *
   * No lock is held while a callback runs, so nobody ever waits for another driver's code: who comes while the scope is
   * busy leaves his callback to the thread that is in it. A callback that triggers another of its own scope therefore has
   * it run right after itself, not inside itself.
   *
   * busy and waiting are guarded by the object's monitor; a task's effects are ordered before the next task's by it.
   */
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private final boolean mayBlock;
  private boolean isBusy;

  /// @param mayBlock whether the callbacks may block: then they run on virtual threads unless the
  ///   thread that finds the scope free may block itself
  Synchronizer(boolean mayBlock) {
    this.mayBlock = mayBlock;
  }

  void run(Runnable task) {
    synchronized (this) {
      if (isBusy) {
        waiting.add(task);
        return;
      }
      isBusy = true;
    }
    if (mayBlock && !Nesting.current().mayBlock()) {
      boolean isStarted = false;
      try {
        Thread.ofVirtual().name("ioreq-callback").start(() -> runAll(task));
        isStarted = true;
      } finally {
        if (!isStarted) { // what came meanwhile waits for the next
          synchronized (this) {
            isBusy = false;
          }
        }
      }
    } else {
      runAll(task);
    }
  }

  private void runAll(Runnable first) {
    Throwable failed = null;
    for (Runnable next = first; next != null; next = takeNext()) {
      try {
        next.run();
      } catch (Throwable e) { // the scope goes on; who triggered the first task learns of it
        failed = failed == null ? e : failed;
      }
    }
    if (failed instanceof Error error) {
      throw error;
    }
    if (failed instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private synchronized @Nullable Runnable takeNext() {
    Runnable next = waiting.poll();
    if (next == null) {
      isBusy = false;
    }
    return next;
  }
}
