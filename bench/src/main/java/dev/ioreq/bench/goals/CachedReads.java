package dev.ioreq.bench.goals;

import dev.ioreq.bench.Drivers;
import dev.ioreq.bench.measure.Contender;
import dev.ioreq.bench.measure.SliceRace.Cost;
import dev.ioreq.bench.reference.Reference;
import dev.ioreq.bench.rivals.IoreqRival;
import dev.ioreq.bench.rivals.ReadWork;
import dev.ioreq.bench.rivals.RingInC;
import dev.ioreq.bench.rivals.Rival;
import dev.ioreq.bench.rivals.TestFile;
import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// G2: cached reads of 4 KiB, 32 in flight, through the public API and by a loop in C.
final class CachedReads implements Measurement {
  private static final int DEPTH = 32;
  private static final double NO_FILTER = 0.95;
  private static final double FOUR_FILTERS = 0.90;

  @Override
  public List<Row> measure(Settings settings) throws Exception {
    ReadWork work = Settings.reads(settings.file(), DEPTH, false);
    TestFile.cache(work.file());
    Reference reference = Reference.compile();
    try (Drivers drivers = new Drivers();
        Rival plain = new IoreqRival(work, false, UnaryOperator.identity());
        Rival pooled = new IoreqRival(work, true, UnaryOperator.identity());
        Rival filtered =
            new IoreqRival(work, false, file -> drivers.stack(file, 4, Drivers.Kind.ROUTINE));
        Rival ringInC = new RingInC(work, reference, false);
        Rival registered = new RingInC(work, reference, true)) {
      List<Cost> costs =
          settings
              .slices()
              .run(
                  List.of(
                      contender("ours", plain),
                      contender("ours", pooled),
                      contender("ours", filtered),
                      contender("C", ringInC),
                      contender("C, registered", registered)));
      List<Row> rows = new ArrayList<>();
      rows.add(
          Row.speed(
              Goal.G2, "cached, 32 in flight, no filter", costs.get(0), costs.get(3), NO_FILTER));
      rows.add(
          Row.speed(
              Goal.G2,
              "cached, 32 in flight, four filters",
              costs.get(2),
              costs.get(3),
              FOUR_FILTERS));
      rows.add(
          Row.speed(
              Goal.G2,
              "cached, 32 in flight, pooled memory beside registered",
              costs.get(1),
              costs.get(4),
              NO_FILTER));
      return rows;
    }
  }

  /// A contender that goes on where its last slice ended.
  static Contender contender(String name, Rival rival) {
    long[] next = new long[1];
    return new Contender(
        name,
        DEPTH,
        requests -> {
          rival.read(next[0], requests);
          next[0] += requests;
        });
  }
}
