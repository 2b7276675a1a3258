package dev.ioreq.linux.device;

import dev.ioreq.Device;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.TargetName;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.Statx;
import dev.ioreq.linux.engine.RingEngine;
import java.lang.foreign.Arena;

/// Opens paths, and makes of the descriptor the device that it is.
public final class Descriptors {
  private static final int EVERYBODY_READS = 0666; // less the process's mask

  private Descriptors() {}

  /// Opens a path.
  ///
  /// @param name its rest is the path; its scheme says what it must be
  /// @param options how
  /// @param engine who carries out
  /// @return the device
  /// @throws IoRequestException with the error number of the kernel
  public static Device open(TargetName name, OpenOptions options, RingEngine engine)
      throws IoRequestException {
    String path = name.rest();
    int fd;
    do {
      fd = FileCalls.open(path, flags(name, options), EVERYBODY_READS);
    } while (fd == -Errno.EINTR);
    if (fd < 0) {
      throw failure(name, options, -fd);
    }
    boolean isKept = false;
    try (Arena arena = Arena.ofConfined()) {
      Device device = device(name, fd, statx(fd, arena), options, engine);
      isKept = true;
      return device;
    } finally {
      if (!isKept) {
        FileCalls.close(fd);
      }
    }
  }

  private static Device device(
      TargetName name, int fd, Statx statx, OpenOptions options, RingEngine engine)
      throws IoRequestException {
    String kind;
    Device device;
    if (statx.isRegularFile()) {
      kind = "file";
      device = new FileDevice(fd, options, engine);
    } else if (statx.isBlockDevice()) {
      kind = "block";
      device = new BlockDevice(fd, options, engine);
    } else if (statx.isCharacterDevice()) {
      kind = "char";
      device =
          Terminals.isTerminal(fd)
              ? StreamDevice.terminal(fd, options, engine)
              : new CharacterDevice(fd, options, engine);
    } else if (statx.isPipe()) {
      kind = "pipe";
      device = StreamDevice.pipe(fd, options, engine);
    } else {
      throw failure(name, options, statx.isDirectory() ? Errno.EISDIR : Errno.ENXIO);
    }
    boolean isAsked = name.scheme().equals("file") || name.scheme().equals(kind);
    if (!isAsked) {
      throw new IoRequestException(
          IoStatus.ofErrno(name.scheme().equals("block") ? Errno.ENOTBLK : Errno.ENODEV),
          0,
          "open of %s: it is of kind '%s'; open %s:%s".formatted(name, kind, kind, name.rest()));
    }
    return device;
  }

  private static int flags(TargetName name, OpenOptions options) {
    int flags =
        FileCalls.O_CLOEXEC
            | FileCalls.O_NOCTTY
            | switch (options.access()) {
              case READ -> FileCalls.O_RDONLY;
              case WRITE -> FileCalls.O_WRONLY;
              case READ_WRITE -> FileCalls.O_RDWR;
            };
    boolean creates =
        options.create() && name.scheme().equals("file"); // a device that is not there stays so
    if (creates) {
      flags |= FileCalls.O_CREAT;
    }
    if (options.truncate()) {
      flags |= FileCalls.O_TRUNC;
    }
    if (options.direct()) {
      flags |= FileCalls.O_DIRECT;
    }
    // without O_CREAT the flag means something for block devices only
    if (options.exclusive() && (creates || isBlockDevice(name.rest()))) {
      flags |= FileCalls.O_EXCL;
    }
    return flags;
  }

  private static boolean isBlockDevice(String path) {
    try (Arena arena = Arena.ofConfined()) {
      Statx statx = new Statx(arena);
      return FileCalls.statx(FileCalls.AT_FDCWD, path, 0, Statx.STATX_TYPE, statx) >= 0
          && statx.isBlockDevice();
    }
  }

  static Statx statx(int fd, Arena arena) {
    Statx statx = new Statx(arena);
    int result =
        FileCalls.statx(
            fd, "", FileCalls.AT_EMPTY_PATH, Statx.STATX_BASIC_STATS | Statx.STATX_DIOALIGN, statx);
    if (result < 0) {
      throw new IllegalStateException(
          "statx of an open descriptor: "
              + IoStatus.ofErrno(-result)
              + "; was it closed elsewhere?");
    }
    return statx;
  }

  private static IoRequestException failure(TargetName name, OpenOptions options, int errno) {
    String hint =
        switch (errno) {
          case Errno.EINVAL ->
              options.direct() ? " (its file system does not do direct I/O; open it without)" : "";
          case Errno.EBUSY -> " (it is mounted or opened exclusively elsewhere)";
          default -> "";
        };
    return new IoRequestException(
        IoStatus.ofErrno(errno), 0, "open of %s for %s%s".formatted(name, options.access(), hint));
  }
}
