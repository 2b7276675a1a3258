package dev.ioreq;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// Changes of a target's state that meet.
public final class TargetStress {
  private static final OpenOptions OPTIONS = OpenOptions.of(Access.READ_WRITE);

  private TargetStress() {}

  /// Two open a closed target again, the second closes it before.
  @JCStressTest
  @Description("reopen against close and reopen: the target is called what it leads to")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "It leads to the first one's device.")
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "It leads to the second one's device.")
  @Outcome(expect = FORBIDDEN, desc = "It is called by one name and leads elsewhere, or is closed.")
  @State
  public static class ReopenAgainstReopen {
    private final IoTarget target = opened();

    /// Closes it.
    public ReopenAgainstReopen() {
      target.close();
    }

    private static IoTarget opened() {
      try {
        return IoTarget.open("null:7", OPTIONS);
      } catch (IoRequestException e) {
        throw new AssertionError(e);
      }
    }

    private void reopen(String name) {
      try {
        target.reopen(name, OPTIONS);
      } catch (IoRequestException e) {
        throw new AssertionError(e);
      } catch (IoMisuseException open) {
        // the other one was faster
      }
    }

    /// One.
    @Actor
    public void one() {
      reopen("null:1");
    }

    /// The other.
    @Actor
    public void other() {
      target.close();
      reopen("null:2");
    }

    /// Afterwards.
    @Arbiter
    public void after(I_Result r) {
      long size = target.info().sizeBytes();
      r.r1 = target.name().equals("null:" + size) ? (int) size : 9;
    }
  }
}
