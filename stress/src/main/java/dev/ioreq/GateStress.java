package dev.ioreq;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/// What passes a target's gate while its state changes.
public final class GateStress {
  private GateStress() {}

  /// A send passes while another thread stops the target and waits.
  @JCStressTest
  @Description("enter and leave against stop and drain: nothing passes after the drain")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "The stop came first: the send was refused.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "The send passed, and the drain waited for it.")
  @Outcome(expect = FORBIDDEN, desc = "The send was at work after the drain.")
  @State
  public static class EnterAgainstDrain {
    private final ReentrantLock lock = new ReentrantLock();
    private final TargetGate gate = new TargetGate(lock, TargetState.STARTED);
    private int worked;

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      int entered = gate.tryEnter();
      if (entered != TargetGate.REFUSED) {
        r.r1 = 1;
        worked = 1;
        gate.leave(entered);
      }
    }

    /// Who stops.
    @Actor
    public void stopper(II_Result r) {
      lock.lock();
      try {
        gate.changeLocked(TargetState.STOPPED, false, false);
        gate.awaitDrainedLocked(false, Long.MAX_VALUE);
      } finally {
        lock.unlock();
      }
      r.r2 = worked;
    }
  }

  /// The same by a lane.
  @JCStressTest
  @Description("enter and leave by a lane against stop and drain")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "The stop came first: the send was refused.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "The send passed, and the drain waited for it.")
  @Outcome(expect = FORBIDDEN, desc = "The send was at work after the drain.")
  @State
  public static class EnterByLaneAgainstDrain {
    private final ReentrantLock lock = new ReentrantLock();
    private final TargetGate gate = new TargetGate(lock, TargetState.STARTED);
    private int worked;

    /// With lanes.
    public EnterByLaneAgainstDrain() {
      gate.makeLanes();
    }

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      int entered = gate.tryEnter();
      if (entered != TargetGate.REFUSED) {
        r.r1 = 1;
        worked = 1;
        gate.leave(entered);
      }
    }

    /// Who stops.
    @Actor
    public void stopper(II_Result r) {
      lock.lock();
      try {
        gate.changeLocked(TargetState.STOPPED, false, false);
        gate.awaitDrainedLocked(false, Long.MAX_VALUE);
      } finally {
        lock.unlock();
      }
      r.r2 = worked;
    }
  }

  /// A send by the word, and then one by a lane that is made between.
  @JCStressTest
  @Description("lanes are made, and the next send goes by one, against stop and drain")
  @Outcome(
      id = {"0, 0", "1, 1", "2, 2"},
      expect = ACCEPTABLE,
      desc = "What passed was waited for.")
  @Outcome(expect = FORBIDDEN, desc = "A send was at work after the drain.")
  @State
  public static class LanesMadeAgainstDrain {
    private final ReentrantLock lock = new ReentrantLock();
    private final TargetGate gate = new TargetGate(lock, TargetState.STARTED);
    private int worked;

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      int byWord = gate.tryEnter();
      gate.makeLanes();
      if (byWord != TargetGate.REFUSED) {
        r.r1 = 1;
        worked = 1;
        gate.leave(byWord);
      }
      int byLane = gate.tryEnter();
      if (byLane != TargetGate.REFUSED) {
        r.r1 = 2;
        worked = 2;
        gate.leave(byLane);
      }
    }

    /// Who stops.
    @Actor
    public void stopper(II_Result r) {
      lock.lock();
      try {
        gate.changeLocked(TargetState.STOPPED, false, false);
        gate.awaitDrainedLocked(false, Long.MAX_VALUE);
      } finally {
        lock.unlock();
      }
      r.r2 = worked;
    }
  }

  /// A send by a lane that has entered begins while a stop asks for cancels.
  @JCStressTest
  @Description("begin and mustCancel by a lane against change and look")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "The stop's look saw the send.")
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "The send saw that it must cancel itself.")
  @Outcome(id = "3", expect = ACCEPTABLE, desc = "Both saw the other: the packet is asked once.")
  @Outcome(id = "4", expect = ACCEPTABLE, desc = "The lane was shut before the send.")
  @Outcome(expect = FORBIDDEN, desc = "Neither saw the other: the stop would wait for ever.")
  @State
  public static class MustCancelIsSeenByALane {
    private final ReentrantLock lock = new ReentrantLock();
    private final TargetGate gate = new TargetGate(lock, TargetState.STARTED);
    private final CompletionCounter counter = new CompletionCounter();
    private int sawSend;
    private int sawCancel;

    /// With lanes.
    public MustCancelIsSeenByALane() {
      gate.makeLanes();
    }

    /// The sender.
    @Actor
    public void sender() {
      if (gate.tryEnter() == TargetGate.REFUSED) {
        sawCancel = 4;
        return;
      }
      counter.begin(false);
      sawCancel = gate.mustCancel(false) ? 2 : 0;
    }

    /// Who stops, and looks at the registered requests.
    @Actor
    public void stopper() {
      lock.lock();
      try {
        gate.changeLocked(TargetState.STOPPED, true, false);
      } finally {
        lock.unlock();
      }
      sawSend = counter.join() ? 1 : 0;
    }

    /// Afterwards.
    @Arbiter
    public void after(I_Result r) {
      r.r1 = sawSend + sawCancel;
    }
  }

  /// A send that has entered begins while a stop asks for cancels.
  @JCStressTest
  @Description(
      "begin and mustCancel against change and look: a send that entered is asked by one of both")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "The stop's look saw the send.")
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "The send saw that it must cancel itself.")
  @Outcome(id = "3", expect = ACCEPTABLE, desc = "Both saw the other: the packet is asked once.")
  @Outcome(id = "4", expect = ACCEPTABLE, desc = "The gate was closed before the send.")
  @Outcome(expect = FORBIDDEN, desc = "Neither saw the other: the stop would wait for ever.")
  @State
  public static class MustCancelIsSeen {
    private final ReentrantLock lock = new ReentrantLock();
    private final TargetGate gate = new TargetGate(lock, TargetState.STARTED);
    private final CompletionCounter counter = new CompletionCounter();
    private int sawSend;
    private int sawCancel;

    /// The sender.
    @Actor
    public void sender() {
      if (gate.tryEnter() == TargetGate.REFUSED) {
        sawCancel = 4;
        return;
      }
      counter.begin(false);
      sawCancel = gate.mustCancel(false) ? 2 : 0;
    }

    /// Who stops, and looks at the registered requests.
    @Actor
    public void stopper() {
      lock.lock();
      try {
        gate.changeLocked(TargetState.STOPPED, true, false);
      } finally {
        lock.unlock();
      }
      sawSend = counter.join() ? 1 : 0;
    }

    /// Afterwards.
    @Arbiter
    public void after(I_Result r) {
      r.r1 = sawSend + sawCancel;
    }
  }

  /// A send that ignores the state against the last step of a close.
  @JCStressTest
  @Description("enter ignoring the state against close: it enters, or the target is closed")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "It entered: the close must wait.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Closed: it was refused.")
  @Outcome(expect = FORBIDDEN, desc = "It entered a closed target, or neither got through.")
  @State
  public static class EnterIgnoringAgainstClose {
    private final ReentrantLock lock = new ReentrantLock();
    private final TargetGate gate = new TargetGate(lock, TargetState.STARTED);

    /// Closing, nothing in flight.
    public EnterIgnoringAgainstClose() {
      lock.lock();
      try {
        gate.changeLocked(TargetState.CLOSED, true, true);
      } finally {
        lock.unlock();
      }
    }

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      r.r1 = gate.tryEnterIgnoring() != TargetGate.REFUSED ? 1 : 0;
    }

    /// Who closes.
    @Actor
    public void closer(II_Result r) {
      lock.lock();
      try {
        r.r2 = gate.tryCloseLocked(TargetState.CLOSED) ? 1 : 0;
      } finally {
        lock.unlock();
      }
    }
  }
}
