package dev.ioreq.linux.engine;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/// Small things that other threads have the engine's thread do, because the kernel lets only that
/// thread change the ring: rare, so they may allocate.
final class Errands {
  /*
   * An errand is queued, and then isOver is looked at; the end sets isOver, and then empties the queue. Both are volatile,
   * so one of the two sees the other: nobody waits for an errand that nobody will run. What the end finds is not run: the
   * engine has given back all it had before.
   */
  private static final class Errand {
    private final Runnable work;
    private final CountDownLatch done = new CountDownLatch(1);

    Errand(Runnable work) {
      this.work = work;
    }
  }

  private final ConcurrentLinkedQueue<Errand> queue = new ConcurrentLinkedQueue<>();
  private volatile boolean isOver;

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /// Leaves an errand; the caller wakes the engine.
  ///
  /// @return what ends when it was run, or never will be
  CountDownLatch add(Runnable work) {
    Errand errand = new Errand(work);
    queue.add(errand);
    if (isOver) {
      end();
    }
    return errand.done;
  }

  /// By the engine's thread: runs so many of those there are, in order.
  void run(int most) {
    for (int ran = 0; ran < most; ran++) {
      Errand next = queue.poll();
      if (next == null) {
        return;
      }
      try {
        next.work.run();
      } catch (VirtualMachineError e) {
        PacketRing.survive(e);
      } finally {
        next.done.countDown();
      }
    }
  }

  /// By the engine's thread, last: nothing is run any more.
  void end() {
    isOver = true;
    for (Errand next = queue.poll(); next != null; next = queue.poll()) {
      next.done.countDown();
    }
  }
}
