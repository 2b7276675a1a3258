package dev.ioreq;

/// How the bytes of a request reach the device. The numbers are the method field of a control code.
///
/// @see "METHOD_BUFFERED and its siblings; accessing data buffers in WDF drivers"
public enum BufferMethod {
  /// Through a buffer that the packet owns: input is copied in when the request is formatted,
  /// output is copied out on completion, before the completion routine runs.
  BUFFERED(0),
  /// The device works on the sender's bytes; what the sender calls output is more input.
  IN_DIRECT(1),
  /// The device works on the sender's bytes.
  OUT_DIRECT(2),
  /// The sender's references are passed on as they are.
  NEITHER(3);

  private static final BufferMethod[] VALUES = values();
  private final int value;

  BufferMethod(int value) {
    this.value = value;
  }

  /// The number of this method in a control code.
  ///
  /// @return 0..3
  public int value() {
    return value;
  }

  static BufferMethod of(int value) {
    return VALUES[value & 3];
  }
}
