package dev.ioreq;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// One layer's view of a request: its type, parameters and buffers. Reused in place.
///
/// A frame is filled by the sender's thread before the send and read by the device; it holds one
/// reference on each memory it names, until it is filled with other memory or released (R-138,
///
public final class Frame {
  private final Packet packet;
  private RequestType type = RequestType.NO_FORMAT;
  private @Nullable ControlCode controlCode;
  private long deviceOffset;
  private IoMemory input = IoMemory.none();
  private long inputOffset;
  private long inputLength;
  private IoMemory output = IoMemory.none();
  private long outputOffset;
  private long outputLength;
  private @Nullable Object argument1;
  private @Nullable Object argument2;
  private @Nullable Object argument4;
  private boolean isBuffered;

  Frame(Packet packet) {
    this.packet = packet;
  }

  // --- filled by the sender; windows are checked before ---

  /// hot path
  void fillRead(IoMemory memory, long offset, long length, long deviceOffset, boolean buffered) {
    type = RequestType.READ;
    this.deviceOffset = deviceOffset;
    setOutput(memory, offset, length);
    setInput(IoMemory.none(), 0, 0);
    isBuffered = buffered && length != 0;
    if (isBuffered) {
      packet.systemBuffer(length);
    }
  }

  /// hot path
  void fillWrite(IoMemory memory, long offset, long length, long deviceOffset, boolean buffered) {
    type = RequestType.WRITE;
    this.deviceOffset = deviceOffset;
    setInput(memory, offset, length);
    setOutput(IoMemory.none(), 0, 0);
    isBuffered = buffered && length != 0;
    if (isBuffered) {
      MemorySegment.copy(memory.bytes(), offset, packet.systemBuffer(length), 0, length);
    }
  }

  /// hot path
  void fillControl(
      RequestType type,
      ControlCode code,
      IoMemory input,
      long inputOffset,
      long inputLength,
      IoMemory output,
      long outputOffset,
      long outputLength,
      boolean buffered) {
    this.type = type;
    controlCode = code;
    deviceOffset = 0;
    setInput(input, inputOffset, inputLength);
    setOutput(output, outputOffset, outputLength);
    isBuffered = buffered;
    if (buffered) {
      long size = Math.max(Math.max(inputLength, outputLength), code.sizeBytes());
      if (size != 0) {
        MemorySegment buffer = packet.systemBuffer(size);
        MemorySegment.copy(input.bytes(), inputOffset, buffer, 0, inputLength);
        if (inputLength < size) {
          buffer.asSlice(inputLength, size - inputLength).fill((byte) 0);
        }
      }
    }
  }

  void fillOthers(
      ControlCode code,
      @Nullable Object argument1,
      @Nullable Object argument2,
      @Nullable Object argument4) {
    release();
    type = RequestType.INTERNAL_DEVICE_CONTROL_OTHERS;
    controlCode = code;
    this.argument1 = argument1;
    this.argument2 = argument2;
    this.argument4 = argument4;
  }

  /// Forgets the formatting and gives the references back.
  void release() {
    type = RequestType.NO_FORMAT;
    controlCode = null;
    deviceOffset = 0;
    setInput(IoMemory.none(), 0, 0);
    setOutput(IoMemory.none(), 0, 0);
    argument1 = null;
    argument2 = null;
    argument4 = null;
    isBuffered = false;
  }

  /// Brings the device's output from the packet's buffer into the sender's memory. Done once more
  /// if a canceller came between: the bytes are the same.
  void copyBack(long information) {
    if (isBuffered && outputLength != 0 && information > 0) {
      MemorySegment.copy(
          packet.systemBuffer(0),
          0,
          output.bytes(),
          outputOffset,
          Math.min(information, outputLength));
    }
  }

  private void setInput(IoMemory memory, long offset, long length) {
    if (memory != input) {
      memory.retain();
      IoMemory old = input;
      input = memory;
      old.release();
    }
    inputOffset = offset;
    inputLength = length;
  }

