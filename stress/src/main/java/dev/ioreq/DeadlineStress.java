package dev.ioreq;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.ioreq.time.Timed;
import dev.ioreq.time.TimingWheel;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A request that is sent again with a timeout while the timing wheel looks at it.
public final class DeadlineStress {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final SendOptions TIMED = SendOptions.timeout(TIMEOUT);
  private static final long AHEAD_NANOS = TIMEOUT.toNanos() / 16;

  private DeadlineStress() {}

  /// A request of which only the counter and the deadline are used.
  private static final class Sent {
    private final IoRequest request = IoRequest.create();
    private final Deadline deadline = request.deadline();

    private Sent send() {
      deadline.set(TIMED);
      request.counter.announce();
      request.counter.begin();
      return this;
    }

    private void end() {
      request.counter.outcome(IoStatus.SUCCESS.code());
      while (!request.counter.tryLeave()) {
        if (request.counter.tryEnd()) {
          return;
        }
      }
    }
  }

  /// The look may find the first send, the second one, or none.
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "the second send was not looked at")
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "it counts from after it was sent")
  @Outcome(expect = FORBIDDEN, desc = "its timeout will be over too early, or never")
  @State
  public static class SentAgainWhileLookedAt {
    private final Sent sent = new Sent().send();
    private long before;

    /// A send in flight.
    public SentAgainWhileLookedAt() {}

    /// The owner, who is told of the end and sends again.
    @Actor
    public void owner() {
      sent.end();
      before = System.nanoTime();
      sent.send();
    }

    /// The wheel.
    @Actor
    public void wheel() {
      sent.deadline.deadlineAtLook();
    }

    /// Whoever looks later.
    ///
    /// @param result first: 1 uncounted, 2 counted in time, 0 neither
    @Arbiter
    public void after(I_Result result) {
      long nanos = sent.deadline.nanos();
      if (nanos == Deadline.UNCOUNTED) {
        result.r1 = 1;
      } else if (nanos > 0 && nanos - before >= TIMEOUT.toNanos()) {
        result.r1 = 2;
      }
    }
  }

  /// The node is linked from an earlier send; the look may drop it.
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "the wheel will look at the send")
  @Outcome(expect = FORBIDDEN, desc = "the send is forgotten: its timeout will never be over")
  @State
  public static class SentWhileTheWheelTurns {
    private final Sent sent = new Sent();
    private final long start = System.nanoTime();
    private final TimingWheel wheel = new TimingWheel(start);

    /// A send that has ended.
    public SentWhileTheWheelTurns() {
      wheel.arm(sent.deadline, start + AHEAD_NANOS, start);
      sent.send().end();
    }

    /// The owner.
    @Actor
    public void owner() {
      sent.send();
      if (!TimingWheel.isLookedAtWithin(sent.deadline, AHEAD_NANOS)) {
        wheel.arm(sent.deadline, start + 2 * AHEAD_NANOS, start + AHEAD_NANOS);
      }
    }

    /// The timer's thread.
    @Actor
    public void timer() {
      wheel.advance(start + AHEAD_NANOS);
    }

    /// Whoever looks later.
    ///
    /// @param result first: whether the node is linked
    @Arbiter
    public void after(I_Result result) {
      result.r1 = wheel.nextLookNanos() == Timed.NEVER ? 0 : 1;
    }
  }
}
