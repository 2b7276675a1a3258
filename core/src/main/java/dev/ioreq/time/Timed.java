package dev.ioreq.time;

import org.jspecify.annotations.Nullable;

/// Something with a deadline: a node of a [TimingWheel], linked into it without allocation.
public abstract class Timed {
  /// No deadline.
  public static final long NEVER = Long.MAX_VALUE;

  @Nullable Timed next; // guarded by the wheel's lock
  @Nullable Timed previous; // guarded by the wheel's lock
  @Nullable Timed nextExpired; // the turning thread's
  int slot; // guarded by the wheel's lock; meaningful while linked

  /// The instant at which the wheel will look at this node, NEVER while it is not linked. Written
  /// under the wheel's lock, read without it: see TimingWheel.
  volatile long lookedAtNanos = NEVER;

  /// For subclasses.
  protected Timed() {}

  /// When it is due now, on the clock of `System.nanoTime`.
  ///
  /// @return the deadline, [#NEVER] if nothing is due
  protected abstract long deadlineNanos();

  /// The deadline that the wheel saw has passed. Called without a lock; the node is no longer
  /// linked. The deadline may have changed since: look again.
  protected abstract void expired();
}
