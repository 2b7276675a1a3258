package dev.ioreq.bench.goals;

import dev.ioreq.bench.measure.Cleanup;
import dev.ioreq.bench.measure.Cleanup.Owned;
import dev.ioreq.bench.measure.Statistics;
import dev.ioreq.bench.measure.Statistics.Spread;
import dev.ioreq.bench.measure.Unmeasurable;
import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Limit;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// G13: `ioreq copy` beside other programs, by `bench/copy-comparison`, and the command's start.
final class Copies implements Measurement {
  private static final int STARTS = 11;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final Limit START_MILLIS = Limit.atMost(150);
  private static final String OURS = "ioreq";
  private static final String UNMEASURED = "not measured: ";

  /// A line that `copy-comparison` printed.
  ///
  /// @param work `cache, one`
  /// @param candidate who
  /// @param wall seconds
  /// @param cpu seconds of processor time
  /// @param trouble why there are no seconds; empty if there are
  record Copy(String work, String candidate, Spread wall, Spread cpu, String trouble) {
    private static final Pattern FIGURES = Pattern.compile("([0-9.]+) \\(([0-9.]+)–([0-9.]+)\\)");
    private static final Spread NONE = new Spread(0, 0, 0);

    /// Takes the lines apart that are copies.
    ///
    /// @param lines what was printed
    /// @return the copies
    static List<Copy> parse(List<String> lines) {
      return lines.stream().flatMap(line -> parse(line).stream()).toList();
    }

    private static Optional<Copy> parse(String line) {
      String[] cells = line.split("\\|", -1);
      if (cells.length != 8) {
        return Optional.empty();
      }
      String work = cells[1].strip();
      String candidate = cells[2].strip();
      String figures = cells[3].strip();
      if (figures.startsWith(UNMEASURED)) {
        String trouble = figures.substring(UNMEASURED.length());
        return Optional.of(new Copy(work, candidate, NONE, NONE, trouble));
      }
      Matcher wall = FIGURES.matcher(figures);
      Matcher cpu = FIGURES.matcher(cells[4].strip());
      return wall.matches() && cpu.matches()
          ? Optional.of(new Copy(work, candidate, spread(wall), spread(cpu), ""))
          : Optional.empty();
    }

    private static Spread spread(Matcher figures) {
      return new Spread(
          Double.parseDouble(figures.group(1)),
          Double.parseDouble(figures.group(2)),
          Double.parseDouble(figures.group(3)));
    }

    boolean isMeasured() {
      return trouble.isEmpty();
    }
  }

  /// What a program did.
  ///
  /// @param printed the lines of its output
  /// @param code it ended with
  /// @param last the last line of its messages; may be empty
  private record Ending(List<String> printed, int code, String last) {
    String text() {
      return "ends with " + code + (last.isEmpty() ? "" : ": " + last);
    }
  }

  @Override
  public List<Row> measure(Settings settings) {
    List<Row> rows = new ArrayList<>();
    try {
      Ending comparison =
          run(
              settings.root().resolve("bench/copy-comparison"),
              "--size",
              settings.isQuick() ? "256" : "1024",
              "--rounds",
              settings.isQuick() ? "3" : "5",
              "--folder",
              settings.folder().toString());
      List<Copy> copies = Copy.parse(comparison.printed);
      if (copies.isEmpty()) {
        throw new Unmeasurable("copy-comparison " + comparison.text());
      }
      rows.addAll(rows(copies));
    } catch (Unmeasurable e) {
      rows.add(Row.unmeasured(Goal.G13, "ioreq copy beside other programs", e.reason()));
    }
    Path ioreq = settings.root().resolve("ioreq");
    rows.add(start("start of the command, ioreq --version", ioreq, "--version"));
    rows.add(startOfCopy("start of a copy, file of 4 KiB to a file", ioreq, settings.folder()));
    return rows;
  }

  /// For each kind of copy, ours beside the fastest and beside the cheapest of the others, and a
  /// line for each that could not be compared. A candidate whose name only begins with ours is ours
  /// with other options, and no rival.
  static List<Row> rows(List<Copy> copies) throws Unmeasurable {
    List<Row> rows = new ArrayList<>();
    for (String work : copies.stream().map(Copy::work).distinct().toList()) {
      List<Copy> here = copies.stream().filter(copy -> copy.work.equals(work)).toList();
      Copy ours =
          here.stream()
              .filter(copy -> copy.candidate.equals(OURS))
              .findFirst()
              .orElseThrow(() -> new Unmeasurable("ioreq copy is not in its table"));
      List<Copy> others = here.stream().filter(copy -> !copy.candidate.startsWith(OURS)).toList();
      Limit limit = Limit.atMost(work.endsWith("two") ? 0.75 : 1);
      rows.add(row("copy, " + work + ", time", ours, others, Copy::wall, limit));
      rows.add(row("copy, " + work + ", processor time", ours, others, Copy::cpu, limit));
      for (Copy other : others) {
        if (!other.isMeasured()) {
          String what = "copy, " + work + ", beside " + other.candidate;
          rows.add(Row.unmeasured(Goal.G13, what, other.trouble));
        }
      }
    }
    return rows;
  }

