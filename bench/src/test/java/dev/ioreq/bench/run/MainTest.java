package dev.ioreq.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {
  private final StringWriter errors = new StringWriter();

  private int run(String... arguments) {
    CommandLine line = Main.commandLine().setErr(new PrintWriter(errors));
    return line.execute(arguments);
  }

  @Test
  void aGoalThatIsNoneIsAWrongCommandLine() {
    assertThat(run("--goal", "G2,G15")).isEqualTo(2);
    assertThat(errors.toString()).contains("'G15' is no goal; they are G1 to G14");
  }

  @Test
  void anEmptyGoalIsAWrongCommandLine() {
    assertThat(run("--goal", "G2,,G3")).isEqualTo(2);
    assertThat(errors.toString()).contains("'' is no goal");
  }

  @Test
  void anOptionThatIsNoneIsAWrongCommandLine() {
    assertThat(run("--slow")).isEqualTo(2);
    assertThat(errors.toString()).contains("bench/run: ", "--slow", "see bench/run --help");
  }

  @Test
  void curvesHaveNoGoals() {
    assertThat(run("--curves", "--goal", "G2")).isEqualTo(2);
    assertThat(errors.toString()).contains("--curves prints none");
  }

  @Test
  void whatToCompareWithIsLookedAtBeforeAnythingIsMeasured() {
    assertThat(run("--against", "/nonexistent/before.md")).isEqualTo(2);
    assertThat(errors.toString()).contains("--against: /nonexistent/before.md cannot be read");
    assertThat(run("--against", "/dev/null")).isEqualTo(2);
    assertThat(errors.toString()).contains("/dev/null has no table of goals");
    assertThat(run("--curves", "--against", "before.md")).isEqualTo(2);
    assertThat(errors.toString()).contains("--curves prints none");
  }

  @Test
  void aFolderThatCannotBeMadeIsAWrongCommandLine() {
    assertThat(run("--folder", "/etc/passwd", "--goal", "G1")).isEqualTo(2);
    assertThat(errors.toString()).contains("--folder: /etc/passwd is no folder");
  }

  @Test
  void goalsAreReadInAnyCaseAndOrder() {
    assertThat(Goal.parse("g14, G2")).containsExactly(Goal.G2, Goal.G14);
  }

  @Test
  void theTableHasAHeadAndALineForEachRow() {
    String table = Main.table(List.of(Row.unmeasured(Goal.G1, "all", "no gcc")));
    assertThat(table.lines())
        .element(0)
        .asString()
        .contains("processors; Linux ", "; JDK ", Integer.toString(Runtime.version().feature()));
    assertThat(table)
        .endsWith(
            """
            | goal | case | ours | other | ratio | met |
            |---|---|---|---|---|---|
            | G1 | all | – | – | – | not measured: no gcc |
            """);
  }
}
