package dev.ioreq.linux.abi;

import java.lang.invoke.MethodHandle;

/// Reading and writing through a descriptor, between the kernel and native memory.
///
/// Each returns the bytes moved, 0 at the end of a file, or `-errno`. Fewer bytes than asked for
/// are no error. The caller owns the memory and keeps it alive for the length of the call. Nothing
/// is allocated.
///
/// @see "man 2 read, write, pread, preadv2"
public final class TransferCalls {
  /// High priority: poll a device that can be polled.
  public static final int RWF_HIPRI = 0x01;

  /// This write as with `O_DSYNC`.
  public static final int RWF_DSYNC = 0x02;

  /// This write as with `O_SYNC`.
  public static final int RWF_SYNC = 0x04;

  /// Do not wait: `EAGAIN` where the data is not at hand, `EOPNOTSUPP` where the file cannot tell.
  public static final int RWF_NOWAIT = 0x08;

  /// This write goes to the end of the file.
  public static final int RWF_APPEND = 0x10;

  /// Uses the cache without leaving in it what was not there; since Linux 6.14. `EOPNOTSUPP` where
  /// kernel or file system cannot.
  public static final int RWF_DONTCACHE = 0x80;

  private static final MethodHandle READ = Native.handle("read");
  private static final MethodHandle WRITE = Native.handle("write");
  private static final MethodHandle PREAD = Native.handle("pread");
  private static final MethodHandle PWRITE = Native.handle("pwrite");
  private static final MethodHandle PREADV2 = Native.handle("preadv2");
  private static final MethodHandle PWRITEV2 = Native.handle("pwritev2");

  private TransferCalls() {}

  /// Reads at an offset, for callers that need no reason: but for the first thousand calls of a
  /// process it allocates nothing, however it is compiled.
  ///
  /// @return the bytes moved, or -1; [#pread] tells why
  public static long tryRead(int fd, long address, long lengthBytes, long offsetBytes) {
    // hot path: see SynchronousReadBenchmark
    if (PlainHandles.Early.isEarly()) {
      return Math.max(-1, pread(fd, address, lengthBytes, offsetBytes));
    }
    try {
      return CallNumbers.ARE_KNOWN
          ? (long)
              PlainHandles.SYSCALL.invokeExact(
                  CallNumbers.PREAD64, (long) fd, address, lengthBytes, offsetBytes, 0L, 0L)
          : (long)
              PlainHandles.PREAD.invokeExact(
                  (long) fd, address, lengthBytes, offsetBytes, 0L, 0L, 0L);
    } catch (Throwable thrown) {
      throw Native.impossible("pread", thrown);
    }
  }

  /// Writes at an offset; as the read above.
  ///
  /// @return the bytes moved, or -1; [#pwrite] tells why
  public static long tryWrite(int fd, long address, long lengthBytes, long offsetBytes) {
    if (PlainHandles.Early.isEarly()) {
      return Math.max(-1, pwrite(fd, address, lengthBytes, offsetBytes));
    }
    try {
      return CallNumbers.ARE_KNOWN
          ? (long)
              PlainHandles.SYSCALL.invokeExact(
                  CallNumbers.PWRITE64, (long) fd, address, lengthBytes, offsetBytes, 0L, 0L)
          : (long)
              PlainHandles.PWRITE.invokeExact(
                  (long) fd, address, lengthBytes, offsetBytes, 0L, 0L, 0L);
    } catch (Throwable thrown) {
      throw Native.impossible("pwrite", thrown);
    }
  }

