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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What a layer of drivers costs: one request of 8 bytes through a stack of devices down to one
/// that answers at once, and back up. The drivers are of several classes, so that no call in the
/// path has a single destination.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class DeviceStackBenchmark {
  /// How many drivers are stacked.
  @Param({"0", "1", "2", "4", "8", "16"})
  public int layers;

  /// What each does.
  @Param public Drivers.Kind driver;

  private final Drivers drivers = new Drivers();
  private IoTarget target;
  private IoMemory memory;
  private IoRequest request;
  private long completed;
  private final CompletionRoutine routine = (sent, sentTo, result) -> completed++;

  /// Stacks the drivers over a target without an operating system.
  ///
  /// @throws IoRequestException never
  @Setup
  public void open() throws IoRequestException {
    target = drivers.stack(IoTarget.open("memory:4096", Access.READ_WRITE), layers, driver);
    memory = IoMemory.allocate(8);
    request = IoRequest.create(target);
  }

  /// Closes all.
  @TearDown
  public void close() {
    request.close();
    memory.close();
    drivers.close();
  }

  /// Down and up once.
  ///
  /// @return how many have completed
  @Benchmark
  public long read() {
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine(routine);
    request.send(target);
    return completed;
  }
}
