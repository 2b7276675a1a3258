import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/// How the tests of all modules ended: read from the reports of surefire, failsafe and jcstress.
final class TestOutcomes {
  /// What surefire calls the failure of what stands around the tests of a class.
  private static final Set<String> OF_THE_CLASS =
      Set.of("", "executionError", "initializationError");

  private static final Pattern BROKEN_RACE =
      Pattern.compile("<td align='center' bgColor='[^']*'>(?!OK)[A-Z][A-Z ]*</td>");

  private final Map<String, NamedTest.Outcome> outcomes = new HashMap<>(); // by runner and method
  private final Set<String> reported = new TreeSet<>(); // modules

  private TestOutcomes() {}

  static TestOutcomes read(List<Path> modules)
      throws IOException, ParserConfigurationException, SAXException {
    TestOutcomes all = new TestOutcomes();
    for (Path module : modules) {
      String name = module.getFileName().toString();
      all.readReports(name, module.resolve("target/surefire-reports"));
      all.readReports(name, module.resolve("target/failsafe-reports"));
      all.readRaces(name, module.resolve("target/jcstress"));
    }
    return all;
  }

  /// Whether a module left any report of tests.
  boolean has(String module) {
    return reported.contains(module);
  }

  /// How a test ended where one class ran it. What befell the class as a whole, a failed set-up or
  /// a requirement that is missing, befell its tests.
  NamedTest.Outcome of(NamedTest test, String runner) {
    return outcome(runner, test.method()).and(outcome(runner, ""));
  }

  /// How a test ended in all classes that run it.
  NamedTest.Outcome of(NamedTest test) {
    return test.runners().stream()
        .map(runner -> of(test, runner))
        .reduce(NamedTest.Outcome.NOT_RUN, NamedTest.Outcome::and);
  }

  private NamedTest.Outcome outcome(String runner, String method) {
    return outcomes.getOrDefault(runner + "." + method, NamedTest.Outcome.NOT_RUN);
  }

  private void add(String runner, String method, NamedTest.Outcome outcome) {
    outcomes.merge(runner + "." + method, outcome, NamedTest.Outcome::and);
  }

  private void readReports(String module, Path folder)
      throws IOException, ParserConfigurationException, SAXException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    DocumentBuilder parser = DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder();
    try (var reports = Files.newDirectoryStream(folder, "TEST-*.xml")) {
      for (Path file : reports) {
        reported.add(module);
        Document report = parser.parse(file.toFile());
        NodeList cases = report.getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
          Element test = (Element) cases.item(i);
          String className = test.getAttribute("classname");
          String method = test.getAttribute("name").replaceFirst("[({\\[].*", "");
          add(
              module + ":" + className,
              OF_THE_CLASS.contains(method) ? "" : method,
              outcomeOf(test));
        }
      }
    }
  }

  private static NamedTest.Outcome outcomeOf(Element test) {
    if (test.getElementsByTagName("failure").getLength() > 0
        || test.getElementsByTagName("error").getLength() > 0) {
      return NamedTest.Outcome.FAILED;
    }
    return test.getElementsByTagName("skipped").getLength() > 0
        ? NamedTest.Outcome.SKIPPED
        : NamedTest.Outcome.PASSED;
  }

  /// One page for each race that ran. Races for more processors than there are have none.
  private void readRaces(String module, Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (var pages = Files.newDirectoryStream(folder, "*.html")) {
      for (Path page : pages) {
        String name = page.getFileName().toString().replaceFirst("\\.html$", "");
        int nested = name.lastIndexOf('.');
        if (nested > 0) {
          boolean isFailed = BROKEN_RACE.matcher(Files.readString(page)).find();
          add(
              module + ":" + name.substring(0, nested) + "$" + name.substring(nested + 1),
              "",
              isFailed ? NamedTest.Outcome.FAILED : NamedTest.Outcome.PASSED);
        }
      }
    }
  }
}
