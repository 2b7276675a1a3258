package dev.ioreq.linux.device;

import dev.ioreq.Access;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.SendOptions;
import dev.ioreq.linux.engine.Pipe;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.ring.RingConfig;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Prints how many bytes a request allocated on average. For a process of its own.
final class RequestAllocation {
  /// What is measured, and how often.
  enum Way {
    AT_ONCE(1_000_000),
    SYNCHRONOUS(1_000_000),
    SYNCHRONOUS_DIRECT(200_000),
    DIRECT(200_000),
    DIRECT_FROM_ROUTINE(200_000),
    STREAM(200_000),
    STREAM_AT_ONCE(1_000_000),
    STREAM_WITH_TIMEOUT(200_000),
    CANCELLED(200_000);

    private final int count;

    Way(int count) {
      this.count = count;
    }
  }

  /// The compiler works beside the program; code it has not come to allocates what compiled code
  /// does not.
  private static final int MOST_ROUNDS = 5;

  static final double BUDGET = 0.1;

  private static final int MOST_LOOKS = 10_000;

  private static final Path MEMORY = Path.of("/dev/shm");
  private static final SendOptions SYNCHRONOUS = SendOptions.synchronous();
  private static final SendOptions LONG_TIMEOUT = SendOptions.timeout(Duration.ofHours(1));

  private final RingEngine engine;
  private final Thread sender = Thread.currentThread();
  private final CompletionRoutine ended = this::ended;
  private final CompletionRoutine sendsAgain = this::sendAgain;
  private volatile boolean isEnded;
  private volatile IoStatus status = IoStatus.PENDING;
  private int left; // the engine thread's, between send and end
  private IoMemory memory = IoMemory.none();

  private RequestAllocation(RingEngine engine) {
    this.engine = engine;
  }

  public static void main(String[] arguments) throws Throwable {
    Way way = Way.valueOf(arguments[0]);
    RingEngine engine = RingEngine.open(RingConfig.defaults());
    RequestAllocation measured = new RequestAllocation(engine);
    MethodHandle allocated = allocatedBytes();
    Path file = newFile(way, engine);
    try (Pipe pipe = Pipe.open();
        IoTarget target = measured.open(way, file, pipe);
        IoMemory memory = IoMemory.allocate(4096);
        IoRequest request = IoRequest.create(target)) {
      measured.memory = memory;
      measured.run(way, way.count / 10, target, request);
      double least = Double.MAX_VALUE;
      for (int round = 0; round < MOST_ROUNDS && least >= BUDGET; round++) {
        long before = sum(allocated, engine);
        measured.run(way, way.count, target, request);
        least = Math.min(least, (double) (sum(allocated, engine) - before) / way.count);
      }
      System.out.println(least);
    } finally {
      Files.delete(file);
    }
    engine.end();
  }

  /// For direct reads a file in memory, where that can be read past the cache (Linux 6.6): what a
  /// disk takes for each of so many reads would be most of the test's time, and allocates nothing.
  /// Not for cached ones, which such a file system does not do at once.
  private static Path newFile(Way way, RingEngine engine) throws Exception {
    boolean isDirect =
        switch (way) {
          case DIRECT, DIRECT_FROM_ROUTINE, SYNCHRONOUS_DIRECT -> true;
          default -> false;
        };
    if (isDirect && Files.isWritable(MEMORY)) {
      Path file = filled(Files.createTempFile(MEMORY, "ioreq", ".img"));
      try {
        RingTargets.open("file:" + file, OpenOptions.of(Access.READ).withDirect(), engine).close();
        return file;
      } catch (IoRequestException e) {
        Files.delete(file);
      }
    }
    return filled(Files.createTempFile("ioreq", ".img"));
  }

  private static Path filled(Path file) throws Exception {
    return Files.write(file, new byte[1 << 16]);
  }

