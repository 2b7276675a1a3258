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

  /// A gate, and what passes and changes it.
  private static final class Scene {
    private final ReentrantLock lock = new ReentrantLock();
    private final TargetGate gate = new TargetGate(lock, TargetState.STARTED);
    private final CompletionCounter counter = new CompletionCounter();
    private int worked;

    /// A send that enters, works and leaves.
    ///
    /// @param work what it does, more than 0
    /// @return the work, or 0 if it was refused
    private int pass(int work) {
      int entered = gate.tryEnter();
      if (entered == TargetGate.REFUSED) {
        return 0;
      }
      worked = work;
      gate.leave(entered);
      return work;
    }

    /// A stop that waits.
    ///
    /// @return what work was done when the gate was drained
    private int stopAndWait() {
      lock.lock();
      try {
        gate.changeLocked(TargetState.STOPPED, false, false);
        gate.awaitDrainedLocked(false, Long.MAX_VALUE);
      } finally {
        lock.unlock();
      }
      return worked;
    }

    /// A send that enters, begins, and looks whether it must cancel itself.
    ///
    /// @return 4 if it was refused, 2 if it must, else 0
    private int begin() {
      if (gate.tryEnter() == TargetGate.REFUSED) {
        return 4;
      }
      counter.begin(false);
      return gate.mustCancel(false) ? 2 : 0;
    }

    /// A stop that asks for cancels, and looks at the registered requests.
    ///
    /// @return 1 if it saw the send, else 0
    private int stopAndLook() {
      lock.lock();
      try {
        gate.changeLocked(TargetState.STOPPED, true, false);
      } finally {
        lock.unlock();
      }
      return counter.join() ? 1 : 0;
    }
  }

  /// A send passes while another thread stops the target and waits.
  @JCStressTest
  @Description("enter and leave against stop and drain: nothing passes after the drain")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "The stop came first: the send was refused.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "The send passed, and the drain waited for it.")
  @Outcome(expect = FORBIDDEN, desc = "The send was at work after the drain.")
  @State
  public static class EnterAgainstDrain {
    private final Scene scene = new Scene();

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      r.r1 = scene.pass(1);
    }

    /// Who stops.
    @Actor
    public void stopper(II_Result r) {
      r.r2 = scene.stopAndWait();
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
    private final Scene scene = new Scene();

    /// With lanes.
    public EnterByLaneAgainstDrain() {
      scene.gate.makeLanes();
    }

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      r.r1 = scene.pass(1);
    }

    /// Who stops.
    @Actor
    public void stopper(II_Result r) {
      r.r2 = scene.stopAndWait();
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
    private final Scene scene = new Scene();

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      int byWord = scene.gate.tryEnter();
      scene.gate.makeLanes();
      if (byWord != TargetGate.REFUSED) {
        scene.worked = 1;
        scene.gate.leave(byWord);
        r.r1 = 1;
      }
      r.r1 = Math.max(r.r1, scene.pass(2));
    }

    /// Who stops.
    @Actor
    public void stopper(II_Result r) {
      r.r2 = scene.stopAndWait();
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
    private final Scene scene = new Scene();
    private int sawSend;
    private int sawCancel;

    /// With lanes.
    public MustCancelIsSeenByALane() {
      scene.gate.makeLanes();
    }

    /// The sender.
    @Actor
    public void sender() {
      sawCancel = scene.begin();
    }

    /// Who stops, and looks at the registered requests.
    @Actor
    public void stopper() {
      sawSend = scene.stopAndLook();
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
    private final Scene scene = new Scene();
    private int sawSend;
    private int sawCancel;

    /// The sender.
    @Actor
    public void sender() {
      sawCancel = scene.begin();
    }

    /// Who stops, and looks at the registered requests.
    @Actor
    public void stopper() {
      sawSend = scene.stopAndLook();
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
    private final Scene scene = new Scene();

    /// Closing, nothing in flight.
    public EnterIgnoringAgainstClose() {
      scene.lock.lock();
      try {
        scene.gate.changeLocked(TargetState.CLOSED, true, true);
      } finally {
        scene.lock.unlock();
      }
    }

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      r.r1 = scene.gate.tryEnterIgnoring() != TargetGate.REFUSED ? 1 : 0;
    }

    /// Who closes.
    @Actor
    public void closer(II_Result r) {
      scene.lock.lock();
      try {
        r.r2 = scene.gate.tryCloseLocked(TargetState.CLOSED) ? 1 : 0;
      } finally {
        scene.lock.unlock();
      }
    }
  }
}
