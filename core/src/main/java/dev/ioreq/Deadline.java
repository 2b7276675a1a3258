package dev.ioreq;

import dev.ioreq.time.Timed;
import dev.ioreq.time.Timekeeper;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// When cancel is asked for a request's send, and its node in the timing wheel.
final class Deadline extends Timed {
  /*
   * The sender sets it before the counter begins the send, and arms it afterwards. While the send is in use only the timer
   * writes it, as a party of the send, which cannot end meanwhile. So a wheel that looks at a deadline of a send which has
   * ended sees NEVER, or the next send's; expired() joins that send before it believes it.
   *
   * Reading the clock is most of what a timeout costs that does not fire. So a sender with a timeout of UNCOUNTED_FROM and more
   * does not read it:
   *
   *   set:      nanos = UNCOUNTED, lookNanos = a sixteenth of the timeout, one second at the most
   *   arm:      linked, and looked at so often already?  nothing.  else: link it to be looked at after lookNanos
   *   a look:   no send in use? dropped.  UNCOUNTED? from now on it counts: nanos = now + timeout.  over? ask for the cancel
   *             else: link it again, to be looked at after lookNanos or at nanos, whichever is first
   *
   * A send is looked at within lookNanos of its begin, because a node that is linked is looked at so often, whoever armed it:
   * linkedLookNanos says how often, and is written before the node is linked. So a timeout is over at its time and up to a
   * sixteenth later, never before. What ends sooner than the first look, nearly all, has read no clock.
   *
   * A deadline of the wall clock is looked at once a second, because that clock may be set.
   */
  /// What deadlines of the wall clock follow; relative timeouts do not look at it. Tests move it.
  static volatile InstantSource wallClock = InstantSource.system();

  private static final long RECHECK_NANOS = 1_000_000_000L;
  private static final long UNCOUNTED_FROM_NANOS = 1_000_000_000L;
  private static final long MOST_LOOK_NANOS = 1_000_000_000L;
  private static final int LOOKS = 16; // while a timeout runs
  static final long UNCOUNTED = Long.MIN_VALUE;

  private final SentRequest request;

  // constant while the send is in use, but for the timer
  long nanos = NEVER; // when it is over
  private @Nullable Instant wall;
  private long timeoutNanos;
  private long lookNanos = NEVER; // how often it is looked at; NEVER: at nanos

  private long linkedLookNanos = NEVER; // written by who links: the sender once begun, or the timer

  Deadline(SentRequest request) {
    this.request = request;
  }

  /// Sets it for the next send, as its options say.
  void set(SendOptions options) { // hot path
    if (options.hasTimeout()) {
      setTimeout(options);
    } else if (nanos != NEVER) {
      nanos = NEVER;
      wall = null;
    }
  }

  private void setTimeout(SendOptions options) {
    Instant deadline = options.deadline();
    wall = deadline;
    long timeout = deadline == null ? options.timeoutNanos() : untilRecheck(deadline);
    if (timeout > Long.MAX_VALUE / 2) { // 146 years: the sum could overflow; nobody waits that long
      nanos = NEVER;
    } else if (deadline == null && timeout >= UNCOUNTED_FROM_NANOS) {
      nanos = UNCOUNTED;
      timeoutNanos = timeout;
      lookNanos = Math.min(timeout / LOOKS, MOST_LOOK_NANOS);
    } else {
      nanos = System.nanoTime() + timeout;
      lookNanos = NEVER;
      linkedLookNanos = NEVER; // where it is linked says nothing of how often from now on
    }
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

  /// The send has begun.
  void arm() { // hot path
    if (nanos == NEVER) {
      return;
    }
    if (nanos != UNCOUNTED) {
      Timekeeper.shared().arm(this, nanos);
    } else if (!isLinked() || linkedLookNanos > lookNanos) {
      linkedLookNanos = lookNanos;
      Timekeeper.shared().arm(this, System.nanoTime() + lookNanos);
    }
  }

  void disarm() {
    Timekeeper.shared().remove(this);
  }

  /// The deadline of the send under way; the timer's view, verified in [#expired()].
  @Override
  protected long deadlineNanos() {
    if (!request.isBegun()) {
      return NEVER;
    }
    return nanos != NEVER && lookNanos != NEVER ? UNCOUNTED : nanos;
  }

  @Override
  protected void expired() {
    if (!request.joinSend()) {
      return;
    }
    // a party now: the send cannot end, so its deadline is constant
    long now = System.nanoTime();
    if (nanos == UNCOUNTED) {
      nanos = now + timeoutNanos;
    }
    if (nanos == NEVER || nanos - now > 0) {
      leaveUntil(nextLook(now));
      return;
    }
    Instant deadline = wall;
    if (deadline != null && wallClock.instant().isBefore(deadline)) {
      nanos = now + untilRecheck(deadline);
      leaveUntil(nanos);
      return;
    }
    nanos = NEVER;
    request.timedOut();
  }

  private long nextLook(long now) {
    return nanos == NEVER || lookNanos == NEVER ? nanos : Math.min(nanos, now + lookNanos);
  }

  private void leaveUntil(long again) {
    try {
      if (again != NEVER) {
        linkedLookNanos = lookNanos; // before the next send can begin
        Timekeeper.shared().arm(this, again);
      }
    } finally {
      request.leave();
    }
  }
}
