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
  boolean wasArmed; // set by who arms; whoever removes the node comes after that

  /// The instant at which the wheel will look at this node, NEVER while it is not linked. Written
  /// under the wheel's lock, read without it: see TimingWheel.
  volatile long lookedAtNanos = NEVER;

  /// How long after it was linked that is, at the most. Written before lookedAtNanos, meaningful
  /// while linked.
  long aheadNanos;

  /// For subclasses.
  protected Timed() {}

  /// The wheel looks at this node, which it has just taken out: when is it due, on the clock of
  /// `System.nanoTime`? Called under the wheel's lock, so it may neither wait nor arm.
  ///
  /// @return the deadline, [#NEVER] if nothing is due
  protected abstract long deadlineAtLook();

  /// The deadline that the wheel saw has passed. Called without a lock; the node is no longer
  /// linked. The deadline may have changed since: look again.
  protected abstract void expired();
}
