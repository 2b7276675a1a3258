package dev.ioreq;

import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Watches one wait of a thread that waits for requests, and reports it when it takes longer than
/// the verifier's limit, and again whenever another limit has passed. It has no thread of
/// its own: who waits does so in turns, each as long as [#turnNanos()], and calls
/// [#lookAt(Supplier)] between them, with no lock held.
final class WaitWatch {
  private final VerifierRule rule;
  private final Object about;
  private final String what;
  private final LongSupplier clock;
  private final long beganNanos;
  private final long limitNanos; // 0: never reported
  private long reports;

  private WaitWatch(
      VerifierRule rule,
      Object about,
      String what,
      LongSupplier clock,
      long beganNanos,
      long limitNanos) {
    this.rule = rule;
    this.about = about;
    this.what = what;
    this.clock = clock;
    this.beganNanos = beganNanos;
    this.limitNanos = limitNanos;
  }

  /// Begins to watch.
  ///
  /// @param about the object that waits
  /// @param what the operation that waits, for the report
  static WaitWatch begin(Object about, String what) {
    return begin(VerifierRule.WAIT_TOO_LONG, about, what);
  }

  /// The same for a wait whose length says more than that it is long.
  static WaitWatch begin(VerifierRule rule, Object about, String what) {
    return begin(rule, about, what, System::nanoTime);
  }

  static WaitWatch begin(VerifierRule rule, Object about, String what, LongSupplier clock) {
    long limit = limitNanos(rule);
    return new WaitWatch(rule, about, what, clock, limit == 0 ? 0 : clock.getAsLong(), limit);
  }

  /// Watches a wait that began before, for who wants no watch until it is overdue.
  ///
  /// @param beganNanos when, on the clock of `System.nanoTime`
  static WaitWatch since(long beganNanos, Object about, String what) {
    return new WaitWatch(
        VerifierRule.WAIT_TOO_LONG, about, what, System::nanoTime, beganNanos, limitNanos());
  }

  /// How long a wait may take that begins now.
  ///
  /// @return nanoseconds; 0 for as long as it likes
  static long limitNanos() {
    return limitNanos(VerifierRule.WAIT_TOO_LONG);
  }

  private static long limitNanos(VerifierRule rule) {
    return Verifier.checks(rule) ? Verifier.waitLimitNanos() : 0;
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
        rule,
        about,
        IoStatus.TIMEOUT,
        "%s has waited %.3f s; it waits for %s".formatted(what, waited / 1e9, waitsFor.get()));
  }

  private long waitedNanos() {
    return clock.getAsLong() - beganNanos;
  }
}
