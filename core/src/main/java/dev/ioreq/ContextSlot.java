package dev.ioreq;

import dev.ioreq.log.Log;
import org.jspecify.annotations.Nullable;

/// The place of one type's context in one object; slots are linked, and stay for the object's
/// lives.
///
/// Finding a slot and reading its value needs no lock. Everything else is done under the object's
/// lifecycle lock, or by the one thread that destroys the object.
final class ContextSlot<T> {
  private static final Log LOG = new Log("dev.ioreq");
  private final ContextType<T> type;
  private final @Nullable ContextSlot<?> next;
  private volatile @Nullable T value; // null while the object has no such context
  private @Nullable T spare; // a zeroed instance of an earlier life

  ContextSlot(ContextType<T> type, @Nullable ContextSlot<?> next) {
    this.type = type;
    this.next = next;
  }

  /// The slot of a type. hot path
  @SuppressWarnings("unchecked") // the slot of a type has its class
  static <T> @Nullable ContextSlot<T> find(@Nullable ContextSlot<?> first, ContextType<T> type) {
    for (ContextSlot<?> slot = first; slot != null; slot = slot.next) {
      if (slot.type == type) {
        return (ContextSlot<T>) slot;
      }
    }
    return null;
  }

  static void dropAll(@Nullable ContextSlot<?> first, boolean isUsedAgain) {
    for (ContextSlot<?> slot = first; slot != null; slot = slot.next) {
      slot.drop(isUsedAgain);
    }
  }

  @Nullable T value() {
    return value;
  }

  /// The value there is, else the spare or what was made, which become the value.
  ///
  /// @return null if there is none of the three
  @Nullable T valueOr(@Nullable T made) {
    T present = value;
    if (present == null) {
      present = spare != null ? spare : made;
      value = present;
      spare = null;
    }
    return present;
  }

  /// Forgets the context, or zeroes it and keeps it as a spare.
  private void drop(boolean isUsedAgain) {
    T used = value;
    if (used == null) {
      return;
    }
    value = null;
    try {
      if (isUsedAgain && type.clear(used)) {
        spare = used;
      }
    } catch (Throwable e) {
      LOG.error("a " + type + " could not be cleared", e);
    }
  }
}
