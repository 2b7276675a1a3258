package dev.ioreq;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The steps of one send's counter, without anything around them.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CompletionCounterBenchmark {
  private static final int DONE = 7;

  private final CompletionCounter counter = new CompletionCounter();

  /// For JMH.
  public CompletionCounterBenchmark() {}

  /// Begins a send and ends it: two compare-and-sets.
  ///
  /// @return the status
  @Benchmark
  public int beginAndEnd() {
    counter.announce();
    counter.begin();
    end();
    return counter.status();
  }

  /// A canceller joins and leaves meanwhile.
  ///
  /// @return the status
  @Benchmark
  public int withACanceller() {
    counter.announce();
    counter.begin();
    if (counter.join()) {
      counter.tryLeave();
    }
    end();
    return counter.status();
  }

  private void end() {
    counter.outcome(DONE);
    while (!counter.tryLeave()) {
      if (counter.tryEnd()) {
        return;
      }
    }
  }
}
