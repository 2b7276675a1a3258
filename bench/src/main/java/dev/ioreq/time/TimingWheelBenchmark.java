package dev.ioreq.time;

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
import org.openjdk.jmh.annotations.Warmup;

/// Arming a deadline that does not come: the node stays linked between sends.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TimingWheelBenchmark {
  private static final long SECOND = 1_000_000_000L;

  /// How many others are armed.
  @Param({"0", "10000"})
  public int others;

  private TimingWheel wheel;
  private final Node node = new Node();
  private long now;

  /// Arms the others.
  @Setup
  public void arm() {
    wheel = new TimingWheel(0);
    now = 1;
    for (int i = 0; i < others; i++) {
      Node other = new Node();
      other.deadline = SECOND + i;
      wheel.arm(other, other.deadline, now);
    }
  }

  /// The same node, a little later each time.
  ///
  /// @return whether it had to be linked
  @Benchmark
  public boolean armAgain() {
    node.deadline = ++now + SECOND;
    return !TimingWheel.isLookedAtBy(node, node.deadline) && wheel.arm(node, node.deadline, now);
  }

  /// The same node, which shall be looked at within a time, each time.
  ///
  /// @return whether it had to be linked
  @Benchmark
  public boolean armWithin() {
    return !TimingWheel.isLookedAtWithin(node, SECOND) && wheel.arm(node, now + SECOND, now);
  }

  /// Linked and unlinked each time.
  @Benchmark
  public void armAndRemove() {
    node.deadline = ++now + SECOND;
    wheel.arm(node, node.deadline, now);
    wheel.remove(node);
  }

  /// Something with a deadline.
  private static final class Node extends Timed {
    private long deadline = NEVER;

    @Override
    protected long deadlineAtLook() {
      return deadline;
    }

    @Override
    protected void expired() {
      throw new IllegalStateException("nobody turns this wheel");
    }
  }
}
