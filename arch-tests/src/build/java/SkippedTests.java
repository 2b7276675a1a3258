import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/// The last step of the build: prints each skipped test of all modules with its reason, read from
/// the test reports.
///
/// `java SkippedTests.java FOLDER`: the folder that holds the modules.
final class SkippedTests {
  private int tests;
  private final List<String> skips = new ArrayList<>();

  private SkippedTests() {}

  public static void main(String[] args)
      throws IOException, ParserConfigurationException, SAXException {
    Path root = Path.of(args[0]);
    SkippedTests report = new SkippedTests();
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.sorted().toList()) {
        report.readReports(module, module.resolve("target/surefire-reports"));
        report.readReports(module, module.resolve("target/failsafe-reports"));
      }
    }
    System.out.printf("Skipped tests: %d of %d%n", report.skips.size(), report.tests);
    report.skips.forEach(skip -> System.out.println("  " + skip));
  }

  private void readReports(Path module, Path folder)
      throws IOException, ParserConfigurationException, SAXException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    DocumentBuilder parser = DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder();
    try (var reports = Files.newDirectoryStream(folder, "TEST-*.xml")) {
      for (Path file : reports) {
        Document report = parser.parse(file.toFile());
        NodeList cases = report.getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
          read(module, (Element) cases.item(i));
        }
      }
    }
  }

  private void read(Path module, Element test) {
    tests++;
    NodeList skipped = test.getElementsByTagName("skipped");
    if (skipped.getLength() > 0) {
      String className = test.getAttribute("classname");
      skips.add(
          "%s: %s.%s: %s"
              .formatted(
                  module.getFileName(),
                  className.substring(className.lastIndexOf('.') + 1),
                  test.getAttribute("name"),
                  reason((Element) skipped.item(0))));
    }
  }

  /// A disabled test has its reason as an attribute, a broken assumption in front of its stack
  /// trace.
  private static String reason(Element skipped) {
    String text =
        skipped.hasAttribute("message")
            ? skipped.getAttribute("message")
            : skipped.getTextContent();
    String reason =
        text.replaceFirst("(?s)\n\tat .*", "")
            .replaceFirst("^[\\w.$]+Exception(: *|$)", "")
            .strip()
            .replaceFirst("^Assumption failed(: *|$)", "")
            .replaceAll("\\s+", " ")
            .strip();
    return reason.isEmpty() ? "no reason given" : reason;
  }
}
