package dev.ioreq;

/// A device that takes no addresses of the Java heap, and does nothing with what it is given.
final class NativeOnly extends IdleDevice {
  static final Device DEVICE = new NativeOnly();

  @Override
  public void dispatch(Packet packet) {}
}
