package dev.ioreq.cli;

import java.util.HexFormat;
import java.util.Locale;

/// Numbers and names as people read them.
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

  /// A line that may have names in it, so that no name ends the line or reaches the terminal as
  /// something other than text: control characters are quoted (`\n`, `\x1b`), and then backslashes
  /// too.
  static String quoted(String line) {
    return line.chars().anyMatch(Character::isISOControl) ? escaped(line) : line;
  }

  /// The same for a line that begins with tabs, which stay.
  static String quotedIndented(String line) {
    int tabs = 0;
    while (tabs < line.length() && line.charAt(tabs) == '\t') {
      tabs++;
    }
    return line.substring(0, tabs) + quoted(line.substring(tabs));
  }

  /// A hash and the name of what has it, as `sha256sum` prints and checks it: if the name has
  /// backslashes or control characters, they are quoted, and a backslash in front says so.
  static String hashed(String hash, String name) {
    String quoted = escaped(name);
    return (quoted.equals(name) ? "" : "\\") + hash + "  " + quoted;
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> escaped.append("\\\\");
        case '\n' -> escaped.append("\\n");
        case '\r' -> escaped.append("\\r");
        case '\t' -> escaped.append("\\t");
        default -> {
          if (Character.isISOControl(c)) {
            escaped.append("\\x").append(HexFormat.of().toHexDigits((byte) c));
          } else {
            escaped.append(c);
          }
        }
      }
    }
    return escaped.toString();
  }
}
