package dev.ioreq;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Fills requests for one target. What cannot be sent is found here, and leaves the request
/// unformatted.
final class Formatting {
  private final IoTarget target;

  Formatting(IoTarget target) {
    this.target = target;
  }

  void read(IoRequest request, IoMemory output, long offset, long length, long deviceOffset) {
    request.requireFormattable();
    try {
      long window = window(output, offset, length);
      checkOffset(deviceOffset);
      checkWritable(output);
      OpenDevice opened = target.requireOpened();
      request
          .formatFrame(opened.stackSize())
          .fillRead(output, offset, window, deviceOffset, opened.buffers(output));
    } catch (RuntimeException e) {
      request.unformat();
      throw e;
    }
    request.formatted();
  }

  void write(IoRequest request, IoMemory input, long offset, long length, long deviceOffset) {
    request.requireFormattable();
    try {
      long window = window(input, offset, length);
      checkOffset(deviceOffset);
      OpenDevice opened = target.requireOpened();
      request
          .formatFrame(opened.stackSize())
          .fillWrite(input, offset, window, deviceOffset, opened.buffers(input));
    } catch (RuntimeException e) {
      request.unformat();
      throw e;
    }
    request.formatted();
  }

  void control(
      IoRequest request,
      RequestType type,
      ControlCode code,
      IoMemory input,
      long inputOffset,
      long inputLength,
      IoMemory output,
      long outputOffset,
      long outputLength) {
    request.requireFormattable();
    try {
      long in = window(input, inputOffset, inputLength);
      long out = window(output, outputOffset, outputLength);
      if (code.method() != BufferMethod.IN_DIRECT) { // there the output is more input
        checkWritable(output);
      }
      if (in < code.minimumInput() || out < code.minimumOutput()) {
        throw new IoMisuseException(
            IoStatus.BUFFER_TOO_SMALL,
            "%s needs %d bytes of input and %d of output; got %d and %d"
                .formatted(code, code.minimumInput(), code.minimumOutput(), in, out));
      }
      boolean isBuffered = code.method() == BufferMethod.BUFFERED;
      request
          .formatFrame(target.requireOpened().stackSize())
          .fillControl(type, code, input, inputOffset, in, output, outputOffset, out, isBuffered);
    } catch (RuntimeException e) {
      request.unformat();
      throw e;
    }
    request.formatted();
  }

  void others(
      IoRequest request,
      ControlCode code,
      @Nullable Object argument1,
      @Nullable Object argument2,
      @Nullable Object argument4) {
    request.requireFormattable();
    try {
      Objects.requireNonNull(code, "code");
      request
          .formatFrame(target.requireOpened().stackSize())
          .fillOthers(code, argument1, argument2, argument4);
    } catch (RuntimeException e) {
      request.unformat();
      throw e;
    }
    request.formatted();
  }

  private static long window(IoMemory memory, long offset, long length) {
    long size = memory.sizeBytes();
    if (offset < 0 || length < 0 || offset > size || length > size - offset) {
      throw new IoMisuseException(
          IoStatus.INTEGER_OVERFLOW,
          "the window of %d bytes at offset %d leads beyond the memory of %d bytes"
              .formatted(length, offset, size));
    }
    return length == 0 ? size - offset : length;
  }

  private static void checkOffset(long deviceOffset) {
    if (deviceOffset < 0) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER,
          "device offset " + deviceOffset + " is negative; the first byte is at 0");
    }
  }

  private static void checkWritable(IoMemory output) {
    if (output.isReadOnly()) {
      throw new IoMisuseException(
          IoStatus.ACCESS_VIOLATION, "the memory for the output may only be read");
    }
  }
}
