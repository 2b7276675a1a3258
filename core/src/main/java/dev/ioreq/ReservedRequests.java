package dev.ioreq;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The requests a queue keeps for the case that a usual one cannot have what the driver needs for
/// it. Under the queue's lock, except [#hasResources] and [#mayStandFor].
final class ReservedRequests {
  private final IoDevice device;
  private final ForwardProgress resources;
  private final ArrayDeque<ReceivedRequest> free = new ArrayDeque<>();

  ReservedRequests(IoDevice device, QueueDelivery home, int count, ForwardProgress resources) {
    this.device = device;
    this.resources = resources;
    for (int i = 0; i < count; i++) {
      ReceivedRequest request = new ReceivedRequest(device, true);
      request.reserve(home);
      resources.prepareReserved(request);
      request.unreserve();
      free.add(request);
    }
  }

  /// What throws has not succeeded: the guarantee is for want of memory as well.
  boolean hasResources(ReceivedRequest request) {
    try {
      return resources.allocate(request);
    } catch (Throwable e) {
      CallbackFailures.report(device, e);
      return false;
    }
  }

  boolean mayStandFor(ReceivedRequest request) {
    try {
      return resources.mayUseReserved(request);
    } catch (Throwable e) {
      CallbackFailures.report(device, e);
      return false;
    }
  }

  @Nullable ReceivedRequest take() {
    return free.poll();
  }

  void giveBack(ReceivedRequest request) {
    free.add(request);
  }
}
