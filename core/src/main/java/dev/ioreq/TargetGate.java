package dev.ioreq;

import dev.ioreq.log.Log;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A target's state together with how many of its requests are in flight, in one word: what a send
/// passes and a completion leaves.
///
/// Entering and leaving may happen on any thread; the state changes under the target's lock.
final class TargetGate {
  /*
   *   62  60   59       58       57    55               28 27                 0
   *   │state│CANCEL│CANCEL_ALL│WAITED│ ignoring the state │ respecting the state │   both: requests in flight
   *
   *   enter:  state lets it through?  CAS count + 1        else: refused, or held back under the target's lock
   *   leave:  where it has entered: count - 1; if somebody waits (WAITED), wake him
   *
   * State and counts share a word, so a send is either counted before a state change, and then whoever waits for the
   * drain waits for it, or sees the new state. The count goes down after the completion routine has returned: a drained
   * gate means that no routine is running any more (D-11).
   *
   * Threads that send to one target at the same time would hand its word from one processor's cache to another's, some
   * 200 ns a request. So once two of them have met, sends that respect the state are counted in GateLanes. These are open
   * while the target is started: opened after the word says so, and shut before it says anything else, both under the
   * target's lock. So who has seen that the target is not started enters by no lane, and who finds his lane shut
   * although it is started comes to the lock, where the change is over.
   *
   * CANCEL says that a stop, purge or close is asking the requests in flight for their cancel (CANCEL_ALL: also those
   * that ignore the state). It looks at every request registered with the target. A send that had entered before but was
   * not yet visible as sent to that look reads the word again once it is visible, finds the bit, and asks itself: the
   * look comes after the bit was set, the re-read after the CAS that begins the send; one of the two sees the other.
   *
   * Who asks, is in fields of its own, and the bits follow from them:
   *
   *   the last change   asked for cancels, and stands until the target is started again, or closed. A stop that does not
   *                     ask, after a purge that did, is no reason to deliver who had entered before both.
   *   askers            changes that wait for their turn, and have asked meanwhile. Each is counted, for one's turn says
   *                     nothing about another's question. They are not heeded while a close runs cleanup callbacks,
   *                     whose own sends the target still carries out: that close asks for everything afterwards.
   *
   * A closed gate has no bits: CANCEL_ALL would let a send in that ignores the state.
   */
  private static final Log LOG = new Log("dev.ioreq");
  private static final VarHandle WORD;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(TargetGate.class, "word", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// What a send gets that is not let through. Others get where to leave again.
  static final int REFUSED = -2;

  private static final int ALL_IGNORING = -1; // in the word
  private static final int WORD_ITSELF = 0;

  private static final int COUNT_BITS = 28;
  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
  private static final long RESPECTING = 1;
  private static final long IGNORING = 1L << COUNT_BITS;
  private static final long WAITED = 1L << 57;
  private static final long CANCEL_ALL = 1L << 58;
  private static final long CANCEL = 1L << 59;
  private static final int STATE_SHIFT = 60;
  private static final long STATE = 7L << STATE_SHIFT;
  private static final long STARTED = 1L << STATE_SHIFT;

  private final ReentrantLock lock; // the target's
  private final Condition left;

  private volatile long word;
  private volatile @Nullable GateLanes lanes; // null until two threads have met

  // guarded by lock
  private boolean cancels; // the last change
  private boolean cancelsAll;
  private int askers;
  private int askersOfAll; // of the askers
  private boolean isCleaning;

  TargetGate(ReentrantLock lock, TargetState state) {
    this.lock = lock;
    left = lock.newCondition();
    word = (long) state.value() << STATE_SHIFT;
  }

  /// Lets a send through that respects the state. hot path
  ///
  /// @return [#REFUSED] if the target is not started; else the send is counted, and this is where
  ///   it has to [leave][#leave(int)]
  int tryEnter() {
    GateLanes lanes = this.lanes;
    if (lanes != null) {
      return lanes.tryEnter();
    }
    long seen = word;
    if ((seen & STATE) != STARTED) {
      return REFUSED;
    }
    if (WORD.compareAndSet(this, seen, seen + RESPECTING)) {
      return WORD_ITSELF;
    }
    return tryEnterBesideOthers();
  }

  private int tryEnterBesideOthers() {
    makeLanes();
    GateLanes lanes = this.lanes;
    if (lanes != null) {
      return lanes.tryEnter();
    }
    while (true) {
      long seen = word;
      if ((seen & STATE) != STARTED) {
        return REFUSED;
      }
      if (WORD.compareAndSet(this, seen, seen + RESPECTING)) {
        return WORD_ITSELF;
      }
    }
  }

  /// Lets a send through that ignores the state: as long as the device is there, which while
  /// something is in flight it is.
  ///
  /// @return [#REFUSED] if it is not; else where to leave
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

  /// Where a request leaves that was held back.
  static int ofHeld() {
    return WORD_ITSELF;
  }

  /// Counts a request that was held back and is now delivered or ended. Under the target's lock.
  void enterLocked() {
    WORD.getAndAdd(this, RESPECTING);
  }

  /// A request's completion routine has returned. hot path
  ///
  /// @param entered what entering gave
  void leave(int entered) {
    boolean isWaited;
    if (entered > WORD_ITSELF) {
      isWaited = Objects.requireNonNull(lanes, "it was entered").leave(entered);
    } else {
      long one = entered == ALL_IGNORING ? IGNORING : RESPECTING;
      isWaited = ((long) WORD.getAndAdd(this, -one) & WAITED) != 0;
    }
    if (isWaited) {
      lock.lock();
      try {
        left.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Whether a send that has entered must ask for its own cancel: see CANCEL above.
  boolean mustCancel(boolean isIgnoring) {
    return (word & (isIgnoring ? CANCEL_ALL : CANCEL)) != 0;
  }

  TargetState state() {
    return stateOf(word);
  }

  /// Changes the state, and whether requests in flight are being cancelled. Under the target's
  /// lock.
  void changeLocked(TargetState state, boolean cancels, boolean cancelsAll) {
    boolean isStart = state == TargetState.STARTED;
    this.cancels = cancels || (this.cancels && !isStart);
    this.cancelsAll = cancelsAll || (this.cancelsAll && !isStart);
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

  /// Two threads have met. Not if the lock is taken: they may meet again.
  void makeLanes() {
    if (!lock.tryLock()) {
      return;
    }
    try {
      if (lanes == null) {
        long seen = word;
        lanes = new GateLanes((seen & STATE) == STARTED, (seen & WAITED) != 0);
      }
    } catch (OutOfMemoryError e) {
      LOG.error("there is no memory for the lanes of a gate; it goes on without", e);
    } finally {
      lock.unlock();
    }
  }

  private void writeLocked(TargetState state) {
    GateLanes lanes = this.lanes;
    if (lanes != null && state != TargetState.STARTED) {
      lanes.shutLocked();
    }
    writeWordLocked(state);
    if (lanes != null && state == TargetState.STARTED) {
      lanes.openLocked();
    }
  }

  private void writeWordLocked(TargetState state) {
    boolean all = cancelsAll || (askersOfAll > 0 && !isCleaning);
    boolean some = cancels || all || (askers > 0 && !isCleaning);
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
    beginWaitLocked();
    try {
      while (!isDrained(word, all) || inLanes() != 0) {
        if (leftNanos <= 0) {
          return false;
        }
        long began = System.nanoTime();
        try {
          leftNanos = left.awaitNanos(leftNanos);
        } catch (InterruptedException e) {
          isInterrupted = true;
          leftNanos -= System.nanoTime() - began;
        }
      }
      return true;
    } finally {
      endWaitLocked();
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void beginWaitLocked() {
    WORD.getAndBitwiseOr(this, WAITED);
    GateLanes lanes = this.lanes;
    if (lanes != null) {
      lanes.beginWaitLocked();
    }
  }

  /// Lanes may have been made since the wait began.
  private void endWaitLocked() {
    WORD.getAndBitwiseAnd(this, ~WAITED);
    GateLanes lanes = this.lanes;
    if (lanes != null) {
      lanes.endWaitLocked();
    }
  }

  /// Closes for good if nothing is in flight: from then on nothing enters. The target is not
  /// started. Under the target's lock.
  ///
  /// @return whether it was drained
  boolean tryCloseLocked(TargetState state) {
    if (inLanes() != 0) {
      return false;
    }
    while (true) {
      long seen = word;
      if (!isDrained(seen, true)) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, (long) state.value() << STATE_SHIFT)) {
        cancels = false;
        cancelsAll = false;
        return true;
      }
    }
  }

  int inFlight() {
    long seen = word;
    return (int) (seen & COUNT_MASK) + (int) (seen >>> COUNT_BITS & COUNT_MASK) + inLanes();
  }

  private int inLanes() {
    GateLanes lanes = this.lanes;
    return lanes == null ? 0 : lanes.inFlight();
  }

  private static boolean isDrained(long seen, boolean all) {
    long counts = seen & COUNT_MASK;
    return counts == 0 && (!all || (seen >>> COUNT_BITS & COUNT_MASK) == 0);
  }

  private static TargetState stateOf(long seen) {
    return TargetState.of((int) ((seen & STATE) >>> STATE_SHIFT));
  }
}
