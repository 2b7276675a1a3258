package dev.ioreq.testkit;

import java.time.Duration;
import java.util.function.LongSupplier;

/// What is left of a wait's limit. Who waits looks again and again, and of the time between two
/// looks a tenth of a second counts at the most: a machine that was stopped for a while, or gave
/// the process no processor, has not had that time for what is waited for either.
final class Patience {
  /// The most that counts between two looks, so also how long to wait between them at the most.
  static final long MOST_AT_ONCE_NANOS = 100_000_000;

  private final LongSupplier nanoTime;
  private long left;
  private long seen;

  /// @param limit how long to wait
  Patience(Duration limit) {
    this(limit, System::nanoTime);
  }

  /// @param nanoTime the clock
  Patience(Duration limit, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    left = limit.toNanos();
    seen = nanoTime.getAsLong();
  }

  /// Looks at the clock.
  ///
  /// @return whether the limit is used up
  boolean isOver() {
    long now = nanoTime.getAsLong();
    left -= Math.min(now - seen, MOST_AT_ONCE_NANOS);
    seen = now;
    return left < 0;
  }
}
