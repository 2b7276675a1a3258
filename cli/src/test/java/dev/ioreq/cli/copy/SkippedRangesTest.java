package dev.ioreq.cli.copy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SkippedRangesTest {
  private final SkippedRanges ranges = new SkippedRanges();

  @Test
  void neighboursAreMergedInWhateverOrderTheyCome() {
    ranges.add(1024, 512);
    ranges.add(0, 512);
    ranges.add(4096, 512);
    ranges.add(512, 512);

    assertThat(ranges.list()).containsExactly(new Range(0, 1536), new Range(4096, 512));
  }

  @Test
  void nothingSkippedIsAnEmptyList() {
    assertThat(ranges.list()).isEmpty();
  }
}
