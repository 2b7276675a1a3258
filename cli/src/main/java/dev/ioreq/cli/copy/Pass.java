package dev.ioreq.cli.copy;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// One run over all blocks by a number of slots: the copy, or the verification.
///
/// **Threading.** Slots run on the threads that complete requests, and on the hands: a few daemon
/// threads that start them, and go on with them where nothing completes (a rate, a hash). The
/// thread that began the pass only waits and shows progress. [#stop()] and [#interrupt()] may be
/// called from any thread.
abstract class Pass {
  private static final int MOST_HANDS = 4;
  private static final AtomicInteger NEXT_HAND = new AtomicInteger(1);

  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicInteger workingSlots;
  private final LongAdder bytesDone = new LongAdder();
  private final Queue<String> messages = new ConcurrentLinkedQueue<>();
  private final ScheduledThreadPoolExecutor hands;

  private volatile boolean isStopping; // take no more blocks
  private volatile boolean isInterrupted; // and give up what is in flight

  Pass(int slots) {
    workingSlots = new AtomicInteger(slots);
    int count = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_HANDS);
    hands =
        new ScheduledThreadPoolExecutor(
            Math.min(count, slots),
            task ->
                Thread.ofPlatform()
                    .daemon()
                    .name("ioreq-copy-" + NEXT_HAND.getAndIncrement())
                    .unstarted(task));
  }

  abstract String name();

  abstract long totalBytes();

  /// Begins; does not wait.
  abstract void start();

  /// Asks for the cancel of every request in flight.
  abstract void cancelRequests();

  /// Goes on with slots that wait for a moment in time.
  abstract void endDelays();

  // --- for the one who waits

  /// Waits, and shows progress meanwhile.
  final void await(Progress progress, long everyMillis) {
    boolean isInterruptedThread = false;
    boolean isEnded = false;
    progress.begin(name(), totalBytes());
    while (!isEnded) {
      try {
        isEnded = ended.await(everyMillis, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        isInterruptedThread = true; // kept for the caller; the copy is ended by interrupt()
      }
      for (String line = messages.poll(); line != null; line = messages.poll()) {
        progress.message(line);
      }
      progress.update(bytesDone.sum());
    }
    progress.end();
    hands.shutdown();
    if (isInterruptedThread) {
      Thread.currentThread().interrupt();
    }
  }

  final void stop() {
    isStopping = true;
    endDelays();
  }

  final void interrupt() {
    isInterrupted = true;
    stop();
    // A slot that had looked at the flags before may send after this: its request is marked, and
    // refused.
    cancelRequests();
  }

  // --- for slots

  final boolean isStopping() {
    return isStopping;
  }

  final boolean isInterrupted() {
    return isInterrupted;
  }

  final ScheduledThreadPoolExecutor hands() {
    return hands;
  }

  final void done(long bytes) {
    bytesDone.add(bytes);
  }

  final long bytesDone() {
    return bytesDone.sum();
  }

  final void message(String line) {
    messages.add(line);
  }

  final void slotRetires() {
    if (workingSlots.decrementAndGet() == 0) {
      ended.countDown();
    }
  }
}
