package dev.ioreq.bench.goals;

import dev.ioreq.bench.measure.Statistics;
import dev.ioreq.bench.measure.Unmeasurable;
import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Limit;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/// G13: `ioreq copy` beside other programs, by `bench/copy-comparison`, and the command's start.
final class Copies implements Measurement {
  private static final int STARTS = 11;
  private static final double NANOS_PER_MILLI = 1e6;

  /// A line that `copy-comparison` printed.
  ///
  /// @param work `cache, one`
  /// @param candidate who
  /// @param wall seconds
  /// @param cpu seconds of processor time
  record Copy(String work, String candidate, double wall, double cpu) {
    /// Takes the lines apart that are copies.
    ///
    /// @param lines what was printed
    /// @return the copies
    static List<Copy> parse(List<String> lines) {
      List<Copy> copies = new ArrayList<>();
      for (String line : lines) {
        String[] cells = line.split("\\|", -1);
        if (cells.length == 8 && cells[3].strip().matches("[0-9.]+")) {
          copies.add(
              new Copy(
                  cells[1].strip(),
                  cells[2].strip(),
                  Double.parseDouble(cells[3].strip()),
                  Double.parseDouble(cells[4].strip())));
        }
      }
      return copies;
    }
  }

  @Override
  public List<Row> measure(Settings settings) throws Exception {
    List<Row> rows = new ArrayList<>();
    try {
      List<String> printed =
          run(
              settings.root().resolve("bench/copy-comparison"),
              "--size",
              settings.isQuick() ? "256" : "1024",
              "--rounds",
              settings.isQuick() ? "3" : "5",
              "--folder",
              settings.folder().toString());
      rows.addAll(rows(Copy.parse(printed)));
    } catch (Unmeasurable e) {
      rows.add(Row.unmeasured(Goal.G13, "ioreq copy beside other programs", e.reason()));
    }
    Path ioreq = settings.root().resolve("ioreq");
    rows.add(start("start of the command, ioreq --version", ioreq, "--version"));
    Path source = settings.folder().resolve("ioreq-start");
    Path copied = settings.folder().resolve("ioreq-started");
    try {
      Files.write(source, new byte[4 << 10]);
      String[] copy = {"copy", "--quiet", "--force", source.toString(), copied.toString()};
      rows.add(start("start of a copy, file of 4 KiB to a file", ioreq, copy));
    } finally {
      Files.deleteIfExists(source);
      Files.deleteIfExists(copied);
    }
    return rows;
  }

  /// For each kind of copy, ours beside the fastest and beside the cheapest of the others. A
  /// candidate whose name only begins with ours is ours with other options, and no rival.
  static List<Row> rows(List<Copy> copies) throws Unmeasurable {
    List<Row> rows = new ArrayList<>();
    for (String work : copies.stream().map(Copy::work).distinct().toList()) {
      List<Copy> here = copies.stream().filter(copy -> copy.work.equals(work)).toList();
      Copy ours =
          here.stream()
              .filter(copy -> copy.candidate.equals("ioreq"))
              .findFirst()
              .orElseThrow(() -> new Unmeasurable("ioreq copy is not in its table"));
      Limit limit = Limit.atMost(work.endsWith("two") ? 0.75 : 1);
      List<Copy> others =
          here.stream().filter(copy -> !copy.candidate.startsWith(ours.candidate)).toList();
      Copy fastest = Collections.min(others, Comparator.comparingDouble(Copy::wall));
      Copy cheapest = Collections.min(others, Comparator.comparingDouble(Copy::cpu));
      rows.add(
          Row.ratio(
              Goal.G13,
              "copy, " + work + ", time",
              Row.number(ours.wall) + " s",
              fastest.candidate + " " + Row.number(fastest.wall) + " s",
              ours.wall / fastest.wall,
              limit));
      rows.add(
          Row.ratio(
              Goal.G13,
              "copy, " + work + ", processor time",
              Row.number(ours.cpu) + " s",
              cheapest.candidate + " " + Row.number(cheapest.cpu) + " s",
              ours.cpu / cheapest.cpu,
              limit));
    }
    return rows;
  }

  private static Row start(String what, Path ioreq, String... arguments) throws IOException {
    double[] millis = new double[STARTS];
    try {
      run(ioreq, "--version"); // builds where that is needed
      for (int i = 0; i < STARTS; i++) {
        long before = System.nanoTime();
        run(ioreq, arguments);
        millis[i] = (System.nanoTime() - before) / NANOS_PER_MILLI;
      }
    } catch (Unmeasurable e) {
      return Row.unmeasured(Goal.G13, what, e.reason());
    }
    return Row.figure(Goal.G13, what, Statistics.median(millis), "ms", Limit.atMost(150));
  }

  private static List<String> run(Path program, String... arguments)
      throws IOException, Unmeasurable {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      int code = process.waitFor();
      if (code != 0) {
        throw new Unmeasurable(program.getFileName() + " ends with " + code);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unmeasurable("interrupted", e);
    }
    return said.lines().toList();
  }
}
