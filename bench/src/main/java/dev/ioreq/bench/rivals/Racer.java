package dev.ioreq.bench.rivals;

import dev.ioreq.bench.measure.Unmeasurable;

/// Somebody whose processes take turns with those of others.
public interface Racer extends AutoCloseable {
  /// Starts, compares the bytes, warms up.
  ///
  /// @param warmUpMillis how long to warm up
  /// @throws Unmeasurable if it cannot run here
  void begin(long warmUpMillis) throws Unmeasurable;

  /// Runs for a while.
  ///
  /// @param millis about how long
  /// @return what was seen
  /// @throws Unmeasurable if it fails, or stalls
  Sample measure(long millis) throws Unmeasurable;

  @Override
  void close();
}
