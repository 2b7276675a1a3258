package dev.ioreq.time;

import dev.ioreq.lock.BriefLock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A hashed timing wheel whose nodes stay linked when they are done, so that arming a node again
/// costs a comparison.
///
/// [#arm(Timed,long,long)] may be called from any thread; one thread at a time calls
/// [#advance(long)]. Time is an argument: the wheel reads no clock.
public final class TimingWheel {
  /*
   *            slot = tick & MASK
   *   ┌───┬───┬───┬───┬───┬───┐
   *   │   │ ● │   │ ● │   │   │     ● a ring of nodes whose lookedAtNanos falls on a tick of this slot
   *   └───┴───┴─┬─┴───┴───┴───┘
   *         ▲ currentTick
   *
   *   UNLINKED ──arm, under the lock──▶ LINKED(lookedAt) ──advance reaches lookedAt──▶ UNLINKED
   *
   * A node is not taken out when what it guards ends in time, which is the usual case; it stays where it is until the
   * wheel reaches it, and is then linked again at its deadline of that moment, or dropped. So a request that is sent
   * again and again with a timeout arms by one read: linked at or before the new deadline? Then it will be looked at in time.
   *
   * Memory order: the armer publishes the deadline (the CAS that announces the send) and then reads lookedAtNanos. The
   * wheel writes lookedAtNanos = NEVER (volatile) and then reads the deadline. All four are sequentially consistent,
   * so at least one of the two sees the other's write: either the armer finds the node unlinked and links it, or
   * the wheel finds the new deadline. Both may happen; linking is under the lock and a linked node is only moved earlier.
   *
   * Who wants a look within some time needs no clock either: aheadNanos says how long after its linking a node is looked at, and
   * it was linked before now. He reads lookedAtNanos first. If the node is linked anew between his two reads, then either by a look,
   * which came after the first read and so saw what he had published, or to be looked at earlier than he read: he may take
   * either aheadNanos for the right one.
   */
  private static final int SLOTS = 4096;
  private static final int MASK = SLOTS - 1;
  private static final int TICK_SHIFT = 20; // 1.05 ms

  private final ReentrantLock lock = new BriefLock();
  private final @Nullable Timed[] slots =
      new Timed[SLOTS]; // guarded by lock; each a doubly linked list
  private final long[] occupied = new long[SLOTS / Long.SIZE]; // guarded by lock; one bit a slot
  private long currentTick; // guarded by lock; slots up to it have been looked at
  private int linked; // guarded by lock

  /// A wheel that begins at an instant.
  ///
  /// @param nowNanos of the clock that all other instants are of
  public TimingWheel(long nowNanos) {
    currentTick = nowNanos >> TICK_SHIFT;
  }

  /// Whether a wheel will look at a node by a deadline. The deadline must have been published
  /// before.
  ///
  /// @param node the node
  /// @param deadlineNanos its deadline
  /// @return false if it has to be armed
  public static boolean isLookedAtBy(Timed node, long deadlineNanos) { // hot path
    return node.lookedAtNanos <= deadlineNanos;
  }

  /// Whether a wheel will look at a node within a time from now. What is to be found then must have
  /// been published before.
  ///
  /// @param node the node
  /// @param aheadNanos the time
  /// @return false if that is not known: it has to be armed
  public static boolean isLookedAtWithin(Timed node, long aheadNanos) { // hot path
    return node.lookedAtNanos != Timed.NEVER && node.aheadNanos <= aheadNanos;
  }

