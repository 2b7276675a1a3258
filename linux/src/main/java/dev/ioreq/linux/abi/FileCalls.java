package dev.ioreq.linux.abi;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/// Opening, closing, measuring, flushing and shaping files.
///
/// Each returns a value from 0 or `-errno`. Those that take a path allocate its bytes, in UTF-8,
/// for the length of the call; a path that contains a NUL character is an
/// [IllegalArgumentException], because the kernel would see a shorter one.
///
/// @see "man 2 open, close, statx, lseek, fsync, ftruncate, fallocate"
public final class FileCalls {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 01;
  public static final int O_RDWR = 02;
  public static final int O_ACCMODE = 03;
  public static final int O_CREAT = 0100;
  public static final int O_EXCL = 0200;
  public static final int O_NOCTTY = 0400;
  public static final int O_TRUNC = 01000;
  public static final int O_APPEND = 02000;
  public static final int O_NONBLOCK = 04000;
  public static final int O_DSYNC = 010000;
  public static final int O_NOATIME = 01000000;
  public static final int O_CLOEXEC = 02000000;
  public static final int O_SYNC = 04010000;
  public static final int O_PATH = 010000000;

  // These two differ between processors (linux asm/fcntl.h).
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");
  public static final int O_DIRECT = ARM ? 0200000 : 040000;
  public static final int O_DIRECTORY = ARM ? 040000 : 0200000;

  /// Paths are relative to the working directory.
  public static final int AT_FDCWD = -100;

  public static final int AT_SYMLINK_NOFOLLOW = 0x100;

  /// With an empty path: the descriptor itself is meant.
  public static final int AT_EMPTY_PATH = 0x1000;

  public static final int SEEK_SET = 0;
  public static final int SEEK_CUR = 1;
  public static final int SEEK_END = 2;
  public static final int SEEK_DATA = 3;
  public static final int SEEK_HOLE = 4;

  public static final int FALLOC_FL_KEEP_SIZE = 0x01;
  public static final int FALLOC_FL_PUNCH_HOLE = 0x02;
  public static final int FALLOC_FL_COLLAPSE_RANGE = 0x08;
  public static final int FALLOC_FL_ZERO_RANGE = 0x10;
  public static final int FALLOC_FL_INSERT_RANGE = 0x20;
  public static final int FALLOC_FL_UNSHARE_RANGE = 0x40;

  /// Linux 6.17.
  public static final int FALLOC_FL_WRITE_ZEROES = 0x80;

  /// Begin the write-back of the dirty pages of a range, and do not wait for it.
  public static final int SYNC_FILE_RANGE_WRITE = 2;

  /// What [#fileSystem(int)] says of tmpfs, which `memfd_create` and `/dev/shm` are as well.
  public static final long TMPFS_MAGIC = 0x01021994L;

  public static final long RAMFS_MAGIC = 0x858458F6L;

  private static final long STATFS_BYTES = 120; // struct statfs of 64-bit processors

  private static final MethodHandle OPENAT = Native.handle("openat");
  private static final MethodHandle CLOSE = Native.handle("close");
  private static final MethodHandle STATX = Native.handle("statx");
  private static final MethodHandle FSTATFS = Native.handle("fstatfs");
  private static final MethodHandle LSEEK = Native.handle("lseek");
  private static final MethodHandle FSYNC = Native.handle("fsync");
  private static final MethodHandle FDATASYNC = Native.handle("fdatasync");
  private static final MethodHandle FTRUNCATE = Native.handle("ftruncate");
  private static final MethodHandle FALLOCATE = Native.handle("fallocate");

  private FileCalls() {}

  /// Opens a file by a path relative to the working directory.
  ///
  /// @param flags `O_…`
  /// @param mode permissions of a file that `O_CREAT` makes, such as `0644`
  /// @return the descriptor
  public static int open(String path, int flags, int mode) {
    return openat(AT_FDCWD, path, flags, mode);
  }

