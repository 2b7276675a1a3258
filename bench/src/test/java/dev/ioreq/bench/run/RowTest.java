package dev.ioreq.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.bench.measure.SliceRace.Cost;
import org.junit.jupiter.api.Test;

class RowTest {
  @Test
  void aRatioThatKeepsItsLimitIsMet() {
    Row row = Row.ratio(Goal.G3, "case", "9 ns", "fio 10 ns", 0.9, Limit.atMost(0.90));
    assertThat(row).hasToString("| G3 | case (≤ 0.9) | 9 ns | fio 10 ns | 0.90 | met |");
  }

  @Test
  void aRatioBeyondItsLimitIsNotMet() {
    assertThat(Row.ratio(Goal.G4, "case", "", "", 0.969, Limit.atLeast(0.97)).verdict())
        .isEqualTo("not met");
  }

  @Test
  void aSpeedIsTheOthersCostDividedByOurs() {
    Row row = Row.speed(Goal.G1, "nop", new Cost("ours", 50, 40), new Cost("C", 48, 38), 0.95);
    assertThat(row.ratio()).isEqualTo("0.96 / 0.95");
    assertThat(row.verdict()).isEqualTo("met");
    assertThat(row.other()).isEqualTo("C 48.0 / 38.0 ns");
  }

  @Test
  void aSpeedMustBeEnoughByTheClockAndByProcessorTime() {
    Cost inC = new Cost("C", 100, 100);
    assertThat(Row.speed(Goal.G1, "", new Cost("", 100, 110), inC, 0.95).verdict())
        .isEqualTo("not met");
    assertThat(Row.speed(Goal.G1, "", new Cost("", 110, 100), inC, 0.95).verdict())
        .isEqualTo("not met");
  }

  @Test
  void aDifferenceIsDividedByItsParts() {
    Row row =
        Row.more(Goal.G9, "layers", new Cost("", 180, 181), new Cost("none", 100, 100), 8, 10.1);
    assertThat(row.ratio()).isEqualTo("+10.0 / +10.1 ns");
    assertThat(row.verdict()).isEqualTo("not met");
  }

  @Test
  void aFigureHasItsUnit() {
    assertThat(Row.figure(Goal.G13, "start", 149.6, "ms", Limit.atMost(150)))
        .hasToString("| G13 | start (≤ 150 ms) | 150 ms | – | – | met |");
  }

  @Test
  void whatWasNotMeasuredSaysWhy() {
    assertThat(Row.unmeasured(Goal.G2, "all", "install gcc | make\nor not"))
        .hasToString("| G2 | all | – | – | – | not measured: install gcc \\| make or not |");
  }

  @Test
  void noNumberKeepsNoLimit() {
    assertThat(Limit.atMost(1).holds(Double.NaN)).isFalse();
    assertThat(Limit.atLeast(1).holds(Double.NaN)).isFalse();
  }

  @Test
  void aFigureBesideItsLimitHasAsManyDigitsAsShowWhy() {
    Row row = Row.ratio(Goal.G1, "nop", "", "", 0.9481, Limit.atLeast(0.95));
    assertThat(row.ratio()).isEqualTo("0.948");
    assertThat(row.verdict()).isEqualTo("not met");
    assertThat(Row.ratio(Goal.G1, "nop", "", "", 0.9519, Limit.atLeast(0.95)).ratio())
        .isEqualTo("0.95");
    assertThat(Row.figure(Goal.G13, "start", 150.04, "ms", Limit.atMost(150)).ours())
        .isEqualTo("150.040 ms");
  }

  @Test
  void aNameIsTheCaseWithoutItsLimit() {
    assertThat(Row.figure(Goal.G13, "start (cold)", 1, "ms", Limit.atMost(150)).name())
        .isEqualTo("start (cold)");
    assertThat(Row.unmeasured(Goal.G13, "start (cold)", "why").name()).isEqualTo("start (cold)");
  }
}
