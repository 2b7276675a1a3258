package dev.ioreq.linux.engine;

import dev.ioreq.BenchmarkPackets;
import dev.ioreq.Packet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The hand-over from senders to the engine's thread, in one thread: what it costs without
/// contention and without waking anybody.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PacketStackBenchmark {
  private static final int BATCH = 32;

  private final PacketStack stack = new PacketStack.Incoming();
  private final Packet[] packets = new Packet[BATCH];

  /// For JMH.
  public PacketStackBenchmark() {
    for (int i = 0; i < BATCH; i++) {
      packets[i] = BenchmarkPackets.create();
    }
  }

  /// Pushes a batch and takes it.
  ///
  /// @return how many were taken
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int pushAndTakeAll() {
    for (Packet packet : packets) {
      stack.push(packet);
    }
    int taken = 0;
    for (Packet packet = stack.takeAll(); packet != null; packet = next(packet)) {
      taken++;
    }
    return taken;
  }

  private @Nullable Packet next(Packet packet) {
    return stack.next(packet);
  }
}
