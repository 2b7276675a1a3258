package dev.ioreq.linux.abi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/// What the kernel's page cache holds of a file.
///
/// @see "man 2 cachestat; Linux 6.5, include/uapi/linux/mman.h"
public final class CacheState {
  /*
   *   struct cachestat_range    0     8     16
   *                             │ off │ len │
   *
   *   struct cachestat          0        8        16           24         32                  40
   *                             │ cached │ dirty  │ write-back │ evicted  │ recently evicted  │
   */
  private static final long NR_CACHESTAT = 451;
  private static final int CACHED = 0;
  private static final int DIRTY = 8;

  private CacheState() {}

  /// How many pages of a range are in the cache.
  ///
  /// @return -1 if the kernel does not tell
  public static long cachedPages(Path file, long offset, long length) {
    return tell(file, offset, length, CACHED);
  }

  /// How many pages of a range wait for their write-back to begin.
  ///
  /// @return -1 if the kernel does not tell
  public static long dirtyPages(Path file, long offset, long length) {
    return tell(file, offset, length, DIRTY);
  }

  private static long tell(Path file, long offset, long length, int field) {
    MethodHandle call = Native.handle("syscall");
    int fd = FileCalls.open(file.toString(), FileCalls.O_RDONLY, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment range = arena.allocate(ValueLayout.JAVA_LONG, 2);
      MemorySegment state = arena.allocate(ValueLayout.JAVA_LONG, 5);
      range.setAtIndex(ValueLayout.JAVA_LONG, 0, offset);
      range.setAtIndex(ValueLayout.JAVA_LONG, 1, length);
      Scratch scratch = Scratch.create();
      long result =
          (long)
              call.invokeExact(
                  scratch.segment(),
                  NR_CACHESTAT,
                  (long) fd,
                  range.address(),
                  state.address(),
                  0L,
                  0L,
                  0L);
      return result == 0 ? state.get(ValueLayout.JAVA_LONG, field) : -1;
    } catch (Throwable thrown) {
      throw Native.impossible("cachestat", thrown);
    } finally {
      FileCalls.close(fd);
    }
  }
}