  /// Opens a file by a path relative to a directory.
  ///
  /// @param directoryFd a directory, or [#AT_FDCWD]
  /// @param flags `O_…`
  /// @param mode permissions of a file that `O_CREAT` makes
  /// @return the descriptor
  public static int openat(int directoryFd, String path, int flags, int mode) {
    Scratch scratch = Scratch.claim();
    try (Arena arena = Arena.ofConfined()) {
      return scratch.result(
          (int)
              (long)
                  OPENAT.invokeExact(
                      scratch.segment(),
                      (long) directoryFd,
                      bytesOf(path, arena),
                      (long) flags,
                      (long) mode,
                      0L,
                      0L,
                      0L));
    } catch (IllegalArgumentException misuse) {
      throw misuse;
    } catch (Throwable thrown) {
      throw Native.impossible("openat", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Closes a descriptor. It is gone whatever this returns, so a failed close is not to be
  /// repeated.
  public static int close(int fd) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int) (long) CLOSE.invokeExact(scratch.segment(), (long) fd, 0L, 0L, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("close", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Asks what a file is.
  ///
  /// @param directoryFd a directory, or [#AT_FDCWD], or with [#AT_EMPTY_PATH] and an empty path the
  ///   file itself
  /// @param flags `AT_…`
  /// @param mask which fields are wanted, `STATX_…` of [Statx]
  /// @param statx where the answer goes
  public static int statx(int directoryFd, String path, int flags, int mask, Statx statx) {
    Scratch scratch = Scratch.claim();
    try (Arena arena = Arena.ofConfined()) {
      return scratch.result(
          (int)
              (long)
                  STATX.invokeExact(
                      scratch.segment(),
                      (long) directoryFd,
                      bytesOf(path, arena),
                      (long) flags,
                      (long) mask,
                      statx.address(),
                      0L,
                      0L));
    } catch (IllegalArgumentException misuse) {
      throw misuse;
    } catch (Throwable thrown) {
      throw Native.impossible("statx", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Asks what kind of file system a file is in.
  ///
  /// @return `…_MAGIC` of `linux/magic.h`; `-errno` if it cannot be told
  public static long fileSystem(int fd) {
    Scratch scratch = Scratch.claim();
    try (Arena arena = Arena.ofConfined()) {
      long answer = arena.allocate(STATFS_BYTES, Long.BYTES).address(); // f_type comes first
      int result =
          scratch.result(
              (int)
                  (long)
                      FSTATFS.invokeExact(
                          scratch.segment(), (long) fd, answer, 0L, 0L, 0L, 0L, 0L));
      return result < 0 ? result : Memory.getLong(answer);
    } catch (Throwable thrown) {
      throw Native.impossible("fstatfs", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Moves a file's own position, or finds data and holes.
  ///
  /// @param whence `SEEK_…`
  /// @return the new position; `-ENXIO` from `SEEK_DATA` where no data follows
  public static long lseek(int fd, long offsetBytes, int whence) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (long)
              LSEEK.invokeExact(
                  scratch.segment(), (long) fd, offsetBytes, (long) whence, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("lseek", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Brings everything written so far to stable storage.
  public static int fsync(int fd) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int) (long) FSYNC.invokeExact(scratch.segment(), (long) fd, 0L, 0L, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("fsync", thrown);
    } finally {
      scratch.release();
    }
  }

  /// As [#fsync(int)], without what is not needed to read the data again.
  public static int fdatasync(int fd) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int) (long) FDATASYNC.invokeExact(scratch.segment(), (long) fd, 0L, 0L, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("fdatasync", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Sets a file's size.
  public static int ftruncate(int fd, long lengthBytes) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int)
              (long)
                  FTRUNCATE.invokeExact(
                      scratch.segment(), (long) fd, lengthBytes, 0L, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("ftruncate", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Allocates, zeroes or removes a range of a file or block device.
  ///
  /// @param mode 0 to allocate, or `FALLOC_FL_…`
  public static int fallocate(int fd, int mode, long offsetBytes, long lengthBytes) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int)
              (long)
                  FALLOCATE.invokeExact(
                      scratch.segment(),
                      (long) fd,
                      (long) mode,
                      offsetBytes,
                      lengthBytes,
                      0L,
                      0L,
                      0L));
    } catch (Throwable thrown) {
      throw Native.impossible("fallocate", thrown);
    } finally {
      scratch.release();
    }
  }

  private static long bytesOf(String path, Arena arena) {
    if (path.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "path contains a NUL character at index %d; the kernel would see only what is before it"
              .formatted(path.indexOf('\0')));
    }
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    long address = arena.allocate(bytes.length + 1L).address(); // zeroed
    for (int i = 0; i < bytes.length; i++) { // allocateFrom makes a type switch ready, for 10 ms
      Memory.putByte(address + i, bytes[i]);
    }
    return address;
  }
}
