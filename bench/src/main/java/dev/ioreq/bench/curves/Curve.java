package dev.ioreq.bench.curves;

import java.util.List;

/// One picture: what a request costs over something that grows.
///
/// @param name of the file, without its ending
/// @param title above the picture
/// @param axis what grows, in words
/// @param isSteep whether the cost grows so much that its axis is logarithmic too
/// @param lines the measured ones
record Curve(String name, String title, String axis, boolean isSteep, List<Line> lines) {
  /// One line in it.
  ///
  /// @param label who
  /// @param points from left to right
  record Line(String label, List<Point> points) {}

  /// One measurement.
  ///
  /// @param x how much of what grows
  /// @param nanos of a request: processor time, or what the line says
  record Point(double x, double nanos) {}
}
