package dev.ioreq;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Where a device receives requests, and from where it gives them to its driver: one after another,
/// as they come, or when the driver asks.
///
/// **Order.** Requests are delivered in the order of their arrival; a newcomer never overtakes one
/// that waits.
///
/// **Threading.** Every method may be called from any thread. Handlers run on the thread that makes
/// a request deliverable: the sender's, a completing or starting one; on a virtual thread if they
/// may block and that one must not. The methods that wait must not be called from a callback of any
/// queue or a completion routine, and throw there.
///
/// @see "WDFQUEUE"
public final class IoQueue {
  /*
   *                     accepts   delivers   waits for
   *   start               yes       yes      -
   *   stop                yes       no       the driver to hold none
   *   drain               no        yes      the queue and the driver to hold none
   *   purge               no      as before  the same; what waits is cancelled, what is marked is asked to end
   *   stop and purge      yes       no       the driver to hold none; what waits now is cancelled
   *   (held)                        no       its device is outside its working state
   *
   *   arrival:     lock: accepts? deliverable now? own it, else append ▸ unlock ▸ handler, and then the loop
   *   release:     lock: owned - 1 ▸ unlock ▸ the loop, unless this thread or another comes by anyway
   *   the loop:    lock: take the next deliverable, own it ▸ unlock ▸ handler ▸ again
   *
   * Everything is decided under lock and acted upon after it: handlers, completions, callbacks. A sequential queue has one
   * loop at a time (isLooping); whoever finds it running leaves the rest to it, and the loop looks once more under the
   * lock before it ends, so nothing is left behind. A parallel queue may have several. A thread that is inside a handler
   * of the queue starts none, because its loop goes on when the handler has returned: completing inside a handler never
   * nests handlers.
   *
   * A waiting request can be cancelled at any moment: the canceller sets the packet's flag and then takes the lock; who
   * appends a request looks at the flag afterwards, under the lock. One of the two finds it. Marking works the
   * same way.
   *
   * owned and ending are lowered after the packet has been completed upward, so a stop that has ended means that the
   * completion routines above have been called.
   */
  private final IoDevice device;
  private final String name;
  private final QueueConfig config;
  private final boolean mayBlock;
  private final boolean isPowerManaged;
  private final @Nullable Synchronizer callbacks; // the scope's
  private final @Nullable Synchronizer
      deliveries; // the scope's, or one that keeps blocking handlers in turn
  private final @Nullable ReservedRequests reserved;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition answered = lock.newCondition();

  // all guarded by lock
  private final RequestList waiting = new RequestList();
  private final RequestList awaitingReserve = new RequestList();
  private final OwnedList tracked = new OwnedList();
  private boolean accepts = true;
  private boolean delivers = true;
  private boolean isHeld;
  private boolean isPurged; // by the last change of state: what comes back is cancelled
  private boolean isShut; // for good
  private boolean isLooping; // sequential
  private int owned;
  private int ending; // being completed by the framework
  private @Nullable Consumer<IoQueue> whenStopped;
  private @Nullable Consumer<IoQueue> whenEnded;
  private boolean endsWithWaiting; // whether whenEnded also waits for the queue to be empty
  private @Nullable Consumer<IoQueue> readyNotify;
  private @Nullable ReceivedRequest beingStopped; // whose stop handler runs
  private boolean isNotifying; // of stops or resumes: cancel events are held back
  private final List<Runnable> heldBack = new ArrayList<>();

  IoQueue(IoDevice device, String name, QueueConfig config) {
    config.check();
    this.device = device;
    this.name = name;
    this.config = config;
    Boolean mayBlock = config.mayBlock;
    this.mayBlock = mayBlock == null ? device.mayBlock() : mayBlock;
    Boolean isPowerManaged = config.isPowerManaged;
    this.isPowerManaged = isPowerManaged == null ? !device.isFilter() : isPowerManaged;
    isHeld = this.isPowerManaged && device.isSuspended();
    SynchronizationScope scope = config.scope;
    callbacks = synchronizer(scope == null ? device.synchronizationScope() : scope);
    deliveries =
        callbacks == null && this.mayBlock && config.dispatchType == DispatchType.SEQUENTIAL
            ? new Synchronizer(true)
            : callbacks;
    ForwardProgress progress = config.forwardProgress;
    reserved =
        progress == null ? null : new ReservedRequests(device, config.reservedRequests, progress);
  }

