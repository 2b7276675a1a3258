package dev.ioreq;

import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Watches one wait of a thread that waits for requests, and reports it when it takes longer than
/// the verifier's limit, and again whenever another limit has passed. It has no thread of
/// its own: who waits does so in turns, each as long as [#turnNanos()], and calls
/// [#lookAt(Supplier)] between them, with no lock held.
final class WaitWatch {
  private final Object about;
  private final String what;
  private final LongSupplier clock;
  private final long beganNanos;
  private final long limitNanos; // 0: never reported
  private long reports;

  private WaitWatch(Object about, String what, LongSupplier clock, long limitNanos) {
    this.about = about;
    this.what = what;
    this.clock = clock;
    this.limitNanos = limitNanos;
    beganNanos = limitNanos == 0 ? 0 : clock.getAsLong();
  }

  /// Begins to watch.
  ///
  /// @param about the object that waits
  /// @param what the operation that waits, for the report
  static WaitWatch begin(Object about, String what) {
    return begin(about, what, System::nanoTime);
  }

  static WaitWatch begin(Object about, String what, LongSupplier clock) {
    return new WaitWatch(about, what, clock, Verifier.isOn() ? Verifier.waitLimitNanos() : 0);
  }

  /// How long to wait at most before the next look; 0 or less if it is due.
  long turnNanos() {
    return limitNanos == 0 ? Long.MAX_VALUE : limitNanos * (reports + 1) - waitedNanos();
  }

  /// Reports, if it is due.
  ///
  /// @param waitsFor says what it still waits for
  void lookAt(Supplier<String> waitsFor) {
    if (turnNanos() > 0) {
      return;
    }
    long waited = waitedNanos();
    reports = waited / limitNanos;
    Verifier.violated(
        VerifierRule.WAIT_TOO_LONG,
        about,
        IoStatus.TIMEOUT,
        "%s has waited %.3f s; it waits for %s".formatted(what, waited / 1e9, waitsFor.get()));
  }

  private long waitedNanos() {
    return clock.getAsLong() - beganNanos;
  }
}
