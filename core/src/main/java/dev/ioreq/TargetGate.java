package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A target's state and how many of its requests are in flight: what a send passes and a completion
/// leaves.
///
/// Entering and leaving may happen on any thread; the state changes under the target's lock.
final class TargetGate {
  /*
   *   62  60   59       58       57    55               28 27                 0
   *   │state│CANCEL│CANCEL_ALL│WAITED│ ignoring the state │   held back before   │   both: requests in flight
   *
   * Who enters, and where he is counted:
   *
   *   respects the state   in TargetLanes, without an atomic step   opening ≠ SHUT? count ▸ begin the send ▸ opening as before?
   *   ignores it           in the word                            open, or closing and not drained? CAS count + 1
   *   was held back        in the word, under the lock
   *
   * A send that respects the state is counted first, and looks at opening a second time once the step that begins it, a CAS
   * and so a full barrier, is behind it. Who shuts the gate writes opening, then the word by a CAS, and sums up the counts
   * after that. So one of the two sees the other: either the sum has the send, or the send sees that it is late, leaves again,
   * and is held back or refused. Until the second look cancellers wait (CompletionCounter: ANNOUNCED), so a late send has
   * not been seen by anybody. Each opening has a number of its own, so a send cannot take a later one for its own: the device
   * behind it may be another.
   *
   * While the gate is shut who has entered can only leave; a late one comes and goes, and does nothing between. So a drain that
   * was seen stands. The count goes down after the completion routine has returned: a drained gate means that no routine is
   * running any more (D-11). Who leaves writes his count and then reads WAITED, without a barrier between; so it can
   * happen that neither he nor who waits sees the other, and therefore a wait looks again by itself after a while.
   *
   * A close has to see in one step that nobody is inside who ignores the state, and let nobody in any more: so their number
   * shares the word with the state.
   *
   * CANCEL says that a change which waits for its turn is asking the requests in flight for their cancel, CANCEL_ALL that a
   * close is or was, also those that ignore the state. It looks at every request registered with the target. A send that had
   * entered before but was not yet announced to that look reads the word once it has begun, finds the bit, and asks itself: the
   * look comes after the bit was set, the reading after the CAS that announces the send; one of the two sees the other. A
   * change whose turn has come shuts the gate before it looks: a send that it does not see is late, and needs no bit.
   *
   * Who asks, is in fields of its own, and the bits follow from them: the askers, each of whom is counted, for one's turn
   * says nothing about another's question; and whether a close has asked for all, which stands until the target is started
   * again. Askers are not heeded while a close runs cleanup callbacks, whose own sends the target still carries out: that
   * close asks for everything afterwards.
   *
   * A closed gate has no bits: CANCEL_ALL would let a send in that ignores the state.
   */
  private static final VarHandle WORD = FieldHandle.of(MethodHandles.lookup(), "word", long.class);

  /// What a send gets that is not let through. Others get what they have to show when they leave.
  static final int REFUSED = -2;

  private static final int ALL_IGNORING = -1; // in the word
  private static final int WAS_HELD = 0; // in the word; above: the number of the opening

  private static final int SHUT = 0; // no opening's number

  private static final int COUNT_BITS = 28;
  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
  private static final long HELD = 1;
  private static final long IGNORING = 1L << COUNT_BITS;
  private static final long WAITED = 1L << 57;
  private static final long CANCEL_ALL = 1L << 58;
  private static final long CANCEL = 1L << 59;
  private static final int STATE_SHIFT = 60;
  private static final long STATE = 7L << STATE_SHIFT;

  /// How long a wait sleeps before it looks by itself, the first time and at the most.
  private static final long FIRST_LOOK_NANOS = 100_000;

  private static final long LAST_LOOK_NANOS = 20_000_000;

  private final ReentrantLock lock; // the target's
  private final Condition left;
  private final TargetLanes lanes;

  private volatile long word;
  private volatile int opening; // SHUT while not started; written under lock

  // guarded by lock
  private boolean cancelsAll; // a close
  private int askers;
  private int askersOfAll; // of the askers
  private boolean isCleaning;
  private int lastOpening;

  TargetGate(ReentrantLock lock, TargetLanes lanes, TargetState state) {
    this.lock = lock;
    left = lock.newCondition();
    this.lanes = lanes;
    word = (long) state.value() << STATE_SHIFT;
    if (state == TargetState.STARTED) {
      openLocked();
    }
  }

  /// Lets a send through that respects the state, until it [is late][#isLate(int)]. hot path
  ///
  /// @return [#REFUSED] if the target is not started; else the send is counted, and this is what it
  ///   has to show when it [leaves][#leave(int)]
  int tryEnter() {
    int opening = this.opening;
    if (opening == SHUT) {
      return REFUSED;
    }
    lanes.enter();
    return opening;
  }

  /// Whether a send that has entered, and whose begin is announced, must leave again, because the
  /// gate was shut meanwhile. hot path
  ///
  /// @param entered what entering gave
  boolean isLate(int entered) {
    return entered > WAS_HELD && entered != opening;
  }

  /// Lets a send through that ignores the state: as long as the device is there, which while
  /// something is in flight it is.
  ///
  /// @return [#REFUSED] if it is not; else what to show when leaving
  int tryEnterIgnoring() {
    while (true) {
      long seen = word;
      if (!isOpen(stateOf(seen)) && (seen & CANCEL_ALL) == 0) {
        return REFUSED; // closed and drained
      }
      if (WORD.compareAndSet(this, seen, seen + IGNORING)) {
        return ALL_IGNORING;
      }
    }
  }

  /// What a request shows when it leaves that was held back.
  static int ofHeld() {
    return WAS_HELD;
  }

