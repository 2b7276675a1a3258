package dev.ioreq.linux.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/// The process and its threads, as the kernel knows them.
///
/// @see "man 2 getpid, gettid, prctl"
public final class ProcessCalls {
  public static final int PR_SET_NO_NEW_PRIVS = 38;

  private static final MethodHandle GETPID =
      Native.handle("getpid", FunctionDescriptor.of(JAVA_INT));
  private static final MethodHandle GETTID =
      Native.handle("gettid", FunctionDescriptor.of(JAVA_INT));
  private static final MethodHandle PRCTL =
      Native.variadicHandle(
          "prctl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          1);

  private ProcessCalls() {}

  /// The number of this process.
  public static int getpid() {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result((int) GETPID.invokeExact(scratch.segment()));
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
      return scratch.result((int) GETTID.invokeExact(scratch.segment()));
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
          (int) PRCTL.invokeExact(scratch.segment(), option, second, third, fourth, fifth));
    } catch (Throwable thrown) {
      throw Native.impossible("prctl", thrown);
    } finally {
      scratch.release();
    }
  }
}
