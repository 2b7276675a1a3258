package dev.ioreq.bench.goals;

import dev.ioreq.IoRequestException;
import dev.ioreq.bench.Drivers;
import dev.ioreq.bench.measure.Contender;
import dev.ioreq.bench.measure.SliceRace.Cost;
import dev.ioreq.bench.measure.Unmeasurable;
import dev.ioreq.bench.reference.Reference;
import dev.ioreq.bench.rivals.IoreqRival;
import dev.ioreq.bench.rivals.ReadWork;
import dev.ioreq.bench.rivals.RingInC;
import dev.ioreq.bench.rivals.Rival;
import dev.ioreq.bench.rivals.TestFile;
import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.util.List;
import java.util.function.UnaryOperator;

/// G2: cached reads of 4 KiB, 32 in flight, through the public API and by a loop in C.
final class CachedReads implements Measurement {
  private static final int DEPTH = 32;
  private static final int VERIFIED_READS = 4096;
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
        Rival transparent = filtered(drivers, work, Drivers.Kind.TRANSPARENT);
        Rival forgetting = filtered(drivers, work, Drivers.Kind.FORGET);
        Rival waiting = filtered(drivers, work, Drivers.Kind.ROUTINE);
        Rival ringInC = new RingInC(work, reference, false);
        Rival registered = new RingInC(work, reference, true)) {
      for (Rival each :
          List.of(plain, pooled, transparent, forgetting, waiting, ringInC, registered)) {
        verify(each, work);
      }
      List<Cost> costs =
          settings
              .slices()
              .run(
                  List.of(
                      contender("ours", plain),
                      contender("ours", pooled),
                      contender("ours", transparent),
                      contender("ours", forgetting),
                      contender("ours", waiting),
                      contender("C", ringInC),
                      contender("C, registered", registered)));
      Cost inC = costs.get(5);
      return List.of(
          Row.speed(Goal.G2, "cached, 32 in flight, no filter", costs.get(0), inC, NO_FILTER),
          Row.speed(
              Goal.G2,
              "cached, 32 in flight, four filters, transparent",
              costs.get(2),
              inC,
              FOUR_FILTERS),
          Row.speed(
              Goal.G2,
              "cached, 32 in flight, four filters, send and forget",
              costs.get(3),
              inC,
              FOUR_FILTERS),
          Row.speed(
              Goal.G2,
              "cached, 32 in flight, four filters, routine",
              costs.get(4),
              inC,
              FOUR_FILTERS),
          Row.speed(
              Goal.G2,
              "cached, 32 in flight, pooled memory beside registered",
              costs.get(1),
              costs.get(6),
              NO_FILTER));
    }
  }

  /// Has one of them read the right bytes before it is measured.
  private static void verify(Rival rival, ReadWork work) throws Exception {
    work.verified().set(0);
    rival.read(0, VERIFIED_READS);
    if (work.verified().getAndSet(-1) < VERIFIED_READS) {
      throw new Unmeasurable("one of them did not compare all the bytes it read");
    }
  }

  private static Rival filtered(Drivers drivers, ReadWork work, Drivers.Kind kind)
      throws IoRequestException {
    return new IoreqRival(work, false, file -> drivers.stack(file, 4, kind));
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
