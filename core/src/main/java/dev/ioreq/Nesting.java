package dev.ioreq;

import java.util.ArrayDeque;
import java.util.Arrays;
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
   *
   * A device that has a thread of its own is told earlier that it should use it, but on an engine's thread: see
   * Packet.isDeepInRoutines.
   */
  static final int MOST_NESTED = 16;
  static final int MOST_BEFORE_HAND_OVER = 4;

  private static final ThreadLocal<Nesting> OF_THREAD =
      ThreadLocal.withInitial(() -> new Nesting(false));

  private final boolean isLoopOwned;
  private int depth;
  private boolean mustNotWait; // a routine that may block runs here, for the thread's lifetime
  private Handling[] handlings = {}; // kept; [0, handlers) are in use
  private int handlers;
  private int handlersThatMustNotBlock;
  private @Nullable IoRequest firstDeferred;
  private @Nullable IoRequest lastDeferred;

  Nesting(boolean isLoopOwned) {
    this.isLoopOwned = isLoopOwned;
  }

  static Nesting current() {
    return Thread.currentThread() instanceof EngineThread engine ? engine.nesting : OF_THREAD.get();
  }

  /// Runs the routine of an ended request here and now, or defers it. hot path
  void run(IoRequest ended) {
    if (isFull()) {
      append(ended);
      return;
    }
    depth++; // as runOne, one call less deep: the compiler inlines fifteen
    try {
      ended.runRoutine();
    } finally {
      depth--;
    }
    if (depth == 0 && firstDeferred != null && !isLoopOwned) {
      drain(Integer.MAX_VALUE);
    }
  }

  /// Whether one more routine would be deferred.
  boolean isFull() {
    return depth >= MOST_NESTED;
  }

  /// Whether what could be done here and now is better left to another thread. hot path
  boolean isDeep() {
    return depth >= (isLoopOwned ? MOST_NESTED : MOST_BEFORE_HAND_OVER);
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

  /// Whether code on this thread must not wait for requests: a completion routine, a handler that
  /// must not block or an engine is below it on the stack.
  boolean isInRoutine() {
    return depth > 0 || isLoopOwned || handlersThatMustNotBlock > 0;
  }

  /// Whether waiting for a target could mean waiting for oneself.
  boolean mustNotAwaitTargets() {
    return isInRoutine() || mustNotWait || handlers > 0;
  }

  /// This thread was made for one routine that may block.
  void enterBlockingRoutine() {
    mustNotWait = true;
  }

  // ------------------------------------------------------------------ callbacks of queues

  /// What one callback of a queue that runs on this thread has put off until it has returned.
  private static final class Handling {
    private @Nullable IoQueue queue;
    private final ArrayDeque<Runnable> afterwards = new ArrayDeque<>();
  }

  /// A callback of a queue begins on this thread. hot path
  void enterHandler(IoQueue queue, boolean mayBlock) {
    if (handlers == handlings.length) {
      Handling[] more = Arrays.copyOf(handlings, handlers + 1);
      more[handlers] = new Handling();
      handlings = more;
    }
    Handling entered = handlings[handlers++];
    if (entered.queue != queue) { // beyond handlers a place keeps what it had
      entered.queue = queue;
    }
    if (!mayBlock) {
      handlersThatMustNotBlock++;
    }
  }

  /// It has returned: what it put off happens now. hot path
  void leaveHandler(boolean mayBlock) {
    Handling left = handlings[handlers - 1];
    try {
      if (!left.afterwards.isEmpty()) {
        runPutOff(left);
      }
    } finally {
      handlers--;
      if (!mayBlock) {
        handlersThatMustNotBlock--;
      }
    }
  }

  private static void runPutOff(Handling left) {
    try {
      // its place is kept meanwhile: what is put off until now may put off more, and comes to the
      // same list instead of nesting
      for (Runnable next = left.afterwards.poll(); next != null; next = left.afterwards.poll()) {
        next.run();
      }
    } finally {
      left.afterwards.clear(); // of what an error left behind
    }
  }

  /// Whether a callback of this queue is below on this thread's stack.
  boolean isHandling(IoQueue queue) {
    for (int i = handlers - 1; i >= 0; i--) {
      if (handlings[i].queue == queue) {
        return true;
      }
    }
    return false;
  }

  /// Puts something off until this queue's callback on this thread has returned.
  ///
  /// @return false if there is none: then nothing was put off
  boolean afterHandler(IoQueue queue, Runnable task) {
    for (int i = handlers - 1; i >= 0; i--) {
      if (handlings[i].queue == queue) {
        handlings[i].afterwards.add(task);
        return true;
      }
    }
    return false;
  }

  /// The same, until the outermost callback of this queue has returned.
  ///
  /// @return false if there is none: then nothing was put off
  boolean afterOutermostHandler(IoQueue queue, Runnable task) {
    for (int i = 0; i < handlers; i++) {
      if (handlings[i].queue == queue) {
        handlings[i].afterwards.add(task);
        return true;
      }
    }
    return false;
  }

  /// Whether code that blocks may run here and now.
  boolean mayBlock() {
    return !isInRoutine();
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
