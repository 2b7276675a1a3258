package dev.ioreq.cli.copy;

import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.PurgeAction;
import dev.ioreq.TargetState;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// One run over all blocks by a number of slots: the copy, or the verification.
///
/// **Threading.** Slots run on the threads that complete requests, and on the hands: a few daemon
/// threads that start them, and go on with them where nothing completes (a rate, a hash). The
/// thread that began the pass waits and shows progress, and ends it after a fault. [#stop()] and
/// [#interrupt()] may be called from any thread.
///
/// **Faults.** What a step throws, on whatever thread, is a fault of this program, and ends the
/// pass: nobody else would go on for the slot that was at it. Then the slots cannot say any more
/// when they are through, but the targets can: once they are purged, nothing is in flight, no
/// routine runs, and none will.
abstract class Pass {
  private static final int MOST_HANDS = 4;
  private static final AtomicInteger NEXT_HAND = new AtomicInteger(1);

  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicInteger workingSlots;
  private final LongAdder bytesDone = new LongAdder();
  private final Queue<String> messages = new ConcurrentLinkedQueue<>();
  private final ScheduledThreadPoolExecutor hands;

  private final AtomicReference<@Nullable Throwable> fault = new AtomicReference<>();

  private volatile boolean isStopping; // take no more blocks
  private volatile boolean isInterrupted; // and give up what is in flight

  Pass(int slots) {
    workingSlots = new AtomicInteger(slots);
    int count = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_HANDS);
    hands = new Hands(Math.min(count, slots));
  }

  private final class Hands extends ScheduledThreadPoolExecutor {
    Hands(int count) {
      super(
          count,
          task ->
              Thread.ofPlatform()
                  .daemon()
                  .name("ioreq-copy-" + NEXT_HAND.getAndIncrement())
                  .unstarted(task),
          new ThreadPoolExecutor.DiscardPolicy()); // of a pass that has ended nothing goes on
      setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /// Here every task is a future, which keeps what was thrown.
    @Override
    protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
      if (task instanceof Future<?> future && future.state() == Future.State.FAILED) {
        failed(future.exceptionNow());
      }
    }
  }

  abstract String name();

  abstract long totalBytes();

  /// Begins; does not wait.
  abstract void start();

  /// Asks for the cancel of every request in flight.
  abstract void cancelRequests();

  /// Goes on with slots that wait for a moment in time.
  abstract void endDelays();

  /// Whatever it sends to.
  abstract List<IoTarget> targets();

  // --- for the one who waits

  /// Waits, and shows progress meanwhile.
  final void await(Progress progress, long everyMillis) {
    boolean isInterruptedThread = false;
    boolean isEnded = false;
    show(() -> progress.begin(name(), totalBytes()));
    while (!isEnded) {
      try {
        isEnded = ended.await(everyMillis, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        isInterruptedThread = true; // kept for the caller; the copy is ended by interrupt()
      }
      show(() -> {
        for (String line = messages.poll(); line != null; line = messages.poll()) {
          progress.message(line);
        }
        progress.update(bytesDone.sum());
      });
    }
    show(progress::end);
    if (fault.get() != null) {
      giveUp();
    }
    hands.shutdown();
    if (isInterruptedThread) {
      Thread.currentThread().interrupt();
    }
  }

  private void show(Runnable what) {
    try {
      what.run();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /// Ends what is under way, wherever that is.
  private void giveUp() {
    cancelAll();
    List<IoTarget> targets = targets();
    targets.forEach(target -> target.purge(PurgeAction.PURGE_AND_WAIT));
    hands.close();
    for (IoTarget target : targets) {
      if (target.state() == TargetState.PURGED) {
        target.start(); // for the flush
      }
    }
  }

  /// What was thrown, if that is why it ended. When the wait is over.
  final Optional<Throwable> fault() {
    return Optional.ofNullable(fault.get());
  }

  final void stop() {
    isStopping = true;
    endDelays();
  }

  /// Ends it early.
  void interrupt() {
    cancelAll();
  }

  private void cancelAll() {
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

  /// Whether a request was given up: cancelled, or refused after a fault.
  final boolean isGivenUp(IoStatus status) {
    return isInterrupted
        && (status.equals(IoStatus.CANCELLED) || status.equals(IoStatus.INVALID_DEVICE_STATE));
  }

  /// A step threw. From any thread; does not wait.
  final void failed(Throwable thrown) {
    isInterrupted = true;
    isStopping = true;
    fault.compareAndSet(null, thrown);
    ended.countDown();
  }

  /// A routine as a slot registers it: what it throws ends the pass.
  final CompletionRoutine guarded(CompletionRoutine routine) {
    return (request, target, result) -> {
      try {
        routine.completed(request, target, result);
      } catch (Throwable e) {
        failed(e);
      }
    };
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
