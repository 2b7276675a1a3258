package dev.ioreq.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The report of which test holds which statement, over a small project made for each test: module
/// `kit` with a suite, module `one` that inherits it and has tests of its own.
class ConformanceReportTest {
  private static final String SUITE =
      """
      package p;
      import org.junit.jupiter.api.*;
      public interface Suite {
        @Test @DisplayName("R-001 inherited") default void inherited() {}
      }
      """;
  private static final String OWN =
      """
      package p;
      import org.junit.jupiter.api.*;
      import org.junit.jupiter.params.ParameterizedTest;
      class OwnTest implements Suite {
        @ParameterizedTest @DisplayName("R-002, R-001 own") void own(int number) {}
        @Test @DisplayName("names nothing") void nameless() {}
        @Nested class Inner {
          @TestFactory @DisplayName("R-003 many") Object[] many() { return new Object[0]; }
        }
      }
      """;
  private static final List<String> PASSED =
      List.of(
          testcase("p.OwnTest", "inherited", ""),
          testcase("p.OwnTest", "own(int)[1]", ""),
          testcase("p.OwnTest", "own(int)[2]", ""),
          testcase("p.OwnTest", "nameless", ""),
          testcase("p.OwnTest$Inner", "many()[1]", ""));

  @TempDir private static Path tool;
  @TempDir private Path root;

  private record Answer(int exitCode, String text) {}

  @BeforeAll
  static void compileTheTool() throws IOException {
    try (var sources = Files.newDirectoryStream(Path.of("src", "build", "java"), "*.java")) {
      List<Path> files = new ArrayList<>();
      sources.forEach(files::add);
      compile(files, tool, "");
    }
  }

  @BeforeEach
  void makeTheProject() throws IOException {
    write("pom.xml", "<modules><module>kit</module><module>one</module></modules>");
    write(
        "docs/spec/behaviour.md",
        """
        | R-001 | CORE | It is so. | doc |
        | R-002 | CORE | It is otherwise. | doc |
        | R-003 | WIDER | It may be. | doc |
        | R-004 | N/A | It is nowhere. | doc |
        """);
    write("docs/spec/notes.md", "| R-004 | There is no such thing here. |\n");
    compile("kit", "src/main/java/p/Suite.java", "classes", SUITE);
    compile("one", "src/test/java/p/OwnTest.java", "test-classes", OWN);
    report(PASSED);
  }

  @Test
  void theDocumentNamesTheTestsOfEachStatement() throws Exception {
    Answer written = run("update=true", "strict=true");
    assertThat(written.text()).contains("CORE: 2 statements, 2 tested");
    assertThat(written.exitCode()).isZero();
    assertThat(Files.readString(root.resolve("docs/conformance.md")))
        .contains(
            """
            | CORE | 2 | 2 | 0 | 0 |
            | N/A | 1 | 0 | 1 | 0 |
            | WIDER | 1 | 1 | 0 | 0 |
            """)
        .contains(
            """
            | R-001 | CORE | `Suite.inherited` (kit), `OwnTest.own` (one) | pass |  |
            | R-002 | CORE | `OwnTest.own` (one) | pass |  |
            | R-003 | WIDER | `OwnTest.Inner.many` (one) | pass |  |
            | R-004 | N/A |  |  | There is no such thing here. |
            """);
    assertThat(run("strict=true").exitCode()).isZero();
  }

  @Test
  void anUnknownIdFails() throws Exception {
    addTest("R-005 of another world");
    expectFault("`MoreTest.more` (one) names R-005, which the specification does not have");
  }

  @Test
  void anIdThatIsNoneFails() throws Exception {
    addTest("R-01 is short");
    expectFault("`MoreTest.more` (one) names R-01, which");
  }

  @Test
  void aCoreStatementWithoutTestFailsWhereThatIsWanted() throws Exception {
    write("docs/spec/behaviour.md", "| R-005 | CORE | Nobody looks. | doc |\n", true);
    assertThat(run("update=true").exitCode()).isZero();
    assertThat(run("strict=false").text())
        .contains("CORE: 3 statements, 2 tested, 1 with neither test nor note: R-005");
    expectFault("1 CORE statement(s) with neither test nor note", "strict=true");

    write("docs/spec/notes.md", "| R-005 | It is kept elsewhere. |\n", true);
    assertThat(run("update=true", "strict=true").exitCode()).isZero();
  }

  @Test
  void aFailedTestFails() throws Exception {
    run("update=true");
    report(List.of(testcase("p.OwnTest", "own(int)[2]", "<failure/>")));
    expectFault("`OwnTest.own` (one) failed in one:p.OwnTest");
    report(List.of(testcase("p.OwnTest", "executionError", "<error/>")));
    expectFault("`Suite.inherited` (kit) failed in one:p.OwnTest");
  }

  @Test
  void aTestThatDidNotRunFails() throws Exception {
    run("update=true");
    report(PASSED.subList(1, PASSED.size()));
    expectFault("`Suite.inherited` (kit) did not run in one:p.OwnTest");
  }

  @Test
  void aSkippedTestIsATestAndTold() throws Exception {
    assertThat(run("update=true").exitCode()).isZero();
    List<String> skipped = new ArrayList<>(PASSED);
    skipped.set(0, testcase("p.OwnTest", "inherited", "<skipped/>"));
    skipped.set(4, testcase("p.OwnTest$Inner", "many", "<skipped/>"));
    report(skipped);
    assertThat(run("strict=true").exitCode()).as("results are no part of the comparison").isZero();
    run("update=true");
    assertThat(Files.readString(root.resolve("docs/conformance.md")))
        .contains("(kit), `OwnTest.own` (one) | pass |")
        .contains("| `OwnTest.Inner.many` (one) | skipped |");
  }

