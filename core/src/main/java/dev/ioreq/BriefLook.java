package dev.ioreq;

/// How long who waits looks for what it waits for before it sleeps: a short while where that has
/// paid, and not at all where it has not.
///
/// A sleep costs two system calls, the sleeper's and the waker's, and the processor is woken on the
/// way: some microseconds. What comes sooner than that is better looked for.
///
/// Any thread. What several threads learn at the same time may be forgotten; nothing but the length
/// of a look depends on it.
final class BriefLook {
  /*
   *            vain              vain               vain
   *   most ──────────▶ most/4 ──────────▶ most/16 ──────────▶ 0 ─┐ each EXPLORED-th wait looks most times, the others
   *    ▲ ▲               │ found            │ found           ▲  │ not once
   *    │ └───────────────┴──────────────────┘                 └──┤ vain
   *    └─────────────────────────────────────────────────────────┘ found
   *
   * So what has paid is kept after one failure, and what fails three times in a row is over, at the price of 1.3 looks.
   * Afterwards one wait in EXPLORED has a look. Nothing here reads the clock: the length of a look is bounded by its count.
   *
   * An engine's thread looks for some 2 µs, in which a sender who has looked himself, or another one, sends again. One that
   * had to be woken takes longer, as behind a disk: to look for him costs more than to sleep. Who waits for a request looks
   * for some 8 µs, because its engine may have to wake first.
   *
   * Order: none is needed. The fields are hints, racy on purpose where threads share a target; ints do not tear. What is
   * looked for has its own order, and who finds nothing goes on to the sleep, which looks once more after it was announced.
   */
  static final int MOST_FOR_WORK = 64;
  static final int MOST_FOR_END = 256;
  static final int EXPLORED = 128;

  private static final int FEWER = 4;

  private static final boolean IS_ALONE = Runtime.getRuntime().availableProcessors() == 1;

  private final int most;
  private final boolean isAlone;
  private int looks;
  private int waits;

  /// @param isAlone whether there is one processor only, so that nobody can bring what is looked
  ///   for while it is looked for
  BriefLook(int most, boolean isAlone) {
    this.most = most;
    this.isAlone = isAlone;
  }

  /// An engine's thread's, for more to do.
  static BriefLook forWork() {
    return new BriefLook(MOST_FOR_WORK, IS_ALONE);
  }

  /// A sender's, for the end of what it has sent.
  static BriefLook forEnd() {
    return new BriefLook(MOST_FOR_END, IS_ALONE);
  }

  /// Begins a wait.
  ///
  /// @return how often to look at the most; 0 to sleep at once
  int begin() { // hot path
    int now = looks;
    if (now == 0 && ++waits % EXPLORED == 0 && !isAlone) {
      now = most;
    }
    return now;
  }

  /// What came of looking.
  ///
  /// @param hasFound whether it was seen before the last look
  void end(boolean hasFound) { // hot path
    int fewer = looks / FEWER;
    int next = hasFound ? most : fewer < most / (FEWER * FEWER) ? 0 : fewer;
    if (next != looks) {
      looks = next;
    }
  }
}
