package dev.ioreq.linux.abi;

import java.lang.invoke.MethodHandle;

/// The three system calls of io_uring, made by number: libc has no functions for them.
///
/// Each returns a value from 0 or `-errno`. Nothing is allocated.
///
/// @see "man 2 io_uring_setup, io_uring_enter, io_uring_register"
public final class RingCalls {
  // The same on every processor (linux asm-generic/unistd.h).
  private static final long NR_IO_URING_SETUP = 425;
  private static final long NR_IO_URING_ENTER = 426;
  private static final long NR_IO_URING_REGISTER = 427;

  private static final MethodHandle SETUP = Native.handle("syscall");
  private static final MethodHandle ENTER = Native.handle("syscall");
  private static final MethodHandle REGISTER = Native.handle("syscall");

  private RingCalls() {}

  /// Makes a ring.
  ///
  /// @param params address of a `struct io_uring_params`, read and written
  /// @return the descriptor
  public static int setup(int entries, long params) {
    Scratch scratch = Scratch.claim();
    try {
      return (int)
          scratch.result(
              (long)
                  SETUP.invokeExact(
                      scratch.segment(),
                      NR_IO_URING_SETUP,
                      (long) entries,
                      params,
                      0L,
                      0L,
                      0L,
                      0L));
    } catch (Throwable thrown) {
      throw Native.impossible("io_uring_setup", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Submits entries and waits for completions.
  ///
  /// Never `critical`: it blocks, and a safepoint must not wait for it.
  ///
  /// @param scratch the ring's own
  /// @param flags `IORING_ENTER_…`
  /// @param argument 0, or with `IORING_ENTER_EXT_ARG` the address of a `struct
  ///   io_uring_getevents_arg`
  /// @param argumentBytes size of that structure
  /// @return how many entries the kernel took
  public static int enter(
      Scratch scratch,
      int fd,
      int toSubmit,
      int minComplete,
      int flags,
      long argument,
      long argumentBytes) {
    // hot path: see HotPathAllocationTest
    try {
      return (int)
          scratch.result(
              (long)
                  ENTER.invokeExact(
                      scratch.segment(),
                      NR_IO_URING_ENTER,
                      (long) fd,
                      (long) toSubmit,
                      (long) minComplete,
                      (long) flags,
                      argument,
                      argumentBytes));
    } catch (Throwable thrown) {
      throw Native.impossible("io_uring_enter", thrown);
    }
  }

  /// Gives a ring files, buffers and other things to keep.
  ///
  /// @param opcode `IORING_REGISTER_…`
  public static int register(int fd, int opcode, long argument, int count) {
    Scratch scratch = Scratch.claim();
    try {
      return (int)
          scratch.result(
              (long)
                  REGISTER.invokeExact(
                      scratch.segment(),
                      NR_IO_URING_REGISTER,
                      (long) fd,
                      (long) opcode,
                      argument,
                      (long) count,
                      0L,
                      0L));
    } catch (Throwable thrown) {
      throw Native.impossible("io_uring_register", thrown);
    } finally {
      scratch.release();
    }
  }
}
