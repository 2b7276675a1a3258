package dev.ioreq.cli;

import dev.ioreq.cli.copy.CopyOptions;
import dev.ioreq.cli.copy.CopyPlan;
import dev.ioreq.cli.copy.CopyReport;
import dev.ioreq.cli.copy.CopyRun;
import dev.ioreq.cli.copy.OwnOutput;
import dev.ioreq.cli.copy.Progress;
import dev.ioreq.cli.copy.RefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/// The command `ioreq copy`: turns the command line into a plan, runs it, and prints how it ended.
final class CopyCommand implements Callable<Integer> {
  enum OnError {
    stop,
    skip
  }

  enum Hash {
    sha256
  }

  enum Engine {
    ring,
    portable
  }

  private final PositionalParamSpec source =
      PositionalParamSpec.builder()
          .index("0")
          .arity("1")
          .required(true)
          .type(String.class)
          .paramLabel("SOURCE")
          .description("What to read.")
          .build();

  private final PositionalParamSpec destinations =
      PositionalParamSpec.builder()
          .index("1..*")
          .arity("1..*")
          .required(true)
          .type(List.class)
          .auxiliaryTypes(String.class)
          .paramLabel("DESTINATION")
          .description("What to write: files are made, devices overwritten.")
          .build();

  private final ValueOption<Long> blockSize =
      ValueOption.of(
          "--block-size",
          "SIZE",
          Long.class,
          new SizeConverter(),
          "How much one request moves (default: 2MiB).");

  private final ValueOption<Integer> depth =
      ValueOption.of(
          "--depth",
          "N",
          Integer.class,
          CommandSpecs.INTEGER,
          "How many blocks are in flight (default: 2). Memory: depth x block size.");

  private final ValueOption<Long> size =
      ValueOption.of(
          "--size",
          "SIZE",
          Long.class,
          new SizeConverter(),
          "Copy at most so much; needed for a source that has no size.");

  private final OptionSpec direct =
      CommandSpecs.flag("--direct", "Bypass the caches of the operating system.");

  private final OptionSpec keepCached =
      CommandSpecs.flag("--keep-cached", "Leave what was copied in the caches.");

  private final OptionSpec verify =
      CommandSpecs.flag("--verify", "Read the destinations back and compare.");

  private final ValueOption<Hash> hash =
      ValueOption.of(
          "--hash",
          "NAME",
          Hash.class,
          "Hash the source in the same pass: ${COMPLETION-CANDIDATES}.");

  private final OptionSpec sparse = CommandSpecs.flag("--sparse", "Do not write blocks of zeroes.");

  private final ValueOption<Long> rate =
      ValueOption.of(
          "--rate",
          "SIZE",
          Long.class,
          new SizeConverter(),
          "Copy at most so many bytes per second.");

  private final ValueOption<Duration> timeout =
      ValueOption.of(
          "--timeout",
          "DURATION",
          Duration.class,
          new DurationConverter(),
          "Cancel a request that takes longer, for example 500ms (default: none).");

  private final ValueOption<Integer> retries =
      ValueOption.of(
          "--retries",
          "N",
          Integer.class,
          CommandSpecs.INTEGER,
          "Send a failed request again, at most so often (default: 0).");

  private final ValueOption<OnError> onError =
      ValueOption.of(
          "--on-error",
          "WHAT",
          OnError.class,
          "When the source cannot be read: stop, or skip what is unreadable and write zeroes"
              + " (default: stop).");

  private final OptionSpec force =
      CommandSpecs.flag("--force", "Overwrite files with content and devices in use.");

  private final ValueOption<Engine> engine =
      ValueOption.of(
          "--engine",
          "NAME",
          Engine.class,
          "Who carries requests out: ${COMPLETION-CANDIDATES} (default: the best).");

  private final OptionSpec json =
      CommandSpecs.flag("--json", "Print the report as JSON on standard output.");

  private final OptionSpec quiet =
      CommandSpecs.flag("--quiet", "Show no progress, and no report if all is well.");

