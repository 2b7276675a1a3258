package dev.ioreq;

import java.util.List;

/// A device that has one frame, cancels nothing and says little of itself: what most tests of one
/// class need beside the one method they are about.
abstract class IdleDevice implements Device {
  @Override
  public int stackSize() {
    return 1;
  }

  @Override
  public CancelResult cancel(Packet packet) {
    return CancelResult.NOT_DELIVERED;
  }

  @Override
  public DeviceInfo info() {
    return new DeviceInfo("idle", "test", DeviceInfo.UNKNOWN, 1, 1, 1, false, false, List.of());
  }

  @Override
  public void close() {}
}
