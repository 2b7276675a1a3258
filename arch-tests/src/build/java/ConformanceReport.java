import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.xml.parsers.ParserConfigurationException;
import org.xml.sax.SAXException;

/// Compares `docs/conformance.md` with the tests and their reports, and fails when a name of a test
/// holds an id that the specification does not have, a test with ids failed or did not run, or the
/// document is out of date.
///
/// `java ConformanceReport.java FOLDER [strict=true] [update=true] [selected=…]`: the folder that
/// holds the modules; whether a CORE statement with neither test nor note is a failure too; whether
/// the document is to be written; what selected some of the tests or left them out, for then
/// nothing can be said.
final class ConformanceReport {
  private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
  private static final Pattern ROW = Pattern.compile("^((?:\\|[^|]*){3}\\|)[^|]*(\\|.*)$");

  private final Path root;
  private final boolean isStrict;
  private final boolean isUpdate;
  private final List<String> faults = new ArrayList<>();

  private ConformanceReport(Path root, Set<String> arguments) {
    this.root = root;
    isStrict = arguments.contains("strict=true");
    isUpdate = arguments.contains("update=true");
  }

  public static void main(String[] args)
      throws IOException, ParserConfigurationException, SAXException {
    Set<String> arguments = new TreeSet<>(Arrays.asList(args).subList(1, args.length));
    Optional<String> selection =
        arguments.stream().filter(ConformanceReport::isSelection).findFirst();
    if (selection.isPresent()) {
      System.out.println("Conformance: not judged, not all tests were to run: " + selection.get());
      return;
    }
    if (!new ConformanceReport(Path.of(args[0]), arguments).isKept()) {
      System.exit(1);
    }
  }

  /// Properties that Maven does not know stay as they were written.
  private static boolean isSelection(String argument) {
    return argument.startsWith("selected=") && !argument.matches("selected=(\\$\\{[^}]*}|false)?");
  }

  private boolean isKept() throws IOException, ParserConfigurationException, SAXException {
    List<String> modules =
        MODULE
            .matcher(Files.readString(root.resolve("pom.xml")))
            .results()
            .map((MatchResult found) -> found.group(1))
            .toList();
    List<Path> folders = modules.stream().map(root::resolve).toList();
    Specification specification = Specification.read(root);
    Collection<NamedTest> tests = TestCatalogue.read(folders);
    TestOutcomes outcomes = TestOutcomes.read(folders);
    Set<String> silent = new TreeSet<>();
    for (String module : modules) {
      if (Files.isDirectory(root.resolve(module).resolve("src/test/java"))
          && !outcomes.has(module)) {
        silent.add(module);
      }
    }
    if (!silent.isEmpty()) {
      System.out.println("Conformance: not judged, no reports of tests in " + silent);
      return true;
    }
    faults.addAll(specification.faults());
    tests.forEach(test -> check(test, specification, outcomes));
    ConformanceTable table = new ConformanceTable(specification, tests, modules);
    compare(table, outcomes);
    sum(table);
    faults.forEach(fault -> System.out.println("  ERROR: " + fault));
    return faults.isEmpty();
  }

  private void check(NamedTest test, Specification specification, TestOutcomes outcomes) {
    for (String id : test.ids()) {
      if (!specification.statements().containsKey(id)) {
        faults.add(test + " names " + id + ", which the specification does not have");
      }
    }
    for (String runner : test.runners()) {
      switch (outcomes.of(test, runner)) {
        case FAILED -> faults.add(test + " failed in " + runner);
        case NOT_RUN -> {
          if (!test.isRace()) {
            faults.add(
                test
                    + " did not run in "
                    + runner
                    + ": does the name of the class end as a test's?");
          }
        }
        case PASSED, SKIPPED -> {}
      }
    }
  }

  private void sum(ConformanceTable table) {
    for (String kind : List.of("CORE", "WIDER", "N/A")) {
      List<ConformanceTable.Row> rows =
          table.rows().stream().filter(row -> row.kind().equals(kind)).toList();
      List<String> missing =
          rows.stream()
              .filter(row -> !row.isTested() && !row.isNoted())
              .map(ConformanceTable.Row::id)
              .toList();
      System.out.printf(
          "Conformance: %s: %d statements, %d tested, %d with neither test nor note%s%n",
          kind,
          rows.size(),
          rows.stream().filter(ConformanceTable.Row::isTested).count(),
          missing.size(),
          missing.isEmpty() ? "" : ": " + String.join(", ", missing));
      if (isStrict && kind.equals("CORE") && !missing.isEmpty()) {
        faults.add(missing.size() + " CORE statement(s) with neither test nor note");
      }
    }
  }

  /// The rows without their results, which may differ from machine to machine.
  private void compare(ConformanceTable table, TestOutcomes outcomes) throws IOException {
    Path file = root.resolve("docs/conformance.md");
    List<String> wanted = table.rows().stream().map(row -> row.cells("")).toList();
    if (isUpdate && faults.isEmpty()) {
      Files.writeString(file, table.document(outcomes), StandardCharsets.UTF_8);
      System.out.println("Conformance: written, docs/conformance.md");
    }
    List<String> there =
        Files.exists(file)
            ? Files.readAllLines(file).stream()
                .filter(line -> line.startsWith("| R-"))
                .map(line -> ROW.matcher(line).replaceFirst("$1  $2"))
                .toList()
            : List.of();
    if (!there.equals(wanted)) {
      wanted.stream()
          .filter(row -> !there.contains(row))
          .limit(10)
          .forEach(row -> System.out.println("  is now: " + row));
      there.stream()
          .filter(row -> !wanted.contains(row))
          .limit(10)
          .forEach(row -> System.out.println("  was:    " + row));
      faults.add(
          "docs/conformance.md is out of date; mvn verify -Dconformance.update=true writes it");
    }
  }
}
