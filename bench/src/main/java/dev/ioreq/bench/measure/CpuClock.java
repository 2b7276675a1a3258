package dev.ioreq.bench.measure;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Processor time, user and system, in nanoseconds. The clock of the management beans moves in
/// steps of 10 ms, too coarse for slices.
///
/// Of a thread that runs on another processor the kernel counts the time when a tick comes there,
/// each 4 ms at 250 Hz, or when it stops running.
///
/// @see "man 2 clock_gettime"
public final class CpuClock {
  private static final int CLOCK_PROCESS_CPUTIME_ID = 2;
  private static final int CLOCK_THREAD_CPUTIME_ID = 3;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final MethodHandle CLOCK_GETTIME = clockGettime();
  private static final MemorySegment TIME = Arena.global().allocate(2 * Long.BYTES, Long.BYTES);

  private CpuClock() {}

  /// The time of this process, all its threads together. One thread at a time.
  ///
  /// @return nanoseconds
  public static long nanos() {
    return nanos(CLOCK_PROCESS_CPUTIME_ID);
  }

  /// The time of the calling thread. One thread at a time.
  ///
  /// @return nanoseconds
  static long ofThisThread() {
    return nanos(CLOCK_THREAD_CPUTIME_ID);
  }

  private static long nanos(int clock) {
    try {
      int failed = (int) CLOCK_GETTIME.invokeExact(clock, TIME);
      if (failed != 0) {
        throw new AssertionError("processor time is always to be had");
      }
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
    return TIME.getAtIndex(ValueLayout.JAVA_LONG, 0) * NANOS_PER_SECOND
        + TIME.getAtIndex(ValueLayout.JAVA_LONG, 1);
  }

  @SuppressWarnings("restricted")
  private static MethodHandle clockGettime() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("clock_gettime"),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
  }
}