  private @Nullable Synchronizer synchronizer(SynchronizationScope scope) {
    if (scope == SynchronizationScope.DEVICE && mayBlock != device.mayBlock()) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER,
          "queue %s shares the synchronization scope of device %s, so its callbacks may block if the device's may, and only then"
              .formatted(name, device.name()));
    }
    return switch (scope) {
      case NONE -> null;
      case QUEUE -> new Synchronizer(mayBlock);
      case DEVICE -> device.synchronizer();
    };
  }

  /// A queue that gives the driver one request after another.
  ///
  /// @return a configuration to complete
  public static QueueConfig sequential() {
    return new QueueConfig(DispatchType.SEQUENTIAL);
  }

  /// A queue that gives the driver requests as they come.
  ///
  /// @return a configuration to complete
  public static QueueConfig parallel() {
    return new QueueConfig(DispatchType.PARALLEL);
  }

  /// A queue from which the driver retrieves requests.
  ///
  /// @return a configuration to complete
  public static QueueConfig manual() {
    return new QueueConfig(DispatchType.MANUAL);
  }

  // ------------------------------------------------------------------ what it is

  /// Whose it is.
  ///
  /// @return the device
  /// @see "WdfIoQueueGetDevice"
  public IoDevice device() {
    return device;
  }

  /// How it dispatches.
  ///
  /// @return the type
  public DispatchType dispatchType() {
    return config.dispatchType;
  }

  /// What it does and holds now.
  ///
  /// @return a snapshot
  /// @see "WdfIoQueueGetState"
  public QueueState state() {
    lock.lock();
    try {
      return new QueueState(
          accepts, delivers, isHeld, waiting.size() + awaitingReserve.size(), owned);
    } finally {
      lock.unlock();
    }
  }

  /// Runs something as a callback of this queue: never at the same time as those that its scope
  /// excludes. Here and now if the scope is free, else on the thread that is in it, as soon as that
  /// one's callback has returned.
  ///
  /// @param task what to run
  public void synchronize(Runnable task) {
    callback(Objects.requireNonNull(task, "task"));
  }

  boolean takes(RequestType type) {
    return config.takes(type);
  }

  boolean isPowerManaged() {
    return isPowerManaged;
  }

  // ------------------------------------------------------------------ arrival

  /// Takes a request that came from above. hot path
  void arrive(ReceivedRequest request) {
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
    ReceivedRequest standIn;
    lock.lock();
    try {
      if (!accepts) {
        standIn = null;
      } else {
        standIn = awaitingReserve.isEmpty() ? reserved.take() : null;
        if (standIn == null) {
          request.queue(this);
          request.awaitsReserve = true;
          request.becomeQueued();
          awaitingReserve.addLast(request);
          if (!request.isCancelRequested()) {
            return;
          }
          takeWaitingLocked(request);
        }
      }
    } finally {
      lock.unlock();
    }
    if (standIn != null) {
      admit(request.replaceBy(standIn));
    } else if (request.isInQueue(this)) {
      endCancelled(request);
    } else {
      request.endByFramework(IoStatus.INVALID_DEVICE_STATE);
    }
  }

  private void admit(ReceivedRequest request) { // hot path
    Admission admission;
    lock.lock();
    try {
      admission = accepts ? takeLocked(request) : Admission.REFUSED;
    } finally {
      lock.unlock();
    }
    act(admission, request);
  }

  /// What became of a request that came.
  private enum Admission {
    DELIVERED,
    WAITING,
    FIRST_WAITING,
    CANCELLED,
    REFUSED
  }

  private Admission takeLocked(ReceivedRequest request) { // hot path
    request.queue(this);
    if (waiting.isEmpty() && !isLooping && isDeliverableLocked()) {
      isLooping = config.dispatchType == DispatchType.SEQUENTIAL;
      ownLocked(request);
      return Admission.DELIVERED;
    }
    boolean isFirst = waiting.isEmpty();
    request.becomeQueued();
    waiting.addLast(request);
    if (request.isCancelRequested()) {
      takeWaitingLocked(request);
      return Admission.CANCELLED;
    }
    return isFirst ? Admission.FIRST_WAITING : Admission.WAITING;
  }

  private void act(Admission admission, ReceivedRequest request) {
    switch (admission) {
      case DELIVERED -> loop(request);
      case FIRST_WAITING -> notifyReady();
      case CANCELLED -> endCancelled(request);
      case REFUSED -> request.endByFramework(IoStatus.INVALID_DEVICE_STATE);
      case WAITING -> {}
    }
  }

  /// Takes a request from the driver that has it from another queue.
  ///
  /// @return false if this queue takes nothing: then the driver still has it
  boolean takeForwarded(ReceivedRequest request, IoQueue source) {
    Admission admission;
    lock.lock();
    try {
      if (!accepts) {
        return false;
      }
      source.untrack(request);
      if (!request.tryTakeBack()) {
        throw request.notOwned("forward");
      }
      admission = takeLocked(request);
    } finally {
      lock.unlock();
    }
    act(admission, request);
    source.released();
    return true;
  }

  /// Takes a request from the handler in the caller's context.
  ///
  /// @return false if this queue takes nothing: then the driver still has it
  boolean takeFromCaller(ReceivedRequest request) {
    Admission admission;
    lock.lock();
    try {
      if (!accepts) {
        return false;
      }
      if (!request.tryTakeBack()) {
        throw request.notOwned("enqueue");
      }
      admission = takeLocked(request);
    } finally {
      lock.unlock();
    }
    act(admission, request);
    return true;
  }

  /// Takes a request back from the driver, as the next to be retrieved.
  void putBack(ReceivedRequest request) {
    boolean isCancelled;
    boolean isFirst;
    lock.lock();
    try {
      tracked.remove(request);
      if (!request.tryTakeBack()) {
        throw request.notOwned("requeue");
      }
      isFirst = waiting.isEmpty();
      request.becomeQueued();
      waiting.addFirst(request);
      isCancelled = request.isCancelRequested() || isPurged;
      if (isCancelled) {
        takeWaitingLocked(request);
      }
    } finally {
      lock.unlock();
    }
    if (isCancelled) {
      endCancelled(request);
    } else if (isFirst) {
      notifyReady();
    }
    released();
  }

  // ------------------------------------------------------------------ delivery

  private boolean isDeliverableLocked() {
    if (!delivers || isHeld) {
      return false;
    }
    return switch (config.dispatchType) {
      case SEQUENTIAL -> owned == 0;
      case PARALLEL -> config.mostPresented == 0 || owned < config.mostPresented;
      case MANUAL -> false;
    };
  }

  private void ownLocked(ReceivedRequest request) {
    owned++;
    request.wasPresented = true;
    request.becomeOwned();
    if (config.ioStop != null) {
      tracked.add(request);
    }
  }

  /// Takes a waiting request off its list, to be ended by the framework.
  private void takeWaitingLocked(ReceivedRequest request) {
    (request.awaitsReserve ? awaitingReserve : waiting).remove(request);
    request.awaitsReserve = false;
    request.becomeFrameworks();
    ending++;
  }

  /// Delivers a request that is owned already, and then what else is deliverable. hot path
  private void loop(@Nullable ReceivedRequest first) {
    ReceivedRequest next = first;
    List<Runnable> due;
    while (true) {
      if (next != null) {
        present(next);
      }
      lock.lock();
      try {
        next = waiting.first();
        if (next == null || !isDeliverableLocked()) {
          isLooping = false;
          due = dueLocked();
          break;
        }
        waiting.remove(next);
        ownLocked(next);
      } finally {
        lock.unlock();
      }
    }
    run(due);
  }

  private void pump() {
    lock.lock();
    try {
      if (isLooping || waiting.isEmpty() || !isDeliverableLocked()) {
        return;
      }
      isLooping = config.dispatchType == DispatchType.SEQUENTIAL;
    } finally {
      lock.unlock();
    }
    loop(null);
  }

  private void present(ReceivedRequest request) { // hot path
    if (isEmptyTransfer(request)) {
      request.endEmpty();
      released();
      return;
    }
    Synchronizer deliveries = this.deliveries;
    if (deliveries != null) {
      deliveries.run(() -> {
        handle(request);
        pump();
      });
    } else if (mayBlock && !Nesting.current().mayBlock()) {
      Thread.ofVirtual()
          .name("ioreq-handler")
          .start(() -> {
            handle(request);
            pump();
          });
    } else {
      handle(request);
    }
  }

  private boolean isEmptyTransfer(ReceivedRequest request) {
    if (config.allowsZeroLength) {
      return false;
    }
    return switch (request.type()) {
      case READ -> request.outputLength() == 0;
      case WRITE -> request.inputLength() == 0;
      default -> false;
    };
  }

  private void handle(ReceivedRequest request) { // hot path
    Nesting nesting = Nesting.current();
    nesting.enterHandler(this, mayBlock);
    try {
      callHandler(request);
    } catch (IoRequestException e) {
      failed(request, e, e.status(), e.information());
    } catch (VirtualMachineError e) {
      throw e;
    } catch (Throwable e) {
      failed(request, e, IoStatus.UNSUCCESSFUL, 0);
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
      transfer.handle(this, request, Math.max(request.inputLength(), request.outputLength()));
    } else if (control != null) {
      control.handle(
          this, request, request.outputLength(), request.inputLength(), request.controlCode());
    } else if (byDefault != null) {
      byDefault.handle(this, request);
    } else {
      request.complete(IoStatus.INVALID_DEVICE_REQUEST, 0);
    }
  }

  /// A handler threw. If it still had the request, that ends it.
  private void failed(ReceivedRequest request, Throwable cause, IoStatus status, long information) {
    boolean isEnded = device.endAfterFailure(request, this, status, information);
    if (!(cause instanceof IoRequestException) || !isEnded) {
      device.report(this, cause);
    }
  }

  /// The driver has ended its ownership of a request. hot path
  void released() {
    List<Runnable> due;
    boolean hasMore;
    lock.lock();
    try {
      owned--;
      hasMore = !waiting.isEmpty() && isDeliverableLocked() && !isLooping;
      due = dueLocked();
      answered.signalAll();
    } finally {
      lock.unlock();
    }
    run(due);
    if (hasMore && !Nesting.current().isHandling(this)) {
      pump();
    }
  }

  void untrack(ReceivedRequest request) {
    if (request.isTracked) {
      lock.lock();
      try {
        tracked.remove(request);
      } finally {
        lock.unlock();
      }
    }
  }

  /// A reserved request is free again: the next that waits for one gets it.
  void returnReserved(ReceivedRequest standIn) {
    ReservedRequests reserved = Objects.requireNonNull(this.reserved);
    ReceivedRequest next;
    lock.lock();
    try {
      next = awaitingReserve.first();
      if (next == null) {
        reserved.giveBack(standIn);
        return;
      }
      awaitingReserve.remove(next);
      next.awaitsReserve = false;
      next.becomeFrameworks();
    } finally {
      lock.unlock();
    }
    admit(next.replaceBy(standIn));
  }

  // ------------------------------------------------------------------ cancel

  /// A cancel has reached a request that is not at a target.
  ///
  /// @return null if it has moved to another queue
  Device.@Nullable CancelResult cancel(ReceivedRequest request) {
    CancelRoutine routine;
    lock.lock();
    try {
      if (!request.isInQueue(this)) {
        return null;
      }
      routine = request.cancelRoutine;
      if (request.isQueued()) {
        takeWaitingLocked(request);
      } else if (routine != null && request.isOwned()) {
        takeMarkLocked(request);
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
      cancelEvent(request, routine);
    }
    return Device.CancelResult.DELIVERED;
  }

  private void cancelEvent(ReceivedRequest request, CancelRoutine routine) {
    Runnable event = () -> device.guarded(this, () -> routine.cancelled(request));
    lock.lock();
    try {
      if (isNotifying) {
        heldBack.add(event);
        return;
      }
    } finally {
      lock.unlock();
    }
    callback(event);
  }

  /// Ends a request that was cancelled while it waited and was taken off its list.
  private void endCancelled(ReceivedRequest request) {
    RequestHandler handler = config.canceledOnQueue;
    if (handler != null && request.wasPresented) {
      lock.lock();
      try {
        ending--;
        ownLocked(request);
        request.isCancelledOnQueue = true;
      } finally {
        lock.unlock();
      }
      callback(() -> {
        try {
          handler.handle(this, request);
        } catch (IoRequestException e) {
          failed(request, e, e.status(), e.information());
        } catch (RuntimeException e) {
          failed(request, e, IoStatus.CANCELLED, 0);
        }
      });
    } else {
      request.endByFramework(IoStatus.CANCELLED);
      ended();
    }
  }

  private void ended() {
    List<Runnable> due;
    lock.lock();
    try {
      ending--;
      due = dueLocked();
    } finally {
      lock.unlock();
    }
    run(due);
  }

  boolean mark(ReceivedRequest request, CancelRoutine routine, boolean callsIfCancelled) {
    lock.lock();
    try {
      if (request.cancelRoutine != null || (request.isCancelEventDue && callsIfCancelled)) {
        Verifier.violated(
            VerifierRule.MARKED_TWICE,
            request,
            IoStatus.INVALID_DEVICE_REQUEST,
            "it is marked cancelable already");
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_REQUEST,
            "cannot mark " + request + ": it is marked cancelable already; unmark it first");
      }
      if (!request.isCancelRequested()) {
        request.cancelRoutine = routine;
        if (config.ioStop == null) {
          tracked.add(request);
        }
        return true;
      }
      if (!callsIfCancelled) {
        return false;
      }
      request.isCancelEventDue = true;
    } finally {
      lock.unlock();
    }
    Runnable event = () -> cancelEvent(request, routine);
    if (callbacks != null || !Nesting.current().afterHandler(this, event)) {
      event.run();
    }
    return true;
  }

  boolean unmark(ReceivedRequest request) {
    lock.lock();
    try {
      if (request.cancelRoutine != null) {
        takeMarkLocked(request);
        return true;
      }
      if (request.isCancelEventDue) {
        return false;
      }
    } finally {
      lock.unlock();
    }
    Verifier.violated(
        VerifierRule.UNMARK_NOT_MARKED,
        request,
        IoStatus.INVALID_DEVICE_REQUEST,
        "it is not marked cancelable");
    throw new IoMisuseException(
        IoStatus.INVALID_DEVICE_REQUEST,
        "cannot unmark " + request + ": it is not marked cancelable");
  }

  private void takeMarkLocked(ReceivedRequest request) {
    request.cancelRoutine = null;
    if (config.ioStop == null) {
      tracked.remove(request);
    }
  }

  // ------------------------------------------------------------------ retrieval

  /// Gives the oldest waiting request to the driver.
  ///
  /// @param taker gets it, on this thread, before the call returns
  /// @return [IoStatus#SUCCESS]; [IoStatus#NO_MORE_ENTRIES] if none waits; [IoStatus#WDF_PAUSED] if
  ///   the queue is stopped, or its device outside its working state
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] on a parallel queue
  /// @see "WdfIoQueueRetrieveNextRequest"
  public IoStatus retrieveNext(Consumer<? super ReceivedRequest> taker) {
    Objects.requireNonNull(taker, "taker");
    if (config.dispatchType == DispatchType.PARALLEL) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_STATE,
          "cannot retrieve from " + this + ": it is parallel and gives its requests by itself");
    }
    while (true) {
      ReceivedRequest next;
      lock.lock();
      try {
        if (!delivers || isHeld) {
          return IoStatus.WDF_PAUSED;
        }
        if (config.dispatchType == DispatchType.SEQUENTIAL && owned == 0) {
          Verifier.violated(
              VerifierRule.RETRIEVE_WITHOUT_REQUEST_OUT,
              this,
              IoStatus.INVALID_DEVICE_STATE,
              "a request is retrieved while the driver holds none of it");
        }
        next = waiting.first();
        if (next == null) {
          return IoStatus.NO_MORE_ENTRIES;
        }
        waiting.remove(next);
        ownLocked(next);
      } finally {
        lock.unlock();
      }
      if (!isEmptyTransfer(next)) {
        taker.accept(next);
        return IoStatus.SUCCESS;
      }
      next.endEmpty();
      released();
    }
  }

  /// Looks for a waiting request without taking it.
  ///
  /// @param after look behind this one, an earlier finding; null to look from the oldest on
  /// @param wanted which; called under the queue's lock, so it only looks
  /// @param found gets the first that matches; the driver does not own it, and lets go of it with
  ///   [ReceivedRequest#releaseFound()] when it has no more use for it
  /// @return [IoStatus#SUCCESS]; [IoStatus#NO_MORE_ENTRIES] if none matches; [IoStatus#NOT_FOUND]
  ///   if `after` waits here no more: look from the oldest on
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if the queue is not manual
  /// @see "WdfIoQueueFindRequest"
  public IoStatus find(
      @Nullable ReceivedRequest after,
      Predicate<? super ReceivedRequest> wanted,
      Consumer<? super ReceivedRequest> found) {
    requireManual("look for a request in");
    ReceivedRequest next;
    lock.lock();
    try {
      if (after != null && !(after.isInQueue(this) && after.isQueued())) {
        return IoStatus.NOT_FOUND;
      }
      next = after == null ? waiting.first() : after.nextInQueue;
      while (next != null && !wanted.test(next)) {
        next = next.nextInQueue;
      }
      if (next == null) {
        return IoStatus.NO_MORE_ENTRIES;
      }
      next.peek();
    } finally {
      lock.unlock();
    }
    found.accept(next);
    return IoStatus.SUCCESS;
  }

  /// Takes a request that was found.
  ///
  /// @param found what [#find] gave
  /// @return [IoStatus#SUCCESS]: the driver owns it; [IoStatus#NOT_FOUND] if it waits here no more;
  ///   [IoStatus#WDF_PAUSED] as for [#retrieveNext]
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if the queue is not manual
  /// @see "WdfIoQueueRetrieveFoundRequest"
  public IoStatus retrieveFound(ReceivedRequest found) {
    requireManual("retrieve a found request from");
    lock.lock();
    try {
      if (!delivers || isHeld) {
        return IoStatus.WDF_PAUSED;
      }
      if (!found.isInQueue(this) || !found.isQueued() || found.awaitsReserve) {
        return IoStatus.NOT_FOUND;
      }
      waiting.remove(found);
      ownLocked(found);
      return IoStatus.SUCCESS;
    } finally {
      lock.unlock();
    }
  }

  private void requireManual(String what) {
    if (config.dispatchType != DispatchType.MANUAL) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST, "cannot %s %s: it is not manual".formatted(what, this));
    }
  }

  /// Registers what is called when requests begin to wait: each time the queue was empty and is not
  /// any more, while it gives requests; and at a start, if some wait.
  ///
  /// @param callback called with this queue; null to remove it, on a stopped queue
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if there is one, or the queue is
  ///   not stopped and it is to be removed
  /// @see "WdfIoQueueReadyNotify"
  public void readyNotify(@Nullable Consumer<IoQueue> callback) {
    lock.lock();
    try {
      if (callback != null && readyNotify != null) {
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_REQUEST,
            this + " has a callback for requests already; remove that first");
      }
      if (callback == null && delivers) {
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_REQUEST,
            "stop " + this + " before its callback for requests is removed");
      }
      readyNotify = callback;
    } finally {
      lock.unlock();
    }
  }

  private void notifyReady() {
    Consumer<IoQueue> notified;
    lock.lock();
    try {
      notified = delivers && !isHeld ? readyNotify : null;
    } finally {
      lock.unlock();
    }
    if (notified != null) {
      callback(() -> notified.accept(this));
    }
  }

  // ------------------------------------------------------------------ states

  /// Takes and delivers again. What waits may be delivered on this thread before the call returns.
  ///
  /// @see "WdfIoQueueStart"
  public void start() {
    boolean isReady;
    lock.lock();
    try {
      if (isShut) {
        return;
      }
      requireSettled("start");
      change(true, true, false);
      isReady = !waiting.isEmpty();
    } finally {
      lock.unlock();
    }
    pump();
    if (isReady) {
      notifyReady();
    }
  }

  /// Takes requests and delivers none.
  ///
  /// @param whenStopped called when the driver holds none any more; null for nobody
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if an earlier stop's callback is due
  /// @see "WdfIoQueueStop"
  public void stop(@Nullable Consumer<IoQueue> whenStopped) {
    List<Runnable> due;
    lock.lock();
    try {
      requireNone(this.whenStopped, "stop");
      if (!isShut) {
        change(true, false, false);
      }
      this.whenStopped = whenStopped;
      due = dueLocked();
    } finally {
      lock.unlock();
    }
    run(due);
  }

  /// Takes no more requests, and delivers what waits.
  ///
  /// @param whenDrained called when neither the queue nor the driver holds one; null for nobody
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if an earlier drain's or purge's
  ///   callback is due
  /// @see "WdfIoQueueDrain"
  public void drain(@Nullable Consumer<IoQueue> whenDrained) {
    List<Runnable> due;
    lock.lock();
    try {
      requireNone(whenEnded, "drain");
      change(false, !isShut, false);
      whenEnded = whenDrained;
      endsWithWaiting = true;
      due = dueLocked();
    } finally {
      lock.unlock();
    }
    run(due);
    pump();
  }

  /// Takes no more requests, cancels what waits, and asks the driver to end what it has marked.
  ///
  /// @param whenPurged called when neither the queue nor the driver holds one; null for nobody
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if an earlier drain's or purge's
  ///   callback is due
  /// @see "WdfIoQueuePurge"
  public void purge(@Nullable Consumer<IoQueue> whenPurged) {
    purge(whenPurged, false, false);
  }

  /// Stops, cancels what waits now, and asks the driver to end what it has marked. What comes later
  /// waits for a start.
  ///
  /// @param whenPurged called when the driver holds none any more; null for nobody
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if an earlier drain's or purge's
  ///   callback is due
  /// @see "WdfIoQueueStopAndPurge"
  public void stopAndPurge(@Nullable Consumer<IoQueue> whenPurged) {
    purge(whenPurged, true, false);
  }

  private void purge(@Nullable Consumer<IoQueue> whenPurged, boolean isStop, boolean isLast) {
    List<ReceivedRequest> cancelled = new ArrayList<>();
    List<Runnable> events = new ArrayList<>();
    lock.lock();
    try {
      requireNone(whenEnded, "purge");
      change(isStop, delivers && !isStop, true);
      isShut |= isLast;
      whenEnded = whenPurged;
      endsWithWaiting = !isStop;
      collect(waiting, cancelled);
      collect(awaitingReserve, cancelled);
      for (ReceivedRequest marked : tracked.all()) {
        CancelRoutine routine = marked.cancelRoutine;
        if (routine != null) {
          takeMarkLocked(marked);
          marked.isCancelEventDue = true;
          events.add(() -> cancelEvent(marked, routine));
        }
      }
    } finally {
      lock.unlock();
    }
    cancelled.forEach(this::endCancelled);
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

  private void collect(RequestList from, List<ReceivedRequest> to) {
    for (ReceivedRequest next = from.first(); next != null; next = from.first()) {
      takeWaitingLocked(next);
      to.add(next);
    }
  }

  /// Stops, and waits until the driver holds none.
  ///
  /// @throws IoMisuseException if this thread must not wait
  /// @see "WdfIoQueueStopSynchronously"
  public void stopSynchronously() {
    await("stop", this::stop);
  }

  /// Drains, and waits for its end.
  ///
  /// @throws IoMisuseException if this thread must not wait
  /// @see "WdfIoQueueDrainSynchronously"
  public void drainSynchronously() {
    await("drain", this::drain);
  }

  /// Purges, and waits for its end.
  ///
  /// @throws IoMisuseException if this thread must not wait
  /// @see "WdfIoQueuePurgeSynchronously"
  public void purgeSynchronously() {
    await("purge", this::purge);
  }

  /// Stops and purges, and waits for its end.
  ///
  /// @throws IoMisuseException if this thread must not wait
  /// @see "WdfIoQueueStopAndPurgeSynchronously"
  public void stopAndPurgeSynchronously() {
    await("stop and purge", this::stopAndPurge);
  }

  private void await(String what, Consumer<Consumer<IoQueue>> change) {
    if (Nesting.current().mustNotAwaitTargets()) {
      Verifier.violated(
          VerifierRule.WAIT_IN_CALLBACK,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "a callback or completion routine waits for it");
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot %s %s and wait from a callback or a completion routine: it could wait for itself; give a callback instead"
              .formatted(what, this));
    }
    CountDownLatch done = new CountDownLatch(1);
    change.accept(queue -> done.countDown());
    boolean isInterrupted = false;
    while (true) {
      try {
        done.await();
        break;
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void change(boolean accepts, boolean delivers, boolean isPurge) {
    this.accepts = accepts;
    this.delivers = delivers;
    isPurged = isPurge;
  }

  private void requireNone(@Nullable Consumer<IoQueue> pending, String what) {
    if (pending != null) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_STATE,
          "cannot %s %s: the callback of an earlier call is still due".formatted(what, this));
    }
    requireSettled(what);
  }

  private void requireSettled(String what) {
    if (whenStopped != null || whenEnded != null) {
      Verifier.violated(
          VerifierRule.QUEUE_STATE_CHANGED_EARLY,
          this,
          IoStatus.INVALID_DEVICE_STATE,
          "it is to %s before the callback of the last change has come".formatted(what));
    }
  }

  /// The callbacks that are due now; each is taken off.
  private List<Runnable> dueLocked() {
    Consumer<IoQueue> stopped = whenStopped;
    Consumer<IoQueue> ended = whenEnded;
    if ((stopped == null && ended == null) || owned != 0 || ending != 0) {
      return List.of();
    }
    List<Runnable> due = new ArrayList<>();
    if (stopped != null) {
      whenStopped = null;
      due.add(() -> callback(() -> stopped.accept(this)));
    }
    if (ended != null && (!endsWithWaiting || waiting.isEmpty())) {
      whenEnded = null;
      due.add(() -> callback(() -> ended.accept(this)));
    }
    return due;
  }

  private static void run(List<Runnable> due) {
    for (int i = 0; i < due.size(); i++) {
      due.get(i).run();
    }
  }

  // ------------------------------------------------------------------ the device's working state

  /// The device leaves its working state: nothing is delivered, and the driver is told of what it
  /// holds. Returns when all of that is completed or answered.
  void suspend() {
    lock.lock();
    try {
      isHeld = true;
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
      for (ReceivedRequest request : tracked.all()) {
        if (request.isKeptOverStop) {
          request.isKeptOverStop = false;
          kept.add(request);
        }
      }
    } finally {
      lock.unlock();
    }
    RequestHandler handler = config.ioResume;
    if (handler != null) {
      notifying(true);
      for (ReceivedRequest request : kept) {
        callback(() ->
            device.guarded(
                this,
                () -> {
                  try {
                    handler.handle(this, request);
                  } catch (IoRequestException e) {
                    failed(request, e, e.status(), e.information());
                  }
                }));
      }
      notifying(false);
    }
    lock.lock();
    try {
      isHeld = false;
      isReady = !waiting.isEmpty();
    } finally {
      lock.unlock();
    }
    pump();
    if (isReady) {
      notifyReady();
    }
  }

  /// The device goes for good: nothing is taken or delivered any more, what waits is cancelled, and
  /// the driver is told of what it holds. Returns when all has ended.
  void shut() {
    CountDownLatch done = new CountDownLatch(1);
    lock.lock();
    try {
      whenStopped = null;
      whenEnded = null;
    } finally {
      lock.unlock();
    }
    purge(queue -> done.countDown(), false, true);
    tellAndAwait(IoStopHandler.Reason.REMOVE);
    lock.lock();
    try {
      while (owned != 0 || ending != 0) {
        answered.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void tellAndAwait(IoStopHandler.Reason reason) {
    IoStopHandler handler = config.ioStop;
    if (handler != null) {
      List<ReceivedRequest> held;
      lock.lock();
      try {
        held = tracked.all();
        held.forEach(request -> request.isStopNotified = true);
      } finally {
        lock.unlock();
      }
      notifying(true);
      for (ReceivedRequest request : held) {
        callback(() -> tell(handler, request, reason));
      }
      notifying(false);
    }
    lock.lock();
    try {
      while (isUnansweredLocked(handler != null)) {
        answered.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isUnansweredLocked(boolean wasTold) {
    return wasTold
        ? tracked.all().stream().anyMatch(request -> request.isStopNotified)
        : owned != 0;
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
    device.guarded(this, () -> handler.stopping(this, request, reason, isMarked));
    lock.lock();
    try {
      beingStopped = null;
    } finally {
      lock.unlock();
    }
  }

  void acknowledgeStop(ReceivedRequest request, boolean requeue) {
    lock.lock();
    try {
      if (beingStopped != request || !request.isTracked) {
        Verifier.violated(
            VerifierRule.STOP_ACKNOWLEDGE_OUTSIDE_IO_STOP,
            request,
            IoStatus.INVALID_DEVICE_REQUEST,
            "a stop is acknowledged outside its handler");
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_REQUEST,
            "cannot acknowledge a stop of " + request + " outside its stop handler");
      }
      if (requeue) {
        requireRequeueableLocked(request);
        tracked.remove(request);
        request.becomeQueued();
        request.isStopNotified = false;
        waiting.addFirst(request);
        owned--;
      } else {
        request.isStopNotified = false;
        request.isKeptOverStop = true;
      }
      answered.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static void requireRequeueableLocked(ReceivedRequest request) {
    if (request.cancelRoutine != null || request.isAtTarget()) {
      Verifier.violated(
          VerifierRule.QUEUE_CALL_ON_MARKED,
          request,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is requeued while it is marked cancelable, or at a target");
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot requeue " + request + ": unmark it, or wait until its target has done with it");
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
    events.forEach(this::callback);
  }

  // ------------------------------------------------------------------ callbacks

  private void callback(Runnable task) {
    Runnable whole =
        () -> {
          Nesting nesting = Nesting.current();
          nesting.enterHandler(this, mayBlock);
          try {
            device.guarded(this, task);
          } finally {
            nesting.leaveHandler(mayBlock);
          }
          pump();
        };
    Synchronizer callbacks = this.callbacks;
    if (callbacks != null) {
      callbacks.run(whole);
    } else if (mayBlock && !Nesting.current().mayBlock()) {
      Thread.ofVirtual().name("ioreq-callback").start(whole);
    } else {
      whole.run();
    }
  }

  @Override
  public String toString() {
    return "queue %s of device %s (%s, %d waiting, %d at the driver)"
        .formatted(name, device.name(), config.dispatchType, waiting.size(), owned);
  }
}
