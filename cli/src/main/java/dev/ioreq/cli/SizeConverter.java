package dev.ioreq.cli;

import dev.ioreq.TargetName;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a size: `4096`, `64KiB`, `1G`, `1MB`. A rate is a size, with or without `/s`.
final class SizeConverter implements ITypeConverter<Long> {
  private static final String PER_SECOND = "/s";

  /// Called by picocli.
  SizeConverter() {}

  @Override
  public Long convert(String text) {
    String size =
        text.endsWith(PER_SECOND) ? text.substring(0, text.length() - PER_SECOND.length()) : text;
    try {
      return TargetName.parseSize(size);
    } catch (IllegalArgumentException e) {
      TypeConversionException failure = new TypeConversionException(String.valueOf(e.getMessage()));
      failure.initCause(e);
      throw failure;
    }
  }
}
