package dev.ioreq.testkit;

import dev.ioreq.Verifier;
import dev.ioreq.VerifierRule;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/// For tests that break a rule on purpose and look at what the call does then: tests run in the
/// verifier's strict mode, where it would only throw.
public final class Violations {
  private Violations() {}

  /// Runs an action as programs do, in the mode that reports, and fails unless it breaks a rule.
  ///
  /// @param <T> what the action gives
  /// @param rule the rule that it breaks, once or more
  /// @param action what breaks it
  /// @return what the action gave
  public static <T> T reported(VerifierRule rule, Supplier<T> action) {
    List<VerifierRule> broken = new CopyOnWriteArrayList<>();
    Verifier.Mode before = Verifier.mode();
    try (Verifier.Registration listening = Verifier.listen(v -> broken.add(v.rule()))) {
      Verifier.mode(Verifier.Mode.REPORT);
      T result = action.get();
      if (!broken.contains(rule)) {
        throw new AssertionError(
            "%s is not reported to %s; these are: %s".formatted(rule, listening, broken));
      }
      return result;
    } finally {
      Verifier.mode(before);
    }
  }

  /// The same for an action that gives nothing.
  ///
  /// @param rule the rule that it breaks
  /// @param action what breaks it
  public static void reported(VerifierRule rule, Runnable action) {
    reported(
        rule,
        () -> {
          action.run();
          return true;
        });
  }
}
