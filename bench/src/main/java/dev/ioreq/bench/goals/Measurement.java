package dev.ioreq.bench.goals;

import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.util.List;

/// Measures one goal, or some that share their measurements.
@FunctionalInterface
interface Measurement {
  /// Measures.
  ///
  /// @return the lines of the table
  /// @throws Exception if nothing can be measured; its message says why
  List<Row> measure(Settings settings) throws Exception;
}
