package dev.ioreq.bench.curves;

import dev.ioreq.Access;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.bench.Drivers;
import dev.ioreq.bench.curves.Curve.Line;
import dev.ioreq.bench.curves.Curve.Point;
import dev.ioreq.bench.measure.Contender;
import dev.ioreq.bench.measure.SliceRace;
import dev.ioreq.bench.measure.Unmeasurable;
import dev.ioreq.bench.rivals.IoreqRival;
import dev.ioreq.bench.rivals.Racer;
import dev.ioreq.bench.rivals.ReadWork;
import dev.ioreq.bench.rivals.Rival;
import dev.ioreq.bench.rivals.RivalKind;
import dev.ioreq.bench.rivals.RivalProcess;
import dev.ioreq.bench.rivals.Rounds.Outcome;
import dev.ioreq.bench.rivals.Sample;
import dev.ioreq.bench.rivals.SendingThreads;
import dev.ioreq.bench.rivals.TargetsInTurn;
import dev.ioreq.bench.rivals.TestFile;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/// Measures the curves of `docs/performance.md`, in this process, and draws them.
public final class Curves {
  private static final int[] LAYERS = {0, 1, 2, 4, 8, 16};
  private static final int[] THREADS = {1, 2, 4, 8, 16, 32, 64};
  private static final int[] ENGINES = {1, 2, 4};
  private static final int[] TARGETS = {1, 10, 100, 1000, 10_000};
  private static final int MOST_IN_FLIGHT = 4096;
  private static final int SECTOR_BYTES = 512;
  private static final int MOST_BYTES = 4 << 20;
  private static final int SENDER_DEPTH = 32;
  private static final int ENGINE_DEPTH = 8;
  private static final double SECOND = 1e9;
  private static final long MILLI = 1_000_000;

  private final Settings settings;
  private final SliceRace race;
  private final SliceRace diskRace;

  /// So long that it does not count how a slice begins: the sender does the first reads of each
  /// that is in flight himself.
  private final SliceRace longRace;

  private final Path file;

  private Curves(Settings settings) throws IOException {
    this.settings = settings;
    boolean isQuick = settings.isQuick();
    race = new SliceRace(isQuick ? 7 : 21, 4 * MILLI, (isQuick ? 250 : 1000) * MILLI);
    diskRace = new SliceRace(isQuick ? 3 : 7, 40 * MILLI, (isQuick ? 100 : 500) * MILLI);
    longRace = new SliceRace(isQuick ? 3 : 7, 200 * MILLI, (isQuick ? 100 : 500) * MILLI);
    file = settings.file();
    TestFile.cache(file);
  }

  /// Measures and draws all.
  ///
  /// @param folder where the pictures go
  /// @return what was measured, as a table
  /// @throws IOException if there is no file to read
  public static String draw(Settings settings, Path folder) throws IOException {
    Curves curves = new Curves(settings);
    Map<String, Callable<Curve>> all = new LinkedHashMap<>();
    all.put("layers", curves::layers);
    all.put("requests in flight", curves::inFlight);
    all.put("open files", curves::targets);
    all.put("sending threads", curves::threads);
    all.put("engine threads", curves::engines);
    all.put("bytes", curves::sizes);
    StringBuilder text = new StringBuilder("| curve | line | ns for a request |\n");
    text.append("|---|---|---|\n");
    for (Map.Entry<String, Callable<Curve>> each : all.entrySet()) {
      System.err.println("measuring " + each.getKey());
      try {
        Curve curve = each.getValue().call();
        Plot.write(curve, folder.resolve(curve.name() + ".svg"));
        curve.lines().forEach(line -> text.append(row(curve, line)));
      } catch (Exception e) { // the others are drawn all the same
        text.append(
            "| %s | – | not measured: %s |\n".formatted(each.getKey(), Unmeasurable.reasonOf(e)));
      }
    }
    return text.toString();
  }

