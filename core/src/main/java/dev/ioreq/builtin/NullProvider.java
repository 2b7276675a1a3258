package dev.ioreq.builtin;

import dev.ioreq.Device;
import dev.ioreq.IoRequestException;
import dev.ioreq.OpenOptions;
import dev.ioreq.TargetName;
import java.lang.foreign.MemorySegment;

/// Opens `null:SIZE`: reads give zeroes, writes go nowhere. Without a size it has no end.
public final class NullProvider extends BuiltinProvider {
  /// For `ServiceLoader`.
  public NullProvider() {
    super("null");
  }

  @Override
  public Device open(TargetName name, OpenOptions options) throws IoRequestException {
    long size = name.rest().isEmpty() ? Long.MAX_VALUE : size(name, name.rest());
    return new NullDevice(size, options);
  }

  private static final class NullDevice extends BuiltinDevice {
    NullDevice(long sizeBytes, OpenOptions options) {
      super("null", sizeBytes, options);
    }

    @Override
    void read(long offset, MemorySegment to, long base, long length) {
      to.asSlice(base, length).fill((byte) 0);
    }

    @Override
    long write(long offset, MemorySegment from, long base, long length) {
      return length;
    }

    @Override
    boolean zero(long offset, long length) {
      return true;
    }

    @Override
    public void close() {}
  }
}
