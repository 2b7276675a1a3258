package dev.ioreq.linux.engine;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/// Whether and where the engine's thread sleeps, so that it is woken once, only when it does, and
/// in the way that reaches it. The argument stands in [RingEngine].
final class Sleeper {
  /// Where the thread is.
  enum Place {
    /// Not asleep.
    AWAKE,
    /// In the kernel, waiting for a completion: an event wakes it.
    IN_KERNEL,
    /// Parked: the virtual machine wakes it.
    PARKED
  }

  private final AtomicReference<Place> place = new AtomicReference<>(Place.AWAKE);

  /// By the sleeper: announces sleep, then looks for work once more.
  ///
  /// @param where it is going to sleep
  /// @return whether it may sleep
  boolean fallAsleep(Place where, BooleanSupplier hasWork) {
    place.set(where);
    if (hasWork.getAsBoolean()) {
      place.set(Place.AWAKE);
      return false;
    }
    return true;
  }

  /// By the sleeper: whether nobody has woken it yet.
  boolean isAsleep() {
    return place.get() != Place.AWAKE;
  }

  /// By the sleeper.
  void awake() {
    if (place.get() != Place.AWAKE) {
      place.set(Place.AWAKE);
    }
  }

  /// By others, after they have left work.
  ///
  /// @return where this caller, and no other, is to wake it; [Place#AWAKE] if it need not
  Place wake() {
    Place seen = place.get();
    return seen != Place.AWAKE && place.compareAndSet(seen, Place.AWAKE) ? seen : Place.AWAKE;
  }

  /// By who was to wake it and could not. If it is awake by itself meanwhile, somebody wakes it in
  /// vain.
  void notWoken(Place where) {
    place.compareAndSet(Place.AWAKE, where);
  }
}
