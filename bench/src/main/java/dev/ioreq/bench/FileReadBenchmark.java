package dev.ioreq.bench;

import dev.ioreq.Access;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Asynchronous reads of 4 KiB, a number of them in flight, each sent again from its completion
/// routine.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FileReadBenchmark {
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 4096;
  private static final int BATCH = 20_000;

  /// Whether the page cache is bypassed.
  @Param({"false", "true"})
  public boolean direct;

  /// How many requests are in flight.
  @Param({"1", "32", "128"})
  public int depth;

  private Path file;
  private IoTarget target;
  private final List<IoRequest> requests = new ArrayList<>();
  private final List<IoMemory> memories = new ArrayList<>();
  private final AtomicInteger left = new AtomicInteger();
  private final CompletionRoutine again = this::again;
  private volatile CountDownLatch ended = new CountDownLatch(0);

  /// Makes and opens a file of 16 MiB.
  ///
  /// @throws IOException if the temporary folder takes none, or no direct I/O
  @Setup
  public void open() throws IOException {
    file = Files.createTempFile("ioreq", ".bench");
    Files.write(file, new byte[BLOCK * BLOCKS]);
    OpenOptions options = OpenOptions.of(Access.READ);
    target = IoTarget.open("file:" + file, direct ? options.withDirect() : options);
    for (int i = 0; i < depth; i++) {
      requests.add(IoRequest.create(target));
      memories.add(IoMemory.allocate(BLOCK));
    }
  }

  /// Closes and deletes.
  ///
  /// @throws IOException if it cannot be deleted
  @TearDown
  public void close() throws IOException {
    requests.forEach(IoRequest::close);
    memories.forEach(IoMemory::close);
    target.close();
    Files.delete(file);
  }

  /// Reads.
  ///
  /// @throws InterruptedException never
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void reads() throws InterruptedException {
    left.set(BATCH);
    CountDownLatch ended = new CountDownLatch(depth);
    this.ended = ended;
    for (int i = 0; i < depth; i++) {
      send(requests.get(i), memories.get(i));
    }
    ended.await();
  }

  private void send(IoRequest request, IoMemory memory) {
    int number = left.decrementAndGet();
    if (number < 0) {
      ended.countDown();
      return;
    }
    target.formatRead(request, memory, (long) ((number * 7919) & (BLOCKS - 1)) * BLOCK);
    request.setCompletionRoutine(again);
    if (!request.send(target)) {
      throw new IllegalStateException("not sent: " + request.status());
    }
  }

  private void again(IoRequest request, IoTarget sentTo, CompletionParameters result) {
    if (result.information() != BLOCK) {
      throw new IllegalStateException("read " + result);
    }
    send(request, result.output());
  }
}
