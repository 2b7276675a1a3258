package dev.ioreq.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ioreq.bench.measure.SliceRace.Cost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlierTest {
  private static final Row READ = speed(1000, 1100);
  private static final Row RATE =
      Row.ratio(Goal.G4, "disk", "1000/s (900–1100)", "900/s (850–950)", 1.11, Limit.atLeast(0.97));
  private static final Row START = Row.figure(Goal.G13, "start", 100, "ms", Limit.atMost(150));
  private static final Row BATCH = Row.figure(Goal.G12, "enter", 20, "requests", Limit.atLeast(16));

  @TempDir Path folder;

  private static Row speed(double nanos, double other) {
    return Row.speed(
        Goal.G2, "read", new Cost("ours", nanos, nanos), new Cost("C", other, other), 0.95);
  }

  private Earlier earlier(Row... rows) throws IOException {
    Path file = folder.resolve("before.md");
    Files.writeString(file, "# A page\n\n" + Main.table(List.of(rows)) + "\nA text after it.\n");
    return Earlier.read(file);
  }

  @Test
  void everyKindOfLineIsReadBackAsItWasWritten() {
    Row unmeasured = Row.unmeasured(Goal.G14, "beside JUring", "it is not on Maven Central");
    for (Row row : List.of(READ, RATE, START, BATCH, unmeasured)) {
      assertThat(Earlier.parse(row.toString())).contains(row);
    }
    assertThat(Earlier.parse("| goal | case | ours | other | ratio | met |")).isEmpty();
    assertThat(Earlier.parse("some text")).isEmpty();
  }

  @Test
  void theSameIsNotWorse() throws IOException {
    Earlier earlier = earlier(READ, RATE, START, BATCH);
    assertThat(earlier.worse(List.of(READ, RATE, START, BATCH))).isEmpty();
    assertThat(earlier.compare(List.of(READ, RATE)))
        .contains("before.md (", " processors; Linux ", "2 of 2 lines are in both, none is worse.");
  }

  @Test
  void aSlowHourCountsForBoth() throws IOException {
    assertThat(earlier(READ).worse(List.of(speed(3000, 3300)))).isEmpty();
  }

  @Test
  void whatCostsMoreBesideTheOtherIsWorse() throws IOException {
    Row dearer = speed(1200, 1100);
    assertThat(earlier(READ).worse(List.of(dearer)))
        .extracting(Earlier.Worse::then)
        .containsExactly(READ);
    assertThat(earlier(READ).compare(List.of(dearer)))
        .contains(
            "1 are worse",
            "| G2 | read | 1000 / 1000 ns; C 1100 / 1100 ns; 1.10 / 1.10; met |"
                + " 1200 / 1200 ns; C 1100 / 1100 ns; 0.92 / 0.92; not met |");
  }

  @Test
  void processorTimeAloneIsEnough() throws IOException {
    Row dearer =
        Row.speed(Goal.G2, "read", new Cost("ours", 500, 590), new Cost("C", 500, 500), 0.1);
    Row then = Row.speed(Goal.G2, "read", new Cost("ours", 500, 500), new Cost("C", 500, 500), 0.1);
    assertThat(earlier(then).worse(List.of(dearer))).hasSize(1);
  }

  @Test
  void fewerInASecondAreWorseAndMoreAreNot() throws IOException {
    Row fewer =
        Row.ratio(Goal.G4, "disk", "800/s (700–900)", "810/s (800–820)", 0.99, Limit.atLeast(0.97));
    Row more =
        Row.ratio(
            Goal.G4, "disk", "2000/s (1900–2100)", "900/s (850–950)", 2.22, Limit.atLeast(0.97));
    assertThat(earlier(more).worse(List.of(fewer))).hasSize(1);
    assertThat(earlier(fewer).worse(List.of(more))).isEmpty();
    Row smallBatch = Row.figure(Goal.G12, "enter", 17, "requests", Limit.atLeast(16));
    assertThat(earlier(BATCH).worse(List.of(smallBatch))).hasSize(1);
    assertThat(earlier(smallBatch).worse(List.of(BATCH))).isEmpty();
  }

  @Test
  void whatWasMetAndIsNotIsWorseByHoweverLittle() throws IOException {
    Row met = Row.figure(Goal.G5, "bytes", 0.0, "bytes", Limit.atMost(0.1));
    Row notMet = Row.figure(Goal.G5, "bytes", 0.2, "bytes", Limit.atMost(0.1));
    assertThat(earlier(met).worse(List.of(notMet))).hasSize(1);
    assertThat(earlier(notMet).worse(List.of(met))).isEmpty();
  }

  @Test
  void whatIsNotMeasuredAnyMoreIsWorse() throws IOException {
    Row gone = Row.unmeasured(Goal.G13, "start", "no launcher");
    assertThat(earlier(START).compare(List.of(gone)))
        .contains("| G13 | start | 100 ms; –; –; met | not measured: no launcher |");
    assertThat(earlier(gone).worse(List.of(START))).isEmpty();
  }

  @Test
  void aGoalThatFailsAsAWholeIsWorseInEachLine() throws IOException {
    Row gone = Row.unmeasured(Goal.G2, "install gcc");
    assertThat(earlier(READ, RATE).compare(List.of(gone)))
        .contains("1 are worse", "met | not measured: install gcc |");
  }

  @Test
  void aLineThatIsNotThereAnyMoreIsWorseUnlessItsGoalWasNotAskedFor() throws IOException {
    Row another = Row.figure(Goal.G2, "another", 1, "ns", Limit.atMost(2));
    assertThat(earlier(READ, RATE).compare(List.of(another)))
        .contains("1 are worse", "met | no such line |");
    assertThat(earlier(READ, RATE).worse(List.of(RATE))).isEmpty();
  }

  @Test
  void aLineThatIsNewIsComparedWithNothing() throws IOException {
    assertThat(earlier(READ).compare(List.of(READ, BATCH)))
        .contains("1 of 2 lines are in both, none is worse.");
  }

  @Test
  void costsAreThoseBesideTheOther() {
    assertThat(Earlier.costs(READ))
        .hasSize(2)
        .first()
        .satisfies(cost -> assertThat(cost).isCloseTo(0.909, within(0.001)));
    assertThat(Earlier.costs(START)).containsExactly(100.0);
    assertThat(Earlier.costs(BATCH)).containsExactly(0.05);
    Row both =
        Row.ratio(
            Goal.G12,
            "both",
            "1568 ns (1544–1765)",
            "ring in C, one thread 140 ns",
            11,
            Limit.atMost(1));
    assertThat(Earlier.costs(both)).containsExactly(11.2);
    Row alone = new Row(Goal.G12, "both", "1568 ns", "not measured: error 2", "–", "met");
    assertThat(Earlier.costs(alone)).containsExactly(1568.0);
  }

  @Test
  void theMachineIsFoundInTheTextOfAPage() throws IOException {
    Path file = folder.resolve("page.md");
    String machine = "AMD EPYC, 2 processors; Linux 6.18; JDK 25 (Eclipse); 2026-11-30";
    Files.writeString(file, "Here: " + machine + "; in one go.\n\n" + READ + "\n");
    assertThat(Earlier.read(file).compare(List.of(READ)))
        .startsWith("Beside " + file + " (" + machine + "): 1 of 1");
  }

  @Test
  void onlyTheFirstTableOfAPageCounts() throws IOException {
    Path file = folder.resolve("page.md");
    Row cheap = speed(500, 1100);
    Files.writeString(file, Main.table(List.of(READ)) + "\n" + Main.table(List.of(cheap)));
    assertThat(Earlier.read(file).worse(List.of(READ))).isEmpty();
  }

  @Test
  void aFileWithoutATableOrThatIsMissingIsSaid() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty.md"), "nothing\n");
    assertThatThrownBy(() -> Earlier.read(empty))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("empty.md has no table of goals");
    assertThatThrownBy(() -> Earlier.read(folder.resolve("none.md")))
        .isInstanceOf(NoSuchFileException.class);
  }
}
