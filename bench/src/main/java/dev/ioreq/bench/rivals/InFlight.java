package dev.ioreq.bench.rivals;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Waits until every place in flight has done its share of the reads.
///
/// A place has a share of its own, so that places share no counter: place i of n does the numbers
/// i, i + n, i + 2n and so on.
final class InFlight {
  private static final long PATIENCE_SECONDS = 20;

  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile CountDownLatch places = new CountDownLatch(0);

  /// Begins anew.
  ///
  /// @param count how many places there are
  void begin(int count) {
    places = new CountDownLatch(count);
  }

  /// A place has done its share.
  void placeEnded() {
    places.countDown();
  }

  /// A place gives up.
  void placeFailed(Throwable thrown) {
    failure.compareAndSet(null, thrown);
    places.countDown();
  }

  /// Waits for all.
  ///
  /// @throws Exception if one gave up, or nothing moves any more
  void await() throws Exception {
    boolean isEnded = places.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    Throwable thrown = failure.get();
    if (thrown != null) {
      throw new IllegalStateException(thrown);
    }
    if (!isEnded) {
      throw new IllegalStateException(
          "stalls: %d places of those in flight did not end".formatted(places.getCount()));
    }
  }
}
