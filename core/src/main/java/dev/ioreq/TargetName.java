package dev.ioreq;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The name of a target, taken apart: `SCHEME:REST`, or a bare path, which means what the path is.
///
/// @param scheme in lower case: `file`, `block`, `char`, `memory`, `null`, `pattern`, …
/// @param rest what stands behind the first colon, or the path
public record TargetName(String scheme, String rest) {
  private static final Pattern WITH_SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):(.*)");
  private static final Pattern SIZE =
      Pattern.compile("([0-9]+)\\s*([KMGTPE]?)(i?)(B?)", Pattern.CASE_INSENSITIVE);
  private static final String UNITS = "KMGTPE";
  private static final int TYPE_MASK = 0xF000;
  private static final int TYPE_CHARACTER = 0x2000;
  private static final int TYPE_BLOCK = 0x6000;

  /// Checks.
  public TargetName {
    Objects.requireNonNull(scheme, "scheme");
    Objects.requireNonNull(rest, "rest");
  }

  /// Takes a name apart. A file whose name looks like a scheme is reached by `./name:x` or
  /// `file:name:x`.
  ///
  /// @param name as a person writes it
  /// @return its parts
  /// @throws IllegalArgumentException if it is empty, or no path
  public static TargetName parse(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException(
          "the name of a target is empty; give a path or SCHEME:REST");
    }
    Matcher matcher = WITH_SCHEME.matcher(name);
    if (matcher.matches()) {
      return new TargetName(matcher.group(1).toLowerCase(Locale.ROOT), matcher.group(2));
    }
    return new TargetName(schemeOfPath(name), name);
  }

  private static String schemeOfPath(String path) {
    try {
      Object mode = Files.getAttribute(Path.of(path), "unix:mode");
      return switch ((int) mode & TYPE_MASK) {
        case TYPE_BLOCK -> "block";
        case TYPE_CHARACTER -> "char";
        default -> "file";
      };
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("'" + path + "' is not a path: " + e.getReason(), e);
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return "file"; // not there yet, or a system without such attributes: the open will tell
    }
  }

  /// Reads a size as people write it: `4096`, `64KiB`, `1G`, `256 MiB`, `1MB`. `K` and `KiB` are
  /// 1024, `KB` is 1000.
  ///
  /// @param text the size
  /// @return bytes
  /// @throws IllegalArgumentException if it is not a size, or above 2^63 - 1
  public static long parseSize(String text) {
    Matcher matcher = SIZE.matcher(text.strip());
    if (!matcher.matches() || (!matcher.group(3).isEmpty() && matcher.group(2).isEmpty())) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a size; write for example 4096, 64KiB or 1GiB");
    }
    String unit = matcher.group(2).toUpperCase(Locale.ROOT);
    int power = unit.isEmpty() ? 0 : UNITS.indexOf(unit) + 1;
    boolean isDecimal = matcher.group(3).isEmpty() && !matcher.group(4).isEmpty();
    try {
      long size = Long.parseLong(matcher.group(1));
      for (int i = 0; i < power; i++) {
        size = Math.multiplyExact(size, isDecimal ? 1000L : 1024L);
      }
      return size;
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is above 2^63 - 1 bytes", e);
    }
  }

  @Override
  public String toString() {
    return scheme + ":" + rest;
  }
}
