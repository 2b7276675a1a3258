package dev.ioreq.cli;

import java.util.Locale;

/// Numbers as people read them.
final class Texts {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final double UNIT = 1024;

  private Texts() {}

  /// A size, to three digits: `256 MiB`, `1.50 GiB`; exact where it is a whole number of units.
  static String size(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= UNIT && unit < UNITS.length - 1) {
      value /= UNIT;
      unit++;
    }
    String number;
    if (value == Math.rint(value)) {
      number = String.valueOf((long) value);
    } else {
      number =
          String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }
    return number + " " + UNITS[unit];
  }

  /// A size, and its bytes where the size does not tell them: `1.50 GiB (1610612737 bytes)`.
  static String exactSize(long bytes) {
    return bytes < UNIT ? bytes + " bytes" : "%s (%d bytes)".formatted(size(bytes), bytes);
  }

  static String rate(long bytes, double seconds) {
    return seconds <= 0 ? "-" : size(Math.round(bytes / seconds)) + "/s";
  }

  static String seconds(double seconds) {
    return String.format(Locale.ROOT, seconds < 10 ? "%.2f s" : "%.1f s", seconds);
  }

  static String clock(long seconds) {
    return "%d:%02d:%02d".formatted(seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
