package dev.ioreq.builtin;

import dev.ioreq.Device;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.TargetName;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Opens `memory:SIZE`: a device whose bytes are zero at first and gone with the target.
public final class MemoryProvider extends BuiltinProvider {
  /// For `ServiceLoader`.
  public MemoryProvider() {
    super("memory");
  }

  @Override
  public Device open(TargetName name, OpenOptions options) throws IoRequestException {
    long size = size(name, name.rest());
    try {
      return new MemoryDevice(size, options);
    } catch (OutOfMemoryError e) {
      IoRequestException failure =
          new IoRequestException(
              IoStatus.INSUFFICIENT_RESOURCES, 0, "open of " + name + ": not so much memory");
      failure.initCause(e);
      throw failure;
    }
  }

  private static final class MemoryDevice extends BuiltinDevice {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment bytes;

    MemoryDevice(long sizeBytes, OpenOptions options) {
      super("memory", sizeBytes, options);
      bytes = arena.allocate(sizeBytes, 4096);
    }

    @Override
    void read(long offset, MemorySegment to, long base, long length) {
      MemorySegment.copy(bytes, offset, to, base, length);
    }

    @Override
    long write(long offset, MemorySegment from, long base, long length) {
      MemorySegment.copy(from, base, bytes, offset, length);
      return length;
    }

    @Override
    boolean zero(long offset, long length) {
      bytes.asSlice(offset, length).fill((byte) 0);
      return true;
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
