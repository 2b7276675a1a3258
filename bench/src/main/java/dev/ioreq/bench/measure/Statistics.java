package dev.ioreq.bench.measure;

import java.util.Arrays;

/// What a number of measurements of the same thing say.
public final class Statistics {
  private Statistics() {}

  /// The value below which a part of the values lies: the value at that rank, without
  /// interpolation.
  ///
  /// @param values at least one, in any order
  /// @param percent 0..100
  /// @return one of the values
  public static double percentile(double[] values, double percent) {
    double[] sorted = sorted(values);
    if (!(percent >= 0 && percent <= 100)) {
      throw new IllegalArgumentException("a percentile of " + percent);
    }
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(rank, 1) - 1];
  }

  /// The middle value, or the mean of the two in the middle.
  ///
  /// @param values at least one, in any order
  /// @return the median
  public static double median(double[] values) {
    double[] sorted = sorted(values);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /// The median with what it lies between.
  ///
  /// @param values at least one, in any order
  /// @return median, least and greatest
  public static Spread spread(double[] values) {
    double[] sorted = sorted(values);
    return new Spread(median(values), sorted[0], sorted[sorted.length - 1]);
  }

  /// A median, and the least and the greatest of the values.
  ///
  /// @param median the middle
  /// @param least of all
  /// @param greatest of all
  public record Spread(double median, double least, double greatest) {}

  private static double[] sorted(double[] values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("nothing was measured");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted;
  }
}
