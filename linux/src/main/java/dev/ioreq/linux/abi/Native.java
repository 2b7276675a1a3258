package dev.ioreq.linux.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;

/// Makes the method handles of this package.
///
/// A handle takes, before the function's own arguments, the segment of a [Scratch] in which it
/// leaves `errno`. It is made once and kept in a `static final` field: only then can the compiler
/// see through it.
///
/// No handle is `critical`: a critical call holds up every safepoint of the process for as long as
/// it takes, and each of these can take long.
final class Native {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  static {
    // Scratch keeps errno in its first four bytes and has the linker write to them.
    assert Linker.Option.captureStateLayout().byteSize() == Integer.BYTES;
  }

  private Native() {}

  /// A handle for a function of libc: `(MemorySegment errno, long × 7) → long`.
  ///
  /// **One shape for all.** Making the linker learn a new shape costs about 10 ms each at the start
  /// of a program, not to be had from an archive, and there are some thirty functions here. So
  /// every function is called with seven 64-bit arguments, those it does not have being 0. On the
  /// processors that are supported the first six travel in registers and the seventh on the stack
  /// the caller cleans up: a callee that takes fewer does not notice; an `int` parameter is the
  /// lower half of its register, and a variadic argument travels as any other. What a function that
  /// returns `int` leaves in the upper half of the result means nothing: cut it off with `(int)`.
  ///
  /// A libc too old for the function counts as a kernel too old for it: the handle answers -1 with
  /// `ENOSYS`.
  @SuppressWarnings("restricted") // calling libc is what this class is for
  static MethodHandle handle(String name) {
    Optional<MemorySegment> symbol = LINKER.defaultLookup().find(name);
    return symbol.isPresent()
        ? LINKER.downcallHandle(symbol.get(), SHAPE, Linker.Option.captureCallState("errno"))
        : missing(SHAPE.toMethodType());
  }

  /// A handle for a function of libc whose `errno` nobody looks at: `(long × 7) → long`, as above.
  ///
  /// Capturing errno makes the linker allocate a slice wherever the compiler does not inline the
  /// whole call, and how deep it inlines differs from run to run. Calls that must never allocate
  /// are made by such a handle, and repeated by the other kind when they fail.
  @SuppressWarnings("restricted") // calling libc is what this class is for
  static MethodHandle plainHandle(String name) {
    Optional<MemorySegment> symbol = LINKER.defaultLookup().find(name);
    return symbol.isPresent()
        ? LINKER.downcallHandle(symbol.get(), SHAPE)
        : MethodHandles.dropArguments(
            MethodHandles.constant(long.class, -1L), 0, SHAPE.toMethodType().parameterList());
  }

  /// What to throw when a handle throws: errors pass as they are; nothing else can come.
  static AssertionError impossible(String function, Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return new AssertionError(function + " is a C function and throws no exception", thrown);
  }

  private static MethodHandle missing(MethodType function) {
    try {
      MethodHandle answer =
          MethodHandles.lookup()
              .findStatic(
                  Native.class,
                  "answerMissing",
                  MethodType.methodType(int.class, MemorySegment.class));
      return MethodHandles.dropArguments(
          answer.asType(answer.type().changeReturnType(function.returnType())),
          1,
          function.parameterList());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("answerMissing stands in this class", e);
    }
  }

  // reached by its handle
  static int answerMissing(MemorySegment scratch) {
    scratch.set(JAVA_INT, 0, Errno.ENOSYS);
    return -1;
  }
}
