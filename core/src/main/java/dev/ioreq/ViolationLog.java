package dev.ioreq;

import java.util.HashMap;
import java.util.Map;

/// Keeps the log readable when one mistake is made a thousand times a second: of each rule and kind
/// of object one line in ten seconds, which says how many were left out before it.
final class ViolationLog {
  static final long QUIET_NANOS = 10_000_000_000L;
  static final int LEFT_OUT = -1;

  private record Subject(VerifierRule rule, Class<?> kind) {}

  private static final class Past {
    long loggedNanos;
    int leftOut;
  }

  private final Map<Subject, Past> pasts = new HashMap<>(); // guarded by this

  /// Whether one more is to be logged.
  ///
  /// @return how many were left out since the last that was, or [#LEFT_OUT] to leave this one out
  synchronized int admit(VerifierRule rule, Class<?> kind, long nowNanos) {
    Subject subject = new Subject(rule, kind);
    Past past = pasts.get(subject);
    if (past == null) {
      past = new Past();
      pasts.put(subject, past);
    } else if (nowNanos - past.loggedNanos < QUIET_NANOS) {
      past.leftOut++;
      return LEFT_OUT;
    }
    int leftOut = past.leftOut;
    past.leftOut = 0;
    past.loggedNanos = nowNanos;
    return leftOut;
  }
}
