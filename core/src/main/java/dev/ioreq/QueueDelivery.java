package dev.ioreq;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// How requests come into a queue, reach its driver, and leave it.
final class QueueDelivery {
  /// What became of a request that came.
  private enum Admission {
    DELIVERED,
    WAITING,
    FIRST_WAITING,
    CANCELLED,
    REFUSED
  }

  private final IoQueue queue;
  private final QueueConfig config;
  private final QueueGate gate;
  private final ReentrantLock lock;
  private final QueueCallbacks callbacks;
  private final @Nullable ReservedRequests reserved;

  QueueDelivery(IoQueue queue, IoDevice device, QueueConfig config) {
    this.queue = queue;
    this.config = config;
    gate = queue.gate;
    lock = gate.lock;
    callbacks = queue.callbacks;
    ForwardProgress progress = config.forwardProgress;
    reserved =
        progress == null
            ? null
            : new ReservedRequests(device, this, config.reservedRequests, progress);
  }

  // ------------------------------------------------------------------ arrival

  /// Takes a request that came from above.
  void arrive(ReceivedRequest request) { // hot path
    ReservedRequests reserved = this.reserved;
    if (reserved == null || request.isReserved() || reserved.hasResources(request)) {
      admit(request);
    } else {
      admitReserved(reserved, request);
    }
  }

  private void admitReserved(ReservedRequests reserved, ReceivedRequest request) {
    if (!reserved.mayStandFor(request)) {
      request.endByFramework(IoStatus.INSUFFICIENT_RESOURCES);
      return;
    }
    ReceivedRequest standIn = null;
    boolean isCancelled = false;
    lock.lock();
    try {
      if (gate.accepts) {
        standIn = gate.awaitingReserve.isEmpty() ? reserved.take() : null;
        if (standIn == null) {
          request.queue(queue);
          request.awaitsReserve = true;
          request.becomeQueued();
          gate.awaitingReserve.addLast(request);
          if (!request.isCancelRequested()) {
            return;
          }
          gate.takeWaitingLocked(request);
          isCancelled = true;
        }
      }
    } finally {
      lock.unlock();
    }
    if (standIn != null) {
      admit(request.replaceBy(standIn));
    } else if (isCancelled) {
      queue.cancels.endCancelled(request);
    } else {
      request.endByFramework(IoStatus.INVALID_DEVICE_STATE);
    }
  }

  private void admit(ReceivedRequest request) { // hot path
    request.queue(queue);
    if (gate.tryOwn(request)) {
      present(request);
      if (!gate.isOpen()) {
        pump(); // it was stopped meanwhile, and perhaps started again
      }
      return;
    }
    Admission admission;
    lock.lock();
    try {
      admission = gate.accepts ? takeLocked(request) : Admission.REFUSED;
    } finally {
      lock.unlock();
    }
    act(admission, request);
  }

  private Admission takeLocked(ReceivedRequest request) { // hot path
    request.queue(queue);
    if (gate.waiting.isEmpty() && !gate.isLooping && gate.isDeliverableLocked()) {
      gate.isLooping = config.dispatchType == DispatchType.SEQUENTIAL;
      gate.ownLocked(request);
      return Admission.DELIVERED;
    }
    return appendLocked(request);
  }

  /// Takes a request on a thread that is inside a handler of this queue. Whoever called that one
  /// looks for more when it has returned; until then another thread may.
  private Admission appendInsideLocked(ReceivedRequest request) {
    request.queue(queue);
    Admission admission = appendLocked(request);
    gate.reconsiderLocked(); // one waits
    return admission;
  }

  private Admission appendLocked(ReceivedRequest request) {
    boolean isFirst = gate.waiting.isEmpty() && isGivingLocked();
    request.becomeQueued();
    gate.waiting.addLast(request);
    if (request.isCancelRequested()) {
      gate.takeWaitingLocked(request);
      return Admission.CANCELLED;
    }
    return isFirst ? Admission.FIRST_WAITING : Admission.WAITING;
  }

  private void act(Admission admission, ReceivedRequest request) { // hot path
    switch (admission) {
      case DELIVERED -> loop(request);
      case FIRST_WAITING -> queue.changes.notifyReady();
      case CANCELLED -> queue.cancels.endCancelled(request);
      case REFUSED -> request.endByFramework(IoStatus.INVALID_DEVICE_STATE);
      case WAITING -> {}
    }
  }

