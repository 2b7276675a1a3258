package dev.ioreq.linux.abi;

import static java.lang.foreign.ValueLayout.JAVA_INT;

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

  static {
    // Scratch keeps errno in its first four bytes and has the linker write to them.
    assert Linker.Option.captureStateLayout().byteSize() == Integer.BYTES;
  }

  private Native() {}

  /// A handle for a function of libc.
  ///
  /// A libc too old for the function counts as a kernel too old for it: the handle answers -1 with
  /// `ENOSYS`.
  static MethodHandle handle(String name, FunctionDescriptor function) {
    return link(name, function, Linker.Option.captureCallState("errno"));
  }

  /// A handle for a function whose arguments from the given one on are variadic (`...` in C).
  static MethodHandle variadicHandle(String name, FunctionDescriptor function, int firstVariadic) {
    return link(
        name,
        function,
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(firstVariadic));
  }

  /// What to throw when a handle throws: errors pass as they are; nothing else can come.
  static AssertionError impossible(String function, Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return new AssertionError(function + " is a C function and throws no exception", thrown);
  }

  @SuppressWarnings("restricted") // calling libc is what this class is for
  private static MethodHandle link(
      String name, FunctionDescriptor function, Linker.Option... options) {
    Optional<MemorySegment> symbol = LINKER.defaultLookup().find(name);
    return symbol.isPresent()
        ? LINKER.downcallHandle(symbol.get(), function, options)
        : missing(function.toMethodType());
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
