package dev.ioreq;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/// Who ends a send, once, and what everybody then sees.
public final class CompletionStress {
  private static final int SUCCESS = 0;
  private static final int CANCELLED = 0xC0000120;
  private static final int IO_TIMEOUT = 0xC00000B5;

  private CompletionStress() {}

  /// A party leaves as a request's does: 1 if it ended the send.
  private static int leave(CompletionCounter counter) {
    while (true) {
      if (counter.tryLeave()) {
        return 0;
      }
      if (counter.tryEnd()) {
        return 1;
      }
    }
  }

  private static int named(int status) {
    return switch (status) {
      case SUCCESS -> 1;
      case CANCELLED -> 2;
      case IO_TIMEOUT -> 3;
      default -> 9;
    };
  }

  /// The device completes; a canceller joins and leaves; a timer joins, expires and leaves.
  @JCStressTest
  @Description("complete, cancel and timer: exactly one ends the send, with the device's status")
  @Outcome(id = "1, 0, 0, 1", expect = ACCEPTABLE, desc = "The device ended it.")
  @Outcome(id = "0, 1, 0, 1", expect = ACCEPTABLE, desc = "The canceller was the last to leave.")
  @Outcome(id = "0, 0, 1, 1", expect = ACCEPTABLE, desc = "The timer was the last to leave.")
  @Outcome(expect = FORBIDDEN, desc = "Ended twice or never, or with another status.")
  @State
  public static class SuccessAgainstCancelAndTimer {
    private final CompletionCounter counter = new CompletionCounter();

    /// Begins.
    public SuccessAgainstCancelAndTimer() {
      counter.announce();
      counter.begin();
    }

    /// The device.
    @Actor
    public void device(IIII_Result r) {
      counter.outcome(SUCCESS);
      r.r1 = leave(counter);
    }

    /// The canceller.
    @Actor
    public void canceller(IIII_Result r) {
      r.r2 = counter.joinOrMark() ? leave(counter) : 0;
    }

    /// The timer.
    @Actor
    public void timer(IIII_Result r) {
      if (counter.join()) {
        counter.expire();
        r.r3 = leave(counter);
      }
    }

    /// Afterwards.
    @Arbiter
    public void after(IIII_Result r) {
      r.r4 = named(counter.status());
    }
  }

  /// A cancelled send that also expires: timed out if the timer was a party, else cancelled.
  @JCStressTest
  @Description("cancelled below, with the timer racing: timed out exactly if the timer took part")
  @Outcome(id = "0, 1, 2", expect = ACCEPTABLE, desc = "The timer was too late.")
  @Outcome(id = "1, 1, 3", expect = ACCEPTABLE, desc = "The timer took part: mapped.")
  @Outcome(expect = FORBIDDEN, desc = "Ended twice or never, mapped without expiry, or not mapped.")
  @State
  public static class CancelledAgainstTimer {
    private final CompletionCounter counter = new CompletionCounter();

    /// Begins.
    public CancelledAgainstTimer() {
      counter.announce();
      counter.begin();
    }

    private int endedByDevice;
    private int endedByTimer;

    /// The device.
    @Actor
    public void device() {
      counter.outcome(CANCELLED);
      endedByDevice = leave(counter);
    }

    /// The timer.
    @Actor
    public void timer(III_Result r) {
      if (counter.join()) {
        counter.expire();
        r.r1 = 1;
        endedByTimer = leave(counter);
      }
    }

    /// Afterwards.
    @Arbiter
    public void after(III_Result r) {
      r.r2 = endedByDevice + endedByTimer;
      r.r3 = named(counter.status());
    }
  }

  /// A cancel that races with the begin of a send.
  @JCStressTest
  @Description("mark against begin: the cancel refuses the send, or is a party of it")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The mark came first: the send was refused.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "The send began first: the cancel joined it.")
  @Outcome(expect = FORBIDDEN, desc = "The cancel got lost, or took effect twice.")
  @State
  public static class MarkAgainstBegin {
    private final CompletionCounter counter = new CompletionCounter();

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      r.r1 = counter.announce(); // MARKED is 1
      if (r.r1 == 0) {
        counter.begin();
      }
    }

    /// The canceller.
    @Actor
    public void canceller(II_Result r) {
      r.r2 = counter.joinOrMark() ? 1 : 0;
    }
  }

  /// A cancel, and a close, while a send is announced that its target does not take any more.
  @JCStressTest
  @Description("mark and close against announce and withdraw: both stay, and nobody joins")
  @Outcome(id = "0, 0, 3", expect = ACCEPTABLE, desc = "Neither joined; it is closed from then on.")
  @Outcome(expect = FORBIDDEN, desc = "A withdrawn send was joined, or the close got lost.")
  @State
  public static class MarkAndCloseAgainstWithdraw {
    private final CompletionCounter counter = new CompletionCounter();

    /// The sender.
    @Actor
    public void sender() {
      if (counter.announce() == CompletionCounter.BEGUN) {
        counter.withdraw();
      }
    }

    /// Who cancels it, and closes it.
    @Actor
    public void closer(III_Result r) {
      r.r1 = counter.joinOrMark() ? 1 : 0;
      r.r2 = counter.close() ? 1 : 0;
    }

    /// Afterwards.
    @Arbiter
    public void after(III_Result r) {
      r.r3 = counter.announce(); // SHUT is 3
    }
  }

  /// A cancel while a withdrawn send is followed by one that begins.
  @JCStressTest
  @Description("mark against withdraw and a second send: it refuses that, or is a party of it")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The mark refused a send.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "The cancel joined the second send.")
  @Outcome(expect = FORBIDDEN, desc = "The cancel got lost, or took effect twice.")
  @State
  public static class MarkAgainstSecondSend {
    private final CompletionCounter counter = new CompletionCounter();

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      r.r1 = counter.announce();
      if (r.r1 == CompletionCounter.BEGUN) {
        counter.withdraw();
        r.r1 = counter.announce();
      }
      if (r.r1 == CompletionCounter.BEGUN) {
        counter.begin();
      }
    }

    /// The canceller.
    @Actor
    public void canceller(II_Result r) {
      r.r2 = counter.joinOrMark() ? 1 : 0;
    }
  }

  /// What the completer wrote is seen by who sees the end.
  @JCStressTest
  @Description("who sees the send ended sees what was written before, whoever ended it")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Still pending.")
  @Outcome(id = "1, 42", expect = ACCEPTABLE, desc = "Ended, with the bytes.")
  @Outcome(expect = FORBIDDEN, desc = "Ended without the bytes or with another status.")
  @State
  public static class OutcomeIsVisible {
    private final CompletionCounter counter = new CompletionCounter();
    private int bytes;

    /// Begins.
    public OutcomeIsVisible() {
      counter.announce();
      counter.begin();
    }

    /// The device.
    @Actor
    public void device() {
      bytes = 42;
      counter.outcome(SUCCESS);
      leave(counter);
    }

    /// The canceller, who may be the one that ends it.
    @Actor
    public void canceller() {
      if (counter.join()) {
        leave(counter);
      }
    }

    /// Who asks for the status.
    @Actor
    public void reader(II_Result r) {
      int status = counter.status();
      if (status != 0x103) {
        r.r1 = named(status);
        r.r2 = bytes;
      }
    }
  }
}
