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
   * Threads that send to one target at the same time would hand its word from one processor's cache to another's, some
   * 200 ns a request. So once two of them have met, the gate gets lanes: words in cache lines of their own, in which sends
   * that respect the state are counted from then on, each thread's in the lane of its number.
   *
   *    a lane:   62     61                     31                   0
   *             │OPEN│WAITED│         │ respecting: requests in flight │
   *
   * A lane is open while the target is started. It is opened after the word says so, and closed before the word says anything
   * else, both under the target's lock: who has seen that the target is not started enters by no lane, and who finds his
   * lane shut although it is started comes to the lock, where the change is over. From when all lanes are shut their counts
   * only go down; so that one after another was found empty means that all are.
   *
   * State and counts share a word, and so do OPEN and a lane's count: a send is either counted before a state change, and
   * then whoever waits for the drain waits for it, or sees the new state. The count goes down after the completion routine
   * has returned: a drained gate means that no routine is running any more (D-11).
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
  private static final VarHandle LANE = MethodHandles.arrayElementVarHandle(long[].class);

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

  private static final int LANES =
      Integer.highestOneBit(Math.clamp(4L * Runtime.getRuntime().availableProcessors(), 8, 64));
  private static final int LANE_SHIFT = Long.SIZE - Integer.numberOfTrailingZeros(LANES);
  private static final int LANE_LONGS = 16; // two cache lines: processors fetch them in pairs
  private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L; // the golden ratio's bits
  private static final long OPEN = 1L << 62;
  private static final long LANE_WAITED = 1L << 61;
  private static final long LANE_COUNT = 0xFFFF_FFFFL;

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
  private volatile long @Nullable [] lanes; // from LANE_LONGS on; null until two threads have met

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
    long[] lanes = this.lanes;
    if (lanes != null) {
      return tryEnterLane(lanes);
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
    long[] lanes = this.lanes;
    if (lanes != null) {
      return tryEnterLane(lanes);
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

  private static int tryEnterLane(long[] lanes) {
    long spread = Thread.currentThread().threadId() * SPREAD;
    int lane = (1 + (int) (spread >>> LANE_SHIFT)) * LANE_LONGS;
    while (true) {
      long seen = (long) LANE.getVolatile(lanes, lane);
      if ((seen & OPEN) == 0) {
        return REFUSED;
      }
      if (LANE.compareAndSet(lanes, lane, seen, seen + 1)) {
        return lane;
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
      isWaited = ((long) LANE.getAndAdd(requireLanes(), entered, -1L) & LANE_WAITED) != 0;
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
        long[] made = new long[(LANES + 1) * LANE_LONGS];
        long seen = word;
        long bits =
            ((seen & STATE) == STARTED ? OPEN : 0) | ((seen & WAITED) != 0 ? LANE_WAITED : 0);
        for (int lane = LANE_LONGS; lane < made.length; lane += LANE_LONGS) {
          made[lane] = bits;
        }
        lanes = made;
      }
    } catch (OutOfMemoryError e) {
      LOG.error("there is no memory for the lanes of a gate; it goes on without", e);
    } finally {
      lock.unlock();
    }
  }

  private long[] requireLanes() {
    return Objects.requireNonNull(lanes, "who entered by a lane leaves by it");
  }

  /// Sets and clears bits of all lanes. Under the target's lock.
  private void changeLanesLocked(long set, long clear) {
    long[] lanes = this.lanes;
    if (lanes == null) {
      return;
    }
    for (int lane = LANE_LONGS; lane < lanes.length; lane += LANE_LONGS) {
      if (set != 0) {
        LANE.getAndBitwiseOr(lanes, lane, set);
      }
      if (clear != 0) {
        LANE.getAndBitwiseAnd(lanes, lane, ~clear);
      }
    }
  }

  private void writeLocked(TargetState state) {
    boolean isStarted = state == TargetState.STARTED;
    if (!isStarted) {
      changeLanesLocked(0, OPEN);
    }
    writeWordLocked(state);
    if (isStarted) {
      changeLanesLocked(OPEN, 0);
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
    WORD.getAndBitwiseOr(this, WAITED);
    changeLanesLocked(LANE_WAITED, 0);
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
      changeLanesLocked(0, LANE_WAITED);
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
    long[] lanes = this.lanes;
    int count = 0;
    if (lanes != null) {
      for (int lane = LANE_LONGS; lane < lanes.length; lane += LANE_LONGS) {
        count += (int) ((long) LANE.getVolatile(lanes, lane) & LANE_COUNT);
      }
    }
    return count;
  }

  private static boolean isDrained(long seen, boolean all) {
    long counts = seen & COUNT_MASK;
    return counts == 0 && (!all || (seen >>> COUNT_BITS & COUNT_MASK) == 0);
  }

  private static TargetState stateOf(long seen) {
    return TargetState.of((int) ((seen & STATE) >>> STATE_SHIFT));
  }
}
