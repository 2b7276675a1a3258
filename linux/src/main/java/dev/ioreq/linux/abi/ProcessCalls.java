package dev.ioreq.linux.abi;

import java.lang.invoke.MethodHandle;

/// The process and its threads, as the kernel knows them.
///
/// @see "man 2 getpid, gettid, prctl"
public final class ProcessCalls {
  public static final int PR_SET_NO_NEW_PRIVS = 38;

  private static final MethodHandle GETPID = Native.handle("getpid");
  private static final MethodHandle GETTID = Native.handle("gettid");
  private static final MethodHandle PRCTL = Native.handle("prctl");

  private ProcessCalls() {}

  /// The number of this process.
  public static int getpid() {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int) (long) GETPID.invokeExact(scratch.segment(), 0L, 0L, 0L, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("getpid", thrown);
    } finally {
      scratch.release();
    }
  }

  /// The number of the calling thread; of the carrier, if that is a virtual one.
  public static int gettid() {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int) (long) GETTID.invokeExact(scratch.segment(), 0L, 0L, 0L, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("gettid", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Asks or changes a setting of the calling thread.
  ///
  /// @param option `PR_…`
  /// @return what the option says, or `-errno`
  public static int prctl(int option, long second, long third, long fourth, long fifth) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int)
              (long)
                  PRCTL.invokeExact(
                      scratch.segment(), (long) option, second, third, fourth, fifth, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("prctl", thrown);
    } finally {
      scratch.release();
    }
  }
}
