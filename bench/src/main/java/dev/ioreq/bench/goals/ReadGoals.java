package dev.ioreq.bench.goals;

import dev.ioreq.bench.measure.Statistics.Spread;
import dev.ioreq.bench.rivals.Fio;
import dev.ioreq.bench.rivals.Racer;
import dev.ioreq.bench.rivals.ReadWork;
import dev.ioreq.bench.rivals.RivalKind;
import dev.ioreq.bench.rivals.RivalProcess;
import dev.ioreq.bench.rivals.Rounds.Outcome;
import dev.ioreq.bench.rivals.Sample;
import dev.ioreq.bench.rivals.TestFile;
import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Limit;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// G3, G4, G5, G8 and G14: reads in processes of their own. The goals that compare the same work
/// share its rounds.
final class ReadGoals {
  private static final String FIO = "fio, batched";
  private static final String FIO_REGISTERED = "fio, fixedbufs, registerfiles";
  private static final int[] DEPTHS = {1, 32, 128};
  private static final int VIRTUAL_THREADS = 64;
  private static final int ENGINES = 1;
  private static final double ALLOCATED = 0.1;

  /// Where the blocks come from.
  private enum Source {
    CACHED("cached"),
    DISK("O_DIRECT, disk"),
    LOOP("O_DIRECT, loop device");

    private final String label;

    Source(String label) {
      this.label = label;
    }
  }

  /// The same reads for all.
  private record Case(Source source, int depth) {
    String label() {
      return "%s, %d in flight".formatted(source.label, depth);
    }
  }

  /// What two of them are asked.
  private enum Question {
    CPU("processor time", " ns"),
    SPEED("requests in a second", "/s"),
    BYTES("bytes allocated", " bytes"),
    THREADS("threads that carry virtual ones or do I/O", "");

    private final String label;
    private final String unit;

    Question(String label, String unit) {
      this.label = label;
      this.unit = unit;
    }

    double figure(Sample sample) {
      return switch (this) {
        case CPU -> sample.cpuPerRequest();
        case SPEED -> sample.perSecond();
        case BYTES -> sample.bytesPerRequest();
        case THREADS -> sample.ioThreads();
      };
    }
  }

  /// A line of the table to be.
  private record Comparison(
      Goal goal, Case work, String ours, String other, Question question, Limit limit) {
    String label() {
      return "%s, %s, beside %s".formatted(work.label(), question.label, other);
    }
  }

  private ReadGoals() {}

  static List<Row> measure(Settings settings, Set<Goal> goals) throws Exception {
    List<Comparison> comparisons =
        comparisons().stream().filter(each -> goals.contains(each.goal)).toList();
    Path file = settings.file();
    TestFile.cache(file);
    Map<Case, Map<String, Outcome>> outcomes = new LinkedHashMap<>();
    Map<Case, String> troubles = new LinkedHashMap<>();
    Set<Case> cases = new LinkedHashSet<>();
    comparisons.forEach(each -> cases.add(each.work));
    boolean needsLoop = cases.stream().anyMatch(each -> each.source == Source.LOOP);
    try (LoopDevice loop = needsLoop ? LoopDevice.over(file) : null) {
      for (Case work : cases) {
        Path path = file;
        if (loop != null && work.source == Source.LOOP) {
          if (!loop.trouble().isEmpty()) {
            troubles.put(work, loop.trouble());
            continue;
          }
          path = loop.path();
        }
        ReadWork reads = Settings.reads(path, work.depth, work.source != Source.CACHED);
        Set<String> names = new LinkedHashSet<>();
        for (Comparison each : comparisons) {
          if (each.work.equals(work)) {
            names.add(each.ours);
            names.add(each.other);
          }
        }
        System.err.println("measuring " + work.label() + ": " + String.join("; ", names));
        outcomes.put(work, settings.rounds().run(racers(names, reads)));
      }
    }
    List<Row> rows = new ArrayList<>();
    for (Comparison each : comparisons) {
      Map<String, Outcome> outcome = outcomes.get(each.work);
      rows.add(
          outcome == null
              ? Row.unmeasured(
                  each.goal, each.label(), Objects.requireNonNull(troubles.get(each.work)))
              : row(each, outcome));
    }
    if (goals.contains(Goal.G14)) {
      rows.add(
          Row.unmeasured(Goal.G14, "beside nio_uring 0.1.3", "its reads of files have no offset"));
      rows.add(Row.unmeasured(Goal.G14, "beside JUring", "it is not on Maven Central"));
    }
    return rows;
  }

  private static Map<String, Racer> racers(Set<String> names, ReadWork reads) {
    Map<String, Racer> racers = new LinkedHashMap<>();
    for (String name : names) {
      racers.put(
          name,
          switch (name) {
            case FIO -> new Fio(reads, false);
            case FIO_REGISTERED -> new Fio(reads, true);
            default -> new RivalProcess(kind(name), reads);
          });
    }
    return racers;
  }

