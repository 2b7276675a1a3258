package dev.ioreq.bench.goals;

import dev.ioreq.bench.measure.Statistics.Spread;
import dev.ioreq.bench.measure.Unmeasurable;
import dev.ioreq.bench.rivals.Racer;
import dev.ioreq.bench.rivals.ReadWork;
import dev.ioreq.bench.rivals.RivalKind;
import dev.ioreq.bench.rivals.RivalProcess;
import dev.ioreq.bench.rivals.Rounds.Outcome;
import dev.ioreq.bench.rivals.Sample;
import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Limit;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// G12: requests that other threads hand over to the engine's. They read 8 bytes of `/dev/zero`,
/// which the kernel does at once, and which always goes through the ring.
final class HandOvers implements Measurement {
  private static final int DEPTH = 32;
  private static final Limit CPU = Limit.atMost(300);
  private static final Limit PER_ENTER = Limit.atLeast(16);

  @Override
  public List<Row> measure(Settings settings) {
    ReadWork work = new ReadWork(Path.of("/dev/zero"), 8, 0, DEPTH, false);
    return List.of(cpu(settings, work), perEnter(settings, work));
  }

  private static Row cpu(Settings settings, ReadWork work) {
    String what = "sends from another thread, 32 in flight, processor time of both";
    Map<String, Racer> racers = new LinkedHashMap<>();
    racers.put("ours", new RivalProcess(RivalKind.HAND_OVER, work));
    racers.put("C", new RivalProcess(RivalKind.RING_IN_C, work));
    Map<String, Outcome> outcomes = settings.rounds().run(racers);
    Outcome ours = Objects.requireNonNull(outcomes.get("ours"));
    Outcome inC = Objects.requireNonNull(outcomes.get("C"));
    if (!ours.trouble().isEmpty()) {
      return Row.unmeasured(Goal.G12, what, ours.trouble());
    }
    Spread spread = ours.spread(Sample::cpuPerRequest);
    String beside =
        inC.trouble().isEmpty()
            ? "ring in C, one thread "
                + Row.number(inC.spread(Sample::cpuPerRequest).median())
                + " ns"
            : inC.trouble();
    return new Row(
        Goal.G12,
        what + " (" + CPU + " ns)",
        "%s ns (%s–%s)"
            .formatted(
                Row.number(spread.median()),
                Row.number(spread.least()),
                Row.number(spread.greatest())),
        beside,
        "–",
        CPU.holds(spread.median()) ? "met" : "not met");
  }

  private static Row perEnter(Settings settings, ReadWork work) {
    String what = "requests for each io_uring_enter, 8 virtual threads with 32 in flight each";
    try (RivalProcess process = new RivalProcess(RivalKind.VIRTUAL_SENDERS, work)) {
      process.begin(settings.isQuick() ? 500 : 2000);
      long enters;
      Sample sample;
      try (EnterCounter counter = EnterCounter.attach(process.pid())) {
        sample = process.measure(settings.isQuick() ? 500 : 2000);
        enters = counter.count();
      }
      return Row.figure(Goal.G12, what, (double) sample.requests() / enters, "requests", PER_ENTER);
    } catch (Unmeasurable e) {
      return Row.unmeasured(Goal.G12, what, e.reason());
    }
  }
}
