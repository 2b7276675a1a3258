package dev.ioreq.linux.device;

/// Whether a virtual thread should wait itself for a transfer that the kernel may have to wait for,
/// and then waits for with the thread's carrier.
///
/// Any thread. What several threads learn at the same time may be forgotten: the fields are hints,
/// racy on purpose, and ints do not tear.
final class CarrierTrial {
  /*
   *          four long ones in a row: the next 16 go elsewhere      long again: 32, 64 … 1024
   *   TRIES ───────────────────────────────────────────────▶ WAITS ─┐
   *     ▲                                                     │  ▲  │ each that goes elsewhere is counted down
   *     │ short                                  the last one ▼  └──┘
   *     └───────────────────────────────────────────────── TRIES AGAIN
   *
   * A copy from the cache takes a microsecond, and a nanosecond more for each few bytes. A disk takes from 50 µs on. One that
   * is long among short ones has lost its processor meanwhile.
   */
  private static final long SHORT_NANOS = 40_000;
  private static final int IN_A_ROW = 4;
  private static final int LEAST_WAITS = 16;
  private static final int MOST_WAITS = 1024;

  private int longOnes; // in a row
  private int left;
  private int next = LEAST_WAITS;

  /// Whether this transfer is to be tried. [#end(long, long)] follows it.
  boolean begin() {
    int now = left;
    if (now > 0) {
      left = now - 1;
      return false;
    }
    return true;
  }

  /// A transfer that was tried has ended.
  ///
  /// @param nanos how long it took
  /// @param bytes how many it moved
  void end(long nanos, long bytes) {
    if (nanos <= SHORT_NANOS + bytes) {
      if (longOnes != 0) {
        longOnes = 0;
        next = LEAST_WAITS;
      }
    } else if (++longOnes >= IN_A_ROW) {
      left = next;
      next = Math.min(2 * next, MOST_WAITS);
    }
  }
}