  /// Counts a request that was held back and is now delivered or ended. Under the target's lock.
  void enterLocked() {
    WORD.getAndAdd(this, HELD);
  }

  /// A request's completion routine has returned. hot path
  ///
  /// @param entered what entering gave
  void leave(int entered) { // short, so that it is inlined wherever it is called
    if (entered <= WAS_HELD) {
      leaveWord(entered);
      return;
    }
    lanes.leave();
    if ((word & WAITED) != 0) {
      wake();
    }
  }

  private void leaveWord(int entered) {
    long one = entered == ALL_IGNORING ? IGNORING : HELD;
    if (((long) WORD.getAndAdd(this, -one) & WAITED) != 0) {
      wake();
    }
  }

  private void wake() {
    lock.lock();
    try {
      left.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Whether a send that has entered must ask for its own cancel: see CANCEL above.
  boolean mustCancel(boolean isIgnoring) {
    return (word & (isIgnoring ? CANCEL_ALL : CANCEL)) != 0;
  }

  TargetState state() {
    return stateOf(word);
  }

  /// Changes the state. Under the target's lock.
  ///
  /// @param cancelsAll whether requests in flight are being cancelled that ignore the state
  void changeLocked(TargetState state, boolean cancelsAll) {
    this.cancelsAll = cancelsAll || (this.cancelsAll && state != TargetState.STARTED);
    writeLocked(state);
  }

  /// A change that has to wait for its turn asks for cancels. Under the target's lock.
  ///
  /// @param all whether also of requests that ignore the state
  void askLocked(boolean all) {
    askers++;
    askersOfAll += all ? 1 : 0;
    refreshLocked();
  }

  /// Its turn has come. Under the target's lock.
  void askedLocked(boolean all) {
    askers--;
    askersOfAll -= all ? 1 : 0;
    refreshLocked();
  }

  /// Whether a change that waits for its turn asks for cancels, and is heeded. Under the target's
  /// lock.
  boolean isAskingLocked() {
    return askers > 0 && !isCleaning && isOpen();
  }

  /// Cleanup callbacks begin, or have ended. Under the target's lock.
  void cleaningLocked(boolean isCleaning) {
    this.isCleaning = isCleaning;
    refreshLocked();
  }

  private void refreshLocked() {
    if (isOpen()) {
      writeLocked(state());
    }
  }

  private void writeLocked(TargetState state) {
    if (state != TargetState.STARTED) {
      opening = SHUT;
    }
    writeWordLocked(state);
    if (state == TargetState.STARTED && opening == SHUT) {
      openLocked();
    }
  }

  private void openLocked() {
    lastOpening = lastOpening == Integer.MAX_VALUE ? WAS_HELD + 1 : lastOpening + 1;
    opening = lastOpening;
  }

  private void writeWordLocked(TargetState state) {
    boolean all = cancelsAll || (askersOfAll > 0 && !isCleaning);
    boolean some = all || (askers > 0 && !isCleaning);
    long bits = (long) state.value() << STATE_SHIFT | (some ? CANCEL : 0) | (all ? CANCEL_ALL : 0);
    long seen;
    do {
      seen = word;
    } while (!WORD.compareAndSet(this, seen, (seen & ~(STATE | CANCEL | CANCEL_ALL)) | bits));
  }

  /// Whether it is neither closed nor closing.
  boolean isOpen() {
    return isOpen(state());
  }

  private static boolean isOpen(TargetState state) {
    return state == TargetState.STARTED
        || state == TargetState.STOPPED
        || state == TargetState.PURGED;
  }

  /// Waits until nothing is in flight. The target is not started. Under the target's lock, which is
  /// given up while waiting. An interrupt does not end the wait, and is kept.
  ///
  /// @param all whether also for requests that ignore the state
  /// @param mostNanos how long at most
  /// @return whether nothing is in flight
  boolean awaitDrainedLocked(boolean all, long mostNanos) {
    boolean isInterrupted = false;
    long leftNanos = mostNanos;
    long lookNanos = FIRST_LOOK_NANOS;
    WORD.getAndBitwiseOr(this, WAITED);
    try {
      while (!isDrained(word, all) || !lanes.isEmpty()) {
        if (leftNanos <= 0) {
          return false;
        }
        long began = System.nanoTime();
        try {
          left.awaitNanos(Math.min(leftNanos, lookNanos));
        } catch (InterruptedException e) {
          isInterrupted = true;
        }
        leftNanos -= System.nanoTime() - began;
        lookNanos = Math.min(2 * lookNanos, LAST_LOOK_NANOS);
      }
      return true;
    } finally {
      WORD.getAndBitwiseAnd(this, ~WAITED);
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Closes for good if nothing is in flight: from then on nothing enters. The target is not
  /// started. Under the target's lock.
  ///
  /// @return whether it was drained
  boolean tryCloseLocked(TargetState state) {
    if (!lanes.isEmpty()) {
      return false;
    }
    while (true) {
      long seen = word;
      if (!isDrained(seen, true)) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, (long) state.value() << STATE_SHIFT)) {
        cancelsAll = false;
        return true;
      }
    }
  }

  int inFlight() {
    long seen = word;
    return (int) (seen & COUNT_MASK)
        + (int) (seen >>> COUNT_BITS & COUNT_MASK)
        + Math.toIntExact(lanes.inFlight());
  }

  private static boolean isDrained(long seen, boolean all) {
    long counts = seen & COUNT_MASK;
    return counts == 0 && (!all || (seen >>> COUNT_BITS & COUNT_MASK) == 0);
  }

  private static TargetState stateOf(long seen) {
    return TargetState.of((int) ((seen & STATE) >>> STATE_SHIFT));
  }
}
