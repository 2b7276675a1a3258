package dev.ioreq;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Counts sends of a [TargetGate] in which threads have met, each thread's in a cache line that
/// others seldom touch.
///
/// Entering and leaving may happen on any thread; opening and shutting happen under the target's
/// lock.
final class GateLanes {
  /*
   *   a lane:   62     61                     31                   0
   *            │OPEN│WAITED│         │ respecting: requests in flight │
   *
   *   enter:  open? CAS count + 1, else refused        leave: the same lane's count - 1; if somebody waits, he is to be woken
   *
   * OPEN and the count share a word, so a send is either counted in its lane before that is shut, or refused. From when all
   * lanes are shut their counts only go down; so that one after another was found empty means that all are.
   *
   * A send leaves the lane that it has entered, whichever thread it ends on: so no count drifts away, and each is what is in
   * flight. What open and shut mean beside the gate's own word, is told there.
   */
  private static final VarHandle LANE = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int LANES =
      Integer.highestOneBit(Math.clamp(4L * Runtime.getRuntime().availableProcessors(), 8, 64));
  private static final int SHIFT = Long.SIZE - Integer.numberOfTrailingZeros(LANES);
  private static final int STRIDE = 16; // two cache lines of longs: processors fetch them in pairs
  private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L; // the golden ratio's bits
  private static final long OPEN = 1L << 62;
  private static final long WAITED = 1L << 61;
  private static final long COUNT = 0xFFFF_FFFFL;

  private final long[] lanes = new long[(LANES + 1) * STRIDE]; // from STRIDE on

  GateLanes(boolean isOpen, boolean isWaited) {
    long bits = (isOpen ? OPEN : 0) | (isWaited ? WAITED : 0);
    for (int lane = STRIDE; lane < lanes.length; lane += STRIDE) {
      lanes[lane] = bits;
    }
  }

  /// Lets a send of this thread through, if its lane is open. hot path
  ///
  /// @return which lane it has to [leave][#leave(int)], from 1; or [TargetGate#REFUSED]
  int tryEnter() {
    long spread = Thread.currentThread().threadId() * SPREAD;
    int lane = (1 + (int) (spread >>> SHIFT)) * STRIDE;
    while (true) {
      long seen = (long) LANE.getVolatile(lanes, lane);
      if ((seen & OPEN) == 0) {
        return TargetGate.REFUSED;
      }
      if (LANE.compareAndSet(lanes, lane, seen, seen + 1)) {
        return lane;
      }
    }
  }

  /// A send that entered a lane leaves it. hot path
  ///
  /// @return whether somebody waits for that
  boolean leave(int lane) {
    return ((long) LANE.getAndAdd(lanes, lane, -1L) & WAITED) != 0;
  }

  void openLocked() {
    set(OPEN);
  }

  void shutLocked() {
    clear(OPEN);
  }

  void beginWaitLocked() {
    set(WAITED);
  }

  void endWaitLocked() {
    clear(WAITED);
  }

  private void set(long bit) {
    for (int lane = STRIDE; lane < lanes.length; lane += STRIDE) {
      LANE.getAndBitwiseOr(lanes, lane, bit);
    }
  }

  private void clear(long bit) {
    for (int lane = STRIDE; lane < lanes.length; lane += STRIDE) {
      LANE.getAndBitwiseAnd(lanes, lane, ~bit);
    }
  }

  /// How many are in flight; exact once all lanes are shut.
  int inFlight() {
    int count = 0;
    for (int lane = STRIDE; lane < lanes.length; lane += STRIDE) {
      count += (int) ((long) LANE.getVolatile(lanes, lane) & COUNT);
    }
    return count;
  }
}
