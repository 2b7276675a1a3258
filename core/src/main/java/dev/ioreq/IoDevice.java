package dev.ioreq;

import dev.ioreq.trace.InFlightRecorder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// An instance of a driver: it receives requests through its queues, and sends requests to the
/// device below and to others.
///
/// A *filter* passes on what it has no queue or handler for; a *function* device refuses that. A
/// device is made by [#filter(String)] or [#function(String)] and put above another one, or alone.
///
/// **Threading.** Every method may be called from any thread. [#close()], [#suspend()] and
/// [#resume()] wait, and must not be called from a callback or a completion routine.
///
/// @see "WDFDEVICE"
public final class IoDevice extends IoObject {
  /*
   *   WORKING ──suspend──▶ SUSPENDED ──resume──▶ WORKING        whole ones under changing, waiting included
   *      └────────────────────┴──close──▶ CLOSED                each step under lock, briefly
   *
   * A suspend waits for the driver, and the driver may make, route or delete queues before it answers: those take only lock.
   * The step and the list of queues it is for are taken together, so a queue that joins later begins in the new state.
   *
   * A close does not wait for a suspend before it has done all that could end that one's wait: it has set that the device
   * is closed, has asked all to end that came through here or was sent on, has cancelled what waits and what is marked. A
   * suspend that finds the device closed waits no longer for what its driver has not answered; so what the close waits
   * for then is at most a stop handler that runs. After that no transition runs or begins: it would see that the device is
   * closed. So the driver is told of the removal when it is told of nothing else. A second close waits for the first.
   *
   * Close goes from the top down. First all that leads here, and all that this driver has sent, is purged: refused from now
   * on, asked to end where it is. Then the queues are shut, which waits for the driver. Then the devices above are closed,
   * and the targets that lead here: when they are drained, no packet is below this device that came through it, whether
   * its driver had it, forgot it, or never saw it. Only then the targets below go.
   *
   * A packet's way from a target to a queue, or past the device, is in DeviceEntry.
   */
  private final String name;
  private final boolean isFilter;
  private final boolean mayBlock;
  private final SynchronizationScope scope;
  private final @Nullable Synchronizer synchronizer;
  private final @Nullable IoTarget lower;
  private final DeviceEntry entry;
  private final IoTarget selfTarget;
  private final @Nullable IoQueue defaultQueue;
  private final ReentrantLock closing = new ReentrantLock();
  private final ReentrantLock changing = new ReentrantLock(); // before lock
  private final ReentrantLock lock = new ReentrantLock(); // nothing waits under it
  private final List<IoQueue> queues = new ArrayList<>(); // guarded by lock
  private final DeviceTargets targets = new DeviceTargets();
  private final DeviceRoutes routes;
  private final InFlightRecorder recorder;

  private volatile @Nullable IoQueue selfQueue;
  private boolean isSuspended; // guarded by lock
  private volatile boolean isStarted; // somebody can send to it
  private volatile boolean isClosed; // written under lock

  @SuppressWarnings(
      "this-escape") // its targets and queues keep it, and use it only when it is made
  IoDevice(DeviceConfig config, @Nullable IoTarget lower) {
    name = config.name;
    recorder = TargetTrace.newRecorder("device " + name);
    isFilter = config.isFilter;
    mayBlock = config.mayBlock;
    scope = config.scope;
    synchronizer = scope == SynchronizationScope.DEVICE ? new Synchronizer(mayBlock) : null;
    this.lower = lower;
    Device opened = lower == null ? null : lower.openDevice(); // once: it may be reopened meanwhile
    entry = new DeviceEntry(this, config, isFilter ? lower : null, opened);
    DeviceEntry ofSelf = new DeviceEntry.OfSelf(this, config, opened);
    QueueConfig byDefault = config.defaultQueue;
    IoQueue made = byDefault == null ? null : newQueue("default", byDefault);
    defaultQueue = made;
    routes = new DeviceRoutes(this, made);
    for (DeviceConfig.Route route : config.routes) {
      routes.addAll(route.types(), newQueue(route.types().toString(), route.queue()));
    }
    selfTarget = IoTarget.over("self of " + name, ofSelf);
    selfTarget.ties().becomeSelf(this);
    if (lower != null) {
      lower
          .ties()
          .becomeLocal(this); // last: a target below a device that was not made is still free
    }
  }

  /// A device that passes down what it has no handler for.
  ///
  /// @param name for messages, traces and dumps
  /// @return a configuration to complete
  public static DeviceConfig filter(String name) {
    return new DeviceConfig(name, true);
  }

  /// A device that refuses what it has no handler for.
  ///
  /// @param name for messages, traces and dumps
  /// @return a configuration to complete
  public static DeviceConfig function(String name) {
    return new DeviceConfig(name, false);
  }

  // ------------------------------------------------------------------ what it is

