package dev.ioreq;

import java.util.concurrent.atomic.AtomicReferenceArray;

/// Requests kept for the synchronous conveniences of one target. Safe from any thread; never
/// blocks.
final class PrivateRequests {
  /*
   * Each slot is taken by an exchange with null and filled by a CAS from null. A thread begins at a slot of its own
   * number, so that threads rarely meet; who finds its slot empty makes a new request, who finds it full closes his. Slots
   * lie a cache line apart, from one another and from the array's length: side by side, threads would take the line
   * from one another with each request.
   */
  private static final int APART = 16; // references of four bytes, or eight

  private final AtomicReferenceArray<IoRequest> slots;
  private final int mask;

  /// @param count slots, a power of two
  PrivateRequests(int count) {
    mask = count - 1;
    slots = new AtomicReferenceArray<>((count + 1) * APART);
  }

  IoRequest take() {
    IoRequest kept = slots.getAndSet(slot(), null);
    return kept != null ? kept : IoRequest.create();
  }

  void giveBack(IoRequest request) {
    if (!slots.compareAndSet(slot(), null, request)) {
      request.close();
    }
  }

  void close() {
    for (int i = APART; i < slots.length(); i += APART) {
      IoRequest kept = slots.getAndSet(i, null);
      if (kept != null) {
        kept.close();
      }
    }
  }

  private int slot() {
    int number = (int) Thread.currentThread().threadId() & mask;
    return (number + 1) * APART;
  }
}
