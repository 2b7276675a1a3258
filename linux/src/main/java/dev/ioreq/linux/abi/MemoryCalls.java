package dev.ioreq.linux.abi;

import java.lang.invoke.MethodHandle;

/// Mapping descriptors and fresh pages into memory.
///
/// @see "man 2 mmap"
public final class MemoryCalls {
  public static final int PROT_READ = 1;
  public static final int PROT_WRITE = 2;
  public static final int MAP_SHARED = 0x01;
  public static final int MAP_PRIVATE = 0x02;
  public static final int MAP_ANONYMOUS = 0x20;
  public static final int MAP_POPULATE = 0x8000;

  private static final MethodHandle MMAP = Native.handle("mmap");
  private static final MethodHandle MUNMAP = Native.handle("munmap");

  private MemoryCalls() {}

  /// Maps memory where the kernel likes.
  ///
  /// @param protection `PROT_…`
  /// @param flags `MAP_…`
  /// @param fd what to map, -1 with `MAP_ANONYMOUS`
  /// @return the address, or `-errno`: negative, which no address of a process is
  public static long mmap(long lengthBytes, int protection, int flags, int fd, long offsetBytes) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (long)
              MMAP.invokeExact(
                  scratch.segment(),
                  0L,
                  lengthBytes,
                  (long) protection,
                  (long) flags,
                  (long) fd,
                  offsetBytes,
                  0L));
    } catch (Throwable thrown) {
      throw Native.impossible("mmap", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Gives mapped memory back.
  ///
  /// @return 0 or `-errno`
  public static int munmap(long address, long lengthBytes) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int)
              (long)
                  MUNMAP.invokeExact(scratch.segment(), address, lengthBytes, 0L, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("munmap", thrown);
    } finally {
      scratch.release();
    }
  }
}
