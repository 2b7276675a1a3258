package dev.ioreq.bench.run;

import java.util.Locale;

/// What a figure must keep.
///
/// @param isLeast whether the figure must not be below, or not above
/// @param value the limit
public record Limit(boolean isLeast, double value) {
  /// The figure must be as much or more.
  ///
  /// @param value the limit
  /// @return the limit
  public static Limit atLeast(double value) {
    return new Limit(true, value);
  }

  /// The figure must be as much or less.
  ///
  /// @param value the limit
  /// @return the limit
  public static Limit atMost(double value) {
    return new Limit(false, value);
  }

  /// Whether a figure keeps it. What is not a number keeps nothing.
  ///
  /// @param figure what was measured
  /// @return true if so
  public boolean holds(double figure) {
    return isLeast ? figure >= value : figure <= value;
  }

  @Override
  public String toString() {
    String text = String.format(Locale.ROOT, "%.2f", value).replaceAll("\\.?0+$", "");
    return (isLeast ? "≥ " : "≤ ") + text;
  }
}
