package dev.ioreq.linux.device;

import dev.ioreq.Packet;

/// Whether a file's reads find their bytes in the cache, so surely that a virtual thread's may be
/// made by a plain `pread`, which blocks its carrier if they are not there. One that says it must
/// not wait takes the kernel some 5 % longer.
///
/// word2 of a packet is a row of chance numbers, by which one of eight is chosen: one that counted
/// would meet the same block each time in a program whose reads go round.
///
/// Any thread. The fields are hints, racy on purpose, and ints do not tear. While all is found
/// nothing is written here, so that threads on many processors do not wait for one another.
final class CacheTrial {
  /*
   *                     1024 in a row have found all: then 2048, 4096 … 65 536
   *   NONE MAY WAIT ──────────────────────────────────────────────────────────▶ SEVEN OF EIGHT MAY
   *     ▲ one would have had to wait: again from 0                                 │
   *     └──────────── one of those that must not wait would have had to ───────────┘
   *
   * Who misses one in a hundred never gets there. Who misses one in a thousand does at first, and each time for a few thousand
   * reads, of which a few block a carrier; then no more, for 65 536 in a row are not found.
   */
  private static final int FEWEST = 1024;
  private static final int MOST = 1 << 16;

  // a linear congruential row of period 2^64; Knuth, The Art of Computer Programming, 3.3.4
  private static final long FACTOR = 6364136223846793005L;
  private static final long SUMMAND = 1442695040888963407L;
  private static final int SHIFT_TO_ONE_IN_EIGHT = 61;

  private int found; // in a row, up to wanted
  private int wanted = FEWEST;

  /// Whether this read may be one that waits.
  boolean isAtHand(Packet packet) { // hot path: see VirtualThreadBenchmark
    if (found < wanted) {
      return false;
    }
    long number = packet.word2 * FACTOR + SUMMAND;
    packet.word2 = number;
    return number >>> SHIFT_TO_ONE_IN_EIGHT != 0;
  }

  /// A read that must not wait has found all.
  void found() { // hot path
    int before = found;
    if (before < wanted) {
      found = before + 1;
    }
  }

  /// A read that must not wait would have had to.
  void missed() {
    if (found != 0) {
      found = 0;
      wanted = Math.min(2 * wanted, MOST);
    }
  }
}
