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
import dev.ioreq.StorageControl;
import dev.ioreq.linux.control.LinuxControl;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Prints how many bytes a request allocated on average. For a process of its own.
final class RequestAllocation {
  /// What is measured, and how often.
  enum Way {
    AT_ONCE(300_000),
    SYNCHRONOUS(300_000),
    SYNCHRONOUS_DIRECT(100_000),
    DIRECT(100_000),
    DIRECT_FROM_ROUTINE(100_000),
    STREAM(100_000),
    STREAM_AT_ONCE(300_000),
    STREAM_WITH_TIMEOUT(100_000),
    WRITE(100_000),
    WRITE_FROM_ROUTINE(100_000),
    IOCTL(300_000),
    FLUSH(100_000),
    CANCELLED(100_000),
    CANCELLED_IN_RING(100_000),
    TIMED_OUT_IN_RING(50_000);

    private final int count;

    Way(int count) {
      this.count = count;
    }
  }

  /// The compiler works beside the program; code it has not come to allocates what compiled code
  /// does not.
  private static final int MOST_ROUNDS = 8;

  static final double BUDGET = 0.1;

  private static final int MOST_LOOKS = 10_000;

  /// A request that is cancelled as soon as it is sent seldom gets as far as the ring: so often it
  /// is waited for there.
  private static final int ONE_IN_RING = 8;

  /// How many wait in the ring until they are cancelled, or their time is up.
  private static final int IN_RING = 1000;

  private static final Path MEMORY = Path.of("/dev/shm");
  private static final SendOptions SYNCHRONOUS = SendOptions.synchronous();
  private static final SendOptions LONG_TIMEOUT = SendOptions.timeout(Duration.ofHours(1));

  /// All are in the ring before the first ends, or most of them.
  private static final SendOptions SHORT_TIMEOUT = SendOptions.timeout(Duration.ofMillis(10));

  private final Way way;
  private final RingEngine engine;
  private final Thread sender = Thread.currentThread();
  private final CompletionRoutine ended = this::ended;
  private final CompletionRoutine sendsAgain = this::sendAgain;
  private final CompletionRoutine oneOfMany = this::oneOfManyEnded;
  private final AtomicInteger manyLeft = new AtomicInteger();
  private final IoRequest marker = IoRequest.create();
  private final List<IoRequest> many = new ArrayList<>();
  private volatile boolean isEnded;
  private volatile IoStatus status = IoStatus.PENDING;
  private int left; // the engine thread's, between send and end
  private IoMemory memory = IoMemory.none();

  private RequestAllocation(Way way, RingEngine engine) {
    this.way = way;
    this.engine = engine;
  }

  public static void main(String[] arguments) throws Throwable {
    Way way = Way.valueOf(arguments[0]);
    RingEngine engine = RingEngine.open(RingConfig.defaults());
    RequestAllocation measured = new RequestAllocation(way, engine);
    MethodHandle allocated = allocatedBytes();
    Path file = newFile(way, engine);
    try (Pipe pipe = Pipe.open();
        IoTarget target = measured.open(file, pipe);
        IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(4096);
        IoRequest request = IoRequest.create(target)) {
      measured.memory = memory;
      for (int i = 0; i < IN_RING; i++) {
        measured.many.add(IoRequest.create(target));
      }
      measured.run(way.count / 4, target, request, zero);
      long[] threads = threads(engine);
      double least = Double.MAX_VALUE;
      for (int round = 0; round < MOST_ROUNDS && least >= BUDGET; round++) {
        long before = sum(allocated, threads);
        measured.run(way.count, target, request, zero);
        least = Math.min(least, (double) (sum(allocated, threads) - before) / way.count);
      }
      System.out.println(least);
    } finally {
      measured.many.forEach(IoRequest::close);
      measured.marker.close();
      Files.delete(file);
    }
    engine.end();
  }