  /// Its name.
  ///
  /// @return as it was given
  public String name() {
    return name;
  }

  /// Whether it is a filter.
  ///
  /// @return true for a filter
  public boolean isFilter() {
    return isFilter;
  }

  /// How many frames a packet needs from here down.
  ///
  /// @return 1 more than what the devices below need
  public int stackSize() {
    return entry.stackSize();
  }

  /// The local target: the device below, always the same object, started from the beginning.
  ///
  /// @return empty for a device at the bottom
  /// @see "WdfDeviceGetIoTarget"
  public Optional<IoTarget> localTarget() {
    return Optional.ofNullable(lower);
  }

  /// The target that leads to this device's own queues.
  ///
  /// @return the target, always the same
  /// @see "WdfDeviceGetSelfIoTarget"
  public IoTarget selfTarget() {
    return selfTarget;
  }

  /// The queue for every type that has none of its own.
  ///
  /// @return empty if the device has none
  /// @see "WdfDeviceGetDefaultQueue"
  public Optional<IoQueue> defaultQueue() {
    return Optional.ofNullable(defaultQueue);
  }

  /// What it says of itself: what it was configured to say, or what the device below says.
  ///
  /// @return kind, size, alignment, engine and codes
  public DeviceInfo info() {
    return entry.info();
  }

  // ------------------------------------------------------------------ queues

  /// Makes a queue that gets its requests through [ReceivedRequest#forwardTo(IoQueue)] or
  /// [#route(RequestType, IoQueue)].
  ///
  /// @param queueName for messages, traces and dumps
  /// @param config what it is to be
  /// @return the queue, started
  /// @throws IoMisuseException [IoStatus#WDF_NO_CALLBACK] for a queue that delivers and has no
  ///   handler, [IoStatus#INVALID_PARAMETER] for what excludes one another
  /// @see "WdfIoQueueCreate"
  public IoQueue createQueue(String queueName, QueueConfig config) {
    return newQueue(Objects.requireNonNull(queueName, "queueName"), config);
  }

  private IoQueue newQueue(String queueName, QueueConfig config) {
    IoQueue queue = new IoQueue(this, queueName, config);
    lock.lock();
    try {
      requireOpen("make a queue of");
      queues.add(queue);
      queue.joinDevice(isSuspended);
    } finally {
      lock.unlock();
    }
    return queue;
  }

  /// Sends every request of a type to a queue.
  ///
  /// @param type which
  /// @param queue of this device, with a handler for the type, or manual
  /// @throws IoMisuseException [IoStatus#WDF_BUSY] if the type has a queue of its own already,
  ///   [IoStatus#INVALID_DEVICE_REQUEST] if the queue is the default one, another device's, or has
  ///   no handler for the type, [IoStatus#DELETE_PENDING] if it is deleted, or is being deleted
  /// @see "WdfDeviceConfigureRequestDispatching"
  public void route(RequestType type, IoQueue queue) {
    lock.lock();
    try {
      routes.add(type, queue);
    } finally {
      lock.unlock();
    }
  }

