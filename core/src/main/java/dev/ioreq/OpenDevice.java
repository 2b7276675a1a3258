package dev.ioreq;

import org.jspecify.annotations.Nullable;

/// A device that a target has open, with what it says of itself once and for as long as it is open:
/// so each request asks a field, and not a device of some class.
///
/// @param device whom packets go to
/// @param entry the same if it is the entry of a device in Java
/// @param stackSize frames that a packet needs from there down
/// @param isBuffered whether reads and writes go through a buffer of the packet's
/// @param takesHeapMemory whether it works on memory of the Java heap
record OpenDevice(
    Device device,
    @Nullable DeviceEntry entry,
    int stackSize,
    boolean isBuffered,
    boolean takesHeapMemory) {
  static OpenDevice of(Device device) {
    return new OpenDevice(
        device,
        device instanceof DeviceEntry entry ? entry : null,
        device.stackSize(),
        device.bufferMethod() == BufferMethod.BUFFERED,
        device.takesHeapMemory());
  }

  /// Whether a read or write of this memory goes through a buffer. hot path
  boolean buffers(IoMemory memory) {
    return isBuffered || (!memory.isNative() && memory != IoMemory.none() && !takesHeapMemory);
  }
}
