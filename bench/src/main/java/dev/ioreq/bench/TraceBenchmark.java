package dev.ioreq.bench;

import dev.ioreq.Access;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.Verifier;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
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

/// What being watched costs: the request of [RequestBenchmark] with its routine, with more and more
/// recorded of it. Run with `-prof gc`: only the last allocates.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TraceBenchmark {
  /// How the request is watched.
  public enum Watch {
    /// As every program begins: the verifier is off.
    OFF,
    /// The rules are checked, nothing is recorded.
    RULES,
    /// The verifier reports, with its usual history.
    NORMAL,
    /// Every step, with its time.
    DETAILED,
    /// The same, and a recording of the JDK runs that does not want our events.
    OTHER_RECORDING,
    /// A recording that wants the events of every request.
    RECORDING
  }

  @Param Watch watch;

  private IoTarget target;
  private IoMemory memory;
  private IoRequest request;
  private @Nullable Recording recording;
  private long completed;
  private final CompletionRoutine routine = (sent, sentTo, result) -> completed++;

  /// Opens a target without an operating system.
  ///
  /// @throws IoRequestException never
  @Setup
  public void open() throws IoRequestException {
    Verifier.mode(watch == Watch.OFF ? Verifier.Mode.OFF : Verifier.Mode.REPORT);
    Verifier.history(
        switch (watch) {
          case OFF, RULES -> Verifier.History.OFF;
          case DETAILED -> Verifier.History.DETAILED;
          case NORMAL, OTHER_RECORDING, RECORDING -> Verifier.History.NORMAL;
        });
    if (watch == Watch.OTHER_RECORDING || watch == Watch.RECORDING) {
      Recording started = new Recording();
      if (watch == Watch.RECORDING) {
        started.enable("ioreq.RequestSent");
        started.enable("ioreq.RequestCompleted");
      }
      started.start();
      recording = started;
    }
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
    Recording started = recording;
    if (started != null) {
      started.close();
    }
  }

  /// Format, register, send, complete.
  ///
  /// @return how many have run
  @Benchmark
  public long request() {
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine(routine);
    request.send(target);
    return completed;
  }
}
