import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The rows of `docs/conformance.md`: what is known of each statement.
final class ConformanceTable {
  private static final int NAMED = 3;

  /// One statement.
  ///
  /// @param kind CORE, WIDER or N/A
  /// @param tests of it, the most telling first
  /// @param note words about it, empty if there are none
  record Row(String id, String kind, List<NamedTest> tests, String note) {
    boolean isTested() {
      return !tests.isEmpty();
    }

    boolean isNoted() {
      return !note.isEmpty();
    }

    /// The row in the document. Without its result it is the same on all machines.
    String cells(String result) {
      List<String> named =
          new ArrayList<>(tests.stream().limit(NAMED).map(NamedTest::toString).toList());
      if (tests.size() > NAMED) {
        named.add("+" + (tests.size() - NAMED));
      }
      return "| %s | %s | %s | %s | %s |"
          .formatted(id, kind, String.join(", ", named), result, note);
    }
  }

  private final List<Row> rows = new ArrayList<>();

  ConformanceTable(Specification specification, Collection<NamedTest> tests, List<String> modules) {
    Map<String, List<NamedTest>> byId = new LinkedHashMap<>();
    for (NamedTest test : tests) {
      test.ids().forEach(id -> byId.computeIfAbsent(id, _ -> new ArrayList<>()).add(test));
    }
    specification
        .statements()
        .forEach((id, kind) -> {
          List<NamedTest> own = byId.getOrDefault(id, new ArrayList<>());
          own.sort(
              Comparator.<NamedTest>comparingInt(test -> test.ids().indexOf(id))
                  .thenComparingInt(test -> modules.indexOf(test.module()))
                  .thenComparing(NamedTest::className)
                  .thenComparing(NamedTest::method));
          rows.add(new Row(id, kind, own, specification.notes().getOrDefault(id, "")));
        });
  }

  List<Row> rows() {
    return rows;
  }

  /// The whole document.
  String document(TestOutcomes outcomes) {
    StringBuilder text =
        new StringBuilder(
            """
            # Conformance

            Which test holds which statement of the [behaviour specification](spec/behaviour.md), written by the build out of the tests' names
            and reports; `mvn verify` fails when it is out of date, `mvn verify -Dconformance.update=true` writes it. A row names up to three tests,
            the most telling first. The result is that of the machine on which the document was written. What a note says is kept in
            [spec/notes.md](spec/notes.md).

            | class | statements | tested | only noted | neither |
            |---|---|---|---|---|
            """);
    Map<String, int[]> counts = new TreeMap<>();
    for (Row row : rows) {
      int[] count = counts.computeIfAbsent(row.kind(), _ -> new int[4]);
      count[0]++;
      count[row.isTested() ? 1 : row.isNoted() ? 2 : 3]++;
    }
    counts.forEach((kind, count) ->
        text.append(
            "| %s | %d | %d | %d | %d |%n"
                .formatted(kind, count[0], count[1], count[2], count[3])));
    text.append("\n| id | class | tests | result | note |\n|---|---|---|---|---|\n");
    for (Row row : rows) {
      text.append(row.cells(result(row, outcomes))).append('\n');
    }
    return text.toString();
  }

  private static String result(Row row, TestOutcomes outcomes) {
    if (row.isTested()) {
      return row.tests().stream()
          .map(outcomes::of)
          .reduce(NamedTest.Outcome.NOT_RUN, NamedTest.Outcome::and)
          .toString();
    }
    return row.isNoted() ? "" : "no test";
  }
}
