package dev.ioreq;

import java.util.Objects;
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
   * This class has what the driver calls; QueueGate the state, the lists and the drawing of it; QueueDelivery, QueueCancels,
   * QueueChanges and QueueStops what happens to them, and QueueCallbacks where the driver is called back.
   */
  private final IoDevice device;
  private final String name;
  private final QueueConfig config;
  private final boolean isPowerManaged;
  final QueueGate gate;
  final QueueCallbacks callbacks;
  final QueueDelivery delivery;
  final QueueCancels cancels;
  final QueueChanges changes;
  final QueueStops stops;
  boolean isRetired; // by its device's routes, under the device's lock

  IoQueue(IoDevice device, String name, QueueConfig config) {
    config.check();
    this.device = device;
    this.name = name;
    this.config = config;
    Boolean isPowerManaged = config.isPowerManaged;
    this.isPowerManaged = isPowerManaged == null ? !device.isFilter() : isPowerManaged;
    gate = new QueueGate(config, new QueueTrace(device, name));
    callbacks = new QueueCallbacks(this, device, config);
    cancels = new QueueCancels(this, config);
    changes = new QueueChanges(this);
    stops = new QueueStops(this, device, config);
    delivery = new QueueDelivery(this, device, config);
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
    return gate.state();
  }

  /// Runs something as a callback of this queue: never at the same time as those that its scope
  /// excludes. Here and now if the scope is free, else on the thread that is in it, as soon as that
  /// one's callback has returned.
  ///
  /// @param task what to run
  public void synchronize(Runnable task) {
    callbacks.run(Objects.requireNonNull(task, "task"));
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
      gate.lock.lock();
      try {
        if (!gate.delivers || gate.isHeld) {
          return IoStatus.WDF_PAUSED;
        }
        if (config.dispatchType == DispatchType.SEQUENTIAL && gate.owned() == 0) {
          Verifier.violated(
              VerifierRule.RETRIEVE_WITHOUT_REQUEST_OUT,
              this,
              IoStatus.INVALID_DEVICE_STATE,
              "a request is retrieved while the driver holds none of it");
        }
        next = gate.waiting.first();
        if (next == null) {
          return IoStatus.NO_MORE_ENTRIES;
        }
        gate.waiting.remove(next);
        gate.ownLocked(next);
      } finally {
        gate.lock.unlock();
      }
      if (!delivery.isEmptyTransfer(next)) {
        taker.accept(next);
        return IoStatus.SUCCESS;
      }
      try {
        next.endByFramework(IoStatus.SUCCESS);
      } finally {
        released();
      }
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
    gate.lock.lock();
    try {
      if (after != null && !(after.isInQueue(this) && after.isQueued())) {
        return IoStatus.NOT_FOUND;
      }
      next = after == null ? gate.waiting.first() : after.nextInQueue;
      while (next != null && !wanted.test(next)) {
        next = next.nextInQueue;
      }
      if (next == null) {
        return IoStatus.NO_MORE_ENTRIES;
      }
      next.peek();
    } finally {
      gate.lock.unlock();
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
    gate.lock.lock();
    try {
      if (!gate.delivers || gate.isHeld) {
        return IoStatus.WDF_PAUSED;
      }
      if (!found.isInQueue(this) || !found.isQueued() || found.awaitsReserve) {
        return IoStatus.NOT_FOUND;
      }
      gate.waiting.remove(found);
      gate.ownLocked(found);
    } finally {
      gate.lock.unlock();
    }
    if (!delivery.isEmptyTransfer(found)) {
      return IoStatus.SUCCESS;
    }
    try {
      found.endByFramework(IoStatus.SUCCESS);
    } finally {
      released();
    }
    return IoStatus.NOT_FOUND;
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
    changes.readyNotify(callback);
  }

  // ------------------------------------------------------------------ states

  /// Takes and delivers again. What waits may be delivered on this thread before the call returns.
  ///
  /// @see "WdfIoQueueStart"
  public void start() {
    changes.start();
  }

  /// Takes requests and delivers none.
  ///
  /// @param whenStopped called when the driver holds none any more; null for nobody
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if an earlier stop's callback is due
  /// @see "WdfIoQueueStop"
  public void stop(@Nullable Consumer<IoQueue> whenStopped) {
    changes.stop(whenStopped);
  }

  /// Takes no more requests, and delivers what waits.
  ///
  /// @param whenDrained called when neither the queue nor the driver holds one; null for nobody
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if an earlier drain's or purge's
  ///   callback is due
  /// @see "WdfIoQueueDrain"
  public void drain(@Nullable Consumer<IoQueue> whenDrained) {
    changes.drain(whenDrained);
  }

  /// Takes no more requests, cancels what waits, and asks the driver to end what it has marked.
  ///
  /// @param whenPurged called when neither the queue nor the driver holds one; null for nobody
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if an earlier drain's or purge's
  ///   callback is due
  /// @see "WdfIoQueuePurge"
  public void purge(@Nullable Consumer<IoQueue> whenPurged) {
    changes.purge(whenPurged, false);
  }

  /// Stops, cancels what waits now, and asks the driver to end what it has marked. What comes later
  /// waits for a start.
  ///
  /// @param whenPurged called when the driver holds none any more; null for nobody
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if an earlier drain's or purge's
  ///   callback is due
  /// @see "WdfIoQueueStopAndPurge"
  public void stopAndPurge(@Nullable Consumer<IoQueue> whenPurged) {
    changes.purge(whenPurged, true);
  }

  /// Stops, and waits until the driver holds none.
  ///
  /// @throws IoMisuseException if this thread must not wait
  /// @see "WdfIoQueueStopSynchronously"
  public void stopSynchronously() {
    changes.await("stop", this::stop);
  }

  /// Drains, and waits for its end.
  ///
  /// @throws IoMisuseException if this thread must not wait
  /// @see "WdfIoQueueDrainSynchronously"
  public void drainSynchronously() {
    changes.await("drain", this::drain);
  }

  /// Purges, and waits for its end.
  ///
  /// @throws IoMisuseException if this thread must not wait
  /// @see "WdfIoQueuePurgeSynchronously"
  public void purgeSynchronously() {
    changes.await("purge", this::purge);
  }

  /// Stops and purges, and waits for its end.
  ///
  /// @throws IoMisuseException if this thread must not wait
  /// @see "WdfIoQueueStopAndPurgeSynchronously"
  public void stopAndPurgeSynchronously() {
    changes.await("stop and purge", this::stopAndPurge);
  }

  // ------------------------------------------------------------------ for devices and requests

  boolean takes(RequestType type) {
    return config.takes(type);
  }

  boolean isPowerManaged() {
    return isPowerManaged;
  }

  /// What a wait for the driver waits for.
  String describeHeld() {
    QueueState now = state();
    return "%d requests that the driver holds and %d in the queue"
        .formatted(now.driverOwned(), now.queued());
  }

  void arrive(ReceivedRequest request) { // hot path
    delivery.arrive(request);
  }

  boolean takeForwarded(ReceivedRequest request, IoQueue source) {
    return delivery.takeForwarded(request, source);
  }

  boolean takeFromCaller(ReceivedRequest request) {
    return delivery.takeFromCaller(request);
  }

  void putBack(ReceivedRequest request) {
    delivery.putBack(request);
  }

  void pump() {
    delivery.pump();
  }

  void released() { // hot path
    delivery.released();
  }

  void untrack(ReceivedRequest request) { // hot path
    gate.untrack(request);
  }

  Device.@Nullable CancelResult cancel(ReceivedRequest request, Packet packet) {
    return cancels.cancel(request, packet);
  }

  void forgetEvent(ReceivedRequest request) {
    cancels.forgetEvent(request);
  }

  boolean mark(ReceivedRequest request, CancelRoutine routine, boolean callsIfCancelled) {
    return cancels.mark(request, routine, callsIfCancelled);
  }

  boolean unmark(ReceivedRequest request) {
    return cancels.unmark(request);
  }

  /// Its device knows it now.
  void joinDevice(boolean isSuspended) {
    gate.lock.lock();
    try {
      gate.isHeld = isPowerManaged && isSuspended;
      gate.reconsiderLocked();
    } finally {
      gate.lock.unlock();
    }
  }

  void suspend() {
    stops.suspend();
  }

  void resume() {
    stops.resume();
  }

  void askToEnd() {
    changes.shut();
  }

  void shut() {
    stops.shut();
  }

  void acknowledgeStop(ReceivedRequest request, boolean requeue) {
    stops.acknowledge(request, requeue);
  }

  @Override
  public String toString() {
    return "queue %s of device %s (%s, %d waiting, %d at the driver)"
        .formatted(name, device.name(), config.dispatchType, gate.waiting.size(), gate.owned());
  }
}
