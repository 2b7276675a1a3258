package dev.ioreq;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/// The parties of one send, against one another and against a reader of the result.
public final class CompletionCounterStress {
  private static final int DONE = 7;

  private CompletionCounterStress() {}

  private static CompletionCounter sent() {
    CompletionCounter counter = new CompletionCounter();
    counter.announce();
    counter.begin();
    return counter;
  }

  /// Leaves, and ends the send if nobody else is left.
  private static boolean leave(CompletionCounter counter) {
    while (!counter.tryLeave()) {
      if (counter.tryEnd()) {
        return true;
      }
    }
    return false;
  }

  /// The device completes while a canceller works.
  @JCStressTest
  @Outcome(
      id = "true, false, 7",
      expect = ACCEPTABLE,
      desc = "the canceller came too late, or left first")
  @Outcome(
      id = "false, true, 7",
      expect = ACCEPTABLE,
      desc = "the device left first, the canceller ended it")
  @Outcome(id = ".*", expect = FORBIDDEN, desc = "ended never or twice, or with another status")
  @State
  public static class DeviceAgainstCanceller {
    private final CompletionCounter counter = sent();

    /// A send in flight.
    public DeviceAgainstCanceller() {}

    /// The device.
    ///
    /// @param result first: whether the device ended the send
    @Actor
    public void device(ZZI_Result result) {
      counter.outcome(DONE);
      result.r1 = leave(counter);
    }

    /// The canceller.
    ///
    /// @param result second: whether the canceller ended the send
    @Actor
    public void canceller(ZZI_Result result) {
      result.r2 = counter.join() && leave(counter);
    }

    /// Whoever looks later.
    ///
    /// @param result third: the status
    @Arbiter
    public void status(ZZI_Result result) {
      result.r3 = counter.status();
    }
  }

  /// A reader that sees the send ended sees how.
  @JCStressTest
  @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "not ended yet")
  @Outcome(id = "true, 7", expect = ACCEPTABLE, desc = "ended, with its status")
  @Outcome(id = ".*", expect = FORBIDDEN, desc = "ended, with a status that is not its own")
  @State
  public static class EndAgainstReader {
    private final CompletionCounter counter = sent();

    /// A send in flight.
    public EndAgainstReader() {}

    /// The device.
    @Actor
    public void device() {
      counter.outcome(DONE);
      leave(counter);
    }

    /// The reader.
    ///
    /// @param result whether the send is ended, and the status read after that
    @Actor
    public void reader(ZI_Result result) {
      result.r1 = !counter.isInUse();
      result.r2 = result.r1 ? counter.status() : 0;
    }
  }
}
