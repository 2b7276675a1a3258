package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import dev.ioreq.time.Timed;
import dev.ioreq.time.Timekeeper;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// When cancel is asked for a request's send, and its node in the timing wheel.
final class Deadline extends Timed {
  /*
   * Reading the clock is most of what a timeout costs that does not fire. So a sender with a timeout of UNCOUNTED_FROM and more
   * does not read it: he sees to it that the wheel looks at the request within a sixteenth of the timeout, and the wheel counts
   * from that look. What ends sooner, nearly all, has read no clock. A timeout is then over at its time or up to a sixteenth
   * later, never before.
   *
   *               set, a short timeout                                 the wheel looks: nothing
   *   NEVER ──────────────────────────────────────▶ an instant ◀──────────────────────────────────┐
   *     │                                                                                         │ look: the clock + timeout
   *     └─ set, a long one ─▶ UNCOUNTED ─ look, the send is in use ─▶ COUNTING ───────────────────┘
   *
   * set() goes to its state from any other: the sender writes before the counter announces the send, and not while it is in use.
   * The wheel may look meanwhile, and takes no part in the send, for who takes part may have to end it. So both of its steps
   * are compare-and-sets on nanos, and a set() in between makes the second one fail: the clock it counts from was read after the
   * first one, which came after the set() of the send that it counts for. timeoutNanos is written before nanos (release), so
   * it is that send's as well, or the next one's, whose set() has still to write nanos.
   *
   * A look that finds no send in use has the node dropped. For why none is missed so: TimingWheel; the sender's step is the
   * counter's announcement, and what the wheel reads after its own step is the counter, then nanos.
   *
   * expired() alone joins the send, and then looks again: what it saw may have been another send's. For as long as it is a
   * party nobody writes here but the timer.
   *
   * A deadline of the wall clock is looked at once a second, because that clock may be set.
   */
  /// What deadlines of the wall clock follow; relative timeouts do not look at it. Tests move it.
  static volatile InstantSource wallClock = InstantSource.system();

  static final long UNCOUNTED = Long.MIN_VALUE;
  private static final long COUNTING = Long.MIN_VALUE + 1;

  private static final long RECHECK_NANOS = 1_000_000_000L;
  private static final long UNCOUNTED_FROM_NANOS = 1_000_000_000L;
  private static final long MOST_AHEAD_NANOS = 1_000_000_000L;
  private static final int LOOKS_SHIFT = 4; // a sixteenth

  private static final VarHandle NANOS =
      FieldHandle.of(MethodHandles.lookup(), "nanos", long.class);

  private final SentRequest request;

  // written by set(); constant while the send is in use, but for the timer
  private @Nullable Instant wall; // as nanos
  private long timeoutNanos; // of an uncounted one
  private long aheadNanos; // when the wheel must look at an uncounted one; 0: it is counted
  private long nanos = NEVER; // written last

  Deadline(SentRequest request) {
    this.request = request;
  }

  /// Sets it for the next send, as its options say.
  void set(SendOptions options) { // hot path
    if (options.hasTimeout()) {
      setTimeout(options);
    } else if (nanos != NEVER) {
      wall = null;
      setNanos(NEVER);
    }
  }

  private void setTimeout(SendOptions options) { // hot path
    Instant deadline = options.deadline();
    wall = deadline;
    long timeout = deadline == null ? options.timeoutNanos() : untilRecheck(deadline);
    if (deadline != null || timeout < UNCOUNTED_FROM_NANOS) {
      aheadNanos = 0;
      setNanos(System.nanoTime() + timeout);
    } else if (timeout > Long.MAX_VALUE / 2) {
      setNanos(NEVER); // 146 years: the sum could overflow; nobody waits that long
    } else {
      timeoutNanos = timeout;
      aheadNanos = Math.min(timeout >> LOOKS_SHIFT, MOST_AHEAD_NANOS);
      setNanos(UNCOUNTED);
    }
  }

  private void setNanos(long value) {
    NANOS.setRelease(this, value);
  }

  private static long untilRecheck(Instant wall) {
    long seconds = wall.getEpochSecond() - wallClock.instant().getEpochSecond();
    if (seconds > 1) {
      return RECHECK_NANOS;
    }
    if (seconds < 0) {
      return 0;
    }
    return Math.clamp(Duration.between(wallClock.instant(), wall).toNanos(), 0, RECHECK_NANOS);
  }

  boolean isSet() {
    return nanos != NEVER;
  }

  /// For tests.
  long nanos() {
    return nanos;
  }

  /// The send has begun. By its sender, or by the timer as a party.
  void arm() { // hot path
    long deadline = nanos;
    if (deadline == NEVER) {
      return;
    }
    if (aheadNanos != 0) {
      Timekeeper.shared().armWithin(this, aheadNanos);
    } else {
      Timekeeper.shared().arm(this, deadline);
    }
  }

  void disarm() {
    Timekeeper.shared().remove(this);
  }

  /// The deadline of the send under way, which counts from now on if it did not before. The timer's
  /// view, verified in [#expired()].
  @Override
  protected long deadlineAtLook() {
    while (request.isBegun()) { // read before nanos
      long seen = (long) NANOS.getVolatile(this);
      if (seen != UNCOUNTED) {
        return seen;
      }
      if (NANOS.compareAndSet(this, UNCOUNTED, COUNTING)) {
        NANOS.compareAndSet(this, COUNTING, System.nanoTime() + timeoutNanos);
      }
    }
    return NEVER;
  }

  @Override
  protected void expired() {
    if (!request.joinSend()) {
      return;
    }
    // a party now: the send cannot end, so its deadline is constant
    if (isOver()) {
      setNanos(NEVER);
      request.timedOut();
      return;
    }
    try {
      arm();
    } finally {
      request.leave();
    }
  }

  private boolean isOver() {
    long now = System.nanoTime();
    long deadline = nanos;
    if (deadline == NEVER || deadline == UNCOUNTED || deadline - now > 0) {
      return false;
    }
    Instant onWall = wall;
    if (onWall == null || !wallClock.instant().isBefore(onWall)) {
      return true;
    }
    setNanos(now + untilRecheck(onWall));
    return false;
  }
}
