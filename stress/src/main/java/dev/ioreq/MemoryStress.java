package dev.ioreq;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/// Who frees counted memory. Pooled memory is used: whether it went back can be seen without
/// freeing anything, and a pool is cheap to make a million times.
public final class MemoryStress {
  private MemoryStress() {}

  private static IoMemory taken(IoMemoryPool pool) {
    IoMemory memory = pool.tryTake();
    if (memory == null) {
      throw new AssertionError("a fresh pool has a buffer");
    }
    return memory;
  }

  private static int isBack(IoMemoryPool pool) {
    int back = pool.tryTake() != null ? 1 : 0;
    pool.close();
    return back;
  }

  /// A request gives its reference back while the owner closes.
  @JCStressTest
  @Description("release against close: it goes back once")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "Back in the pool.")
  @Outcome(expect = FORBIDDEN, desc = "Not back, or back twice.")
  @State
  public static class ReleaseAgainstClose {
    private final IoMemoryPool pool = new IoMemoryPool(64, 1, 64);
    private final IoMemory memory = taken(pool);
    private final MemorySegment bytes = memory.segment();

    /// One more reference.
    public ReleaseAgainstClose() {
      memory.retain();
    }

    /// The request.
    @Actor
    public void request() {
      bytes.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
      memory.release();
    }

    /// The owner.
    @Actor
    public void owner() {
      memory.close();
    }

    /// Afterwards.
    @Arbiter
    public void after(I_Result r) {
      r.r1 = isBack(pool);
    }
  }

  /// Two threads close.
  @JCStressTest
  @Description("close against close: one reference is given back")
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "The request's reference keeps it.")
  @Outcome(expect = FORBIDDEN, desc = "Both gave a reference back.")
  @State
  public static class CloseAgainstClose {
    private final IoMemoryPool pool = new IoMemoryPool(64, 1, 64);
    private final IoMemory memory = taken(pool);

    /// One more reference.
    public CloseAgainstClose() {
      memory.retain();
    }

    /// One.
    @Actor
    public void one() {
      memory.close();
    }

    /// The other.
    @Actor
    public void other() {
      memory.close();
    }

    /// Afterwards.
    @Arbiter
    public void after(I_Result r) {
      r.r1 = isBack(pool);
      memory.release();
    }
  }

  /// A request is formatted over memory that its owner closes.
  @JCStressTest
  @Description("retain against close: taken up and later given back, or refused; never lost")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "Taken up, and given back.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Refused, and freed by the close.")
  @Outcome(expect = FORBIDDEN, desc = "Lost: nobody put it back.")
  @State
  public static class RetainAgainstClose {
    private final IoMemoryPool pool = new IoMemoryPool(64, 1, 64);
    private final IoMemory memory = taken(pool);

    /// The formatting thread.
    @Actor
    public void formatter(II_Result r) {
      try {
        memory.retain();
        r.r1 = 1;
        memory.release();
      } catch (IoMisuseException closed) {
        r.r1 = 0;
      }
    }

    /// The owner.
    @Actor
    public void owner() {
      memory.close();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      r.r2 = isBack(pool);
    }
  }
}
