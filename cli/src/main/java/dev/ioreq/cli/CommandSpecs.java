package dev.ioreq.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/// Makes the parts that commands consist of.
///
/// They are made by calls and not by annotations, because annotations are read by reflection, which
/// took more than half of the time in which the program starts.
final class CommandSpecs {
  /// Reads a number.
  static final ITypeConverter<Integer> INTEGER = CommandSpecs::integer;

  private CommandSpecs() {}

  private static Integer integer(String text) {
    try {
      return Integer.valueOf(text);
    } catch (NumberFormatException e) {
      TypeConversionException failure =
          new TypeConversionException("'" + text + "' is not a whole number");
      failure.initCause(e);
      throw failure;
    }
  }

  /// A command with `--help` and `--version` still missing: they are added last, by [#end].
  ///
  /// @param exitCodes each `code:meaning`
  static CommandSpec command(
      String name, String description, Callable<Integer> action, String... exitCodes) {
    CommandSpec spec =
        CommandSpec.wrapWithoutInspection(action).name(name).versionProvider(new Version());
    spec.usageMessage()
        .description(description)
        .exitCodeListHeading("%nExit codes:%n")
        .sortOptions(false)
        .showEndOfOptionsDelimiterInUsageHelp(false);
    Map<String, String> codes = new LinkedHashMap<>();
    for (String exitCode : exitCodes) {
      int colon = exitCode.indexOf(':');
      codes.put(exitCode.substring(0, colon), exitCode.substring(colon + 1));
    }
    spec.usageMessage().exitCodeList(codes);
    return spec;
  }

  /// Adds the options that every command has.
  static CommandSpec end(CommandSpec spec) {
    return spec.addOption(
            OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help message and exit.")
                .build())
        .addOption(
            OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Print version information and exit.")
                .build());
  }

  /// An option that is there or not; ask [#isGiven].
  static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name).type(boolean.class).description(description).build();
  }

  static boolean isGiven(OptionSpec flag) {
    return Boolean.TRUE.equals(flag.getValue());
  }
}
