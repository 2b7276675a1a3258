package dev.ioreq;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How packets come into a device in Java from a target, and which way they take from there.
class DeviceEntry implements Device {
  /*
   *   the caller's context handler, if there is one ─▶ it enqueues, completes or sends
   *   route[type] ─ a queue that takes the type ─────▶ a handle in the packet's frame, and into the queue
   *   (self target: the queue set for it, if one is; a device without a queue refuses, a filter too)
   *               └ none ─ filter: the same frame goes to the device below, past this one
   *                      └ function: completed INVALID_DEVICE_REQUEST
   *
   * Which queue a type goes to is in DeviceRoutes.
   */
  final IoDevice device;

  /// Where to pass what the device does not take; a filter's, but for what comes from its self
  /// target.
  private final @Nullable TargetTraffic below;

  private final @Nullable CallerContextHandler inCallerContext;
  private final @Nullable DeviceInfo ownInfo;
  private final int stackSize;
  private final BufferMethod bufferMethod;
  private final boolean takesHeapMemory;

  /// @param below the target to which a filter passes on; null if it does not
  /// @param opened the device below; null at the bottom
  DeviceEntry(
      IoDevice device, DeviceConfig config, @Nullable IoTarget below, @Nullable Device opened) {
    this.device = device;
    inCallerContext = config.inCallerContext;
    ownInfo = config.info;
    this.below = below == null ? null : below.traffic();
    stackSize = 1 + Math.max(opened == null ? 0 : opened.stackSize(), config.forwardDepth);
    bufferMethod = opened != null && config.isFilter ? opened.bufferMethod() : config.bufferMethod;
    takesHeapMemory = opened == null || opened.takesHeapMemory();
  }

  @Override
  public final int stackSize() {
    return stackSize;
  }

  @Override
  public final BufferMethod bufferMethod() {
    return bufferMethod;
  }

  @Override
  public final boolean takesHeapMemory() {
    return takesHeapMemory;
  }

  @Override
  public final void dispatch(Packet packet) {
    if (serve(packet)) {
      packet.complete();
    }
  }

  @Override
  public boolean serve(Packet packet) { // hot path
    CallerContextHandler handler = inCallerContext;
    if (handler != null) {
      callInContext(handler, packet);
      return false;
    }
    Frame frame = packet.frame();
    IoQueue queue = device.routes().queueFor(frame.type());
    if (queue != null) {
      queue.arrive(frame.receive(device, packet, queue));
    } else if (below != null) {
      Device next = taker(below, frame.type());
      if (next == null) {
        return packet.end(IoStatus.INVALID_DEVICE_STATE, 0);
      }
      return packet.goesOnTo(next) && next.serve(packet);
    } else {
      return packet.end(IoStatus.INVALID_DEVICE_REQUEST, 0);
    }
    return false;
  }

  /// The device below that takes a type. Filters that would only pass it on as well are passed by
  /// here: a packet that went to each would say so to cancellers at each, by a full barrier.
  ///
  /// @return null if a target on the way is closed
  private static @Nullable Device taker(TargetTraffic below, RequestType type) { // hot path
    TargetTraffic target = below;
    while (true) {
      OpenDevice opened = target.opened();
      if (opened == null) {
        return null;
      }
      DeviceEntry entry = opened.entry();
      TargetTraffic next = entry == null ? null : entry.passesOnTo(type);
      if (next == null) {
        return opened.device();
      }
      target = next;
    }
  }

  /// Where packets of a type go past this device.
  ///
  /// @return null if it looks at them
  private @Nullable TargetTraffic passesOnTo(RequestType type) { // hot path
    return inCallerContext != null || device.routes().queueFor(type) != null ? null : below;
  }

  /// Gives a request that no queue has had yet to the queue of its type.
  ///
  /// @return [IoStatus#INVALID_DEVICE_REQUEST] if there is none: the driver still owns it
  final IoStatus enqueue(ReceivedRequest request) {
    IoQueue assigned = request.cameToSelf() ? device.selfQueue() : null;
    IoQueue queue = assigned != null ? assigned : device.routes().queueFor(request.type());
    if (queue != null) {
      return queue.takeFromCaller(request) ? IoStatus.SUCCESS : IoStatus.WDF_BUSY;
    }
    if (below == null) {
      return IoStatus.INVALID_DEVICE_REQUEST;
    }
    request.becomeFrameworks();
    Device next = taker(below, request.type());
    if (next == null) {
      request.endByFramework(IoStatus.INVALID_DEVICE_STATE);
    } else {
      request.passOn(next);
    }
    return IoStatus.SUCCESS;
  }

  final void callInContext(CallerContextHandler handler, Packet packet) {
    ReceivedRequest request = packet.frame().receive(device, packet, null);
    request.becomeOwned();
    long arrival = request.arrival();
    try {
      handler.handle(device, request);
    } catch (Throwable e) {
      CallbackFailures.ofHandler(request, arrival, null, e, IoStatus.UNSUCCESSFUL);
    }
  }

  final @Nullable CallerContextHandler inCallerContext() {
    return inCallerContext;
  }

  @Override
  public final CancelResult cancel(Packet packet) {
    return CancelResult.NOT_DELIVERED; // its requests are found through their frames
  }

  @Override
  public final DeviceInfo info() {
    DeviceInfo info = ownInfo;
    if (info != null) {
      return info;
    }
    return device
        .localTarget()
        .map(IoTarget::info)
        .orElseGet(() ->
            new DeviceInfo(
                device.name(), "core", DeviceInfo.UNKNOWN, 1, 1, 1, false, false, List.of()));
  }

  @Override
  public final void close() {
    // the device lives on without the target
  }

  /// How packets come in from the self target.
  static final class OfSelf extends DeviceEntry {
    OfSelf(IoDevice device, DeviceConfig config, @Nullable Device opened) {
      super(device, config, null, opened);
    }

    static boolean isReceiverOf(Frame frame) {
      return frame.device instanceof OfSelf;
    }

    @Override
    public boolean serve(Packet packet) {
      device.started();
      CallerContextHandler handler = inCallerContext();
      if (handler != null) {
        callInContext(handler, packet);
        return false;
      }
      Frame frame = packet.frame();
      IoQueue assigned = device.selfQueue();
      IoQueue queue = assigned != null ? assigned : device.routes().queueFor(frame.type());
      if (queue != null) {
        queue.arrive(frame.receive(device, packet, queue));
        return false;
      }
      return packet.end(IoStatus.INVALID_DEVICE_STATE, 0);
    }
  }
}
