package dev.ioreq.bench.goals;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ioreq.bench.measure.Unmeasurable;
import dev.ioreq.bench.run.Row;
import java.util.List;
import org.junit.jupiter.api.Test;

class CopiesTest {
  private static final List<String> PRINTED =
      List.of(
          "256 MiB, medians of 3 rounds (least–greatest)",
          "",
          "| case | candidate | wall s | processor s | ours / its wall | ours / its processor |",
          "|---|---|---|---|---|---|",
          "| cache, one | ioreq | 1.000 (0.90–1.20) | 3.000 (2.90–3.10) | 1.00 | 1.00 |",
          "| cache, one | ioreq, cache filled | 0.500 (0.50–0.50) | 0.100 (0.10–0.10) | 2.00 | 30.00 |",
          "| cache, one | cp | 2.000 (1.90–2.10) | 0.500 (0.40–0.60) | 0.50 | 6.00 |",
          "| cache, one | dd | 1.500 (1.40–1.60) | 1.000 (0.90–1.10) | 0.66 | 3.00 |",
          "| cache, two | ioreq | 1.500 (1.40–1.60) | 3.000 (2.90–3.10) | 1.00 | 1.00 |",
          "| cache, two | tee | 2.000 (1.80–2.20) | 6.000 (5.80–6.20) | 0.75 | 0.50 |");

  private static List<String> rows(String... printed) throws Unmeasurable {
    return rows(List.of(printed));
  }

  private static List<String> rows(List<String> printed) throws Unmeasurable {
    return Copies.rows(Copies.Copy.parse(printed)).stream().map(Row::toString).toList();
  }

  @Test
  void oursIsComparedWithTheFastestAndTheCheapest() throws Unmeasurable {
    assertThat(rows(PRINTED))
        .containsExactly(
            "| G13 | copy, cache, one, time (≤ 1) | 1.00 s (0.90–1.20) | dd 1.50 s (1.40–1.60) | 0.67 | met |",
            "| G13 | copy, cache, one, processor time (≤ 1) | 3.00 s (2.90–3.10) | cp 0.50 s (0.40–0.60) | 6.00 | not met |",
            "| G13 | copy, cache, two, time (≤ 0.75) | 1.50 s (1.40–1.60) | tee 2.00 s (1.80–2.20) | 0.75 | met |",
            "| G13 | copy, cache, two, processor time (≤ 0.75) | 3.00 s (2.90–3.10) | tee 6.00 s (5.80–6.20) | 0.50 | met |");
  }

  @Test
  void aRivalThatIsLeftOutHasALineThatSaysWhy() throws Unmeasurable {
    assertThat(
            rows(
                "| cache, one | ioreq | 1.000 (0.90–1.20) | 3.000 (2.90–3.10) | 1.00 | 1.00 |",
                "| cache, one | cp | 2.000 (1.90–2.10) | 6.000 (5.90–6.10) | 0.50 | 0.50 |",
                "| cache, one | nbdcopy | not measured: nbdcopy: src: no luck | – | – | – |"))
        .containsExactly(
            "| G13 | copy, cache, one, time (≤ 1) | 1.00 s (0.90–1.20) | cp 2.00 s (1.90–2.10) | 0.50 | met |",
            "| G13 | copy, cache, one, processor time (≤ 1) | 3.00 s (2.90–3.10) | cp 6.00 s (5.90–6.10) | 0.50 | met |",
            "| G13 | copy, cache, one, beside nbdcopy | – | – | – | not measured: nbdcopy: src: no luck |");
  }

  @Test
  void withoutAnyRivalNothingIsMet() throws Unmeasurable {
    assertThat(
            rows(
                "| direct, one | ioreq | 1.000 (0.90–1.20) | 3.000 (2.90–3.10) | 1.00 | 1.00 |",
                "| direct, one | dd | not measured: dd is not installed | – | – | – |"))
        .containsExactly(
            "| G13 | copy, direct, one, time (≤ 1) | – | – | – | not measured: no other program could be compared |",
            "| G13 | copy, direct, one, processor time (≤ 1) | – | – | – | not measured: no other program could be compared |",
            "| G13 | copy, direct, one, beside dd | – | – | – | not measured: dd is not installed |");
  }

  @Test
  void oursThatFailsHasNoFigures() throws Unmeasurable {
    assertThat(
            rows(
                "| direct, one | ioreq | not measured: EIO | – | – | – |",
                "| direct, one | dd | 2.000 (1.90–2.10) | 6.000 (5.90–6.10) | – | – |"))
        .containsExactly(
            "| G13 | copy, direct, one, time (≤ 1) | – | – | – | not measured: ours: EIO |",
            "| G13 | copy, direct, one, processor time (≤ 1) | – | – | – | not measured: ours: EIO |");
  }

  @Test
  void aTableWithoutOursIsRefused() {
    assertThatThrownBy(
            () -> rows("| x, one | cp | 1.000 (1.00–1.00) | 1.000 (1.00–1.00) | 1 | 1 |"))
        .isInstanceOf(Unmeasurable.class);
  }
}