  /// For direct reads a file in memory, where that can be read past the cache (Linux 6.6): what a
  /// disk takes for each of so many reads would be most of the test's time, and allocates nothing.
  /// The same for what brings a file to stable storage. Not for cached ones, which such a file
  /// system does not do at once.
  private static Path newFile(Way way, RingEngine engine) throws Exception {
    boolean isOfMemory =
        switch (way) {
          case DIRECT, DIRECT_FROM_ROUTINE, SYNCHRONOUS_DIRECT, FLUSH -> true;
          default -> false;
        };
    if (isOfMemory && Files.isWritable(MEMORY)) {
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

  private IoTarget open(Path file, Pipe pipe) throws Exception {
    OpenOptions options = OpenOptions.of(Access.READ);
    return switch (way) {
      case AT_ONCE, SYNCHRONOUS -> RingTargets.open("file:" + file, options, engine);
      case DIRECT, DIRECT_FROM_ROUTINE, SYNCHRONOUS_DIRECT ->
          RingTargets.open("file:" + file, options.withDirect(), engine);
      case STREAM, STREAM_WITH_TIMEOUT ->
          RingTargets.byRing("char:/dev/zero", options.access(), engine);
      case STREAM_AT_ONCE -> RingTargets.open("char:/dev/zero", options, engine);
      case WRITE, WRITE_FROM_ROUTINE -> RingTargets.byRing("char:/dev/null", Access.WRITE, engine);
      case IOCTL -> RingTargets.open("char:/dev/urandom", options, engine);
      case FLUSH -> RingTargets.open("file:" + file, Access.READ_WRITE, engine);
      case CANCELLED -> RingTargets.open(pipe.readName(), options, engine);
      case CANCELLED_IN_RING, TIMED_OUT_IN_RING -> SideBySide.reads(pipe, engine);
    };
  }

  private void run(int count, IoTarget target, IoRequest request, IoTarget zero) throws Exception {
    switch (way) {
      case DIRECT_FROM_ROUTINE, WRITE_FROM_ROUTINE -> {
        isEnded = false;
        left = count;
        send(request, target, sendsAgain, SendOptions.none());
        await();
        expect(IoStatus.SUCCESS);
      }
      case SYNCHRONOUS, SYNCHRONOUS_DIRECT -> {
        for (int i = 0; i < count; i++) {
          target.formatRead(request, memory, 0);
          if (!request.send(target, SYNCHRONOUS) || request.information() != memory.sizeBytes()) {
            throw new IllegalStateException("it ended with " + request.status());
          }
        }
      }
      case CANCELLED_IN_RING, TIMED_OUT_IN_RING -> {
        long taken = engine.taken(); // nothing is under way
        for (int i = 0; i < count; i += IN_RING) {
          waitAndEnd(target, zero);
        }
        if (engine.taken() - taken < count / 2) {
          throw new IllegalStateException("most have ended before they were in the ring");
        }
      }
      default -> {
        SendOptions options = way == Way.STREAM_WITH_TIMEOUT ? LONG_TIMEOUT : SendOptions.none();
        for (int i = 0; i < count; i++) {
          isEnded = false;
          send(request, target, ended, options);
          if (way == Way.CANCELLED) {
            if (i % ONE_IN_RING == 0) {
              awaitRing(zero);
            }
            request.cancelSent();
          }
          if (way != Way.STREAM) {
            look(); // that both threads are woken for each request, that one measures
          }
          await();
          expect(way == Way.CANCELLED ? IoStatus.CANCELLED : IoStatus.SUCCESS);
        }
      }
    }
  }

  /// Has many wait in the ring, for a pipe that has nothing, and end there.
  private void waitAndEnd(IoTarget target, IoTarget zero) {
    boolean isCancelled = way == Way.CANCELLED_IN_RING;
    manyLeft.set(IN_RING);
    SendOptions options = isCancelled ? SendOptions.none() : SHORT_TIMEOUT;
    for (int i = 0; i < IN_RING; i++) { // an iterator would be allocated
      send(many.get(i), target, oneOfMany, options);
    }
    if (isCancelled) {
      awaitRing(zero);
      for (int i = 0; i < IN_RING; i++) {
        many.get(i).cancelSent();
      }
    }
    while (manyLeft.get() > 0) {
      LockSupport.park(this);
    }
    for (int i = 0; i < IN_RING; i++) {
      status = many.get(i).status();
      expect(isCancelled ? IoStatus.CANCELLED : IoStatus.IO_TIMEOUT);
    }
  }

  /// Waits until what was sent before is in the ring: one that is sent after it has ended.
  private void awaitRing(IoTarget zero) {
    isEnded = false;
    send(marker, zero, ended, SendOptions.none());
    look();
    await();
    expect(IoStatus.SUCCESS);
    isEnded = false;
  }

  private void oneOfManyEnded(IoRequest request, IoTarget target, CompletionParameters result) {
    if (manyLeft.decrementAndGet() == 0) {
      LockSupport.unpark(sender);
    }
  }

  private void expect(IoStatus expected) {
    if (!status.equals(expected)) {
      throw new IllegalStateException("it ended with " + status);
    }
  }

  private void send(
      IoRequest request, IoTarget target, CompletionRoutine routine, SendOptions options) {
    request.reuse();
    switch (way) {
      case WRITE, WRITE_FROM_ROUTINE -> target.formatWrite(request, memory, 0);
      case IOCTL ->
          target.formatDeviceControl(request, LinuxControl.RNDGETENTCNT, IoMemory.none(), memory);
      case FLUSH ->
          target.formatDeviceControl(
              request, StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
      default -> target.formatRead(request, memory, 0);
    }
    request.setCompletionRoutine(routine);
    if (!request.send(target, options)) {
      throw new IllegalStateException("not accepted: " + request.status());
    }
  }

  private void sendAgain(IoRequest request, IoTarget target, CompletionParameters result) {
    if (--left > 0 && result.status().isSuccess()) {
      send(request, target, sendsAgain, SendOptions.none());
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

  /// Whose allocation counts: found before the first is counted, for that allocates.
  private static long[] threads(RingEngine engine) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(each ->
            each == Thread.currentThread() || each == engine || each.getName().startsWith("ioreq-"))
        .mapToLong(Thread::threadId)
        .toArray();
  }

  private static long sum(MethodHandle allocated, long[] threads) throws Throwable {
    long all = 0;
    for (long thread : threads) {
      all += (long) allocated.invokeExact(thread);
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
