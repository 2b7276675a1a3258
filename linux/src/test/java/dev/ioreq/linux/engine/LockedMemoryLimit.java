package dev.ioreq.linux.engine;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.ring.RingConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;

/// Reads into pooled memory where no memory may be locked, and prints how many slabs are registered
/// and what was read. For a process of its own, which it limits and takes the privileges of.
final class LockedMemoryLimit {
  private static final int RLIMIT_MEMLOCK = 8;
  private static final int CAPABILITY_VERSION_3 = 0x20080522;
  private static final int CAPABILITY_BYTES = 24;
  private static final int BLOCK = 4096;

  private LockedMemoryLimit() {}

  public static void main(String[] arguments) throws Throwable {
    Path file = Path.of(arguments[0]);
    byte[] content = new byte[BLOCK];
    content[0] = 42;
    Files.write(file, content);
    boolean isLimited = Boolean.parseBoolean(arguments[1]);
    if (isLimited) {
      dropPrivileges(); // the engine's thread will have no more than this one
    }
    RingEngine engine = RingEngine.open(RingConfig.defaults());
    if (isLimited) {
      lockNothingMore();
    }
    CountDownLatch ended = new CountDownLatch(1);
    int[] registered = {-1};
    try (IoTarget target =
            RingTargets.open("file:" + file, OpenOptions.of(Access.READ).withDirect(), engine);
        IoMemoryPool pool = new IoMemoryPool(BLOCK, 1);
        IoMemory memory = Objects.requireNonNull(pool.tryTake());
        IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine((sent, to, result) -> ended.countDown());
      if (!request.send(target)) {
        throw new IllegalStateException("not sent: " + request.status());
      }
      ended.await();
      engine.onThread(() -> registered[0] = engine.buffersRegistered());
      System.out.println(
          registered[0] + " registered, read " + memory.segment().get(ValueLayout.JAVA_BYTE, 0));
    }
    engine.end();
  }

  private static void dropPrivileges() throws Throwable {
    MethodHandle capset =
        handle(
            "capset",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocateFrom(ValueLayout.JAVA_INT, CAPABILITY_VERSION_3, 0);
      MemorySegment nothing = arena.allocate(CAPABILITY_BYTES, Integer.BYTES);
      if ((int) capset.invokeExact(header, nothing) != 0) {
        throw new IllegalStateException("a thread may give up its privileges");
      }
    }
  }

  private static void lockNothingMore() throws Throwable {
    MethodHandle setrlimit =
        handle(
            "setrlimit",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment zeroes = arena.allocate(ValueLayout.JAVA_LONG, 2);
      if ((int) setrlimit.invokeExact(RLIMIT_MEMLOCK, zeroes) != 0) {
        throw new IllegalStateException("a process may limit itself");
      }
    }
  }

  @SuppressWarnings("restricted") // to call libc is what this method is for
  private static MethodHandle handle(String name, FunctionDescriptor function) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), function);
  }
}
