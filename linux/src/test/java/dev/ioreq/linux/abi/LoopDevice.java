package dev.ioreq.linux.abi;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.nio.file.Path;

/// A file as a block device, for tests that need a real one. Where this process may not make one,
/// the test is skipped.
///
/// ```
///   struct loop_config (linux/loop.h)   0 fd   4 block_size   8 loop_info64 (flags at 52)   240 … 304 zero
/// ```
///
/// @see "man 4 loop"
public final class LoopDevice implements AutoCloseable {
  private static final int CONFIG_BYTES = 304;
  private static final int CONFIG_FLAGS = 8 + 52;
  private static final int LO_FLAGS_AUTOCLEAR = 4;
  private static final int TRIES = 16;

  private final int fd;
  private final String path;

  private LoopDevice(int fd, String path) {
    this.fd = fd;
    this.path = path;
  }

  /// Makes a device of a file. It disappears when the last descriptor of it is closed.
  public static LoopDevice of(Path file) {
    int control = FileCalls.open("/dev/loop-control", FileCalls.O_RDWR | FileCalls.O_CLOEXEC, 0);
    assumeTrue(control >= 0, () -> "requires loop devices: " + Errno.describe(-control));
    int backing = FileCalls.open(file.toString(), FileCalls.O_RDWR | FileCalls.O_CLOEXEC, 0);
    try {
      int result = backing;
      // Between being told a free number and taking it another process may take it.
      for (int tried = 0; backing >= 0 && tried < TRIES; tried++) {
        int number = DescriptorCalls.ioctl(control, IoctlNumber.LOOP_CTL_GET_FREE, 0);
        String path = "/dev/loop" + number;
        int fd = FileCalls.open(path, FileCalls.O_RDWR | FileCalls.O_CLOEXEC, 0);
        result = fd < 0 ? fd : configure(fd, backing);
        if (result == 0) {
          return new LoopDevice(fd, path);
        }
        FileCalls.close(fd);
      }
      String reason = "requires loop devices: " + Errno.describe(-result);
      assumeTrue(false, reason);
      throw new AssertionError(reason);
    } finally {
      FileCalls.close(backing);
      FileCalls.close(control);
    }
  }

  /// A descriptor for reading and writing, the device's own.
  public int fd() {
    return fd;
  }

  /// Such as `/dev/loop0`.
  public String path() {
    return path;
  }

  @Override
  public void close() {
    FileCalls.close(fd);
  }

  private static int configure(int fd, int backing) {
    try (Arena arena = Arena.ofConfined()) {
      long config = arena.allocate(CONFIG_BYTES, 8).address();
      Memory.putInt(config, backing);
      Memory.putInt(config + CONFIG_FLAGS, LO_FLAGS_AUTOCLEAR);
      return DescriptorCalls.ioctl(fd, IoctlNumber.LOOP_CONFIGURE, config);
    }
  }
}