  /// Takes a request from the driver that has it from another queue.
  ///
  /// @return false if this queue takes nothing: then the driver still has it
  boolean takeForwarded(ReceivedRequest request, IoQueue source) {
    boolean isInside =
        config.dispatchType == DispatchType.PARALLEL && Nesting.current().isHandling(queue);
    Admission admission;
    gate.lockBoth(source.gate);
    try {
      if (!gate.accepts) {
        return false;
      }
      if (!request.tryTakeBack()) {
        throw request.notOwned("forward");
      }
      source.gate.tracked.remove(request);
      admission =
          isInside && !callbacks.mayBlock() ? appendInsideLocked(request) : takeLocked(request);
    } finally {
      lock.unlock();
      source.gate.lock.unlock();
    }
    try {
      if (isInside && admission == Admission.DELIVERED && callbacks.mayHandleHere()) {
        presentElsewhere(request);
      } else {
        act(admission, request);
      }
    } finally {
      source.released();
    }
    return true;
  }

  /// Takes a request from the handler in the caller's context.
  ///
  /// @return false if this queue takes nothing: then the driver still has it
  boolean takeFromCaller(ReceivedRequest request) {
    Admission admission; // null: it may need a reserved request
    lock.lock();
    try {
      if (!gate.accepts) {
        return false;
      }
      if (!request.tryTakeBack()) {
        throw request.notOwned("enqueue");
      }
      admission = reserved == null ? takeLocked(request) : null;
    } finally {
      lock.unlock();
    }
    if (admission != null) {
      act(admission, request);
    } else {
      arrive(request);
    }
    return true;
  }

  /// Takes a request back from the driver, as the next to be retrieved.
  void putBack(ReceivedRequest request) {
    boolean isCancelled;
    boolean isFirst;
    lock.lock();
    try {
      if (!request.tryTakeBack()) {
        throw request.notOwned("requeue");
      }
      gate.tracked.remove(request);
      isFirst = gate.waiting.isEmpty() && isGivingLocked();
      isCancelled = putFirstLocked(request);
    } finally {
      lock.unlock();
    }
    try {
      if (isCancelled) {
        queue.cancels.endCancelled(request);
      } else if (isFirst) {
        queue.changes.notifyReady();
      }
    } finally {
      released();
    }
  }

  /// Puts a request that the framework has at the head.
  ///
  /// @return whether it was taken off again, because it is to be cancelled
  boolean putFirstLocked(ReceivedRequest request) {
    request.becomeQueued();
    gate.waiting.addFirst(request);
    boolean isCancelled = request.isCancelRequested() || gate.isPurged;
    if (isCancelled) {
      gate.takeWaitingLocked(request);
    }
    return isCancelled;
  }

  private boolean isGivingLocked() {
    return gate.delivers && !gate.isHeld;
  }

  // ------------------------------------------------------------------ the loop

  /// Delivers a request that is owned already, and then what else is deliverable.
  private void loop(@Nullable ReceivedRequest first) { // hot path
    ReceivedRequest next = first;
    List<Runnable> due;
    while (true) {
      if (next != null) {
        present(next);
      }
      lock.lock();
      try {
        next = gate.waiting.first();
        if (next == null || !gate.isDeliverableLocked()) {
          gate.isLooping = false;
          if (next == null) {
            gate.reconsiderLocked();
          }
          due = queue.changes.dueLocked();
          break;
        }
        gate.waiting.remove(next);
        gate.ownLocked(next);
      } finally {
        lock.unlock();
      }
    }
    QueueChanges.run(due);
  }

  /// Delivers what is deliverable, unless somebody is at it.
  void pump() {
    lock.lock();
    try {
      if (gate.waiting.isEmpty()) {
        gate.reconsiderLocked();
        return;
      }
      if (gate.isLooping || !gate.isDeliverableLocked()) {
        return;
      }
      gate.isLooping = config.dispatchType == DispatchType.SEQUENTIAL;
    } finally {
      lock.unlock();
    }
    loop(null);
  }

  /// Nothing passes: who presents goes on to the next.
  private void present(ReceivedRequest request) { // hot path
    try {
      if (isEmptyTransfer(request)) {
        endEmpty(request);
      } else if (callbacks.mayHandleHere()) {
        handle(request);
      } else {
        handleElsewhere(request);
      }
    } catch (Throwable e) { // not the handler's: that is caught around it
      CallbackFailures.report(queue, e);
    }
  }

  /// Presents a request on a thread that is inside a handler of this queue, which may block: it may
  /// even wait for this one.
  private void presentElsewhere(ReceivedRequest request) {
    if (isEmptyTransfer(request)) {
      present(request);
    } else {
      handleElsewhere(request);
    }
  }

  private void endEmpty(ReceivedRequest request) {
    try {
      request.endByFramework(IoStatus.SUCCESS);
    } finally {
      release(); // the loop goes on by itself
    }
  }

  private void handleElsewhere(ReceivedRequest request) {
    long arrival = request.arrival();
    Elsewhere elsewhere = new Elsewhere(request);
    try {
      callbacks.runHandler(elsewhere);
    } catch (Throwable e) {
      if (elsewhere.isBegun) {
        CallbackFailures.report(queue, e);
      } else { // there is no thread for it
        CallbackFailures.ofHandler(request, arrival, queue, e, IoStatus.UNSUCCESSFUL);
      }
    }
  }

