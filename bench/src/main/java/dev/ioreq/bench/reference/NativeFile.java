package dev.ioreq.bench.reference;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// A file by its descriptor, for those that take no other: the C reference and the rings of rivals.
///
/// @see "man 2 open, ioctl"
public final class NativeFile implements AutoCloseable {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option TWO_FIXED = Linker.Option.firstVariadicArg(2);
  private static final int O_DIRECT = 0x4000;
  private static final MethodHandle OPEN =
      handle("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), TWO_FIXED);
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle IOCTL =
      handle("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG), TWO_FIXED);

  private final int fd;

  private NativeFile(int fd) {
    this.fd = fd;
  }

  /// Opens for reading.
  ///
  /// @param isDirect whether past the cache
  /// @throws IOException if the system refuses
  public static NativeFile open(String path, boolean isDirect) throws IOException {
    int fd;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path);
      fd = (int) OPEN.invokeExact(name, isDirect ? O_DIRECT : 0);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
    if (fd < 0) {
      throw new IOException("cannot open " + path + (isDirect ? " past the cache" : ""));
    }
    return new NativeFile(fd);
  }

  /// The descriptor.
  public int fd() {
    return fd;
  }

  /// Asks the device by `ioctl`; nothing around the call.
  ///
  /// @return what it returns
  public int ioctl(long code, long argument) {
    try {
      return (int) IOCTL.invokeExact(fd, code, argument);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  @Override
  public void close() {
    try {
      int ignored = (int) CLOSE.invokeExact(fd);
      assert ignored == 0;
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle handle(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
  }
}
