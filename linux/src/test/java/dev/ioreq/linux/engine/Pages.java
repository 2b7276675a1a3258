package dev.ioreq.linux.engine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// What the kernel has behind addresses.
final class Pages {
  private static final int MADV_DONTNEED = 4;
  private static final MethodHandle MADVISE = madvise();

  private Pages() {}

  /// Puts fresh pages of zeroes behind whole pages of anonymous memory.
  static void replace(MemorySegment pages) {
    try {
      int result = (int) MADVISE.invokeExact(pages.address(), pages.byteSize(), MADV_DONTNEED);
      if (result != 0) {
        throw new AssertionError("madvise gives " + result);
      }
    } catch (Throwable e) {
      throw new AssertionError("madvise throws nothing", e);
    }
  }

  @SuppressWarnings("restricted") // to call libc is what this class is for
  private static MethodHandle madvise() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("madvise"),
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT));
  }
}