  private static String row(Curve curve, Line line) {
    StringBuilder text = new StringBuilder("| %s | %s |".formatted(curve.axis(), line.label()));
    for (Point point : line.points()) {
      text.append(" %d: %s".formatted((long) point.x(), Row.number(point.nanos())));
    }
    return text.append(" |\n").toString();
  }

  private static Point point(SliceRace race, double x, Contender contender) throws Exception {
    return new Point(x, race.run(List.of(contender)).getFirst().cpuNanos());
  }

  private Curve layers() throws Exception {
    List<Line> lines = new ArrayList<>();
    for (Drivers.Kind kind : Drivers.Kind.values()) {
      List<Point> points = new ArrayList<>();
      for (int layers : LAYERS) {
        try (Drivers drivers = new Drivers()) {
          IoTarget bottom = IoTarget.open("memory:4096", Access.READ_WRITE);
          try (Repeated repeated = new Repeated(List.of(drivers.stack(bottom, layers, kind)), 8)) {
            points.add(point(race, layers, new Contender("", repeated::send)));
          }
        }
      }
      lines.add(new Line(kind.name().toLowerCase(java.util.Locale.ROOT), points));
    }
    return new Curve("layers", "Layers of drivers", "layers", false, lines);
  }

  private Curve inFlight() throws Exception {
    List<Line> lines = new ArrayList<>();
    for (boolean isDirect : new boolean[] {false, true}) {
      List<Point> points = new ArrayList<>();
      for (int depth = 1; depth <= MOST_IN_FLIGHT; depth *= 2) {
        points.add(reads(longRace, Settings.reads(file, depth, isDirect), depth));
      }
      lines.add(new Line(isDirect ? "O_DIRECT" : "cached", points));
    }
    return new Curve(
        "in-flight", "Requests in flight, reads of 4 KiB", "requests in flight", false, lines);
  }

  private Curve sizes() throws Exception {
    List<Line> lines = new ArrayList<>();
    for (boolean isDirect : new boolean[] {false, true}) {
      List<Point> points = new ArrayList<>();
      for (int bytes = SECTOR_BYTES; bytes <= MOST_BYTES; bytes *= 2) {
        long blocks = Files.size(file) / bytes;
        ReadWork work = new ReadWork(file, bytes, blocks, 4, isDirect);
        points.add(reads(isDirect ? diskRace : race, work, bytes));
      }
      lines.add(new Line(isDirect ? "O_DIRECT" : "cached", points));
    }
    return new Curve("sizes", "Size of a read, 4 in flight", "bytes", true, lines);
  }

  private static Point reads(SliceRace race, ReadWork work, double x) throws Exception {
    try (Rival rival = new IoreqRival(work, false, UnaryOperator.identity())) {
      return point(race, x, repeating(rival, work.depth()));
    }
  }

  private static Contender repeating(Rival rival, int least) {
    long[] next = new long[1];
    return new Contender(
        "",
        least,
        requests -> {
          rival.read(next[0], requests);
          next[0] += requests;
        });
  }

  private Curve targets() throws Exception {
    Line atOnce;
    Line handedOver;
    try (SmallFiles files = new SmallFiles(settings.folder(), SECTOR_BYTES)) {
      List<Point> points = new ArrayList<>();
      for (int count : TARGETS) {
        List<IoTarget> open = files.open(count, OpenOptions.of(Access.READ));
        try (Repeated repeated = new Repeated(open, SECTOR_BYTES)) {
          points.add(point(race, count, new Contender("", repeated::send)));
        }
      }
      atOnce = new Line("read by the sender", points);
    }
    try (SmallFiles files = new SmallFiles(settings.folder(), SECTOR_BYTES)) {
      List<Point> points = new ArrayList<>();
      for (int count : TARGETS) {
        List<IoTarget> open = files.open(count, OpenOptions.of(Access.READ).withHandOver());
        try (Rival inTurn = new TargetsInTurn(open, SECTOR_BYTES)) {
          points.add(point(race, count, repeating(inTurn, TargetsInTurn.DEPTH)));
        }
      }
      handedOver = new Line("in the ring, 32 in flight", points);
    }
    return new Curve(
        "targets",
        "Open files, reads of 512 cached bytes from each in turn",
        "open files",
        false,
        List.of(atOnce, handedOver));
  }

