package dev.ioreq.several;

import dev.ioreq.IoMisuseException;
import dev.ioreq.IoStatus;
import dev.ioreq.lock.FieldHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Decides who ends a round of something made of several sends: the last party that leaves.
///
/// Preparing and beginning belong to the owner, one thread at a time. Cancelling, leaving and
/// closing may happen on any thread at any time.
final class Parties {
  /*
   *             prepare                begin(n)                     the last party leaves
   *   IDLE ───────────────▶ PREPARED ───────────▶ RUNNING(n) ───────────────────────────────▶ IDLE
   *    ▲                     │   │ ▲                 │ ▲ │ ▲                                 ▸ end routine
   *    └──────── forget ─────┘   └─┘ cancel: flag    │ │ └─┘ a send ended: leave
   *                                                  └─┘ cancel: flag, join +1, leave -1
   *
   *   31           23     22       21       20    19            0
   *   │            │CLOSED│CANCELLED│PREPARED│     parties      │
   *
   * The parties of a round are its sends (counted before the first of them goes, so that one that completes inside the
   * send cannot end the round, R-356) and whoever cancels it, while it looks at the requests. A round can neither
   * end nor begin anew while a canceller is a party: no request is touched through a handle of an earlier round, and no
   * lock is needed. It is the same counter that decides one send's end, one level up.
   *
   * The last party prepares the end (gathers, lets go of the memory), and then takes the step to IDLE, which fails if a
   * canceller has joined meanwhile: then it leaves as any other, and the canceller prepares the end again. Preparing it
   * twice must not matter. Only one thread prepares at a time: two parties would both stay parties.
   *
   * CANCELLED is set by the step that joins, and seen by who asks between two stages. In PREPARED it stays until the round
   * begins, so a cancel that comes before the first send is not lost. The step from IDLE to PREPARED clears it.
   *
   * Order: every step is a CAS. What a party wrote before it left (status and information of a send) is seen by the last
   * one; what the owner wrote before begin is seen by a canceller that joins; what the round did is seen by who prepares
   * the next one. Nothing weaker is used: beside a send it costs nothing.
   */
  private static final int MOST_SENDS = 4096;

  private static final int PARTIES = (1 << 20) - 1;
  private static final int PREPARED = 1 << 20;
  private static final int CANCELLED = 1 << 21;
  private static final int CLOSED = 1 << 22;

  /// What a cancel met.
  enum Cancel {
    /// Nothing to cancel.
    NOTHING,
    /// A round that has not begun; it will find the flag.
    NOTED,
    /// A round: the caller is a party of it now, and must leave.
    JOINED
  }

  private static final VarHandle WORD = FieldHandle.of(MethodHandles.lookup(), "word", int.class);

  private final String owner; // for messages
  private volatile int word;

  Parties(String owner) {
    this.owner = owner;
  }

  static void checkSends(int sends) {
    if (sends < 1 || sends > MOST_SENDS) {
      throw new IllegalArgumentException(
          "%d requests; the least is 1, the most %d".formatted(sends, MOST_SENDS));
    }
  }

  /// Prepares a round, or goes on preparing it.
  ///
  /// @return whether it is the first step of this round
  boolean prepare() {
    while (true) {
      int seen = word;
      if ((seen & CLOSED) != 0) {
        throw misuse(IoStatus.INVALID_DEVICE_REQUEST, "is closed; make a new one");
      }
      if ((seen & PARTIES) != 0) {
        throw misuse(IoStatus.INVALID_DEVICE_REQUEST, "is running; await its end routine first");
      }
      if ((seen & PREPARED) != 0) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, PREPARED)) {
        return true;
      }
    }
  }

  /// Forgets a prepared round.
  ///
  /// @return whether there was one
  boolean forget() {
    while (true) {
      int seen = word;
      if ((seen & PARTIES) != 0) {
        throw misuse(IoStatus.INVALID_DEVICE_REQUEST, "is running; await its end routine first");
      }
      if ((seen & PREPARED) == 0) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, seen & CLOSED)) {
        return true;
      }
    }
  }

  /// Begins the prepared round.
  ///
  /// @param sends how many will leave
  void begin(int sends) {
    while (true) {
      int seen = word;
      if ((seen & (PREPARED | CLOSED)) != PREPARED) {
        throw misuse(
            IoStatus.REQUEST_NOT_ACCEPTED,
            (seen & CLOSED) != 0
                ? "is closed; make a new one"
                : (seen & PARTIES) != 0 ? "is running already" : "has nothing to send");
      }
      if (WORD.compareAndSet(this, seen, (seen & CANCELLED) | sends)) {
        return;
      }
    }
  }

  Cancel cancel() {
    while (true) {
      int seen = word;
      boolean isRunning = (seen & PARTIES) != 0;
      if (!isRunning && (seen & PREPARED) == 0) {
        return Cancel.NOTHING;
      }
      if (WORD.compareAndSet(this, seen, (seen | CANCELLED) + (isRunning ? 1 : 0))) {
        return isRunning ? Cancel.JOINED : Cancel.NOTED;
      }
    }
  }

  boolean isCancelled() {
    return (word & CANCELLED) != 0;
  }

  /// Leaves if others stay.
  ///
  /// @param leaving how many parties the caller stands for
  /// @return false if these are the last: then the caller prepares the end and calls [#tryEnd(int)]
  boolean tryLeave(int leaving) {
    while (true) {
      int seen = word;
      if ((seen & PARTIES) == leaving) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, seen - leaving)) {
        return true;
      }
    }
  }

  /// Ends the round, unless somebody joined meanwhile.
  ///
  /// @return whether it ended; if not, call [#tryLeave(int)] again
  boolean tryEnd(int leaving) {
    while (true) {
      int seen = word;
      if ((seen & PARTIES) != leaving) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, seen & CLOSED)) {
        return true;
      }
    }
  }

  /// Closes.
  ///
  /// @return whether no round is running: then the caller gives back what there is; else the end of
  ///   the round sees [#isClosed()] and does
  boolean close() {
    while (true) {
      int seen = word;
      if (WORD.compareAndSet(this, seen, (seen | CLOSED) & ~PREPARED)) {
        return (seen & PARTIES) == 0;
      }
    }
  }

  boolean isClosed() {
    return (word & CLOSED) != 0;
  }

  private IoMisuseException misuse(IoStatus status, String why) {
    return new IoMisuseException(status, "the " + owner + " " + why);
  }

  @Override
  public String toString() {
    int seen = word;
    return owner
        + ((seen & PARTIES) != 0
            ? ", " + (seen & PARTIES) + " parties"
            : (seen & PREPARED) != 0 ? ", prepared" : ", idle")
        + ((seen & CANCELLED) != 0 ? ", cancelled" : "")
        + ((seen & CLOSED) != 0 ? ", closed" : "");
  }
}
