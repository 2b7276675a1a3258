package dev.ioreq.cli;

import dev.ioreq.cli.copy.CopyOptions;
import dev.ioreq.cli.copy.CopyPlan;
import dev.ioreq.cli.copy.CopyReport;
import dev.ioreq.cli.copy.CopyRun;
import dev.ioreq.cli.copy.Progress;
import dev.ioreq.cli.copy.RefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The command `ioreq copy`: turns the command line into a plan, runs it, and prints how it ended.
@Command(
    name = "copy",
    description = "Copies one source to one or more destinations, reading it once.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    showEndOfOptionsDelimiterInUsageHelp = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:I/O failed, or ranges were skipped",
      "2:wrong command line, or refused; nothing was touched",
      "130:interrupted"
    })
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

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "SOURCE", description = "What to read.")
  private String source;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "DESTINATION",
      description = "What to write: files are made, devices overwritten.")
  private List<String> destinations;

  @Option(
      names = "--block-size",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "How much one request moves (default: 256KiB).")
  private long blockSize = CopyOptions.USUAL_BLOCK;

  @Option(
      names = "--depth",
      paramLabel = "N",
      description = "How many blocks are in flight (default: 16). Memory: depth x block size.")
  private int depth = CopyOptions.USUAL_DEPTH;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "Copy at most so much; needed for a source that has no size.")
  private @Nullable Long size;

  @Option(names = "--direct", description = "Bypass the caches of the operating system.")
  private boolean isDirect;

  @Option(names = "--verify", description = "Read the destinations back and compare.")
  private boolean isVerifying;

  @Option(
      names = "--hash",
      paramLabel = "NAME",
      description = "Hash the source in the same pass: ${COMPLETION-CANDIDATES}.")
  private @Nullable Hash hash;

  @Option(names = "--sparse", description = "Do not write blocks of zeroes.")
  private boolean isSparse;

  @Option(
      names = "--rate",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "Copy at most so many bytes per second.")
  private @Nullable Long rate;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description = "Cancel a request that takes longer, for example 500ms (default: none).")
  private Duration timeout = Duration.ZERO;

  @Option(
      names = "--retries",
      paramLabel = "N",
      description = "Send a failed request again, at most so often (default: 0).")
  private int retries;

  @Option(
      names = "--on-error",
      paramLabel = "WHAT",
      description =
          "When the source cannot be read: stop, or skip what is unreadable and write zeroes"
              + " (default: stop).")
  private OnError onError = OnError.stop;

  @Option(names = "--force", description = "Overwrite files with content and devices in use.")
  private boolean isForced;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description = "Who carries requests out: ${COMPLETION-CANDIDATES} (default: the best).")
  private @Nullable Engine engine;

  @Option(names = "--json", description = "Print the report as JSON on standard output.")
  private boolean isJson;

  @Option(names = "--quiet", description = "Show no progress, and no report if all is well.")
  private boolean isQuiet;

  /// Made by the command line.
  CopyCommand() {}

  @Override
  public Integer call() throws IOException, RefusedException {
    CopyOptions options = options();
    try (CopyPlan plan = CopyPlan.prepare(source, destinations, options)) {
      CopyRun run = new CopyRun(plan);
      Interrupts interrupts = new Interrupts(run::interrupt);
      try {
        CopyReport report = run.run(progress());
        CopyReportPrinter printer =
            new CopyReportPrinter(report, options, isQuiet, isJson ? System.err : System.out);
        printer.print();
        if (isJson) {
          System.out.println(CopyReportJson.of(report));
        }
        System.out.flush();
        return report.exitCode();
      } finally {
        interrupts.close();
      }
    }
  }

  CopyOptions options() {
    try {
      return new CopyOptions(
          blockSize,
          depth,
          size == null ? OptionalLong.empty() : OptionalLong.of(size),
          isDirect,
          isVerifying,
          hash != null,
          isSparse,
          rate == null ? OptionalLong.empty() : OptionalLong.of(rate),
          timeout,
          retries,
          onError == OnError.skip,
          isForced,
          engine == null ? "" : engine.name());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private Progress progress() {
    return !isQuiet && Terminal.isStandardError()
        ? new BarProgress(System.err)
        : new PlainProgress(System.err, isQuiet);
  }
}
