package dev.ioreq.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a duration as people write it: `500ms`, `2s`, `1.5s`, `1min`.
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern DURATION =
      Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,9})?)\\s*(ns|us|ms|s|min|h)");

  /// Called by picocli.
  DurationConverter() {}

  @Override
  public Duration convert(String text) {
    Matcher matcher = DURATION.matcher(text.strip());
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'" + text + "' is not a duration; write for example 500ms, 2s or 1min");
    }
    double nanos =
        Double.parseDouble(matcher.group(1))
            * switch (matcher.group(2)) {
              case "ns" -> 1;
              case "us" -> 1e3;
              case "ms" -> 1e6;
              case "s" -> 1e9;
              case "min" -> 60e9;
              default -> 3600e9;
            };
    if (nanos > Long.MAX_VALUE) {
      throw new TypeConversionException("'" + text + "' is longer than 292 years");
    }
    return Duration.ofNanos(Math.round(nanos));
  }
}
