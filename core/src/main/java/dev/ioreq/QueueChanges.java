package dev.ioreq;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// How a queue's state changes, and who is told when a change has come to its end.
final class QueueChanges {
  private final IoQueue queue;
  private final QueueGate gate;
  private final ReentrantLock lock;
  private final QueueCallbacks callbacks;

  // all guarded by lock
  private @Nullable Consumer<IoQueue> whenStopped;
  private @Nullable Consumer<IoQueue> whenEnded;
  private boolean endsWithWaiting; // whether whenEnded also waits for the queue to be empty
  private @Nullable Consumer<IoQueue> readyNotify;

  QueueChanges(IoQueue queue) {
    this.queue = queue;
    gate = queue.gate;
    lock = gate.lock;
    callbacks = queue.callbacks;
  }

  // ------------------------------------------------------------------ states

  void start() {
    boolean isReady;
    lock.lock();
    try {
      if (gate.isShut) {
        return;
      }
      requireSettled("start");
      change(true, true, false);
      isReady = !gate.waiting.isEmpty() && !gate.isHeld;
    } finally {
      lock.unlock();
    }
    queue.pump();
    if (isReady) {
      notifyReady();
    }
  }

  void stop(@Nullable Consumer<IoQueue> whenStopped) {
    List<Runnable> due;
    lock.lock();
    try {
      requireNone(this.whenStopped, "stop");
      change(true, false, false);
      this.whenStopped = whenStopped;
      due = dueLocked();
    } finally {
      lock.unlock();
    }
    run(due);
  }

  void drain(@Nullable Consumer<IoQueue> whenDrained) {
    List<Runnable> due;
    lock.lock();
    try {
      requireNone(whenEnded, "drain");
      change(false, true, false);
      whenEnded = whenDrained;
      endsWithWaiting = true;
      due = dueLocked();
    } finally {
      lock.unlock();
    }
    run(due);
    queue.pump();
  }

  /// Cancels what waits, and asks the driver to end what it has marked.
  ///
  /// @param isStop whether it goes on taking requests, and delivers none
  void purge(@Nullable Consumer<IoQueue> whenPurged, boolean isStop) {
    cancelAll(() -> {
      requireNone(whenEnded, "purge");
      change(isStop, gate.delivers && !isStop, true);
      whenEnded = whenPurged;
      endsWithWaiting = !isStop;
    });
  }

  /// Purges for good, and waits for nothing. Callbacks that are due from earlier changes come all
  /// the same.
  void shut() {
    cancelAll(() -> {
      change(false, gate.delivers, true);
      gate.isShut = true;
      gate.reconsiderLocked();
      gate.answered.signalAll(); // a suspend waits no longer if its device is closed
    });
  }

  private void cancelAll(Runnable changeLocked) {
    List<ReceivedRequest> cancelled = new ArrayList<>();
    List<Runnable> events = new ArrayList<>();
    lock.lock();
    try {
      changeLocked.run();
      gate.takeAllWaitingLocked(cancelled);
      queue.cancels.takeMarksLocked(events);
    } finally {
      lock.unlock();
    }
    for (ReceivedRequest request : cancelled) { // each, whatever the one before it met
      CallbackFailures.guard(queue, () -> queue.cancels.endCancelled(request));
    }
    run(events);
    List<Runnable> due;
    lock.lock();
    try {
      due = dueLocked();
    } finally {
      lock.unlock();
    }
    run(due);
  }

  private void change(boolean accepts, boolean delivers, boolean isPurge) {
    gate.accepts = accepts;
    gate.delivers = delivers;
    gate.isPurged = isPurge;
    gate.reconsiderLocked();
  }

  private void requireNone(@Nullable Consumer<IoQueue> pending, String what) {
    if (gate.isShut) {
      throw new IoMisuseException(
          IoStatus.DELETE_PENDING, "cannot %s %s: it is deleted".formatted(what, queue));
    }
    if (pending != null) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_STATE,
          "cannot %s %s: the callback of an earlier call is still due".formatted(what, queue));
    }
    requireSettled(what);
  }

  private void requireSettled(String what) {
    if (whenStopped != null || whenEnded != null) {
      Verifier.violated(
          VerifierRule.QUEUE_STATE_CHANGED_EARLY,
          queue,
          IoStatus.INVALID_DEVICE_STATE,
          "it is to %s before the callback of the last change has come".formatted(what));
    }
  }

  // ------------------------------------------------------------------ the end of a change

  /// Changes the state and waits for the end of that.
  void await(String what, Consumer<Consumer<IoQueue>> change) {
    if (Nesting.current().mustNotAwaitTargets()) {
      throw Verifier.fatal(
          VerifierRule.WAIT_IN_CALLBACK,
          queue,
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot %s it and wait from a callback or a completion routine: that could wait for"
                  .formatted(what)
              + " itself; give a callback instead");
    }
    CountDownLatch done = new CountDownLatch(1);
    change.accept(queue -> done.countDown());
    boolean isInterrupted = false;
    WaitWatch watch = WaitWatch.begin(queue, what);
    while (true) {
      try {
        if (done.await(watch.turnNanos(), TimeUnit.NANOSECONDS)) {
          break;
        }
        watch.lookAt(queue::describeHeld);
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// The callbacks that are due now; each is taken off.
  List<Runnable> dueLocked() { // hot path
    Consumer<IoQueue> stopped = whenStopped;
    Consumer<IoQueue> ended = whenEnded;
    if ((stopped == null && ended == null) || gate.owned() != 0 || gate.ending != 0) {
      return List.of();
    }
    List<Runnable> due = new ArrayList<>();
    if (stopped != null) {
      due.add(() -> callbacks.run(() -> stopped.accept(queue)));
      whenStopped = null;
    }
    if (ended != null && (!endsWithWaiting || gate.isEmptyLocked())) {
      due.add(() -> callbacks.run(() -> ended.accept(queue)));
      whenEnded = null;
    }
    return due;
  }

  static void run(List<Runnable> due) { // hot path
    for (int i = 0; i < due.size(); i++) {
      due.get(i).run();
    }
  }

  // ------------------------------------------------------------------ requests that wait

  void readyNotify(@Nullable Consumer<IoQueue> callback) {
    lock.lock();
    try {
      if (callback != null && readyNotify != null) {
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_REQUEST,
            queue + " has a callback for requests already; remove that first");
      }
      if (callback == null && gate.delivers) {
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_REQUEST,
            "stop " + queue + " before its callback for requests is removed");
      }
      readyNotify = callback;
    } finally {
      lock.unlock();
    }
  }

  /// Requests have begun to wait, while the queue gave them. Inside a callback of the queue that is
  /// told after it: one that puts a request back would else be called inside itself.
  void notifyReady() {
    Consumer<IoQueue> notified;
    lock.lock();
    try {
      notified = readyNotify;
    } finally {
      lock.unlock();
    }
    if (notified == null) {
      return;
    }
    Runnable told = () -> callbacks.run(() -> notified.accept(queue));
    if (callbacks.areSynchronized() || !Nesting.current().afterOutermostHandler(queue, told)) {
      told.run();
    }
  }
}
