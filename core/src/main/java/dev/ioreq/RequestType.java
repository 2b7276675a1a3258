package dev.ioreq;

/// What kind of operation a frame holds. The numbers are those of `WDF_REQUEST_TYPE`.
public enum RequestType {
  /// Bytes from the device into memory.
  READ(0x03),
  /// Bytes from memory to the device.
  WRITE(0x04),
  /// A device control: a code, input and output.
  DEVICE_CONTROL(0x0E),
  /// A device control that only drivers may send.
  INTERNAL_DEVICE_CONTROL(0x0F),
  /// An internal device control whose arguments are three objects.
  INTERNAL_DEVICE_CONTROL_OTHERS(0x1C),
  /// Not formatted by one of the format methods; only status and information mean anything.
  NO_FORMAT(0xFF);

  private final int value;

  RequestType(int value) {
    this.value = value;
  }

  /// The number of this type in WDF.
  ///
  /// @return the `WDF_REQUEST_TYPE` value
  public int value() {
    return value;
  }
}
