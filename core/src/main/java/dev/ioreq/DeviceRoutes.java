package dev.ioreq;

import java.util.EnumMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which queue of a device requests of a type go to.
///
/// Adding and retiring belong to one thread at a time; looking up to any, at any time.
final class DeviceRoutes {
  /*
   * The map is written while the device is made and when a route is added: volatile, replaced as a whole and never
   * changed. So is what is made from it for the packets: for each type, by its number, the queue that takes it.
   */
  private final IoDevice device;
  private final @Nullable IoQueue defaultQueue;
  private volatile EnumMap<RequestType, IoQueue> routes;
  private volatile @Nullable IoQueue[] taking;

  DeviceRoutes(IoDevice device, @Nullable IoQueue defaultQueue) {
    this.device = device;
    this.defaultQueue = defaultQueue;
    EnumMap<RequestType, IoQueue> first = new EnumMap<>(RequestType.class);
    if (defaultQueue != null) {
      for (RequestType type : RequestType.values()) {
        first.put(type, defaultQueue);
      }
    }
    routes = first;
    taking = takingOf(first);
  }

  private @Nullable IoQueue[] takingOf(EnumMap<RequestType, IoQueue> routes) {
    @Nullable IoQueue[] taking = new IoQueue[RequestType.NO_FORMAT.value() + 1];
    routes.forEach((type, queue) ->
        taking[type.value()] = device.isFilter() && !queue.takes(type) ? null : queue);
    return taking;
  }

  /// The queue for a type. A filter passes on what the queue has no handler for.
  @Nullable IoQueue queueFor(RequestType type) { // hot path
    return taking[type.value()];
  }

  /// A queue is to be deleted: no route leads to it any more.
  ///
  /// @return false if one does, by a type or by default
  boolean retire(IoQueue queue) {
    if (queue == defaultQueue || routes.containsValue(queue)) {
      return false;
    }
    queue.isRetired = true;
    return true;
  }

  void addAll(Set<RequestType> types, IoQueue queue) {
    for (RequestType type : types) {
      boolean isRouted =
          type == RequestType.INTERNAL_DEVICE_CONTROL_OTHERS
              && types.contains(RequestType.INTERNAL_DEVICE_CONTROL);
      if (!isRouted) {
        add(type, queue);
      }
    }
  }

  void add(RequestType type, IoQueue queue) {
    if (queue.device() != device || queue == defaultQueue || !queue.takes(type)) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot route %s to %s: it has to be one of device %s, with a handler for that type, and not its default queue"
              .formatted(type, queue, device.name()));
    }
    if (queue.isRetired) {
      throw new IoMisuseException(
          IoStatus.DELETE_PENDING, "cannot route %s to %s: it is deleted".formatted(type, queue));
    }
    EnumMap<RequestType, IoQueue> changed = new EnumMap<>(routes);
    // the two internal types are one: what has three arguments goes with what has buffers
    RequestType routed =
        type == RequestType.INTERNAL_DEVICE_CONTROL_OTHERS
            ? RequestType.INTERNAL_DEVICE_CONTROL
            : type;
    IoQueue before = changed.put(routed, queue);
    if (before != null && before != defaultQueue) {
      throw new IoMisuseException(
          IoStatus.WDF_BUSY, "%s goes to %s already".formatted(type, before));
    }
    if (routed == RequestType.INTERNAL_DEVICE_CONTROL) {
      changed.put(RequestType.INTERNAL_DEVICE_CONTROL_OTHERS, queue);
    }
    routes = changed;
    taking = takingOf(changed);
  }
}
