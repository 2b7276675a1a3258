package dev.ioreq;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// How a queue's requests are marked cancelable and cancelled: those that wait, and those the
/// driver has.
final class QueueCancels {
  private final IoQueue queue;
  private final QueueConfig config;
  private final QueueGate gate;
  private final ReentrantLock lock;
  private final QueueCallbacks callbacks;

  QueueCancels(IoQueue queue, QueueConfig config) {
    this.queue = queue;
    this.config = config;
    gate = queue.gate;
    lock = gate.lock;
    callbacks = queue.callbacks;
  }

  // ------------------------------------------------------------------ marks

  /// Marks a request, unless it is cancelled already.
  ///
  /// @param callsIfCancelled whether the routine is called if the request is cancelled already
  /// @return whether it is marked, or its routine called
  boolean mark(ReceivedRequest request, CancelRoutine routine, boolean callsIfCancelled) {
    lock.lock();
    try {
      if (request.cancelRoutine != null || request.isCancelEventDue) {
        throw Verifier.fatal(
            VerifierRule.MARKED_TWICE,
            request,
            IoStatus.INVALID_DEVICE_REQUEST,
            "cannot mark it: it is marked cancelable already");
      }
      if (!request.isCancelRequested()) {
        gate.markLocked(request, routine);
        return true;
      }
      if (!callsIfCancelled) {
        return false;
      }
      request.isCancelEventDue = true;
    } finally {
      lock.unlock();
    }
    Runnable event = () -> event(request, routine);
    if (callbacks.areSynchronized() || !Nesting.current().afterHandler(queue, event)) {
      event.run();
    }
    return true;
  }

  /// Forgets that a cancel event is due, or was: the request is used again.
  void forgetEvent(ReceivedRequest request) {
    lock.lock();
    try {
      request.isCancelEventDue = false;
    } finally {
      lock.unlock();
    }
  }

  /// Takes a mark back.
  ///
  /// @return false if the routine runs or will
  boolean unmark(ReceivedRequest request) {
    lock.lock();
    try {
      if (request.cancelRoutine != null) {
        gate.takeMarkLocked(request);
        return true;
      }
      if (request.isCancelEventDue) {
        return false;
      }
    } finally {
      lock.unlock();
    }
    throw Verifier.fatal(
        VerifierRule.UNMARK_NOT_MARKED,
        request,
        IoStatus.INVALID_DEVICE_REQUEST,
        "cannot unmark it: it is not marked cancelable");
  }

  // ------------------------------------------------------------------ cancels

  /// A cancel has reached a request that is not at a target.
  ///
  /// @return null if it has moved to another queue
  Device.@Nullable CancelResult cancel(ReceivedRequest request, Packet packet) {
    CancelRoutine routine;
    lock.lock();
    try {
      if (!request.isInQueue(queue)) {
        return null;
      }
      if (!request.standsFor(packet)) {
        return Device.CancelResult.NOT_DELIVERED;
      }
      routine = request.cancelRoutine;
      if (request.isQueued()) {
        gate.takeWaitingLocked(request);
      } else if (routine != null && request.isOwned()) {
        gate.takeMarkLocked(request);
        request.isCancelEventDue = true;
      } else {
        return Device.CancelResult.NOT_DELIVERED;
      }
    } finally {
      lock.unlock();
    }
    if (routine == null) {
      endCancelled(request);
    } else {
      event(request, routine);
    }
    return Device.CancelResult.DELIVERED;
  }

  /// Takes the marks off all that are marked.
  ///
  /// @param events gets what is to be run for them after the lock
  void takeMarksLocked(List<Runnable> events) {
    for (ReceivedRequest marked : gate.tracked.all()) {
      CancelRoutine routine = marked.cancelRoutine;
      if (routine != null) {
        gate.takeMarkLocked(marked);
        marked.isCancelEventDue = true;
        events.add(() -> event(marked, routine));
      }
    }
  }

  private void event(ReceivedRequest request, CancelRoutine routine) {
    Runnable event = () -> CallbackFailures.guard(queue, () -> routine.cancelled(request));
    if (!queue.stops.holdBack(event)) {
      callbacks.run(event);
    }
  }

  /// Ends a request that was cancelled while it waited and was taken off its list.
  void endCancelled(ReceivedRequest request) {
    RequestHandler handler = config.canceledOnQueue;
    if (handler != null && request.wasPresented) {
      lock.lock();
      try {
        gate.ending--;
        gate.ownLocked(request);
        request.isCancelledOnQueue = true;
      } finally {
        lock.unlock();
      }
      callbacks.run(() -> queue.delivery.handle(handler, request, IoStatus.CANCELLED));
    } else {
      try {
        request.endByFramework(IoStatus.CANCELLED);
      } finally {
        ended();
      }
    }
  }

  private void ended() {
    List<Runnable> due;
    lock.lock();
    try {
      gate.ending--;
      gate.answered.signalAll();
      due = queue.changes.dueLocked();
    } finally {
      lock.unlock();
    }
    QueueChanges.run(due);
  }
}
