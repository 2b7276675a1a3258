package dev.ioreq;

/// A device that takes no addresses of the Java heap, and does nothing with what it is given.
enum NativeOnly implements Device {
  DEVICE;

  @Override
  public int stackSize() {
    return 1;
  }

  @Override
  public void dispatch(Packet packet) {}

  @Override
  public CancelResult cancel(Packet packet) {
    return CancelResult.NOT_DELIVERED;
  }

  @Override
  public DeviceInfo info() {
    throw new UnsupportedOperationException("nobody asks");
  }

  @Override
  public void close() {}
}