  private final CommandSpec spec =
      CommandSpecs.command(
          "copy",
          "Copies one source to one or more destinations, reading it once.",
          this,
          "0:done",
          "1:I/O failed, ranges were skipped, the report could not be written, or the program has"
              + " a fault",
          "2:wrong command line, or refused; nothing was touched",
          "129:ended because the terminal hung up",
          "130:interrupted by Ctrl-C",
          "143:ended by kill");

  /// A command that has not been parsed yet.
  CopyCommand() {
    spec.addPositional(source).addPositional(destinations);
    for (OptionSpec option :
        List.of(
            blockSize.spec(),
            depth.spec(),
            size.spec(),
            direct,
            keepCached,
            verify,
            hash.spec(),
            sparse,
            rate.spec(),
            timeout.spec(),
            retries.spec(),
            onError.spec(),
            force,
            engine.spec(),
            json,
            quiet)) {
      spec.addOption(option);
    }
    CommandSpecs.end(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException, RefusedException {
    CopyOptions options = options();
    Engines.await();
    boolean isJson = CommandSpecs.isGiven(json);
    boolean isQuiet = CommandSpecs.isGiven(quiet);
    String from = source.getValue();
    List<String> to = destinations.getValue();
    boolean isOutTaken = isOutputTaken(to, isJson);
    try (CopyPlan plan = CopyPlan.prepare(from, to, options)) {
      CopyRun run = new CopyRun(plan);
      Interrupts interrupts = new Interrupts(run::interrupt);
      try {
        CopyReport report = run.run(progress(isQuiet));
        CopyReportPrinter printer =
            new CopyReportPrinter(
                report, options, isQuiet, isJson || isOutTaken ? System.err : System.out);
        printer.print();
        if (isJson) {
          System.out.println(CopyReportJson.of(report, interrupts.exitCode(report.exitCode())));
        }
        System.out.flush();
        report.fault().ifPresent(fault -> Failures.tellDefect(fault, spec.commandLine().getErr()));
        return report.exitCode();
      } finally {
        interrupts.close();
      }
    }
  }

  /// Whether standard output is itself a destination: then the report must not go there.
  private static boolean isOutputTaken(List<String> to, boolean isJson) throws RefusedException {
    Optional<String> atOut = OwnOutput.STANDARD_OUTPUT.among(to);
    if (atOut.isPresent() && isJson) {
      throw new RefusedException(
          "%s is standard output, where --json prints; leave out --json, or name another destination"
              .formatted(atOut.get()),
          true);
    }
    Optional<String> atErr = OwnOutput.STANDARD_ERROR.among(to);
    if (atErr.isPresent()) {
      throw new RefusedException(
          "%s is where this program's messages go; name another destination, or send standard error elsewhere"
              .formatted(atErr.get()));
    }
    return atOut.isPresent();
  }

  CopyOptions options() {
    try {
      Engine engineName = engine.value();
      boolean isDirect = CommandSpecs.isGiven(direct);
      return new CopyOptions(
          blockSize.value(CopyOptions.usualBlock(isDirect, rate.value(Long.MAX_VALUE))),
          depth.value(CopyOptions.USUAL_DEPTH),
          orNone(size.value()),
          isDirect,
          CommandSpecs.isGiven(keepCached),
          CommandSpecs.isGiven(verify),
          hash.value() != null,
          CommandSpecs.isGiven(sparse),
          orNone(rate.value()),
          timeout.value(Duration.ZERO),
          retries.value(0),
          onError.value(OnError.stop) == OnError.skip,
          CommandSpecs.isGiven(force),
          engineName == null ? "" : engineName.name());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private static OptionalLong orNone(@Nullable Long bytes) {
    return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes);
  }

  private static Progress progress(boolean isQuiet) {
    return !isQuiet && Terminal.isStandardError()
        ? new BarProgress(System.err)
        : new PlainProgress(System.err, isQuiet);
  }
}
