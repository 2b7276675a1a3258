package dev.ioreq.linux.engine;

import dev.ioreq.BenchmarkPackets;
import dev.ioreq.Packet;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Control;

/// The hand-over from several senders to the engine's thread, which takes all there is, again and
/// again: per packet and sender. Two senders; `-tg 4,1` makes it four. The taker's time is that of
/// a look, however much it finds. With fewer processors than threads both hold the time of waiting
/// for one.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PacketStackContentionBenchmark {
  private static final int EACH = 8192;

  /// What is contended for.
  @State(Scope.Group)
  public static class Shared {
    private final PacketStack stack = new PacketStack.Incoming();
  }

  /// A sender and its packets, of which each can be pushed again once it was taken. They come back
  /// in the order they were pushed in, so a count tells which have.
  @State(Scope.Thread)
  public static class Sender {
    private final Packet[] packets = new Packet[EACH];
    private final AtomicLong taken = new AtomicLong(); // written by the taker
    private long pushed;

    /// For JMH.
    public Sender() {
      for (int i = 0; i < EACH; i++) {
        packets[i] = BenchmarkPackets.create();
        packets[i].attachment = this;
      }
    }

    @SuppressWarnings("ThreadPriorityCheck") // where processors are few the taker needs this one
    private void push(PacketStack stack, Control control) {
      while (pushed - taken.getAcquire() == EACH) {
        if (control.stopMeasurement) {
          return; // the taker may have gone first
        }
        Thread.yield();
      }
      stack.push(packets[(int) (pushed % EACH)]);
      pushed++;
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // the engine's thread would sleep
  private static int takeAll(PacketStack stack) {
    int taken = 0;
    Packet packet = stack.takeAll();
    if (packet == null) {
      Thread.yield();
    }
    while (packet != null) {
      Packet next = stack.next(packet); // before it is the sender's again
      Sender sender = (Sender) Objects.requireNonNull(packet.attachment);
      sender.taken.setRelease(sender.taken.getPlain() + 1);
      taken++;
      packet = next;
    }
    return taken;
  }

  /// One of the senders.
  ///
  /// @param shared what is contended for
  /// @param sender whose packets are pushed
  /// @param control tells when to stop
  @Benchmark
  @Group("senders")
  @GroupThreads(2)
  public void push(Shared shared, Sender sender, Control control) {
    sender.push(shared.stack, control);
  }

  /// Takes what they push.
  ///
  /// @param shared what is contended for
  /// @return how many were taken
  @Benchmark
  @Group("senders")
  @GroupThreads(1)
  public int take(Shared shared) {
    return takeAll(shared.stack);
  }
}
