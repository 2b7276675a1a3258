package dev.ioreq.linux.ring;

import dev.ioreq.linux.abi.IoUring;
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

/// A batch of entries that do nothing: written, submitted, reaped.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RingBenchmark {
  /// How many entries a call of the kernel takes.
  @Param({"1", "8", "32", "128"})
  public int batch;

  private Ring ring;

  /// Opens a ring for JMH's thread.
  @Setup
  public void open() {
    ring =
        switch (Ring.tryOpen(RingConfig.defaults())) {
          case RingOpening.Opened opened -> opened.ring();
          case RingOpening.Refused refused -> throw new IllegalStateException(refused.reason());
        };
  }

  /// Closes it.
  @TearDown
  public void close() {
    ring.close();
  }

  /// One batch.
  ///
  /// @return the sum of the results, 0
  @Benchmark
  public int nops() {
    SubmissionQueue submissions = ring.submissionQueue();
    CompletionQueue completions = ring.completionQueue();
    for (int i = 0; i < batch; i++) {
      if (!submissions.prepareNop(i)) {
        throw new IllegalStateException("a batch fits into the queue");
      }
    }
    ring.enter(submissions.flush(), batch, IoUring.IORING_ENTER_GETEVENTS);
    int sum = 0;
    while (!completions.isEmpty()) {
      sum += completions.result();
      completions.advance();
    }
    return sum;
  }
}
