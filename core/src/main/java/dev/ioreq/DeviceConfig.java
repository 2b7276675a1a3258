package dev.ioreq;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a device is to be. Made by [IoDevice#filter(String)] and [IoDevice#function(String)], used
/// by one thread, ended by saying where the device goes: [#above(IoTarget)], [#above(IoDevice)] or
/// [#alone()].
///
/// @see "WDFDEVICE_INIT"
public final class DeviceConfig {
  /// Types that have a queue of their own.
  record Route(Set<RequestType> types, QueueConfig queue) {}

  final String name;
  final boolean isFilter;
  final List<Route> routes = new ArrayList<>();
  @Nullable QueueConfig defaultQueue;
  @Nullable CallerContextHandler inCallerContext;
  @Nullable DeviceInfo info;
  SynchronizationScope scope = SynchronizationScope.NONE;
  boolean mayBlock;
  BufferMethod bufferMethod = BufferMethod.OUT_DIRECT;
  int forwardDepth;

  DeviceConfig(String name, boolean isFilter) {
    this.name = Objects.requireNonNull(name, "name");
    this.isFilter = isFilter;
  }

  /// Sets the default queue: it gets every type that has no queue of its own.
  ///
  /// @param queue what it is to be
  /// @return this
  /// @throws IoMisuseException [IoStatus#UNSUCCESSFUL] if there is one already
  public DeviceConfig queue(QueueConfig queue) {
    if (defaultQueue != null) {
      throw new IoMisuseException(
          IoStatus.UNSUCCESSFUL,
          "device " + name + " has a default queue already; say which types this one is for");
    }
    queue.check();
    defaultQueue = queue;
    return this;
  }

  /// Adds a queue for some types.
  ///
  /// @param queue what it is to be
  /// @param first a type it is for
  /// @param others more of them
  /// @return this
  public DeviceConfig queue(QueueConfig queue, RequestType first, RequestType... others) {
    queue.check();
    routes.add(new Route(EnumSet.of(first, others), queue));
    return this;
  }

  /// Sets a handler that sees every request before a queue does, on the sender's thread.
  ///
  /// @param handler calls [ReceivedRequest#enqueue()], or completes the request, or sends it on
  /// @return this
  /// @see "WdfDeviceInitSetIoInCallerContextCallback"
  public DeviceConfig onInCallerContext(CallerContextHandler handler) {
    inCallerContext = Objects.requireNonNull(handler, "handler");
    return this;
  }

  /// Sets which callbacks of the device's queues exclude one another. Without a call: none.
  ///
  /// @param scope none, those of one queue, or all
  /// @return this
  public DeviceConfig synchronize(SynchronizationScope scope) {
    this.scope = Objects.requireNonNull(scope, "scope");
    return this;
  }

  /// Lets the callbacks of the device's queues block: they run on virtual threads unless the thread
  /// that triggers them may block.
  ///
  /// @return this
  /// @see "execution level passive"
  public DeviceConfig mayBlock() {
    mayBlock = true;
    return this;
  }

  /// Sets how reads and writes reach the device. A filter takes over what the device below has.
  ///
  /// @param method buffered, direct or neither
  /// @return this
  public DeviceConfig bufferMethod(BufferMethod method) {
    bufferMethod = Objects.requireNonNull(method, "method");
    return this;
  }

  /// Sets what the device says of itself. Without a call it says what the device below says.
  ///
  /// @param info kind, size, alignment and codes
  /// @return this
  public DeviceConfig info(DeviceInfo info) {
    this.info = Objects.requireNonNull(info, "info");
    return this;
  }

  /// Announces that received requests will be sent on to a target in another stack, so that packets
  /// come with enough frames for it.
  ///
  /// @param target an open target
  /// @return this
  /// @see "WdfDeviceWdmGetDeviceObject()->StackSize"
  public DeviceConfig forwardsTo(IoTarget target) {
    forwardDepth = Math.max(forwardDepth, target.openDevice().stackSize());
    return this;
  }

  /// Makes the device, above what a target leads to. Closing the device closes the target.
  ///
  /// @param lower an open target, from now on the device's local target
  /// @return the device
  public IoDevice above(IoTarget lower) {
    return new IoDevice(this, Objects.requireNonNull(lower, "lower"));
  }

  /// Makes the device, above another one. Closing the device leaves that one open.
  ///
  /// @param lower the device below
  /// @return the device
  public IoDevice above(IoDevice lower) {
    IoTarget below = IoTarget.to(lower);
    try {
      return new IoDevice(this, below);
    } catch (RuntimeException e) {
      below.close();
      throw e;
    }
  }

  /// Makes the device, with nothing below it.
  ///
  /// @return the device
  public IoDevice alone() {
    return new IoDevice(this, null);
  }
}
