package dev.ioreq.bench.run;

import dev.ioreq.bench.curves.Curves;
import dev.ioreq.bench.goals.Measurements;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Measures ioreq beside others and prints one table.
@Command(
    name = "bench/run",
    description =
        "Measures ioreq beside C, fio, the JDK and other libraries, and prints one table.",
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:measured, whatever came out",
      "1:failed",
      "2:wrong command line",
      "3:measured, and a line is worse than in --against"
    })
public final class Main implements Callable<Integer> {
  private static final int WORSE = 3;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean isHelp;

  @Option(
      names = "--goal",
      paramLabel = "G1,G2…",
      description = "Only these goals of docs/performance.md, separated by commas.")
  private String goals = "";

  @Option(
      names = "--quick",
      description = "Fewer and shorter rounds: some minutes, less steady figures.")
  private boolean isQuick;

  @Option(
      names = "--curves",
      description =
          "Measure how the cost of a request grows with layers, depth, targets, threads, engines and size, and draw"
              + " docs/performance/*.svg, instead of the table; with --quick, curves/*.svg in the folder.")
  private boolean isCurves;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description =
          "Where the file to be read lies, on the disk to be measured; bench/target/run if not given.")
  private Path folder = Path.of("");

  @Option(
      names = "--against",
      paramLabel = "FILE",
      description =
          "Compare with the table that an earlier run has printed into FILE, on the same machine, and list the lines"
              + " that cost more than 1.15 times as much beside the other, or are not met any more.")
  private @Nullable Path against;

  @Option(names = "--root", hidden = true)
  private Path root = Path.of("");

  /// For picocli, and tests.
  Main() {}

  /// Runs it.
  ///
  /// @param arguments the command line
  public static void main(String[] arguments) {
    int code = commandLine().execute(arguments);
    System.out.flush();
    System.exit(code);
  }

  /// The command, ready to be given arguments.
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setParameterExceptionHandler((wrong, ignored) -> {
          CommandLine line = wrong.getCommandLine();
          line.getErr().println("bench/run: " + wrong.getMessage());
          line.getErr().println("see bench/run --help");
          return CommandLine.ExitCode.USAGE;
        });
  }

  @Override
  public Integer call() throws Exception {
    Set<Goal> chosen = chosen();
    Earlier earlier = earlier(); // before the minutes that measuring takes
    Path base = made(folder.toString().isEmpty() ? root.resolve("bench/target/run") : folder);
    Settings settings = new Settings(isQuick, base.toAbsolutePath(), root.toAbsolutePath());
    if (isCurves) {
      Path pictures = isQuick ? made(base.resolve("curves")) : root.resolve("docs/performance");
      System.out.println(Machine.describe() + "\n\n" + Curves.draw(settings, pictures));
      return CommandLine.ExitCode.OK;
    }
    List<Row> rows = Measurements.measure(settings, chosen);
    System.out.println(table(rows));
    if (earlier == null) {
      return CommandLine.ExitCode.OK;
    }
    System.out.println(earlier.compare(rows));
    return earlier.worse(rows).isEmpty() ? CommandLine.ExitCode.OK : WORSE;
  }

  private Path made(Path wanted) {
    try {
      return Files.createDirectories(wanted);
    } catch (IOException e) {
      throw new ParameterException(
          spec.commandLine(), "--folder: " + wanted + " is no folder, and cannot be made: " + e, e);
    }
  }

  private @Nullable Earlier earlier() {
    Path file = against;
    if (file == null) {
      return null;
    }
    if (isCurves) {
      throw new ParameterException(
          spec.commandLine(), "--against compares tables, and --curves prints none");
    }
    try {
      return Earlier.read(file);
    } catch (IOException e) {
      throw new ParameterException(
          spec.commandLine(), "--against: " + file + " cannot be read: " + e, e);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--against: " + e.getMessage(), e);
    }
  }

  /// The goals asked for.
  Set<Goal> chosen() {
    if (goals.isEmpty()) {
      return EnumSet.allOf(Goal.class);
    }
    if (isCurves) {
      throw new ParameterException(
          spec.commandLine(), "--goal chooses lines of the table, and --curves prints none");
    }
    try {
      return Goal.parse(goals);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--goal: " + e.getMessage(), e);
    }
  }

  /// The table with its head.
  static String table(List<Row> rows) {
    StringBuilder text = new StringBuilder();
    text.append(Machine.describe()).append("\n\n");
    text.append("| goal | case | ours | other | ratio | met |\n|---|---|---|---|---|---|\n");
    rows.forEach(row -> text.append(row).append('\n'));
    return text.toString();
  }
}
