package dev.ioreq.linux.abi;

import java.lang.invoke.MethodHandle;

/// The handles of [Native#plainHandle(String)], linked when the first of them is used.
///
/// Their shape takes the linker some 15 ms, at each start. A program that makes a few calls and
/// ends is better off with the handles that capture errno, which it needs anyway: whoever has a
/// choice asks [Early#isEarly()].
///
/// Any thread.
final class PlainHandles {
  static final MethodHandle SYSCALL = Native.plainHandle("syscall");
  static final MethodHandle PREAD = Native.plainHandle("pread");
  static final MethodHandle PWRITE = Native.plainHandle("pwrite");
  static final MethodHandle PREADV2 = Native.plainHandle("preadv2");
  static final MethodHandle PWRITEV2 = Native.plainHandle("pwritev2");
  static final MethodHandle EVENTFD_WRITE = Native.plainHandle("eventfd_write");

  private PlainHandles() {}

  /// The calls of a process before these handles are worth to be linked.
  static final class Early {
    static final int CALLS = 1000;

    static int calls; // racy on purpose: a few more or fewer

    private Early() {}

    /// Counts a call.
    ///
    /// @return whether to make it by a handle that captures errno
    static boolean isEarly() { // hot path: see SynchronousReadBenchmark
      int before = calls;
      if (before >= CALLS) {
        return false;
      }
      calls = before + 1;
      return true;
    }
  }
}