  /// Deletes a queue: what waits in it is cancelled, and the call waits until the driver holds none
  /// of its requests.
  ///
  /// @param queue one that is neither the default queue nor routed to
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] for the others, or from a callback
  /// @see "WdfObjectDelete of a queue"
  public void deleteQueue(IoQueue queue) {
    requireMayWait("delete a queue of");
    if (!retire(queue)) {
      Verifier.violated(
          VerifierRule.DELETE_DEFAULT_QUEUE,
          queue,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is to be deleted, and requests are routed to it");
      return;
    }
    queue.shut();
    lock.lock();
    try {
      queues.remove(queue);
    } finally {
      lock.unlock();
    }
  }

  /// From here on nothing is routed to a queue.
  ///
  /// @return false if something is, or it is another device's
  private boolean retire(IoQueue queue) {
    lock.lock();
    try {
      return queue.device() == this && routes.retire(queue);
    } finally {
      lock.unlock();
    }
  }

  /// Sets which queue the self target leads to, instead of the one a request's type goes to. Before
  /// the device is used: before a target leads to it, or its self target is sent to.
  ///
  /// @param queue of this device
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] for another device's,
  ///   [IoStatus#INVALID_DEVICE_STATE] once the device is in use
  /// @see "WdfIoTargetSelfAssignDefaultIoQueue"
  public void assignSelfQueue(IoQueue queue) {
    if (queue.device() != this) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST, "%s is not a queue of device %s".formatted(queue, name));
    }
    if (isStarted) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_STATE,
          "cannot assign %s to the self target of device %s, which is in use; do it right after the device was made"
              .formatted(queue, name));
    }
    selfQueue = queue;
  }

  // ------------------------------------------------------------------ its working state

  /// Leaves the working state: power-managed queues deliver nothing more, and their drivers answer
  /// for what they hold. Waits for that, unless the device is closed meanwhile. A queue made from
  /// now on is suspended with the others.
  ///
  /// @throws IoMisuseException if this thread must not wait
  public void suspend() {
    requireMayWait("suspend");
    changing.lock();
    try {
      change(true).forEach(IoQueue::suspend);
    } finally {
      changing.unlock();
    }
  }

  /// Comes back into the working state: queues deliver again.
  ///
  /// @throws IoMisuseException if this thread must not wait
  public void resume() {
    requireMayWait("resume");
    changing.lock();
    try {
      change(false).forEach(IoQueue::resume);
    } finally {
      changing.unlock();
    }
  }

  /// Takes the step. Under changing.
  ///
  /// @return the queues that have to follow; none if there is no step to take
  private List<IoQueue> change(boolean toSuspended) {
    lock.lock();
    try {
      if (isSuspended == toSuspended || isClosed) {
        return List.of();
      }
      isSuspended = toSuspended;
      return queues.stream().filter(IoQueue::isPowerManaged).toList();
    } finally {
      lock.unlock();
    }
  }

  /// Removes the device, and before it those above it, because they cannot be without it: what
  /// waits in its queues is cancelled, for what is in flight cancel is asked, the driver is told of
  /// what it holds; every target that leads here is closed, then the device's own targets. All of
  /// that is waited for. A suspend that waits meanwhile waits no longer. Does nothing the second
  /// time.
  ///
  /// Its children are deleted and its cleanup callbacks run first, while it still works.
  ///
  /// @throws IoMisuseException if this thread must not wait
  @Override
  public void close() {
    requireMayWait("close");
    closing.lock();
    try {
      if (isClosed || isCleaningUp()) {
        return;
      }
      cleanUp();
      List<IoQueue> all;
      lock.lock();
      try {
        isClosed = true;
        all = List.copyOf(queues);
      } finally {
        lock.unlock();
      }
      IoTarget lower = this.lower;
      targets.askToEnd();
      selfTarget.purge(PurgeAction.PURGE);
      if (lower != null) {
        lower.purge(PurgeAction.PURGE);
      }
      all.forEach(IoQueue::askToEnd);
      awaitTransition();
      all.forEach(IoQueue::shut);
      targets.close();
      selfTarget.closeByDevice();
      if (lower != null) {
        lower.closeByDevice();
      }
      deleted();
    } finally {
      closing.unlock();
    }
  }

  /// Waits for a transition that is under way. Those that come later do nothing.
  private void awaitTransition() {
    changing.lock();
    try {
      assert isClosed : "one could begin after it";
    } finally {
      changing.unlock();
    }
  }

  @Override
  boolean hasEnded() {
    return isClosed;
  }

  DeviceTargets targets() {
    return targets;
  }

  void requireOpen(String what) {
    if (isClosed) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_STATE,
          "cannot %s device %s: it is closed; make a new one".formatted(what, name));
    }
  }

  /// Ties a target to this device: it is closed when the device goes. For the targets a driver
  /// opens for its own use; what is sent to them comes from a driver. The tie stays: a target that
  /// was closed, and is opened again, is closed with the device as well.
  ///
  /// @param target an open target
  /// @return the target
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if the device is closed;
  ///   [IoStatus#INVALID_DEVICE_REQUEST] if the target belongs to another device
  /// @see "WdfIoTargetCreate"
  public IoTarget adopt(IoTarget target) {
    targets.adopt(this, target);
    return target;
  }

  private void requireMayWait(String what) {
    requireMayWait(what, this);
  }

  static void requireMayWait(String what, Object about) {
    if (Nesting.current().mustNotAwaitTargets()) {
      throw Verifier.fatal(
          VerifierRule.WAIT_IN_CALLBACK,
          about,
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot %s it from a callback or a completion routine: that could wait for itself"
              .formatted(what));
    }
  }

  // ------------------------------------------------------------------ for queues and targets

  boolean mayBlock() {
    return mayBlock;
  }

  SynchronizationScope synchronizationScope() {
    return scope;
  }

  @Nullable Synchronizer synchronizer() {
    return synchronizer;
  }

  /// What a target to this device is made over.
  DeviceEntry entry() {
    return entry;
  }

  DeviceRoutes routes() {
    return routes;
  }

  /// The queue that was set for the self target.
  @Nullable IoQueue selfQueue() {
    return selfQueue;
  }

  /// Somebody can send to it from now on.
  void started() {
    if (!isStarted) {
      isStarted = true;
    }
  }

  void opened(IoTarget target) {
    started();
    targets.opened(this, target);
  }

  void closed(IoTarget target) {
    targets.closed(target);
  }

  /// Where the events of its queues are.
  InFlightRecorder recorder() {
    return recorder;
  }

  @Override
  public String toString() {
    return (isFilter ? "filter " : "device ") + name + (isClosed ? " (closed)" : "");
  }
}
