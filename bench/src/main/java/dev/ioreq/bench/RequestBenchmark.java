package dev.ioreq.bench;

import dev.ioreq.Access;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import java.time.Duration;
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
import org.openjdk.jmh.annotations.Warmup;

/// What the contract costs: one request of 8 bytes over a device that answers at once, from format
/// to the end.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RequestBenchmark {
  private static final SendOptions TIMEOUT = SendOptions.timeout(Duration.ofSeconds(2));

  private IoTarget target;
  private IoMemory memory;
  private IoRequest request;
  private long completed;
  private final CompletionRoutine routine = (sent, sentTo, result) -> completed++;

  /// Opens a target without an operating system.
  ///
  /// @throws IoRequestException never
  @Setup
  public void open() throws IoRequestException {
    target = IoTarget.open("memory:4096", Access.READ_WRITE);
    memory = IoMemory.allocate(8);
    request = IoRequest.create(target);
  }

  /// Closes.
  @TearDown
  public void close() {
    request.close();
    memory.close();
    target.close();
  }

  /// No completion routine.
  ///
  /// @return the status
  @Benchmark
  public IoStatus withoutRoutine() {
    target.formatRead(request, memory, 0);
    request.send(target);
    return request.status();
  }

  /// With a completion routine.
  ///
  /// @return how many have run
  @Benchmark
  public long withRoutine() {
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine(routine);
    request.send(target);
    return completed;
  }

  /// With a timeout that does not fire.
  ///
  /// @return the status
  @Benchmark
  public IoStatus withTimeout() {
    target.formatRead(request, memory, 0);
    request.send(target, TIMEOUT);
    return request.status();
  }

  /// Synchronously, by a request of the target's.
  ///
  /// @return bytes
  /// @throws IoRequestException never
  @Benchmark
  public long synchronously() throws IoRequestException {
    return target.sendReadSynchronously(memory, 0);
  }
}
