package dev.ioreq;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/// How a cancel finds a packet that is on its way to the device.
public final class PacketStress {
  private PacketStress() {}

  /// The packet arrives while it is cancelled.
  @JCStressTest
  @Description("cancel against dispatch: the device is asked when it is ready, or finds the flag")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "It was ready and was asked.")
  @Outcome(
      id = "1, 1",
      expect = ACCEPTABLE,
      desc = "It was asked when ready, and found the flag too.")
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "It was asked too early, and found the flag.")
  @Outcome(
      expect = FORBIDDEN,
      desc = "Asked too early, and the flag not found: the cancel is lost.")
  @State
  public static class CancelAgainstDispatch {
    private final FlagDevice lower = new FlagDevice();
    private final IoRequest request = IoRequest.create();
    private final Packet packet;

    /// Prepared as a send does.
    public CancelAgainstDispatch() {
      request.requireFrames(1);
      packet = request.requirePacket();
      packet.aim(request, request.completedFrame(), lower);
    }

    /// The sender.
    @Actor
    public void sender() {
      packet.descend(request);
      packet.dispatch(lower);
    }

    /// The canceller.
    @Actor
    public void canceller() {
      packet.cancel(request);
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      r.r1 = lower.asked;
      r.r2 = lower.sawFlag ? 1 : 0;
    }
  }

  /// Two cancel at the same time.
  @JCStressTest
  @Description("cancel against cancel: the device is asked once (R-307)")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "Once.")
  @Outcome(expect = FORBIDDEN, desc = "Twice or never.")
  @State
  public static class CancelAgainstCancel {
    private final Counting lower = new Counting();
    private final IoRequest request = IoRequest.create();
    private final Packet packet;

    /// Prepared as a send does.
    public CancelAgainstCancel() {
      request.requireFrames(1);
      packet = request.requirePacket();
      packet.aim(request, request.completedFrame(), lower);
    }

    /// One.
    @Actor
    public void one() {
      packet.cancel(request);
    }

    /// The other.
    @Actor
    public void other() {
      packet.cancel(request);
    }

    /// Afterwards.
    @Arbiter
    public void after(I_Result r) {
      r.r1 = lower.asked.get();
    }
  }

  /// Counts how often it is asked.
  private static final class Counting extends StressDevice {
    private final AtomicInteger asked = new AtomicInteger();

    @Override
    public void dispatch(Packet packet) {}

    @Override
    public CancelResult cancel(Packet packet) {
      asked.incrementAndGet();
      return CancelResult.NOT_DELIVERED;
    }
  }
}
