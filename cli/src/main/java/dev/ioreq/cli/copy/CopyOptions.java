package dev.ioreq.cli.copy;

import java.time.Duration;
import java.util.OptionalLong;

/// How a copy is made. Immutable; begin with [#defaults()].
///
/// @param blockSizeBytes how much one request moves, 1 to [#LARGEST_BLOCK]
/// @param depth how many blocks are under way at once, 1 to [#GREATEST_DEPTH]
/// @param sizeBytes the most that is copied, empty for all there is
/// @param direct whether the caches of the operating system are bypassed
/// @param keepCached whether what was copied stays in those caches
/// @param verify whether the destinations are read back and compared
/// @param hash whether the SHA-256 of the source is computed in the same pass
/// @param sparse whether blocks of zeroes are left out or made without moving them
/// @param bytesPerSecond the most that is read in a second, empty for no limit
/// @param timeout for each request, zero for none
/// @param retries how often a failed request is sent again, 0 or more
/// @param skipErrors whether unreadable ranges become zeroes instead of ending the copy
/// @param force whether files with content and devices in use are overwritten
/// @param engine the engine by name, empty for the best
public record CopyOptions(
    long blockSizeBytes,
    int depth,
    OptionalLong sizeBytes,
    boolean direct,
    boolean keepCached,
    boolean verify,
    boolean hash,
    boolean sparse,
    OptionalLong bytesPerSecond,
    Duration timeout,
    int retries,
    boolean skipErrors,
    boolean force,
    String engine) {

  private static final long LEAST_BLOCK = 4 << 10;
  private static final long LEAST_DIRECT_BLOCK = 64 << 10;
  private static final long STEPS_PER_SECOND = 10;

  /// The largest block: 1 GiB.
  public static final long LARGEST_BLOCK = 1L << 30;

  /// The most blocks under way at once.
  public static final int GREATEST_DEPTH = 4096;

  /// The block size that is used if none is asked for: 2 MiB.
  public static final long USUAL_BLOCK = 2 << 20;

  /// The depth that is used if none is asked for: one block is read while another is written.
  public static final int USUAL_DEPTH = 2;

  /// Checks the ranges.
  ///
  /// @throws IllegalArgumentException naming the value and the limit
  public CopyOptions {
    check("block size", blockSizeBytes, 1, LARGEST_BLOCK);
    check("depth", depth, 1, GREATEST_DEPTH);
    check("number of retries", retries, 0, Integer.MAX_VALUE);
    if (bytesPerSecond.isPresent()) {
      check("rate", bytesPerSecond.getAsLong(), 1, Long.MAX_VALUE);
    }
    if (sizeBytes.isPresent()) {
      check("size", sizeBytes.getAsLong(), 0, Long.MAX_VALUE);
    }
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("timeout " + timeout + " is negative; 0s means none");
    }
  }

  /// The block size that is used if none is asked for: at a low rate no more than a tenth of a
  /// second carries, so that the copy moves evenly, but enough for any device.
  ///
  /// @param direct whether the caches of the operating system are bypassed
  /// @param bytesPerSecond the most that is read in a second
  /// @return bytes, a power of two
  public static long usualBlock(boolean direct, long bytesPerSecond) {
    long least = direct ? LEAST_DIRECT_BLOCK : LEAST_BLOCK;
    return Math.clamp(Long.highestOneBit(bytesPerSecond / STEPS_PER_SECOND), least, USUAL_BLOCK);
  }

  private static void check(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s %d is not in %d..%d".formatted(what, value, least, most));
    }
  }

  /// A plain copy by the best engine.
  ///
  /// @return the options when nothing is asked for
  public static CopyOptions defaults() {
    return new CopyOptions(
        USUAL_BLOCK,
        USUAL_DEPTH,
        OptionalLong.empty(),
        false,
        false,
        false,
        false,
        false,
        OptionalLong.empty(),
        Duration.ZERO,
        0,
        false,
        false,
        "");
  }
}
