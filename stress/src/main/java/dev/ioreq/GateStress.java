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
    private final TargetGate gate =
        new TargetGate(lock, new TargetLanes(lock), TargetState.STARTED);
    private final CompletionCounter counter = new CompletionCounter();
    private int worked;

    /// A send that enters, begins unless it is late, works and leaves.
    ///
    /// @param work what it does, more than 0
    /// @return the work, or 0 if it was refused
    private int pass(int work) {
      int entered = gate.tryEnter();
      if (entered == TargetGate.REFUSED) {
        return 0;
      }
      boolean hasBegun = begin(entered);
      if (hasBegun) {
        worked = work;
        counter.outcome(0);
        counter.tryEnd();
      }
      gate.leave(entered);
      return hasBegun ? work : 0;
    }

    private boolean begin(int entered) {
      counter.announce();
      if (gate.isLate(entered)) {
        counter.withdraw();
        return false;
      }
      counter.begin();
      return true;
    }

    private void change(TargetState state) {
      lock.lock();
      try {
        gate.changeLocked(state, false);
      } finally {
        lock.unlock();
      }
    }

    /// A stop that waits.
    ///
    /// @return what work was done when the gate was drained
    private int stopAndWait() {
      lock.lock();
      try {
        gate.changeLocked(TargetState.STOPPED, false);
        gate.awaitDrainedLocked(false, Long.MAX_VALUE);
      } finally {
        lock.unlock();
      }
      return worked;
    }

    /// A send that enters, begins, and looks whether it must cancel itself.
    ///
    /// @return 4 if it was refused, 2 if it must, else 0
    private int beginAndLook() {
      int entered = gate.tryEnter();
      if (entered == TargetGate.REFUSED || !begin(entered)) {
        return 4;
      }
      return gate.mustCancel(false) ? 2 : 0;
    }

    /// A stop that asks for cancels, and looks at the registered requests.
    ///
    /// @return 1 if it saw the send, else 0
    private int stopAndLook() {
      change(TargetState.STOPPED);
      return counter.join() ? 1 : 0;
    }

    /// The same by a change that waits for its turn.
    private int askAndLook() {
      lock.lock();
      try {
        gate.askLocked(false);
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

    /// The sender, who has no lane yet.
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

  /// The same by a lane of the sender's: the first send takes it.
  @JCStressTest
  @Description("two sends, the second by a lane, against stop and drain")
  @Outcome(
      id = {"0, 0", "1, 1", "2, 2"},
      expect = ACCEPTABLE,
      desc = "What passed was waited for.")
  @Outcome(expect = FORBIDDEN, desc = "A send was at work after the drain.")
  @State
  public static class EnterByLaneAgainstDrain {
    private final Scene scene = new Scene();

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      r.r1 = scene.pass(1);
      r.r1 = Math.max(r.r1, scene.pass(2));
    }

    /// Who stops.
    @Actor
    public void stopper(II_Result r) {
      r.r2 = scene.stopAndWait();
    }
  }

  /// A send in flight that another thread than the sender's ends, by a lane of its own.
  @JCStressTest
  @Description("entered by one lane, left by another, against stop and drain")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "The drain waited for it.")
  @Outcome(expect = FORBIDDEN, desc = "The send was at work after the drain.")
  @State
  public static class LeaveElsewhereAgainstDrain {
    private final Scene scene = new Scene();
    private final int entered;

    /// In flight, and sent by a thread that has its lane.
    public LeaveElsewhereAgainstDrain() {
      scene.gate.leave(scene.gate.tryEnter());
      entered = scene.gate.tryEnter();
      scene.begin(entered);
    }

    /// The device's thread.
    @Actor
    public void completer() {
      scene.worked = 1;
      scene.gate.leave(entered);
    }

    /// Who stops.
    @Actor
    public void stopper(I_Result r) {
      r.r1 = scene.stopAndWait();
    }
  }

  /// A target is stopped, drained and started again while a send is on its way in.
  @JCStressTest
  @Description("enter against stop, drain and start: who entered before is late, or waited for")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "It was refused, or late.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "The drain waited for it.")
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "It took the second opening for the first.")
  @Outcome(expect = FORBIDDEN, desc = "It worked without having begun.")
  @State
  public static class EnterAgainstReopening {
    private final Scene scene = new Scene();

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      int entered = scene.gate.tryEnter();
      if (entered == 1) { // the first opening
        if (scene.begin(entered)) {
          scene.worked = 1;
          r.r1 = 1;
        }
        scene.gate.leave(entered);
      }
    }

    /// Who stops, and starts again.
    @Actor
    public void stopper(II_Result r) {
      r.r2 = scene.stopAndWait();
      scene.change(TargetState.STARTED);
    }
  }

  /// A send that has entered begins while a stop asks for cancels.
  @JCStressTest
  @Description("begin against change and look: a send that entered is asked, or late")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "The stop's look saw the send.")
  @Outcome(id = "4", expect = ACCEPTABLE, desc = "The gate was shut before the send.")
  @Outcome(expect = FORBIDDEN, desc = "Neither saw the other: the stop would wait for ever.")
  @State
  public static class MustCancelIsSeen {
    private final Scene scene = new Scene();
    private int sawSend;
    private int sawCancel;

    /// The sender.
    @Actor
    public void sender() {
      sawCancel = scene.beginAndLook();
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

  /// The same while the target stays started: a change asks that waits for its turn.
  @JCStressTest
  @Description("begin and mustCancel against an early question: the send is asked by one of both")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "The look saw the send.")
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "The send saw that it must cancel itself.")
  @Outcome(id = "3", expect = ACCEPTABLE, desc = "Both saw the other: the packet is asked once.")
  @Outcome(expect = FORBIDDEN, desc = "Neither saw the other: the change would wait for ever.")
  @State
  public static class EarlyQuestionIsSeen {
    private final Scene scene = new Scene();
    private int sawSend;
    private int sawCancel;

    /// The sender.
    @Actor
    public void sender() {
      sawCancel = scene.beginAndLook();
    }

    /// Who asks, and looks at the registered requests.
    @Actor
    public void asker() {
      sawSend = scene.askAndLook();
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
        scene.gate.changeLocked(TargetState.CLOSED, true);
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
