package dev.ioreq;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Decides who ends a send, once, and says how it ended.
///
/// Beginning a send, resetting and refusing belong to the request's owner, one thread at a time.
/// Joining, leaving and reading may happen on any thread at any time.
final class CompletionCounter {
  /*
   *                begin                        the last party leaves
   *   IDLE ───────────────────▶ SENT(1) ─────────────────────────────────▶ ENDED
   *    │                         ▲ │  ▲                                      │ │
   *    │ begin(queued)           │ └──┘ canceller, timer: join +1, leave -1  │ │
   *    ▼                deliver  │                                           │ │
   *   QUEUED(1) ─────────────────┘                                           │ │
   *    │  ▲ join, leave as above                                             │ │
   *    └──┴────────── the last party leaves (cancel, timeout, purge) ──────▶ │ │
   *   IDLE ◀───────────────────────── reset ─────────────────────────────────┘ │
   *                                        begin without reset ────────────────┘
   *
   *   63    59   58     57     56        52 51  50 49    48 47       32 31        0
   *   │      │CLOSED│EXPIRED│MARK│         │ │ phase   │   parties  │  status   │
   *
   * The parties of a send are the lower device (1 from begin on) and whoever tries to end it early: each joins while it
   * works and leaves when done. A canceller can therefore look at the packet and the device in peace: the send cannot end,
   * and the request cannot be sent again, while it is a party. Whoever leaves last ends the send, and nobody can join an
   * ended one. So there is exactly one end whatever races.
   *
   * One word holds the parties, the phase and the status, so the step that ends the send also publishes how: no reader
   * sees "ended" without the status. MARK is a cancel that found nothing in flight; it refuses the next send.
   * It lives in the same word, so a cancel that races with begin either is seen by begin or sees the send.
   *
   * EXPIRED is set by the timer while it is a party. "Cancelled after expiry" is published as timed out: here, once.
   *
   * CLOSED is set by who closes the request, once, and stays. It refuses every later begin, and the step that sets it tells
   * whether a send was in use. So a close either finds a send, which then ends first and releases the request, or keeps
   * it from beginning: what a close takes away no device can have. A sender who finds something taken away refuses, which is
   * a step on the word: it comes after the close's, or the close had taken nothing yet. So the refusal knows the reason.
   *
   * Order: every step is a CAS, which releases what the thread did before it and acquires what earlier steps released.
   * outcome is written by the party that knows it before that party leaves, and read by the last one: ordered by the CAS
   * chain on the word. Nothing weaker is used: on x86 it would cost the same, and the plain reads are already plain.
   */
  static final int BEGUN = 0;
  static final int MARKED = 1;
  static final int BUSY = 2;
  static final int SHUT = 3;

  private static final long PARTY = 1L << 32;
  private static final long PARTIES = 0xFFFFL << 32;
  private static final long STATUS = 0xFFFF_FFFFL;
  private static final int PHASE_SHIFT = 48;
  private static final long PHASE = 3L << PHASE_SHIFT;
  private static final long IDLE = 0;
  private static final long ENDED = 1L << PHASE_SHIFT;
  private static final long QUEUED = 2L << PHASE_SHIFT;
  private static final long SENT = 3L << PHASE_SHIFT;
  private static final long IN_USE = 2L << PHASE_SHIFT; // the bit that QUEUED and SENT share
  private static final long MARK = 1L << 56;
  private static final long EXPIRED = 1L << 57;
  private static final long CLOSED = 1L << 58;

  private static final int CODE_PENDING = 0x103;
  private static final int CODE_CANCELLED = 0xC0000120;
  private static final int CODE_IO_TIMEOUT = 0xC00000B5;

