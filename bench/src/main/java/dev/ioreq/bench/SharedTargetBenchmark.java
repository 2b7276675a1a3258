package dev.ioreq.bench;

import dev.ioreq.Access;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// What it costs that several threads send to one target: requests of 8 bytes over a device that
/// answers at once. Per request and thread.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SharedTargetBenchmark {
  /// The target.
  @State(Scope.Benchmark)
  public static class Shared {
    private IoTarget target;

    /// Opens a target without an operating system.
    ///
    /// @throws IoRequestException never
    @Setup
    public void open() throws IoRequestException {
      target = IoTarget.open("memory:4096", Access.READ_WRITE);
    }

    /// Closes.
    @TearDown
    public void close() {
      target.close();
    }
  }

  /// A thread's request.
  @State(Scope.Thread)
  public static class Own {
    private IoMemory memory;
    private IoRequest request;
    private long completed;
    private final CompletionRoutine routine = (sent, sentTo, result) -> completed++;

    /// Makes it.
    ///
    /// @param shared the target
    @Setup
    public void make(Shared shared) {
      memory = IoMemory.allocate(8);
      request = IoRequest.create(shared.target);
    }

    /// Closes.
    @TearDown
    public void close() {
      request.close();
      memory.close();
    }

    private long send(IoTarget target) {
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(routine);
      request.send(target);
      return completed;
    }
  }

  /// One thread.
  ///
  /// @param shared the target
  /// @param own its request
  /// @return how many routines have run
  @Benchmark
  @Threads(1)
  public long alone(Shared shared, Own own) {
    return own.send(shared.target);
  }

  /// Two threads.
  ///
  /// @param shared the target
  /// @param own one's request
  /// @return how many routines have run
  @Benchmark
  @Threads(2)
  public long two(Shared shared, Own own) {
    return own.send(shared.target);
  }
}