  private Curve threads() throws Exception {
    List<Line> lines = new ArrayList<>();
    for (boolean isVirtual : new boolean[] {false, true}) {
      List<Point> points = new ArrayList<>();
      for (int threads : THREADS) {
        ReadWork work = new ReadWork(Path.of("/dev/zero"), 8, 0, SENDER_DEPTH, false);
        Thread.Builder builder = isVirtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
        try (Rival rival = new SendingThreads(work, threads, builder, true)) {
          points.add(point(diskRace, threads, repeating(rival, threads * SENDER_DEPTH)));
        }
      }
      lines.add(new Line(isVirtual ? "virtual" : "platform", points));
    }
    return new Curve(
        "threads",
        "Threads that hand over to one ring, 32 in flight each",
        "sending threads",
        false,
        lines);
  }

  private Curve engines() throws Unmeasurable {
    Map<String, ReadWork> works = new LinkedHashMap<>();
    works.put("/dev/zero", new ReadWork(Path.of("/dev/zero"), 8, 0, ENGINE_DEPTH, false));
    works.put("cached", Settings.reads(file, ENGINE_DEPTH, false));
    works.put("O_DIRECT", Settings.reads(file, ENGINE_DEPTH, true));
    List<Line> lines = new ArrayList<>();
    for (Map.Entry<String, ReadWork> work : works.entrySet()) {
      Map<String, Racer> racers = new LinkedHashMap<>();
      for (int engines : ENGINES) {
        racers.put(
            Integer.toString(engines),
            new RivalProcess(
                RivalKind.IOREQ_FOUR_TARGETS,
                work.getValue(),
                List.of("-Dioreq.linux.engines=" + engines)));
      }
      Map<String, Outcome> outcomes = settings.rounds().run(racers);
      lines.add(line(work.getKey(), outcomes, Sample::cpuPerRequest));
      lines.add(
          line(work.getKey() + ", by the clock", outcomes, sample -> SECOND / sample.perSecond()));
    }
    return new Curve(
        "engines",
        "Engine threads, four targets with 8 reads in flight each",
        "engine threads",
        true,
        lines);
  }

  private static Line line(
      String label, Map<String, Outcome> outcomes, ToDoubleFunction<Sample> figure)
      throws Unmeasurable {
    List<Point> points = new ArrayList<>();
    for (Map.Entry<String, Outcome> outcome : outcomes.entrySet()) {
      if (!outcome.getValue().trouble().isEmpty()) {
        throw new Unmeasurable(outcome.getValue().trouble());
      }
      double nanos = outcome.getValue().spread(figure).median();
      points.add(new Point(Double.parseDouble(outcome.getKey()), nanos));
    }
    return new Line(label, points);
  }

  /// One request after another that completes at once, to targets in turn.
  private static final class Repeated implements AutoCloseable {
    private final List<IoTarget> targets;
    private final List<IoRequest> requests = new ArrayList<>();
    private final IoMemory memory;
    private long completed;
    private int turn;
    private final CompletionRoutine routine = (sent, at, result) -> completed++;

    Repeated(List<IoTarget> targets, int bytes) {
      this.targets = List.copyOf(targets);
      targets.forEach(target -> requests.add(IoRequest.create(target)));
      memory = IoMemory.allocate(bytes);
    }

    void send(long count) {
      long wanted = completed + count;
      for (long i = 0; i < count; i++) {
        IoTarget target = targets.get(turn);
        IoRequest request = requests.get(turn);
        turn = turn + 1 == targets.size() ? 0 : turn + 1;
        target.formatRead(request, memory, 0);
        request.setCompletionRoutine(routine);
        request.send(target);
      }
      if (completed != wanted) {
        throw new IllegalStateException("%d instead of %d".formatted(completed, wanted));
      }
    }

    @Override
    public void close() {
      requests.forEach(IoRequest::close);
      memory.close();
    }
  }
}