  private static Row row(
      String what, Copy ours, List<Copy> others, Function<Copy, Spread> figure, Limit limit) {
    String aim = what + " (" + limit + ")";
    if (!ours.isMeasured()) {
      return Row.unmeasured(Goal.G13, aim, "ours: " + ours.trouble);
    }
    Optional<Copy> best =
        others.stream()
            .filter(Copy::isMeasured)
            .min(Comparator.comparingDouble(copy -> figure.apply(copy).median()));
    if (best.isEmpty()) {
      return Row.unmeasured(Goal.G13, aim, "no other program could be compared");
    }
    Spread our = figure.apply(ours);
    Spread other = figure.apply(best.get());
    return Row.ratio(
        Goal.G13,
        what,
        text(our, "s"),
        best.get().candidate + " " + text(other, "s"),
        our.median() / other.median(),
        limit);
  }

  private static String text(Spread spread, String unit) {
    return "%s %s (%s–%s)"
        .formatted(
            Row.number(spread.median()),
            unit,
            Row.number(spread.least()),
            Row.number(spread.greatest()));
  }

  private static Row startOfCopy(String what, Path ioreq, Path folder) {
    try (Owned<Path> source = file(folder.resolve("ioreq-start"));
        Owned<Path> copied = file(folder.resolve("ioreq-started"))) {
      String[] copy = {
        "copy", "--quiet", "--force", source.get().toString(), copied.get().toString()
      };
      return start(what, ioreq, copy);
    } catch (IOException e) {
      return unstarted(what, "no files for it: " + e);
    }
  }

  private static Owned<Path> file(Path path) throws IOException {
    return Cleanup.ofProcess().make(() -> write(path), Files::deleteIfExists);
  }

  /// Writes a block, or leaves no file.
  private static Path write(Path path) throws IOException {
    try {
      return Files.write(path, new byte[4 << 10]);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException stays) {
        e.addSuppressed(stays);
      }
      throw e;
    }
  }

  private static Row start(String what, Path ioreq, String... arguments) {
    double[] millis = new double[STARTS];
    try {
      runWell(ioreq, "--version"); // builds where that is needed
      for (int i = 0; i < STARTS; i++) {
        long before = System.nanoTime();
        runWell(ioreq, arguments);
        millis[i] = (System.nanoTime() - before) / NANOS_PER_MILLI;
      }
    } catch (Unmeasurable e) {
      return unstarted(what, e.reason());
    }
    Spread spread = Statistics.spread(millis);
    return new Row(
        Goal.G13,
        aimOfStart(what),
        text(spread, "ms"),
        "–",
        "–",
        START_MILLIS.holds(spread.median()) ? "met" : "not met");
  }

  private static Row unstarted(String what, String reason) {
    return Row.unmeasured(Goal.G13, aimOfStart(what), reason);
  }

  private static String aimOfStart(String what) {
    return what + " (" + START_MILLIS + " ms)";
  }

  private static void runWell(Path program, String... arguments) throws Unmeasurable {
    Ending ending = run(program, arguments);
    if (ending.code != 0) {
      throw new Unmeasurable(program.getFileName() + " " + ending.text());
    }
  }

  /// Runs a program, whose messages are passed on.
  private static Ending run(Path program, String... arguments) throws Unmeasurable {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(List.of(arguments));
    try (Owned<Process> child =
        Cleanup.ofProcess().make(() -> new ProcessBuilder(command).start(), Cleanup::end)) {
      Process process = child.get();
      FutureTask<String> messages =
          new FutureTask<>(() -> passOn(process.errorReader(StandardCharsets.UTF_8)));
      Thread.ofVirtual().start(messages);
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ending(said.lines().toList(), process.waitFor(), messages.get());
    } catch (IOException | ExecutionException e) {
      throw new Unmeasurable(program.getFileName() + " cannot be run: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unmeasurable("interrupted", e);
    }
  }

  /// Passes messages on, and gives the last.
  private static String passOn(BufferedReader messages) throws IOException {
    String last = "";
    for (String line = messages.readLine(); line != null; line = messages.readLine()) {
      System.err.println(line);
      last = line.isBlank() ? last : line.strip();
    }
    return last;
  }
}
