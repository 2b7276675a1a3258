package dev.ioreq.bench.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The table of an earlier run, to compare another with.
///
/// What is compared is a line's cost beside the other's in the same run, so that a slow hour of the
/// machine counts for both; by itself where nothing is beside it.
final class Earlier {
  /// How much more a line may cost than it did: rounds repeat to a tenth.
  static final double MOST = 1.15;

  private static final Pattern LINE =
      Pattern.compile(
          "\\| (G\\d+) \\| (.*) \\| (.*) \\| (.*) \\| (.*) \\| (met|not met|not measured: .*) \\|");

  /// One figure, or two: by the clock and by processor time.
  private static final Pattern FIGURES =
      Pattern.compile("(\\d+(?:\\.\\d+)?)(?: / (\\d+(?:\\.\\d+)?))? ?(/s|requests|\\S*)");

  /// As [Machine#describe()] writes it, in a line of its own or in the middle of a text.
  private static final Pattern MACHINE =
      Pattern.compile("[^;:]* processors; Linux .*?; \\d{4}-\\d{2}-\\d{2}");

  private final String name;
  private final String machine;
  private final Map<String, Row> rows;

  private Earlier(String name, String machine, Map<String, Row> rows) {
    this.name = name;
    this.machine = machine;
    this.rows = rows;
  }

  /// Reads the first table of goals in a file: the output of an earlier run, or a page that has it.
  ///
  /// @param file where it is
  /// @return the table
  /// @throws IOException if the file cannot be read
  /// @throws IllegalArgumentException if it has no such table
  static Earlier read(Path file) throws IOException {
    String machine = "";
    Map<String, Row> rows = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file)) {
      Optional<Row> row = parse(line);
      if (row.isPresent()) {
        rows.put(key(row.get()), row.get());
      } else if (!rows.isEmpty()) {
        break;
      } else {
        machine =
            MACHINE
                .matcher(line)
                .results()
                .findFirst()
                .map(found -> found.group().strip())
                .orElse(machine);
      }
    }
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          file + " has no table of goals: give what an earlier bench/run has printed");
    }
    return new Earlier(file.toString(), machine, rows);
  }

  /// A line as [Row#toString()] writes it.
  static Optional<Row> parse(String line) {
    Matcher found = LINE.matcher(line);
    return found.matches()
        ? Optional.of(
            new Row(
                Goal.valueOf(found.group(1)),
                found.group(2),
                found.group(3),
                found.group(4),
                found.group(5),
                found.group(6)))
        : Optional.empty();
  }

  /// A line that is worse.
  ///
  /// @param then as it was
  /// @param now what it says now, or why there is no such line
  record Worse(Row then, String now) {}

  /// The lines that are worse in a later run: dearer by more than [#MOST], met then and not now, or
  /// not measured any more.
  ///
  /// @param now all lines of that run, some for each of its goals
  /// @return those of its goals that are worse, in the order they had
  List<Worse> worse(List<Row> now) {
    Map<String, Row> lines = new LinkedHashMap<>();
    Map<Goal, String> missing = new EnumMap<>(Goal.class); // why a line of a goal is not there
    for (Row row : now) {
      lines.put(key(row), row);
      missing.put(row.goal(), row.isOfWholeGoal() ? row.verdict() : "no such line");
    }
    List<Worse> worse = new ArrayList<>();
    for (Row then : rows.values()) {
      Row line = lines.get(key(then));
      String reason = missing.get(then.goal());
      if (!then.isMeasured() || reason == null) {
        continue; // there was nothing, or the goal was not asked for
      }
      if (line == null) {
        worse.add(new Worse(then, reason));
      } else if (isWorse(then, line)) {
        worse.add(new Worse(then, summary(line)));
      }
    }
    return worse;
  }

  private static boolean isWorse(Row then, Row now) {
    if (!now.isMeasured() || (then.isMet() && !now.isMet())) {
      return true;
    }
    List<Double> costsThen = costs(then);
    List<Double> costsNow = costs(now);
    for (int i = 0; i < Math.min(costsThen.size(), costsNow.size()); i++) {
      if (costsThen.get(i) > 0 && costsNow.get(i) > MOST * costsThen.get(i)) {
        return true;
      }
    }
    return false;
  }

  /// What a line costs beside the other, the less the better: by the clock and by processor time,
  /// or only one of them.
  static List<Double> costs(Row row) {
    Optional<MatchResult> ours = figures(row.ours());
    Optional<MatchResult> other = figures(row.other());
    List<Double> costs = new ArrayList<>();
    for (int group = 1; group <= 2; group++) {
      if (ours.isEmpty() || ours.get().group(group) == null) {
        break;
      }
      double cost = Double.parseDouble(ours.get().group(group));
      if (other.isPresent()) {
        String beside =
            other.get().group(group) == null ? other.get().group(1) : other.get().group(group);
        cost /= Double.parseDouble(beside);
      }
      boolean isMoreBetter =
          switch (ours.get().group(3)) {
            case "/s", "requests" -> true;
            default -> false;
          };
      costs.add(isMoreBetter ? 1 / cost : cost);
    }
    return costs;
  }

  private static Optional<MatchResult> figures(String cell) {
    if (cell.startsWith("not measured")) {
      return Optional.empty();
    }
    return FIGURES.matcher(cell).results().findFirst();
  }

  /// What is to be said of a later run.
  ///
  /// @param now all lines of that run
  /// @return Markdown
  String compare(List<Row> now) {
    long compared = now.stream().filter(row -> rows.containsKey(key(row))).count();
    List<Worse> worse = worse(now);
    StringBuilder text = new StringBuilder();
    text.append(
        "Beside %s (%s): %d of %d lines are in both, %s.\n"
            .formatted(
                name,
                machine.isEmpty() ? "of which machine it does not say" : machine,
                compared,
                now.size(),
                worse.isEmpty() ? "none is worse" : worse.size() + " are worse"));
    if (!worse.isEmpty()) {
      text.append("\n| goal | case | then | now |\n|---|---|---|---|\n");
      for (Worse each : worse) {
        text.append(
            "| %s | %s | %s | %s |\n"
                .formatted(each.then.goal(), each.then.name(), summary(each.then), each.now));
      }
    }
    return text.toString();
  }

  private static String summary(Row row) {
    return row.isMeasured()
        ? "%s; %s; %s; %s".formatted(row.ours(), row.other(), row.ratio(), row.verdict())
        : row.verdict();
  }

  private static String key(Row row) {
    return row.goal() + " " + row.name();
  }
}
