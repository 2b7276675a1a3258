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
          "256 MiB, medians of 3 rounds",
          "",
          "| case | candidate | wall s | processor s | ours / its wall | ours / its processor |",
          "|---|---|---|---|---|---|",
          "| cache, one | ioreq | 1.0 | 3.0 | 1.00 | 1.00 |",
          "| cache, one | ioreq, cache filled | 0.5 | 0.1 | 2.00 | 30.00 |",
          "| cache, one | cp | 2.0 | 0.5 | 0.50 | 6.00 |",
          "| cache, one | dd | 1.5 | 1.0 | 0.66 | 3.00 |",
          "| cache, two | ioreq | 1.5 | 3.0 | 1.00 | 1.00 |",
          "| cache, two | tee | 2.0 | 6.0 | 0.75 | 0.50 |");

  @Test
  void oursIsComparedWithTheFastestAndTheCheapest() throws Unmeasurable {
    assertThat(Copies.rows(Copies.Copy.parse(PRINTED)))
        .extracting(Row::toString)
        .containsExactly(
            "| G13 | copy, cache, one, time (≤ 1) | 1.00 s | dd 1.50 s | 0.67 | met |",
            "| G13 | copy, cache, one, processor time (≤ 1) | 3.00 s | cp 0.50 s | 6.00 | not met |",
            "| G13 | copy, cache, two, time (≤ 0.75) | 1.50 s | tee 2.00 s | 0.75 | met |",
            "| G13 | copy, cache, two, processor time (≤ 0.75) | 3.00 s | tee 6.00 s | 0.50 | met |");
  }

  @Test
  void aTableWithoutOursIsRefused() {
    assertThatThrownBy(
            () -> Copies.rows(Copies.Copy.parse(List.of("| x, one | cp | 1 | 1 | 1 | 1 |"))))
        .isInstanceOf(Unmeasurable.class);
  }
}
