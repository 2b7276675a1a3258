package dev.ioreq.bench.measure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/// What has to be undone when this process ends, however it does: devices, other processes and
/// files that would stay. What the normal way did not undo is undone when a signal ends the virtual
/// machine. Any thread may use it.
public final class Cleanup {
  /*
   * Each thing is made, and each is undone, with the lock held. So whoever ends the process waits for what is being
   * made, and knows all there is. It then keeps the lock: a thread that goes on meanwhile makes nothing anew, and waits
   * until the virtual machine is gone.
   */
  private static final long PATIENCE_SECONDS = 10;
  private static final Cleanup OF_PROCESS = ofShutdown();

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Owned<?>> owned = new ArrayList<>(); // guarded by lock

  /// For tests, which end it themselves.
  Cleanup() {}

  /// What ends with this process.
  ///
  /// @return always the same
  public static Cleanup ofProcess() {
    return OF_PROCESS;
  }

  private static Cleanup ofShutdown() {
    Cleanup cleanup = new Cleanup();
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(cleanup::end));
    return cleanup;
  }

  /// Makes something.
  ///
  /// @param <T> a thing
  @FunctionalInterface
  public interface Maker<T> {
    /// Makes it, or leaves nothing behind.
    ///
    /// @return what was made
    /// @throws IOException if it cannot be made
    T make() throws IOException;
  }

  /// Undoes something.
  ///
  /// @param <T> a thing
  @FunctionalInterface
  public interface Undo<T> {
    /// Undoes it.
    ///
    /// @param made what was made
    /// @throws IOException if it stays; says what
    void undo(T made) throws IOException;
  }

  /// Something that is undone once: by closing it, or by the end of the process.
  ///
  /// @param <T> a thing
  public final class Owned<T> implements AutoCloseable {
    private final T made;
    private final Undo<? super T> undo;

    private Owned(T made, Undo<? super T> undo) {
      this.made = made;
      this.undo = undo;
    }

    /// What was made.
    ///
    /// @return the thing
    public T get() {
      return made;
    }

    /// Undoes it, the first time.
    ///
    /// @throws IOException if it stays
    @Override
    public void close() throws IOException {
      lock.lock();
      try {
        if (owned.remove(this)) {
          undo.undo(made);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /// Makes something that will be undone.
  ///
  /// @param maker makes it, and must come to an end
  /// @param undo undoes it, and must come to an end
  /// @param <T> a thing
  /// @return the thing, to be closed
  /// @throws IOException if it cannot be made
  public <T> Owned<T> make(Maker<? extends T> maker, Undo<? super T> undo) throws IOException {
    lock.lock();
    try {
      Owned<T> made = new Owned<>(maker.make(), undo);
      owned.add(made);
      return made;
    } finally {
      lock.unlock();
    }
  }

  /// Undoes all there is, the last first, and holds up whoever would make more.
  void end() {
    lock.lock(); // and keeps it
    for (Owned<?> last : List.copyOf(owned).reversed()) {
      try {
        last.close();
      } catch (IOException | RuntimeException e) { // the others are undone all the same
        System.err.println("not cleaned up: " + e.getMessage());
      }
    }
  }

  /// Ends a process and what it started: it is asked to, and made to when it does not heed that.
  ///
  /// @param process running, or ended
  public static void end(Process process) {
    List<ProcessHandle> started = process.descendants().toList();
    process.destroy();
    try {
      process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    started.forEach(ProcessHandle::destroyForcibly);
  }
}
