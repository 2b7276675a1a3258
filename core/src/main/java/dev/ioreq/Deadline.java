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
   * A deadline of the wall clock is looked at once a second, because that clock may be set.
   *
   * Reading the clock is most of what a timeout costs that does not fire. A send on an engine's thread has the clock of the
   * loop's turn for nothing, but a turn lasts as long as its routines: a timeout shorter than FROM_TURN_NANOS would notice.
   */
  /// What deadlines of the wall clock follow; relative timeouts do not look at it. Tests move it.
  static volatile InstantSource wallClock = InstantSource.system();

  private static final long RECHECK_NANOS = 1_000_000_000L;
  private static final long FROM_TURN_NANOS = 1_000_000_000L;

  private final SentRequest request;
  private long nanos = NEVER; // constant while the send is in use, but for the timer
  private @Nullable Instant wall; // as nanos

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
    long now = timeout < FROM_TURN_NANOS ? System.nanoTime() : Nesting.nowNanos();
    // above 146 years the sum could overflow; nobody waits that long
    nanos = timeout > Long.MAX_VALUE / 2 ? NEVER : now + timeout;
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
    if (nanos != NEVER) {
      Timekeeper.shared().arm(this, nanos);
    }
  }

  void disarm() {
    Timekeeper.shared().remove(this);
  }

  /// The deadline of the send under way; the timer's view, verified in [#expired()].
  @Override
  protected long deadlineNanos() {
    return request.isBegun() ? nanos : NEVER;
  }

  @Override
  protected void expired() {
    if (!request.joinSend()) {
      return;
    }
    // a party now: the send cannot end, so its deadline is constant
    long now = System.nanoTime();
    if (nanos == NEVER || nanos - now > 0) {
      leaveUntil(nanos);
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

  private void leaveUntil(long again) {
    request.leave();
    if (again != NEVER) {
      Timekeeper.shared().arm(this, again);
    }
  }
}
