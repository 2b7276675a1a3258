package dev.ioreq.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StatisticsTest {
  private static final double[] NOTHING = {};

  @Test
  void aPercentileIsTheValueAtItsRank() {
    double[] values = {9, 1, 8, 2, 7, 3, 6, 4, 5, 10};
    assertThat(Statistics.percentile(values, 10)).isEqualTo(1);
    assertThat(Statistics.percentile(values, 11)).isEqualTo(2);
    assertThat(Statistics.percentile(values, 50)).isEqualTo(5);
    assertThat(Statistics.percentile(values, 100)).isEqualTo(10);
  }

  @Test
  void percentileZeroIsTheLeast() {
    assertThat(Statistics.percentile(new double[] {3, 2}, 0)).isEqualTo(2);
  }

  @Test
  void aPercentileAboveAHundredIsRefused() {
    assertThatThrownBy(() -> Statistics.percentile(new double[] {1}, 101))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theMedianOfAnOddNumberIsInTheMiddle() {
    assertThat(Statistics.median(new double[] {5, 1, 3})).isEqualTo(3);
  }

  @Test
  void theMedianOfAnEvenNumberIsTheMeanOfTwo() {
    assertThat(Statistics.median(new double[] {4, 1, 3, 2})).isEqualTo(2.5);
  }

  @Test
  void aSpreadHasItsEnds() {
    assertThat(Statistics.spread(new double[] {2, 9, 4})).isEqualTo(new Statistics.Spread(4, 2, 9));
  }

  @Test
  void nothingHasNoMedian() {
    assertThatThrownBy(() -> Statistics.median(NOTHING))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("nothing was measured");
  }

  @Test
  void valuesKeepTheirOrder() {
    double[] values = {3, 1, 2};
    assertThat(Statistics.median(values)).isEqualTo(2);
    assertThat(values).containsExactly(3, 1, 2);
  }
}
