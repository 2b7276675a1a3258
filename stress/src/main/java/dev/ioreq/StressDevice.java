package dev.ioreq;

import java.util.List;

/// A device under the cases of this package, as small as one can be: each says what it does with
/// packets, and takes no cancels if it does not say otherwise.
abstract class StressDevice implements Device {
  private static final DeviceInfo INFO =
      new DeviceInfo("stress", "stress", 0, 1, 1, 1, false, false, List.of());

  @Override
  public final int stackSize() {
    return 1;
  }

  @Override
  public CancelResult cancel(Packet packet) {
    return CancelResult.NOT_DELIVERED;
  }

  @Override
  public final DeviceInfo info() {
    return INFO;
  }

  @Override
  public final void close() {}
}