  @Test
  void aDocumentThatIsOutOfDateFails() throws Exception {
    expectFault("docs/conformance.md is out of date");
    run("update=true");
    addTest("R-003 one more");
    assertThat(expectFault("docs/conformance.md is out of date"))
        .contains("is now: | R-003 | WIDER | `MoreTest.more` (one), `OwnTest.Inner.many` (one) |");
    assertThat(run("update=true").exitCode()).isZero();
    assertThat(run().exitCode()).isZero();
    write("docs/spec/notes.md", "| R-001 to R-003 | Said otherwise now. |\n", true);
    assertThat(expectFault("docs/conformance.md is out of date")).contains("Said otherwise now.");
  }

  @Test
  void notesThatFitNothingFail() throws Exception {
    write("docs/spec/notes.md", "| R-002 to R-006, R-7 | Words. |\n| R-002 | More. |\n", true);
    String text = expectFault("docs/spec/notes.md: there is no statement R-006");
    assertThat(text)
        .contains("\"R-7\" is neither an id")
        .contains("R-002 has no words, or is noted");
  }

  @Test
  void aRaceIsATestThatNeedNotRun() throws Exception {
    compile(
        "one",
        "src/main/java/p/Races.java",
        "classes",
        """
        package p;
        import org.openjdk.jcstress.annotations.*;
        class Races {
          @JCStressTest @Description("R-003 a race") static class One {}
          @JCStressTest @Description("R-002 another") static class Two {}
        }
        """);
    write("one/target/jcstress/p.Races.One.html", "<td align='center' bgColor='green '>OK</td>");
    assertThat(run("update=true").exitCode()).isZero();
    assertThat(Files.readString(root.resolve("docs/conformance.md")))
        .contains("| R-003 | WIDER | `OwnTest.Inner.many` (one), `Races.One` (one) | pass |");
    write("one/target/jcstress/p.Races.Two.html", "<td align='center' bgColor='red '>FAILED</td>");
    expectFault("`Races.Two` (one) failed in one:p.Races$Two");
  }

  @Test
  void whatASourceThatIsGoneLeftBehindCountsForNothing() throws Exception {
    run("update=true");
    addTest("R-003 one more");
    Files.delete(root.resolve("one/src/test/java/p/MoreTest.java"));
    assertThat(run().exitCode()).isZero();
  }

  @Test
  void aBuildOfPartsIsNotJudged() throws Exception {
    Answer selected = run("selected=${test}", "selected=OwnTest");
    assertThat(selected.text()).contains("not all tests were to run");
    assertThat(selected.exitCode()).isZero();
    assertThat(run("selected=${test}", "selected=false").exitCode()).isEqualTo(1);

    Files.delete(root.resolve("one/target/surefire-reports/TEST-p.xml"));
    Answer partial = run("strict=true");
    assertThat(partial.text()).contains("no reports of tests in [one]");
    assertThat(partial.exitCode()).isZero();
  }

  private String expectFault(String fault, String... arguments) throws Exception {
    Answer answer = run(arguments);
    assertThat(answer.text()).contains("ERROR: " + fault);
    assertThat(answer.exitCode()).isEqualTo(1);
    return answer.text();
  }

  private Answer run(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                tool.toString(),
                "ConformanceReport",
                root.toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Answer(process.waitFor(), text);
  }

  /// A further test of module `one`, which passed.
  private void addTest(String displayName) throws IOException {
    compile(
        "one",
        "src/test/java/p/MoreTest.java",
        "test-classes",
        """
        package p;
        import org.junit.jupiter.api.*;
        class MoreTest {
          @Test @DisplayName("%s") void more() {}
        }
        """
            .formatted(displayName));
    List<String> cases = new ArrayList<>(PASSED);
    cases.add(testcase("p.MoreTest", "more", ""));
    report(cases);
  }

  private static String testcase(String className, String name, String content) {
    return "<testcase classname=\"%s\" name=\"%s\">%s</testcase>"
        .formatted(className, name, content);
  }

  private void report(List<String> testcases) throws IOException {
    write(
        "one/target/surefire-reports/TEST-p.xml",
        "<testsuite>" + String.join("", testcases) + "</testsuite>");
  }

  private void compile(String module, String source, String classes, String text)
      throws IOException {
    Path file = write(module + "/" + source, text);
    Path folder = root.resolve(module).resolve("target").resolve(classes);
    Files.createDirectories(folder);
    compile(List.of(file), folder, root.resolve("kit/target/classes").toString());
  }

  private static void compile(List<Path> sources, Path folder, String classes) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    String path = classes + File.pathSeparator + System.getProperty("java.class.path");
    List<String> options = List.of("-d", folder.toString(), "-cp", path, "-proc:none");
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      var units = files.getJavaFileObjectsFromPaths(sources);
      assertThat(compiler.getTask(null, files, null, options, null, units).call()).isTrue();
    }
  }

  private Path write(String name, String text) throws IOException {
    return write(name, text, false);
  }

  private Path write(String name, String text, boolean isAdded) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, isAdded ? Files.readString(file) + text : text);
  }
}
