package dev.ioreq.builtin;

import dev.ioreq.Device;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.Pattern;
import dev.ioreq.TargetName;
import java.lang.foreign.MemorySegment;

/// Opens `pattern:SIZE[,seed]`: reads give [Pattern]; writes are compared with it, and end with EIO
/// at the first byte that differs.
public final class PatternProvider extends BuiltinProvider {
  /// For `ServiceLoader`.
  public PatternProvider() {
    super("pattern");
  }

  @Override
  public Device open(TargetName name, OpenOptions options) throws IoRequestException {
    int comma = name.rest().indexOf(',');
    String size = comma < 0 ? name.rest() : name.rest().substring(0, comma);
    long seed = 0;
    if (comma >= 0) {
      String text = name.rest().substring(comma + 1);
      try {
        seed = Long.decode(text.strip());
      } catch (NumberFormatException e) {
        IoRequestException failure =
            new IoRequestException(
                IoStatus.INVALID_PARAMETER,
                0,
                "open of " + name + ": seed '" + text + "' is not a whole number");
        failure.initCause(e);
        throw failure;
      }
    }
    return new PatternDevice(size(name, size), seed, options);
  }

  private static final class PatternDevice extends BuiltinDevice {
    private final long seed;

    PatternDevice(long sizeBytes, long seed, OpenOptions options) {
      super("pattern", sizeBytes, options);
      this.seed = seed;
    }

    @Override
    void read(long offset, MemorySegment to, long base, long length) {
      Pattern.fill(seed, offset, to, base, length);
    }

    @Override
    long write(long offset, MemorySegment from, long base, long length) {
      return Pattern.agreeing(seed, offset, from, base, length);
    }

    @Override
    boolean zero(long offset, long length) {
      return false;
    }

    @Override
    boolean canWrite() {
      return false;
    }

    @Override
    public void close() {}
  }
}
