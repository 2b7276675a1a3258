package dev.ioreq;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads the verifier's system properties. A value that is none is complained of, and the default
/// holds: a program does not fail for a switch of its diagnostics.
final class VerifierSettings {
  static final String MODE = "ioreq.verifier";
  static final String HISTORY = "ioreq.recorder";
  static final String EVENTS = "ioreq.recorder.events";
  static final int DEFAULT_EVENTS = 256;
  private static final int FEWEST_EVENTS = 16;
  private static final int MOST_EVENTS = 1 << 20;

  private VerifierSettings() {}

  /// The constant of an enum that a value names, in any case.
  static <E extends Enum<E>> E choice(
      String property, @Nullable String value, E usual, Consumer<String> complain) {
    if (value == null) {
      return usual;
    }
    E[] choices = usual.getDeclaringClass().getEnumConstants();
    for (E choice : choices) {
      if (choice.name().equalsIgnoreCase(value.strip())) {
        return choice;
      }
    }
    complain.accept(
        "the system property %s is '%s'; it can be %s. %s is used"
            .formatted(
                property,
                value,
                Arrays.stream(choices)
                    .map(VerifierSettings::lowerCase)
                    .collect(Collectors.joining(", ")),
                lowerCase(usual)));
    return usual;
  }

  /// How many events a recorder keeps: the power of two at or above the value.
  static int events(@Nullable String value, Consumer<String> complain) {
    if (value == null) {
      return DEFAULT_EVENTS;
    }
    int events;
    try {
      events = Integer.parseInt(value.strip());
    } catch (NumberFormatException e) {
      events = -1;
    }
    if (events < FEWEST_EVENTS || events > MOST_EVENTS) {
      complain.accept(
          "the system property %s is '%s'; it can be %d to %d. %d is used"
              .formatted(EVENTS, value, FEWEST_EVENTS, MOST_EVENTS, DEFAULT_EVENTS));
      return DEFAULT_EVENTS;
    }
    return Integer.bitCount(events) == 1 ? events : Integer.highestOneBit(events) << 1;
  }

  private static String lowerCase(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }
}
