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

/// The end of objects, while others still use them.
public final class ObjectStress {
  private ObjectStress() {}

  /// 1 if it was allowed, 0 if it was refused.
  private static int attempt(Runnable use) {
    try {
      use.run();
      return 1;
    } catch (IoMisuseException e) {
      return 0;
    }
  }

  /// A user drops his reference while the owner closes.
  @JCStressTest
  @Description("dereference against close: destroyed once, and what the user wrote is seen")
  @Outcome(id = "1, 7", expect = ACCEPTABLE, desc = "Destroyed once.")
  @Outcome(expect = FORBIDDEN, desc = "Never, twice, or before the user was done.")
  @State
  public static class DereferenceAgainstClose {
    private final IoRequest request = IoRequest.create();
    private final AtomicInteger destroyed = new AtomicInteger();
    private int written;
    private int seen;

    /// With an extra reference.
    public DereferenceAgainstClose() {
      request.reference();
      request.onDestroy(object -> {
        destroyed.incrementAndGet();
        seen = written;
      });
    }

    /// The user.
    @Actor
    public void user() {
      written = 7;
      request.dereference();
    }

    /// The owner.
    @Actor
    public void owner() {
      request.close();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      r.r1 = destroyed.get();
      r.r2 = seen;
    }
  }

  /// The first callback is registered while the owner closes.
  @JCStressTest
  @Description("onCleanup against close: a callback that was taken is run")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Too late, and told so.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "In time.")
  @Outcome(expect = FORBIDDEN, desc = "Taken and lost, or refused and run.")
  @State
  public static class RegisterAgainstClose {
    private final IoRequest request = IoRequest.create();
    private final AtomicInteger ran = new AtomicInteger();

    /// The user.
    @Actor
    public void user(II_Result r) {
      r.r1 = attempt(() -> request.onCleanup(object -> ran.incrementAndGet()));
    }

    /// The owner.
    @Actor
    public void owner() {
      request.close();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      r.r2 = ran.get();
    }
  }

  /// A child is given to a parent that is being closed.
  @JCStressTest
  @Description("parent against the parent's close: a child that was taken is deleted")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Too late: it stays with its owner.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "In time: it is deleted.")
  @Outcome(
      expect = FORBIDDEN,
      desc = "A child that nobody deletes, or that was refused and deleted.")
  @State
  public static class ParentAgainstParentsClose {
    private final IoRequest parent = IoRequest.create();
    private final IoRequest child = IoRequest.create();

    /// The user.
    @Actor
    public void user(II_Result r) {
      r.r1 = attempt(() -> child.parent(parent));
    }

    /// The owner.
    @Actor
    public void owner() {
      parent.close();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      r.r2 = child.hasEnded() ? 1 : 0;
    }
  }

  /// Child and parent are closed at once.
  @JCStressTest
  @Description("the child's close against the parent's: deleted once")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "Once.")
  @Outcome(expect = FORBIDDEN, desc = "Never, or twice.")
  @State
  public static class ChildsCloseAgainstParents {
    private final IoRequest parent = IoRequest.create();
    private final IoRequest child = IoRequest.create();
    private final AtomicInteger destroyed = new AtomicInteger();

    /// Related.
    public ChildsCloseAgainstParents() {
      child.onDestroy(object -> destroyed.incrementAndGet());
      child.parent(parent);
    }

    /// The child's owner.
    @Actor
    public void child() {
      child.close();
    }

    /// The parent's.
    @Actor
    public void parent() {
      parent.close();
    }

    /// Afterwards.
    @Arbiter
    public void after(I_Result r) {
      r.r1 = destroyed.get();
    }
  }

  /// Two threads ask for a context that is not there.
  @JCStressTest
  @Description("context against context: one instance, whole")
  @Outcome(id = "7, 7", expect = ACCEPTABLE, desc = "Both see what create wrote.")
  @Outcome(expect = FORBIDDEN, desc = "Two instances, or half of one.")
  @State
  public static class ContextAgainstContext {
    private static final class Holder {
      private final AtomicInteger askers = new AtomicInteger();
      private int value;

      static Holder create() {
        Holder made = new Holder();
        made.value = 7;
        return made;
      }
    }

    private static final ContextType<Holder> TYPE = ContextType.of("holder", Holder::create);

    private final IoRequest request = IoRequest.create();

    private int ask() {
      Holder holder = request.context(TYPE);
      holder.askers.incrementAndGet();
      return holder.value;
    }

    /// One.
    @Actor
    public void one(II_Result r) {
      r.r1 = ask();
    }

    /// The other.
    @Actor
    public void other(II_Result r) {
      r.r2 = ask();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      if (request.context(TYPE).askers.get() != 2) {
        r.r1 = -1;
      }
    }
  }
}
