package dev.ioreq;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Lets the allocations of core fail on demand: packets, contexts, the buffers of buffered
/// transfers, requests and memory.
final class AllocationFaults {
  /// How many more succeed; empty while no faults are wanted.
  private static final AtomicReference<@Nullable AtomicLong> LEFT = new AtomicReference<>();

  private AllocationFaults() {}

  /// Every allocation after so many more fails, until the result is closed.
  static Verifier.Registration after(long succeeding) {
    AtomicLong mine = new AtomicLong(succeeding);
    LEFT.set(mine);
    return () -> LEFT.compareAndSet(mine, null);
  }

  /// Whether a failure is for want of memory: a real one, or made here.
  static boolean isWantOfMemory(Throwable failure) {
    return failure instanceof OutOfMemoryError
        || (failure instanceof IoMisuseException misuse
            && misuse.status().equals(IoStatus.INSUFFICIENT_RESOURCES));
  }

  /// Something is about to be allocated.
  ///
  /// @throws IoMisuseException [IoStatus#INSUFFICIENT_RESOURCES] if it is to fail
  static void allocating(String what) {
    AtomicLong left = LEFT.get();
    if (left != null && left.getAndUpdate(n -> Math.max(0, n - 1)) == 0) {
      throw new IoMisuseException(
          IoStatus.INSUFFICIENT_RESOURCES,
          "no memory for "
              + what
              + ": Verifier.failAllocationsAfter lets allocations fail; close its registration");
    }
  }
}
