package dev.ioreq.several;

import dev.ioreq.IoStatus;
import dev.ioreq.lock.FieldHandle;
import dev.ioreq.log.Log;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// Calls end routines, and keeps a chain of starts from them off the stack.
///
/// What ends inside a completion routine needs no help: core lets 16 of those nest, and then defers
/// them. But a round whose last send was refused ends inside `start`, and an end routine that
/// starts the next one there, to be refused again, would recurse without bound.
final class InlineStarts {
  /*
   *   start ▸ all refused ▸ enter ▸ end routine ▸ start: this thread is inside ─▶ isStartedAgain, return
   *     ▲                                            │
   *     └──────────── leave: true ◀──────────────────┘
   *
   * inside is the thread whose start calls the end routine. From there on the owner may have handed the round to another
   * thread, which begins it and may come here too; so the step back is a CAS from oneself. isStartedAgain counts
   * only if that CAS succeeds: then no other thread was here, and it is the caller's own.
   */
  private static final Log LOG = new Log("dev.ioreq.several");
  private static final VarHandle INSIDE =
      FieldHandle.of(MethodHandles.lookup(), "inside", Thread.class);

  private volatile @Nullable Thread inside;
  private boolean isStartedAgain;

  /// Whether the start that asks is made by an end routine that a start of the same thread calls:
  /// then that one sends.
  boolean isLeftToOuter() {
    if (inside != Thread.currentThread()) {
      return false;
    }
    isStartedAgain = true;
    return true;
  }

  /// Calls the end routine of a round that ended inside `start`.
  ///
  /// @return whether it started the next round, which the caller has to send
  boolean callInside(EndRoutine routine, IoStatus status, long information) {
    isStartedAgain = false;
    inside = Thread.currentThread();
    boolean isAgain = false;
    try {
      call(routine, status, information);
      isAgain = isStartedAgain; // before the step back: after it another thread may write it
    } finally {
      isAgain &= INSIDE.compareAndSet(this, Thread.currentThread(), null);
    }
    return isAgain;
  }

  static void call(EndRoutine routine, IoStatus status, long information) {
    try {
      routine.ended(status, information);
    } catch (Throwable e) {
      LOG.error("an end routine threw", e);
    }
  }
}