  private static RivalKind kind(String label) {
    for (RivalKind kind : RivalKind.values()) {
      if (kind.label().equals(label)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(label);
  }

  private static Row row(Comparison each, Map<String, Outcome> outcomes) {
    Outcome ours = Objects.requireNonNull(outcomes.get(each.ours));
    Outcome other = Objects.requireNonNull(outcomes.get(each.other));
    if (!ours.trouble().isEmpty()) {
      return Row.unmeasured(each.goal, each.label(), "ours: " + ours.trouble());
    }
    if (each.question == Question.BYTES || each.question == Question.THREADS) {
      double figure = ours.spread(each.question::figure).median();
      String beside = other.trouble().isEmpty() ? text(other, each.question) : "not measured";
      return new Row(
          each.goal,
          each.label() + " (" + each.limit + each.question.unit + ")",
          text(ours, each.question),
          beside,
          "–",
          each.limit.holds(figure) ? "met" : "not met");
    }
    if (!other.trouble().isEmpty()) {
      return Row.unmeasured(each.goal, each.label(), other.trouble());
    }
    double ratio =
        ours.spread(each.question::figure).median() / other.spread(each.question::figure).median();
    return Row.ratio(
        each.goal,
        each.label(),
        text(ours, each.question),
        text(other, each.question),
        ratio,
        each.limit);
  }

  private static String text(Outcome outcome, Question question) {
    Spread spread = outcome.spread(question::figure);
    return "%s%s (%s–%s)"
        .formatted(
            Row.number(spread.median()),
            question.unit,
            Row.number(spread.least()),
            Row.number(spread.greatest()));
  }

  private static List<Comparison> comparisons() {
    String ours = RivalKind.IOREQ.label();
    Case cached = new Case(Source.CACHED, 32);
    Case disk = new Case(Source.DISK, 32);
    Case loop = new Case(Source.LOOP, 32);
    List<Comparison> all = new ArrayList<>();
    Limit g3 = Limit.atMost(0.90);
    all.add(new Comparison(Goal.G3, cached, ours, FIO, Question.CPU, g3));
    String pooled = RivalKind.IOREQ_POOLED.label();
    all.add(new Comparison(Goal.G3, cached, pooled, FIO_REGISTERED, Question.CPU, g3));
    for (Case direct : List.of(disk, loop)) {
      all.add(new Comparison(Goal.G4, direct, ours, FIO, Question.CPU, Limit.atMost(0.95)));
      all.add(new Comparison(Goal.G4, direct, ours, FIO, Question.SPEED, Limit.atLeast(0.97)));
    }
    String channel = RivalKind.ASYNCHRONOUS_CHANNEL.label();
    Limit sixth = Limit.atMost(1.0 / 6);
    all.add(new Comparison(Goal.G5, cached, ours, channel, Question.CPU, sixth));
    all.add(new Comparison(Goal.G5, disk, ours, channel, Question.CPU, Limit.atMost(0.5)));
    for (Case work : List.of(cached, disk)) {
      Limit nothing = Limit.atMost(ALLOCATED);
      all.add(new Comparison(Goal.G5, work, ours, channel, Question.BYTES, nothing));
    }
    all.addAll(virtualThreads());
    for (RivalKind rival : List.of(RivalKind.NETTY, RivalKind.JASYNCFIO)) {
      for (Source source : List.of(Source.CACHED, Source.DISK)) {
        for (int depth : DEPTHS) {
          Case work = new Case(source, depth);
          all.add(
              new Comparison(Goal.G14, work, ours, rival.label(), Question.CPU, Limit.atMost(1)));
        }
      }
    }
    for (Case work : List.of(cached, disk)) {
      String threads = RivalKind.CHANNEL_PLATFORM.label();
      all.add(new Comparison(Goal.G14, work, ours, threads, Question.CPU, Limit.atMost(1)));
    }
    return all;
  }

  private static List<Comparison> virtualThreads() {
    String ours = RivalKind.IOREQ_VIRTUAL.label();
    String channel = RivalKind.CHANNEL_VIRTUAL.label();
    Case cached = new Case(Source.CACHED, VIRTUAL_THREADS);
    Case disk = new Case(Source.DISK, VIRTUAL_THREADS);
    Limit threads = Limit.atMost(Runtime.getRuntime().availableProcessors() + ENGINES);
    return List.of(
        new Comparison(Goal.G8, cached, ours, channel, Question.CPU, Limit.atMost(0.90)),
        new Comparison(Goal.G8, disk, ours, channel, Question.CPU, Limit.atMost(0.65)),
        new Comparison(Goal.G8, disk, ours, channel, Question.SPEED, Limit.atLeast(0.9)),
        new Comparison(Goal.G8, disk, ours, channel, Question.THREADS, threads));
  }
}
