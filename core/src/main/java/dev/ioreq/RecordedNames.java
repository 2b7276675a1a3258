package dev.ioreq;

import dev.ioreq.trace.TraceNames;
import java.util.List;
import java.util.Locale;

/// The words for the numbers that core records.
final class RecordedNames implements TraceNames {
  static final RecordedNames NAMES = new RecordedNames();

  private static final RequestType[] TYPES = RequestType.values();
  private static final List<VerifierRule> RULES = List.of(VerifierRule.values());

  private RecordedNames() {}

  /// The number that a rule is recorded by.
  static int numberOf(VerifierRule rule) {
    return RULES.indexOf(rule);
  }

  @Override
  public String status(int code) {
    return IoStatus.of(code).name();
  }

  @Override
  public String state(int value) {
    return TargetState.of(value).name();
  }

  @Override
  public String operation(int type) {
    for (RequestType known : TYPES) {
      if (known.value() == type) {
        return known.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      }
    }
    return "operation " + type;
  }

  @Override
  public String rule(int number) {
    return RULES.get(number).name();
  }
}