  private void setOutput(IoMemory memory, long offset, long length) {
    if (memory != output) {
      memory.retain();
      IoMemory old = output;
      output = memory;
      old.release();
    }
    outputOffset = offset;
    outputLength = length;
  }

  boolean isBuffered() {
    return isBuffered;
  }

  IoMemory inputMemory() {
    return input;
  }

  IoMemory outputMemory() {
    return output;
  }

  long inputWindowOffset() {
    return inputOffset;
  }

  long outputWindowOffset() {
    return outputOffset;
  }

  // --- read by the device ---

  /// What kind of operation this is.
  ///
  /// @return the type; [RequestType#NO_FORMAT] only outside a send
  public RequestType type() {
    return type;
  }

  /// The code of a device control.
  ///
  /// @return the code
  /// @throws IllegalStateException on a read or write
  public ControlCode controlCode() {
    ControlCode code = controlCode;
    if (code == null) {
      throw new IllegalStateException("a " + type + " has no control code");
    }
    return code;
  }

  /// Where on the device a read or write begins.
  ///
  /// @return bytes from 0
  public long deviceOffset() {
    return deviceOffset;
  }

  /// How many bytes the sender gives: the length of a write, the input of a device control.
  ///
  /// @return bytes
  public long inputLength() {
    return inputLength;
  }

  /// How many bytes the sender takes: the length of a read, the output of a device control.
  ///
  /// @return bytes
  public long outputLength() {
    return outputLength;
  }

  /// The length of a read or write.
  ///
  /// @return bytes
  public long length() {
    return type == RequestType.READ ? outputLength : inputLength;
  }

  /// Where the bytes from the sender are in native memory.
  ///
  /// @return an address; 0 if there are none, or they are on the Java heap and the device takes
  ///   such
  public long inputAddress() {
    return isBuffered ? packet.systemBuffer(0).address() : input.address() + inputOffset;
  }

  /// Where the bytes for the sender go in native memory. With a buffered control code this is the
  /// same storage as the input.
  ///
  /// @return an address; 0 if there are none, or they are on the Java heap and the device takes
  ///   such
  public long outputAddress() {
    return isBuffered ? packet.systemBuffer(0).address() : output.address() + outputOffset;
  }

  /// The segment that the bytes from the sender lie in, from [#inputBase()] on.
  ///
  /// @return a segment that is not sliced, so that asking allocates nothing
  public MemorySegment inputSegment() {
    return isBuffered ? packet.systemBuffer(0) : input.bytes();
  }

  /// Where in [#inputSegment()] they begin.
  ///
  /// @return bytes
  public long inputBase() {
    return isBuffered ? 0 : inputOffset;
  }

  /// The segment that the bytes for the sender go to, from [#outputBase()] on.
  ///
  /// @return a segment that is not sliced
  public MemorySegment outputSegment() {
    return isBuffered ? packet.systemBuffer(0) : output.bytes();
  }

  /// Where in [#outputSegment()] they begin.
  ///
  /// @return bytes
  public long outputBase() {
    return isBuffered ? 0 : outputOffset;
  }

  /// The first argument of an internal device control with three.
  ///
  /// @return what the sender gave
  public @Nullable Object argument1() {
    return argument1;
  }

  /// The second.
  ///
  /// @return what the sender gave
  public @Nullable Object argument2() {
    return argument2;
  }

  /// The third, which WDF numbers 4, because its third is the control code.
  ///
  /// @return what the sender gave
  public @Nullable Object argument4() {
    return argument4;
  }

  /// One line for messages: operation, length, place.
  String describe() {
    return switch (type) {
      case READ -> "read of %d bytes at offset %d".formatted(outputLength, deviceOffset);
      case WRITE -> "write of %d bytes at offset %d".formatted(inputLength, deviceOffset);
      case DEVICE_CONTROL -> "device control " + controlCode;
      case INTERNAL_DEVICE_CONTROL, INTERNAL_DEVICE_CONTROL_OTHERS ->
          "internal device control " + controlCode;
      case NO_FORMAT -> "request without format";
    };
  }
}
