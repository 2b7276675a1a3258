package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/// Decides who ends a send, once, and says how it ended.
///
/// Beginning a send, resetting and refusing belong to the request's owner, one thread at a time.
/// Joining, leaving and reading may happen on any thread at any time.
final class CompletionCounter {
  /*
   *           announce            begin             the last party leaves
   *   IDLE ◀──────────▶ ANNOUNCED ───────▶ SENT(1) ──────────────────────────▶ ENDED
   *    │     withdraw                       ▲ │  ▲                               │ │
   *    │ hold                               │ └──┘ canceller, timer: join +1,    │ │
   *    ▼                deliver             │      leave -1                      │ │
   *   QUEUED(1) ────────────────────────────┘                                    │ │
   *    │  ▲ join, leave as above                                                 │ │
   *    └──┴────────── the last party leaves (cancel, timeout, purge) ──────────▶ │ │
   *   IDLE ◀───────────────────────────── reset ─────────────────────────────────┘ │
   *                                            announce, hold without reset ───────┘
   *
   *   63  60    59        58     57      56        52 51  50 49    48 47       32 31        0
   *   │    │ANNOUNCED│CLOSED│EXPIRED│MARK│         │ │ phase   │   parties  │  status   │
   *
   * ANNOUNCED is a send between the step that makes it visible and the look whether its target still takes it, see
   * TargetGate; only a few instructions lie between. Who would join, mark or close it then, waits until it has begun or is
   * withdrawn. So a withdrawn one was nobody's to see, and the owner alone writes the word meanwhile: by a plain release.
   *
   * The parties of a send are the lower device (1 from the announcement on) and whoever tries to end it early: each joins while it
   * works and leaves when done. A canceller can therefore look at the packet and the device in peace: the send cannot end,
   * and the request cannot be sent again, while it is a party. Whoever leaves last ends the send, and nobody can join an
   * ended one. So there is exactly one end whatever races.
   *
   * One word holds the parties, the phase and the status, so the step that ends the send also publishes how: no reader
   * sees "ended" without the status. MARK is a cancel that found nothing in flight; it refuses the next send.
   * It lives in the same word, so a cancel that races with a send either is seen by its announcement or sees it.
   *
   * EXPIRED is set by the timer while it is a party. "Cancelled after expiry" is published as timed out: here, once.
   *
   * CLOSED is set by who closes the request, once, and stays. It refuses every later send, and the step that sets it tells
   * whether a send was in use. So a close either finds a send, which then ends first and releases the request, or keeps
   * it from beginning: what a close takes away no device can have. A sender who finds something taken away refuses, which is
   * a step on the word: it comes after the close's, or the close had taken nothing yet. So the refusal knows the reason.
   *
   * Order: every other step is a CAS, which releases what the thread did before it and acquires what earlier steps released.
   * outcome is written by the party that knows it before that party leaves, and read by the last one: ordered by the CAS
   * chain on the word. Nothing weaker is used: on x86 it would cost the same, and the plain reads are already plain.
   */
  static final int BEGUN = 0;
  static final int MARKED = 1;
  static final int BUSY = 2;
  static final int SHUT = 3;
  static final int LATE = 4; // never said here: for its target was shut

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
  private static final long ANNOUNCED = 1L << 59;
  private static final int LOOKS =
      100; // at an announced send, before each further one is slept for
  private static final long SLEEP_NANOS = 20_000;

  private static final int CODE_PENDING = 0x103;
  private static final int CODE_CANCELLED = 0xC0000120;
  private static final int CODE_IO_TIMEOUT = 0xC00000B5;

  private static final VarHandle WORD = FieldHandle.of(MethodHandles.lookup(), "word", long.class);

  private volatile long word;

  private int outcome; // written by the party that knows how it ended, before it leaves; see Order

  /// Announces a send with one party, the device below. [#begin()] or [#withdraw()] must follow at
  /// once: until then cancellers wait.
  ///
  /// @return [#BEGUN], or why not: [#MARKED] by an earlier cancel, [#BUSY] with an earlier send,
  ///   [#SHUT] by a close
  int announce() { // hot path
    return take(ANNOUNCED | SENT, STATUS);
  }

  /// The announced send has begun. hot path
  void begin() {
    WORD.setRelease(this, SENT | PARTY | CODE_PENDING);
  }

  /// The announced send is none, and the status what it was.
  void withdraw() {
    WORD.setRelease(this, IDLE | (word & STATUS));
  }

  /// Something was thrown on the way: a send that is announced has begun.
  void settle() {
    if ((word & ANNOUNCED) != 0) {
      WORD.setRelease(this, SENT | PARTY | CODE_PENDING);
    }
  }

  /// Begins a send with one party, the list of the target that holds it back.
  ///
  /// @return as [#announce()]
  int hold() {
    return take(QUEUED | CODE_PENDING, 0);
  }

  /// @param next the phase, and the status if it is another from now on
  /// @param kept what stays of the word
  private int take(long next, long kept) { // hot path
    while (true) {
      long seen = word;
      if ((seen & IN_USE) != 0) {
        return BUSY;
      }
      if ((seen & (MARK | CLOSED)) != 0) {
        return (seen & CLOSED) != 0 ? SHUT : MARKED;
      }
      if (WORD.compareAndSet(this, seen, next | PARTY | (seen & kept))) {
        return BEGUN;
      }
    }
  }

  /// The word, once no send is announced.
  private long settled() {
    for (int looks = 1; ; looks++) {
      long seen = word;
      if ((seen & ANNOUNCED) == 0) {
        return seen;
      }
      if (looks < LOOKS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(this, SLEEP_NANOS); // its thread may wait for this processor
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
      long seen = settled();
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
      long seen = settled();
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
    long seen;
    do {
      seen = settled();
    } while (!WORD.compareAndSet(this, seen, seen | CLOSED));
    return (seen & IN_USE) != 0;
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

  /// Whether no send is in use, nor will be.
  boolean isClosedForGood() {
    return (word & (CLOSED | IN_USE)) == CLOSED;
  }

  boolean isQueued() {
    return (word & PHASE) == QUEUED;
  }

  /// The status: pending while a send is in use, else the last one recorded. One that is announced
  /// only has not changed it yet.
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
          default -> (seen & ANNOUNCED) != 0 ? "ANNOUNCED" : "SENT";
        };
    return phase
        + ((seen & IN_USE) != 0 ? ", " + ((seen & PARTIES) >>> 32) + " parties" : "")
        + ((seen & MARK) != 0 ? ", marked cancelled" : "");
  }
}
