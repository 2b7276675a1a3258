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

/// G12: requests that are sent by other threads than the engine's. They read 8 bytes of
/// `/dev/zero`, which the kernel does at once: so a sender carries them out itself, unless the
/// target is told to hand over.
final class HandOvers implements Measurement {
  private static final int DEPTH = 32;
  private static final Limit CPU = Limit.atMost(300);
  private static final Limit PER_ENTER = Limit.atLeast(16);

  @Override
  public List<Row> measure(Settings settings) {
    ReadWork work = new ReadWork(Path.of("/dev/zero"), 8, 0, DEPTH, false);
    Map<String, Racer> racers = new LinkedHashMap<>();
    for (RivalKind kind :
        List.of(RivalKind.ANOTHER_THREAD, RivalKind.HAND_OVER, RivalKind.RING_IN_C)) {
      racers.put(kind.label(), new RivalProcess(kind, work));
    }
    Map<String, Outcome> outcomes = settings.rounds().run(racers);
    return List.of(
        cpu(
            "sends from another thread, 32 in flight, processor time of both",
            RivalKind.ANOTHER_THREAD,
            outcomes),
        cpu(
            "the same, handed over to the engine, processor time of both",
            RivalKind.HAND_OVER,
            outcomes),
        perEnter(settings, work));
  }

  private static Row cpu(String what, RivalKind kind, Map<String, Outcome> outcomes) {
    Outcome ours = Objects.requireNonNull(outcomes.get(kind.label()));
    Outcome inC = Objects.requireNonNull(outcomes.get(RivalKind.RING_IN_C.label()));
    if (!ours.trouble().isEmpty()) {
      return Row.unmeasured(Goal.G12, what, ours.trouble());
    }
    Spread spread = ours.spread(Sample::cpuPerRequest);
    String beside =
        inC.trouble().isEmpty()
            ? "ring in C, one thread "
                + Row.number(inC.spread(Sample::cpuPerRequest).median())
                + " ns"
            : "not measured: " + inC.trouble();
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