  /// A handler's turn on another thread, or after another callback.
  private final class Elsewhere implements Runnable {
    private final ReceivedRequest request;
    private volatile boolean isBegun;

    Elsewhere(ReceivedRequest request) {
      this.request = request;
    }

    @Override
    public void run() {
      isBegun = true;
      handle(request);
      pump();
    }
  }

  /// Whether it is a transfer of length 0, which the driver does not want to see.
  boolean isEmptyTransfer(ReceivedRequest request) {
    return !config.allowsZeroLength && request.isEmptyTransfer();
  }

  private void handle(ReceivedRequest request) { // hot path
    boolean mayBlock = callbacks.mayBlock();
    Nesting nesting = Nesting.current();
    nesting.enterHandler(queue, mayBlock);
    long arrival = request.arrival();
    try {
      callHandler(request);
    } catch (Throwable e) {
      CallbackFailures.ofHandler(request, arrival, queue, e, IoStatus.UNSUCCESSFUL);
    } finally {
      nesting.leaveHandler(mayBlock);
    }
  }

  private void callHandler(ReceivedRequest request) throws IoRequestException {
    TransferHandler transfer = null;
    ControlHandler control = null;
    switch (request.type()) {
      case READ -> transfer = config.read;
      case WRITE -> transfer = config.write;
      case DEVICE_CONTROL -> control = config.deviceControl;
      case INTERNAL_DEVICE_CONTROL, INTERNAL_DEVICE_CONTROL_OTHERS ->
          control = config.internalDeviceControl;
      case NO_FORMAT -> {}
    }
    RequestHandler byDefault = config.byDefault;
    if (transfer != null) {
      transfer.handle(queue, request, request.transferLength());
    } else if (control != null) {
      control.handle(
          queue, request, request.outputLength(), request.inputLength(), request.controlCode());
    } else if (byDefault != null) {
      byDefault.handle(queue, request);
    } else {
      request.complete(IoStatus.INVALID_DEVICE_REQUEST, 0);
    }
  }

  /// Gives a request to a handler for requests of a special kind; what that throws ends it.
  void handle(RequestHandler handler, ReceivedRequest request, IoStatus ifItFails) {
    long arrival = request.arrival();
    try {
      handler.handle(queue, request);
    } catch (Throwable e) {
      CallbackFailures.ofHandler(request, arrival, queue, e, ifItFails);
    }
  }

  // ------------------------------------------------------------------ release

  /// The driver has ended its ownership of a request: perhaps another can be delivered.
  void released() { // hot path
    if (release() && !Nesting.current().isHandling(queue)) {
      pump();
    }
  }

  /// The driver has ended its ownership of a request.
  ///
  /// @return whether another is deliverable, and nobody is at it
  private boolean release() { // hot path
    if (gate.tryDisown()) {
      return false;
    }
    List<Runnable> due;
    boolean hasMore;
    lock.lock();
    try {
      gate.disownLocked();
      hasMore = !gate.waiting.isEmpty() && gate.isDeliverableLocked() && !gate.isLooping;
      gate.answered.signalAll();
      due = queue.changes.dueLocked();
    } finally {
      lock.unlock();
    }
    QueueChanges.run(due);
    return hasMore;
  }

  /// A reserved request is free again: the next that waits for one gets it.
  void returnReserved(ReceivedRequest standIn) {
    ReservedRequests reserved = Objects.requireNonNull(this.reserved);
    ReceivedRequest next;
    lock.lock();
    try {
      next = gate.awaitingReserve.first();
      if (next == null) {
        reserved.giveBack(standIn);
        return;
      }
      gate.takeWaitingLocked(next); // counted as ending until it waits again
    } finally {
      lock.unlock();
    }
    admitAgain(next.replaceBy(standIn));
  }

  /// Takes a request that was accepted before. It waits, and is delivered by a loop: if this thread
  /// is inside a handler, after that.
  private void admitAgain(ReceivedRequest request) {
    Admission admission;
    boolean hasMore;
    lock.lock();
    try {
      request.queue(queue);
      admission = appendLocked(request);
      gate.ending--;
      if (admission != Admission.CANCELLED && gate.isPurged && !gate.accepts) {
        gate.takeWaitingLocked(request); // the purge came between
        admission = Admission.CANCELLED;
      }
      hasMore = gate.isDeliverableLocked() && !gate.isLooping;
    } finally {
      lock.unlock();
    }
    act(admission, request);
    if (hasMore && !Nesting.current().isHandling(queue)) {
      pump();
    }
  }
}
