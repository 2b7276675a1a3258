package dev.ioreq;

/// The lower end of a target: what receives packets. Implemented by engines and by driver
/// frameworks.
///
/// **Threading.** [#serve(Packet)], [#dispatch(Packet)] and [#cancel(Packet)] may be called from
/// any thread, also at the same time for the same packet. [#close()] is called once, when no packet
/// is out any more.
public interface Device {
  /// What the device does with a cancel.
  enum CancelResult {
    /// It does not hold the packet, or cannot cancel it. The packet's flag stays set.
    NOT_DELIVERED,
    /// The cancel took effect, or was handed on.
    DELIVERED,
    /// The cancel was handed to another thread, which will call [Packet#cancelHandled()] exactly
    /// once.
    HANDED_OVER
  }

  /// How many frames a packet needs from here down: 1 for a device at the bottom.
  ///
  /// @return 1 or more
  int stackSize();

  /// How reads and writes reach the device. Fixed while it is open.
  ///
  /// @return the method
  default BufferMethod bufferMethod() {
    return BufferMethod.OUT_DIRECT;
  }

  /// Whether the device can work on memory of the Java heap. If not, such memory goes through a
  /// buffer of the packet's. Always the same answer, which a send that comes beside the close may
  /// still ask for afterwards.
  ///
  /// @return false for devices that hand addresses to an operating system
  default boolean takesHeapMemory() {
    return false;
  }

  /// Takes a packet over, and completes it exactly once, now or later. A device that throws, and
  /// has not completed the packet before, has not taken it over: the packet ends with
  /// [IoStatus#UNSUCCESSFUL].
  ///
  /// A cancel may have come before the packet: after having made itself ready to be cancelled the
  /// device looks at [Packet#isCancelRequested()].
  ///
  /// @param packet its current frame is for this device
  void dispatch(Packet packet);

  /// The same, for a device that has done what it can do at once by the time it returns. The
  /// framework calls this one. A request that ends so is completed by who dispatched it, when
  /// nothing of the device's is on the stack any more: that many calls less deep its completion
  /// routine runs. A device that throws has not ended it, whatever it has said.
  ///
  /// @param packet its current frame is for this device
  /// @return true if the packet has ended, as the device has said by [Packet#end(IoStatus, long)]:
  ///   the caller completes it. False if the device completes it, or has done so
  default boolean serve(Packet packet) {
    dispatch(packet);
    return false;
  }

  /// Is asked to end a packet early. The packet may not have been dispatched yet, or have been
  /// completed already; it is not used for another send before this method has returned, or, after
  /// `HANDED_OVER`, before [Packet#cancelHandled()]. What it throws is logged, and taken as
  /// `NOT_DELIVERED`, unless it has called [Packet#cancelHandled()] before.
  ///
  /// @param packet a packet whose cancel flag is set
  /// @return what was done
  CancelResult cancel(Packet packet);

  /// What it is, as of now.
  ///
  /// @return kind, size, alignment, engine and codes
  DeviceInfo info();

  /// Gives back what the device holds.
  void close();
}