  /// Reads at an offset, with flags, for callers that need no reason; as
  /// [#tryRead(int,long,long,long)].
  ///
  /// @param flags `RWF_…`
  /// @return the bytes moved, or -1; [#preadv2] tells why
  public static long tryRead(int fd, long address, long lengthBytes, long offsetBytes, int flags) {
    // hot path: see FileReadBenchmark
    if (PlainHandles.Early.isEarly()) {
      return Math.max(-1, preadv2(fd, address, lengthBytes, offsetBytes, flags));
    }
    Scratch scratch = Scratch.claim();
    try {
      long vector = vector(scratch, address, lengthBytes);
      return CallNumbers.ARE_KNOWN // the offset's upper half is for 32-bit processors
          ? (long)
              PlainHandles.SYSCALL.invokeExact(
                  CallNumbers.PREADV2, (long) fd, vector, 1L, offsetBytes, 0L, (long) flags)
          : (long)
              PlainHandles.PREADV2.invokeExact(
                  (long) fd, vector, 1L, offsetBytes, (long) flags, 0L, 0L);
    } catch (Throwable thrown) {
      throw Native.impossible("preadv2", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Writes at an offset, with flags, for callers that need no reason; as
  /// [#tryRead(int,long,long,long)].
  ///
  /// @param flags `RWF_…`
  /// @return the bytes moved, or -1; [#pwritev2] tells why
  public static long tryWrite(int fd, long address, long lengthBytes, long offsetBytes, int flags) {
    if (PlainHandles.Early.isEarly()) {
      return Math.max(-1, pwritev2(fd, address, lengthBytes, offsetBytes, flags));
    }
    Scratch scratch = Scratch.claim();
    try {
      long vector = vector(scratch, address, lengthBytes);
      return CallNumbers.ARE_KNOWN // the offset's upper half is for 32-bit processors
          ? (long)
              PlainHandles.SYSCALL.invokeExact(
                  CallNumbers.PWRITEV2, (long) fd, vector, 1L, offsetBytes, 0L, (long) flags)
          : (long)
              PlainHandles.PWRITEV2.invokeExact(
                  (long) fd, vector, 1L, offsetBytes, (long) flags, 0L, 0L);
    } catch (Throwable thrown) {
      throw Native.impossible("pwritev2", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Reads at the file's own position, or from a pipe, terminal or socket.
  public static long read(int fd, long address, long lengthBytes) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (long)
              READ.invokeExact(scratch.segment(), (long) fd, address, lengthBytes, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("read", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Writes at the file's own position, or to a pipe, terminal or socket.
  public static long write(int fd, long address, long lengthBytes) {
    Scratch scratch = Scratch.claim();
    try {
      return write(scratch, fd, address, lengthBytes);
    } finally {
      scratch.release();
    }
  }

  static long write(Scratch scratch, int fd, long address, long lengthBytes) {
    try {
      return scratch.result(
          (long)
              WRITE.invokeExact(
                  scratch.segment(), (long) fd, address, lengthBytes, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("write", thrown);
    }
  }

  /// Reads at an offset and leaves the file's position alone.
  public static long pread(int fd, long address, long lengthBytes, long offsetBytes) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (long)
              PREAD.invokeExact(
                  scratch.segment(), (long) fd, address, lengthBytes, offsetBytes, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("pread", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Writes at an offset and leaves the file's position alone.
  public static long pwrite(int fd, long address, long lengthBytes, long offsetBytes) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (long)
              PWRITE.invokeExact(
                  scratch.segment(), (long) fd, address, lengthBytes, offsetBytes, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("pwrite", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Reads at an offset, with flags.
  ///
  /// @param offsetBytes where to start; -1 for the file's own position
  /// @param flags `RWF_…`
  public static long preadv2(int fd, long address, long lengthBytes, long offsetBytes, int flags) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (long)
              PREADV2.invokeExact(
                  scratch.segment(),
                  (long) fd,
                  vector(scratch, address, lengthBytes),
                  1L,
                  offsetBytes,
                  (long) flags,
                  0L,
                  0L));
    } catch (Throwable thrown) {
      throw Native.impossible("preadv2", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Writes at an offset, with flags.
  ///
  /// @param offsetBytes where to start; -1 for the file's own position
  /// @param flags `RWF_…`
  public static long pwritev2(int fd, long address, long lengthBytes, long offsetBytes, int flags) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (long)
              PWRITEV2.invokeExact(
                  scratch.segment(),
                  (long) fd,
                  vector(scratch, address, lengthBytes),
                  1L,
                  offsetBytes,
                  (long) flags,
                  0L,
                  0L));
    } catch (Throwable thrown) {
      throw Native.impossible("pwritev2", thrown);
    } finally {
      scratch.release();
    }
  }

  /*
   *   struct iovec (sys/uio.h)    byte 0          8          16
   *                                    │ iov_base │ iov_len  │
   */
  private static long vector(Scratch scratch, long address, long lengthBytes) {
    long vector = scratch.structure();
    Memory.putLong(vector, address);
    Memory.putLong(vector + 8, lengthBytes);
    return vector;
  }
}
