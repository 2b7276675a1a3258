package dev.ioreq.cli.copy;

import java.util.concurrent.atomic.AtomicLong;

/// Spreads bytes over time. Nobody sleeps here: it says when the next bytes may move, and the
/// caller sees to it. Safe from any thread.
final class Pacer {
  private static final double NANOS_PER_SECOND = 1e9;

  private final double nanosPerByte;
  private final AtomicLong freeAtNanos; // when all that was reserved so far will have moved

  Pacer(long bytesPerSecond, long nowNanos) {
    nanosPerByte = NANOS_PER_SECOND / bytesPerSecond;
    freeAtNanos = new AtomicLong(nowNanos);
  }

  /// Reserves the next bytes: they move when their own share of the time has passed, so that the
  /// first ones are not free. Time in which nothing was reserved is not made up for.
  ///
  /// @return how long to wait before moving them, in nanoseconds
  long reserve(long bytes, long nowNanos) {
    long cost = (long) Math.ceil(bytes * nanosPerByte);
    while (true) {
      long free = freeAtNanos.get();
      long start = free - nowNanos > 0 ? free : nowNanos;
      if (freeAtNanos.compareAndSet(free, start + cost)) {
        return start - nowNanos + cost;
      }
    }
  }
}