  private IoTarget open(Way way, Path file, Pipe pipe) throws Exception {
    OpenOptions options = OpenOptions.of(Access.READ);
    return switch (way) {
      case AT_ONCE, SYNCHRONOUS -> RingTargets.open("file:" + file, options, engine);
      case DIRECT, DIRECT_FROM_ROUTINE, SYNCHRONOUS_DIRECT ->
          RingTargets.open("file:" + file, options.withDirect(), engine);
      case STREAM, STREAM_WITH_TIMEOUT ->
          RingTargets.byRing("char:/dev/zero", options.access(), engine);
      case STREAM_AT_ONCE -> RingTargets.open("char:/dev/zero", options, engine);
      case CANCELLED -> RingTargets.open(pipe.readName(), options, engine);
    };
  }

  private void run(Way way, int count, IoTarget target, IoRequest request) throws Exception {
    switch (way) {
      case DIRECT_FROM_ROUTINE -> {
        isEnded = false;
        left = count;
        read(request, target, sendsAgain, SendOptions.none());
        await();
      }
      case SYNCHRONOUS, SYNCHRONOUS_DIRECT -> {
        for (int i = 0; i < count; i++) {
          target.formatRead(request, memory, 0);
          if (!request.send(target, SYNCHRONOUS) || request.information() != memory.sizeBytes()) {
            throw new IllegalStateException("it ended with " + request.status());
          }
        }
      }
      case AT_ONCE, DIRECT, STREAM, STREAM_AT_ONCE, STREAM_WITH_TIMEOUT, CANCELLED -> {
        SendOptions options = way == Way.STREAM_WITH_TIMEOUT ? LONG_TIMEOUT : SendOptions.none();
        for (int i = 0; i < count; i++) {
          isEnded = false;
          read(request, target, ended, options);
          if (way == Way.CANCELLED) {
            request.cancelSent();
          }
          if (way == Way.CANCELLED || way == Way.STREAM_WITH_TIMEOUT) {
            look(); // that both threads are woken for each request, the others measure
          }
          await();
          boolean isAsExpected =
              way == Way.CANCELLED ? status.equals(IoStatus.CANCELLED) : status.isSuccess();
          if (!isAsExpected) {
            throw new IllegalStateException("it ended with " + status);
          }
        }
      }
    }
  }

  private void read(
      IoRequest request, IoTarget target, CompletionRoutine routine, SendOptions options) {
    request.reuse();
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine(routine);
    if (!request.send(target, options)) {
      throw new IllegalStateException("not accepted: " + request.status());
    }
  }

  private void sendAgain(IoRequest request, IoTarget target, CompletionParameters result) {
    if (--left > 0 && result.status().isSuccess()) {
      read(request, target, sendsAgain, SendOptions.none());
    } else {
      ended(request, target, result);
    }
  }

  private void ended(IoRequest request, IoTarget target, CompletionParameters result) {
    status = result.status();
    isEnded = true;
    LockSupport.unpark(sender);
  }

  /// Spares both threads the sleep, mostly: a wake-up takes longer than all the rest.
  private void look() {
    for (int i = 0; i < MOST_LOOKS && !isEnded; i++) {
      Thread.onSpinWait();
    }
  }

  private void await() {
    while (!isEnded) {
      LockSupport.park(this);
    }
  }

  private static long sum(MethodHandle allocated, RingEngine engine) throws Throwable {
    long all = (long) allocated.invokeExact(Thread.currentThread().threadId());
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread == engine || thread.getName().startsWith("ioreq-")) {
        all += (long) allocated.invokeExact(thread.threadId());
      }
    }
    return all;
  }

  /// `com.sun.management.ThreadMXBean.getThreadAllocatedBytes`, found by name: the module these
  /// classes are part of has no need of the management modules.
  private static MethodHandle allocatedBytes() throws ReflectiveOperationException {
    Object threads =
        Class.forName("java.lang.management.ManagementFactory")
            .getMethod("getThreadMXBean")
            .invoke(null);
    return MethodHandles.publicLookup()
        .findVirtual(
            Class.forName("com.sun.management.ThreadMXBean"),
            "getThreadAllocatedBytes",
            MethodType.methodType(long.class, long.class))
        .bindTo(threads);
  }
}
