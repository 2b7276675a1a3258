package dev.ioreq.cli.copy;

import dev.ioreq.cli.copy.DeviceUse.DeviceNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where the bytes behind a path lie in the end: a partition's on its disk, a loop device's in its
/// file. Two paths share bytes if both lie on the same thing and their ranges meet.
///
/// ```
///   /sys/dev/block/7:1/loop/backing_file   /home/disk.img          (maybe with " (deleted)" behind it)
///                      loop/offset         1048576                 bytes
///                      loop/sizelimit      0                       bytes; 0: all there is
///   /sys/dev/block/8:2/partition           2                       the disk is the folder above
///                      start, size         2048, 409600            sectors of 512 bytes
/// ```
///
/// What is copied on write, or put together of several devices, lies for this class on itself.
///
/// @param file what it lies on, if that is a file; it need not be there any more
/// @param device what it lies on, if that is a device
/// @param begin the first byte on that
/// @param end the first byte behind it
/// @see "man 4 loop; Documentation/ABI/stable/sysfs-block"
record Extent(@Nullable Path file, @Nullable DeviceNumber device, long begin, long end) {
  private static final int MOST_LEVELS = 8;
  private static final long SECTOR = 512;

  /// Follows a path down.
  ///
  /// @param sys where the system describes its devices, `/sys`
  static Extent of(Path path, Path sys) {
    return of(path, sys, MOST_LEVELS);
  }

  private static Extent of(Path path, Path sys, int levels) {
    boolean isBlock = NamedPath.typeOf(path) == NamedPath.Type.BLOCK_DEVICE;
    DeviceNumber number = isBlock ? DeviceNumber.ofDevice(path) : null;
    return number == null ? new Extent(path, null, 0, Long.MAX_VALUE) : of(number, sys, levels);
  }

  /// Follows a device down.
  static Extent of(DeviceNumber number, Path sys) {
    return of(number, sys, MOST_LEVELS);
  }

  private static Extent of(DeviceNumber number, Path sys, int levels) {
    try {
      Path folder = sys.resolve("dev/block").resolve(number.toString()).toRealPath();
      if (levels > 0 && Files.exists(folder.resolve("partition"))) {
        DeviceNumber disk = DeviceNumber.parse(text(folder.resolve("../dev")));
        if (disk != null) {
          long start = Long.parseLong(text(folder.resolve("start"))) * SECTOR;
          long size = Long.parseLong(text(folder.resolve("size"))) * SECTOR;
          return of(disk, sys, levels - 1).part(start, size);
        }
      } else if (levels > 0 && Files.exists(folder.resolve("loop/backing_file"))) {
        long offset = Long.parseLong(text(folder.resolve("loop/offset")));
        long limit = Long.parseLong(text(folder.resolve("loop/sizelimit")));
        return of(backingFile(folder), sys, levels - 1)
            .part(offset, limit == 0 ? Long.MAX_VALUE : limit);
      }
    } catch (IOException | NumberFormatException e) {
      return new Extent(null, number, 0, Long.MAX_VALUE); // the system does not describe it
    }
    return new Extent(null, number, 0, Long.MAX_VALUE);
  }

  private static Path backingFile(Path folder) throws IOException {
    // of a file that was deleted the text stays, " (deleted)" included: alike for all its devices
    return Path.of(text(folder.resolve("loop/backing_file")));
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file).stripTrailing();
  }

  private Extent part(long offset, long length) {
    long from = Math.min(end, saturated(begin, offset));
    return new Extent(file, device, from, Math.min(end, saturated(from, length)));
  }

  private static long saturated(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  /// Whether a byte belongs to both.
  boolean meets(Extent other) {
    return begin < other.end && other.begin < end && isOnSame(other);
  }

  private boolean isOnSame(Extent other) {
    if (device != null || other.device != null) {
      return device != null && device.equals(other.device);
    }
    Path own = file;
    Path others = other.file;
    if (own == null || others == null) {
      return false;
    }
    try {
      return own.equals(others) || Files.isSameFile(own, others);
    } catch (IOException e) {
      return false; // one is not there any more
    }
  }
}
