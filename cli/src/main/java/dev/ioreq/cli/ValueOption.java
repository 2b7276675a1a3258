package dev.ioreq.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;

/// An option that has a value, and the type of that value.
///
/// @param spec for the command line
/// @param type what the converter makes
record ValueOption<T>(OptionSpec spec, Class<T> type) {
  static <T> ValueOption<T> of(
      String name, String label, Class<T> type, ITypeConverter<T> converter, String description) {
    return new ValueOption<>(
        OptionSpec.builder(name)
            .paramLabel(label)
            .type(type)
            .converters(converter)
            .description(description)
            .build(),
        type);
  }

  /// One whose value is one of a few names.
  static <T extends Enum<T>> ValueOption<T> of(
      String name, String label, Class<T> type, String description) {
    return new ValueOption<>(
        OptionSpec.builder(name).paramLabel(label).type(type).description(description).build(),
        type);
  }

  /// What was given, or null.
  @Nullable T value() {
    Object given = spec.getValue();
    return type.cast(given);
  }

  /// What was given, or something else.
  T value(T otherwise) {
    T given = value();
    return given == null ? otherwise : given;
  }
}
