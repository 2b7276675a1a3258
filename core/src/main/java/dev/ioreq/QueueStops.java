package dev.ioreq;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// How a queue goes with its device out of the working state, back into it, and away.
final class QueueStops {
  private final IoQueue queue;
  private final IoDevice device;
  private final QueueConfig config;
  private final QueueGate gate;
  private final ReentrantLock lock;
  private final QueueCallbacks callbacks;

  // all guarded by lock
  private @Nullable ReceivedRequest beingStopped; // whose stop handler runs
  private boolean isNotifying; // of stops or resumes: cancel events are held back
  private final List<Runnable> heldBack = new ArrayList<>();

  QueueStops(IoQueue queue, IoDevice device, QueueConfig config) {
    this.queue = queue;
    this.device = device;
    this.config = config;
    gate = queue.gate;
    lock = gate.lock;
    callbacks = queue.callbacks;
  }

  // ------------------------------------------------------------------ the device's transitions

  /// The device leaves its working state: nothing is delivered, and the driver is told of what it
  /// holds. Returns when all of that is completed or answered, or the device is closed.
  void suspend() {
    lock.lock();
    try {
      gate.isHeld = true;
      gate.reconsiderLocked();
    } finally {
      lock.unlock();
    }
    tellAndAwait(IoStopHandler.Reason.SUSPEND);
  }

  /// The device is back.
  void resume() {
    List<ReceivedRequest> kept = new ArrayList<>();
    boolean isReady;
    lock.lock();
    try {
      for (ReceivedRequest request : gate.tracked.all()) {
        if (request.isKeptOverStop) {
          kept.add(request);
        }
      }
    } finally {
      lock.unlock();
    }
    notifying(true);
    for (ReceivedRequest request : kept) {
      callbacks.run(() -> tellOfResume(request));
    }
    callbacks.run(() -> notifying(false));
    lock.lock();
    try {
      gate.isHeld = false;
      gate.reconsiderLocked();
      isReady = gate.delivers && !gate.waiting.isEmpty();
    } finally {
      lock.unlock();
    }
    queue.pump();
    if (isReady) {
      queue.changes.notifyReady();
    }
  }

  private void tellOfResume(ReceivedRequest request) {
    lock.lock();
    try {
      if (!request.isTracked || !request.isKeptOverStop) {
        return; // completed meanwhile
      }
      request.isKeptOverStop = false;
    } finally {
      lock.unlock();
    }
    RequestHandler handler = config.ioResume;
    if (handler != null) {
      queue.delivery.handle(handler, request, IoStatus.UNSUCCESSFUL);
    }
  }

  /// The device goes for good: nothing is taken or delivered any more, what waits is cancelled, and
  /// the driver is told of what it holds. Returns when all has ended.
  void shut() {
    queue.changes.shut();
    tellAndAwait(IoStopHandler.Reason.REMOVE);
    await(
        WaitWatch.begin(VerifierRule.OWNED_AT_REMOVAL, queue, "its removal"),
        () -> gate.owned() == 0 && gate.ending == 0);
  }

  // ------------------------------------------------------------------ the driver's answers

  private void tellAndAwait(IoStopHandler.Reason reason) {
    IoStopHandler handler = config.ioStop;
    if (handler != null) {
      List<ReceivedRequest> held;
      lock.lock();
      try {
        held = gate.tracked.all();
        held.forEach(request -> request.isStopNotified = true);
      } finally {
        lock.unlock();
      }
      notifying(true);
      for (ReceivedRequest request : held) {
        callbacks.run(() -> tell(handler, request, reason));
      }
      callbacks.run(() -> notifying(false)); // after them, also where another callback delays them
    }
    await(
        WaitWatch.begin(
            handler != null ? VerifierRule.IO_STOP_NOT_ANSWERED : VerifierRule.WAIT_TOO_LONG,
            queue,
            reason == IoStopHandler.Reason.REMOVE ? "its removal" : "its suspension"),
        () ->
            !isUnansweredLocked(handler != null)
                || (reason == IoStopHandler.Reason.SUSPEND && device.hasEnded()));
  }

  /// Waits for a condition, and looks around between. An interrupt does not end the wait, and is
  /// kept.
  private void await(WaitWatch watch, BooleanSupplier isOverLocked) {
    boolean isInterrupted = false;
    while (true) {
      lock.lock();
      try {
        long leftNanos = watch.turnNanos();
        while (!isOverLocked.getAsBoolean() && leftNanos > 0) {
          leftNanos = gate.answered.awaitNanos(leftNanos);
        }
        if (isOverLocked.getAsBoolean()) {
          break;
        }
      } catch (InterruptedException e) {
        isInterrupted = true;
      } finally {
        lock.unlock();
      }
      watch.lookAt(queue::describeHeld);
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isUnansweredLocked(boolean wasTold) {
    return wasTold
        ? gate.tracked.all().stream().anyMatch(request -> request.isStopNotified)
        : gate.owned() != 0;
  }

  private void tell(IoStopHandler handler, ReceivedRequest request, IoStopHandler.Reason reason) {
    boolean isMarked;
    lock.lock();
    try {
      if (!request.isTracked) {
        return; // completed meanwhile
      }
      beingStopped = request;
      isMarked = request.cancelRoutine != null;
    } finally {
      lock.unlock();
    }
    CallbackFailures.guard(queue, () -> handler.stopping(queue, request, reason, isMarked));
    lock.lock();
    try {
      beingStopped = null;
    } finally {
      lock.unlock();
    }
  }

  void acknowledge(ReceivedRequest request, boolean requeue) {
    boolean isCancelled = false;
    List<Runnable> due;
    lock.lock();
    try {
      if (beingStopped != request || !request.isTracked) {
        throw Verifier.fatal(
            VerifierRule.STOP_ACKNOWLEDGE_OUTSIDE_IO_STOP,
            request,
            IoStatus.INVALID_DEVICE_REQUEST,
            "cannot acknowledge a stop of it outside its stop handler");
      }
      if (requeue) {
        requireRequeueableLocked(request);
        if (!request.tryTakeBack()) {
          throw request.notOwned("requeue");
        }
        gate.tracked.remove(request);
        isCancelled = queue.delivery.putFirstLocked(request);
        gate.disownLocked();
      } else {
        request.isKeptOverStop = true;
      }
      request.isStopNotified = false;
      gate.answered.signalAll();
      due = queue.changes.dueLocked();
    } finally {
      lock.unlock();
    }
    try {
      if (isCancelled) {
        queue.cancels.endCancelled(request);
      }
    } finally {
      QueueChanges.run(due);
    }
  }

  private static void requireRequeueableLocked(ReceivedRequest request) {
    if (request.cancelRoutine != null || request.isAtTarget()) {
      throw Verifier.fatal(
          VerifierRule.QUEUE_CALL_ON_MARKED,
          request,
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot requeue it while it is marked cancelable, or at a target");
    }
  }

  // ------------------------------------------------------------------ cancels meanwhile

  /// Keeps a cancel event until the driver has been told of all stops or resumes.
  ///
  /// @return false if it is not being told: then the event is the caller's to run
  boolean holdBack(Runnable event) {
    lock.lock();
    try {
      return isNotifying && heldBack.add(event);
    } finally {
      lock.unlock();
    }
  }

  private void notifying(boolean isNotifying) {
    List<Runnable> events = List.of();
    lock.lock();
    try {
      this.isNotifying = isNotifying;
      if (!isNotifying && !heldBack.isEmpty()) {
        events = List.copyOf(heldBack);
        heldBack.clear();
      }
    } finally {
      lock.unlock();
    }
    events.forEach(callbacks::run);
  }
}