  private static final VarHandle WORD;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(CompletionCounter.class, "word", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile long word;

  private int outcome; // written by the party that knows how it ended, before it leaves; see Order

  /// Begins a send with one party, the device below (or the queue that holds the request back).
  ///
  /// @return [#BEGUN], or why not: [#MARKED] by an earlier cancel, [#BUSY] with an earlier send,
  ///   [#SHUT] by a close
  int begin(boolean isQueued) {
    long next = (isQueued ? QUEUED : SENT) | PARTY | CODE_PENDING;
    while (true) {
      long seen = word;
      if ((seen & IN_USE) != 0) {
        return BUSY;
      }
      if ((seen & (MARK | CLOSED)) != 0) {
        return (seen & CLOSED) != 0 ? SHUT : MARKED;
      }
      if (WORD.compareAndSet(this, seen, next)) {
        return BEGUN;
      }
    }
  }

  /// The target that held the request back hands it to the device. The queue's party becomes the
  /// device's.
  void deliver() {
    long seen;
    do {
      seen = word;
      assert (seen & PHASE) == QUEUED : "only a queued send is delivered";
    } while (!WORD.compareAndSet(this, seen, seen | SENT));
  }

  /// Joins a send in use; the caller must leave.
  ///
  /// @return whether there was one
  boolean join() {
    while (true) {
      long seen = word;
      if ((seen & IN_USE) == 0) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, seen + PARTY)) {
        return true;
      }
    }
  }

  /// Joins a send in use, or else leaves a mark that refuses the next one.
  ///
  /// @return whether it joined
  boolean joinOrMark() {
    while (true) {
      long seen = word;
      boolean isInUse = (seen & IN_USE) != 0;
      if (WORD.compareAndSet(this, seen, isInUse ? seen + PARTY : seen | MARK)) {
        return isInUse;
      }
    }
  }

  /// Records, as a party, that the timeout is over.
  void expire() {
    long seen;
    do {
      seen = word;
    } while (!WORD.compareAndSet(this, seen, seen | EXPIRED));
  }

  /// Says, as the party that knows, how the send ends. To be called before that party leaves.
  void outcome(int status) {
    outcome = status;
  }

  /// How the send would end now, as the last party sees it: its status to be published.
  int endStatus() {
    return endStatus(word);
  }

  private int endStatus(long seen) {
    int status = outcome;
    return status == CODE_CANCELLED && (seen & EXPIRED) != 0 ? CODE_IO_TIMEOUT : status;
  }

  /// Leaves if others stay.
  ///
  /// @return false if the caller is the last party: then it prepares what must be ready at the end,
  ///   and calls [#tryEnd()]
  boolean tryLeave() {
    while (true) {
      long seen = word;
      if ((seen & PARTIES) == PARTY) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, seen - PARTY)) {
        return true;
      }
    }
  }

  /// Ends the send, unless somebody joined meanwhile.
  ///
  /// @return whether it ended; if not, call [#tryLeave()] again
  boolean tryEnd() {
    long seen = word;
    if ((seen & PARTIES) != PARTY) {
      return false;
    }
    return WORD.compareAndSet(this, seen, (seen & CLOSED) | ENDED | (endStatus(seen) & STATUS));
  }

  /// Lets no send begin any more.
  ///
  /// @return whether one is in use: then it ends first
  boolean close() {
    return ((long) WORD.getAndBitwiseOr(this, CLOSED) & IN_USE) != 0;
  }

  /// Records why a send was refused; the request stays as it was.
  ///
  /// @return whether it is closed: then what the sender missed may have been taken away by that
  boolean refuse(int status) {
    long seen;
    do {
      seen = word;
    } while (!WORD.compareAndSet(this, seen, (seen & ~STATUS) | (status & STATUS)));
    return (seen & CLOSED) != 0;
  }

  /// Forgets the last send, its status and a mark.
  ///
  /// @return false if a send is in use; then nothing was changed
  boolean reset(int status) {
    long seen;
    do {
      seen = word;
      if ((seen & IN_USE) != 0) {
        return false;
      }
    } while (!WORD.compareAndSet(this, seen, (seen & CLOSED) | IDLE | (status & STATUS)));
    return true;
  }

  /// The same for a request of which nobody knows yet: a received one that stands for its next
  /// packet. A mark that somebody leaves on the old one at this moment may be lost.
  void restart(int status) {
    assert (word & IN_USE) == 0 : "a send is in use";
    WORD.setRelease(this, IDLE | (status & STATUS));
  }

  boolean isInUse() {
    return (word & IN_USE) != 0;
  }

  boolean isQueued() {
    return (word & PHASE) == QUEUED;
  }

  /// The status: pending while a send is in use, else the last one recorded.
  int status() {
    return (int) word;
  }

  @Override
  public String toString() {
    long seen = word;
    String phase =
        switch ((int) ((seen & PHASE) >>> PHASE_SHIFT)) {
          case 0 -> "IDLE";
          case 1 -> "ENDED";
          case 2 -> "QUEUED";
          default -> "SENT";
        };
    return phase
        + ((seen & IN_USE) != 0 ? ", " + ((seen & PARTIES) >>> 32) + " parties" : "")
        + ((seen & MARK) != 0 ? ", marked cancelled" : "");
  }
}
