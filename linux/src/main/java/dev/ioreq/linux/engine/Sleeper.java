package dev.ioreq.linux.engine;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/// Whether the engine's thread sleeps, so that it is woken once and only when it does. The argument
/// stands in [RingEngine].
final class Sleeper {
  private final AtomicBoolean isAsleep = new AtomicBoolean();

  /// By the sleeper: announces sleep, then looks for work once more.
  ///
  /// @return whether it may sleep
  boolean fallAsleep(BooleanSupplier hasWork) {
    isAsleep.set(true);
    if (hasWork.getAsBoolean()) {
      isAsleep.set(false);
      return false;
    }
    return true;
  }

  /// By the sleeper.
  void awake() {
    if (isAsleep.get()) {
      isAsleep.set(false);
    }
  }

  /// By others, after they have left work.
  ///
  /// @return whether this caller is the one to wake it
  boolean mustWake() {
    return isAsleep.get() && isAsleep.compareAndSet(true, false);
  }
}
