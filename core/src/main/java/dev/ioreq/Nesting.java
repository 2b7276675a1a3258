package dev.ioreq;

import org.jspecify.annotations.Nullable;

/// Bounds how many completion routines run inside one another on one thread.
///
/// Single-threaded: each thread has its own.
final class Nesting {
  /*
   * A routine that sends a request which completes at once runs the next routine inside itself. Up to 16 deep that is
   * the fastest way; beyond, the ended request is put into a list of this thread, in order of completion, and its routine
   * runs when the outermost one has returned. On an engine's thread the engine's loop runs the list instead, a
   * bounded number a turn, so that a chain of immediate completions cannot starve the other requests.
   *
   *   send ▸ routine 1 ▸ send ▸ routine 2 ▸ … ▸ routine 16 ▸ send ▸ list
   *     ◂────────────────────────────────────────────────────────┘ then: the list, each at depth 1 again
   */
  static final int MOST_NESTED = 16;

  private static final ThreadLocal<Nesting> OF_THREAD =
      ThreadLocal.withInitial(() -> new Nesting(false));

  private final boolean isLoopOwned;
  private int depth;
  private boolean mustNotWait; // a routine that may block runs here, for the thread's lifetime
  private @Nullable IoRequest firstDeferred;
  private @Nullable IoRequest lastDeferred;

  Nesting(boolean isLoopOwned) {
    this.isLoopOwned = isLoopOwned;
  }

  static Nesting current() {
    return Thread.currentThread() instanceof EngineThread engine ? engine.nesting : OF_THREAD.get();
  }

  /// The clock, or the instant at which the engine's loop turned last.
  static long nowNanos() {
    return Thread.currentThread() instanceof EngineThread engine && engine.turnNanos() != 0
        ? engine.turnNanos()
        : System.nanoTime();
  }

  /// Runs the routine of an ended request here and now, or defers it. hot path
  void run(IoRequest ended) {
    if (depth >= MOST_NESTED) {
      append(ended);
      return;
    }
    runOne(ended);
    if (depth == 0 && firstDeferred != null && !isLoopOwned) {
      drain(Integer.MAX_VALUE);
    }
  }

  /// Runs deferred routines.
  ///
  /// @return whether some are left
  boolean drain(int most) {
    for (int ran = 0; ran < most; ran++) {
      IoRequest next = firstDeferred;
      if (next == null) {
        return false;
      }
      firstDeferred = next.nextDeferred;
      next.nextDeferred = null;
      runOne(next);
    }
    return firstDeferred != null;
  }

  boolean hasDeferred() {
    return firstDeferred != null;
  }

  /// Whether code on this thread must not wait for requests: a completion routine or an engine is
  /// below it on the stack.
  boolean isInRoutine() {
    return depth > 0 || isLoopOwned;
  }

  /// Whether waiting for a target could mean waiting for oneself.
  boolean mustNotAwaitTargets() {
    return isInRoutine() || mustNotWait;
  }

  /// This thread was made for one routine that may block.
  void enterBlockingRoutine() {
    mustNotWait = true;
  }

  private void runOne(IoRequest ended) {
    depth++;
    try {
      ended.runRoutine();
    } finally {
      depth--;
    }
  }

  private void append(IoRequest ended) {
    IoRequest last = lastDeferred;
    if (firstDeferred == null || last == null) {
      firstDeferred = ended;
    } else {
      last.nextDeferred = ended;
    }
    lastDeferred = ended;
  }
}
