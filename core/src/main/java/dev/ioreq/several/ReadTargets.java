package dev.ioreq.several;

import dev.ioreq.IoMisuseException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/// The targets that have a continuous reader: each has one at the most. Safe from any thread.
final class ReadTargets {
  /// Weak, for readers that nobody closes. Guarded by itself.
  private static final Set<IoTarget> CLAIMED = Collections.newSetFromMap(new WeakHashMap<>());

  private ReadTargets() {}

  static void claim(IoTarget target) {
    synchronized (CLAIMED) {
      if (!CLAIMED.add(target)) {
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_STATE, target + " has a continuous reader; close that first");
      }
    }
  }

  static void release(IoTarget target) {
    synchronized (CLAIMED) {
      CLAIMED.remove(target);
    }
  }
}