  /// Sees to it that the wheel looks at a node at its deadline. The deadline must have been
  /// published before.
  ///
  /// @param node the node
  /// @param deadlineNanos its deadline
  /// @param nowNanos now, or somewhat earlier
  /// @return whether the node was linked by this call: the turner may then have to wake earlier
  public boolean arm(Timed node, long deadlineNanos, long nowNanos) {
    lock.lock();
    try {
      if (node.lookedAtNanos <= deadlineNanos) {
        return false;
      }
      unlinkLocked(node);
      linkLocked(node, deadlineNanos, nowNanos);
      node.wasArmed = true;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Takes a node out for good. What armed it must have happened before.
  ///
  /// @param node linked or not
  public void remove(Timed node) {
    if (!node.wasArmed) { // else it may be out for a look just now, and about to be linked again
      return;
    }
    lock.lock();
    try {
      unlinkLocked(node);
    } finally {
      lock.unlock();
    }
  }

  /// Looks at every node that is due, and calls those whose deadline has passed.
  ///
  /// @param nowNanos the instant
  public void advance(long nowNanos) {
    Timed expired = null; // a list through nextExpired
    lock.lock();
    try {
      long nowTick = nowNanos >> TICK_SHIFT;
      // a node may sit in the current slot for this very tick, so the current slot is looked at
      // again
      long lastTick = Math.min(nowTick, currentTick + MASK);
      for (long tick = currentTick; tick <= lastTick; tick++) {
        int slot = (int) tick & MASK;
        if ((occupied[slot / Long.SIZE] & 1L << slot) != 0) {
          expired = collectLocked(slot, nowNanos, expired);
        }
      }
      currentTick = Math.max(currentTick, nowTick);
    } finally {
      lock.unlock();
    }
    callExpired(expired);
  }

  private static void callExpired(@Nullable Timed expired) {
    Timed rest = expired;
    while (rest != null) {
      Timed node = rest;
      rest = node.nextExpired;
      node.nextExpired = null;
      boolean hasReturned = false;
      try {
        node.expired();
        hasReturned = true;
      } finally {
        if (!hasReturned) {
          callExpired(rest); // an error passes, but the others have expired too
        }
      }
    }
  }

  /// When [#advance(long)] has something to look at next.
  ///
  /// @return an instant, [Timed#NEVER] if nothing is linked
  public long nextLookNanos() {
    lock.lock();
    try {
      if (linked == 0) {
        return Timed.NEVER;
      }
      for (int step = 0; step < SLOTS; step++) {
        int slot = (int) (currentTick + step) & MASK;
        long bits = occupied[slot / Long.SIZE] >>> slot;
        if (bits == 0) {
          step += Long.SIZE - 1 - slot % Long.SIZE; // to the end of this word
          continue;
        }
        step += Long.numberOfTrailingZeros(bits);
        // the end of that tick: every deadline in it has then passed
        return (currentTick + step + 1) << TICK_SHIFT;
      }
      return (currentTick + SLOTS) << TICK_SHIFT;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Timed collectLocked(int slot, long nowNanos, @Nullable Timed expired) {
    Timed node = slots[slot];
    while (node != null) {
      Timed following = node.next;
      if (node.lookedAtNanos <= nowNanos) {
        unlinkLocked(node); // writes lookedAtNanos before the node looks at its deadline
        long deadline = node.deadlineAtLook();
        if (deadline <= nowNanos) {
          node.nextExpired = expired; // not next: the node may be armed again at any moment
          expired = node;
        } else if (deadline != Timed.NEVER) {
          linkLocked(node, deadline, nowNanos);
        }
      }
      node = following;
    }
    return expired;
  }

  private void linkLocked(Timed node, long deadlineNanos, long nowNanos) {
    long tick = Math.max(deadlineNanos >> TICK_SHIFT, currentTick);
    int slot = (int) tick & MASK;
    Timed first = slots[slot];
    node.next = first;
    node.previous = null;
    if (first != null) {
      first.previous = node;
    }
    node.slot = slot;
    slots[slot] = node;
    occupied[slot / Long.SIZE] |= 1L << slot;
    linked++;
    node.aheadNanos = deadlineNanos - nowNanos;
    node.lookedAtNanos = deadlineNanos;
  }

  private void unlinkLocked(Timed node) {
    if (node.lookedAtNanos == Timed.NEVER) {
      return;
    }
    Timed next = node.next;
    Timed previous = node.previous;
    if (next != null) {
      next.previous = previous;
    }
    if (previous != null) {
      previous.next = next;
    } else {
      int slot = node.slot;
      slots[slot] = next;
      if (next == null) {
        occupied[slot / Long.SIZE] &= ~(1L << slot);
      }
    }
    node.next = null;
    node.previous = null;
    linked--;
    node.lookedAtNanos = Timed.NEVER;
  }
}
