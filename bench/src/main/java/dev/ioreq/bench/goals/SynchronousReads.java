package dev.ioreq.bench.goals;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.bench.Drivers;
import dev.ioreq.bench.measure.Contender;
import dev.ioreq.bench.measure.SliceRace.Cost;
import dev.ioreq.bench.measure.Unmeasurable;
import dev.ioreq.bench.reference.Reference;
import dev.ioreq.bench.rivals.ReadWork;
import dev.ioreq.bench.rivals.RingInC;
import dev.ioreq.bench.rivals.TestFile;
import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/// G6 and G7: one synchronous read after another, beside `pread` in C and `FileChannel`.
final class SynchronousReads {
  private static final int LAYERS = 4;
  private static final String BESIDE_PREAD = "synchronous, beside pread";

  private SynchronousReads() {}

  /// One read.
  @FunctionalInterface
  private interface Read {
    long at(long offset) throws IOException;
  }

  /// G6.
  static List<Row> cached(Settings settings) throws Exception {
    ReadWork work = Settings.reads(settings.file(), 1, false);
    TestFile.cache(work.file());
    Reference reference = null;
    String trouble = "";
    try {
      reference = Reference.compile();
    } catch (Unmeasurable e) { // only one line needs it
      trouble = e.reason();
    }
    try (Drivers drivers = new Drivers();
        RingInC inC = reference == null ? null : new RingInC(work, reference, false);
        IoTarget file = IoTarget.open("file:" + work.file(), Access.READ);
        IoMemory memory = IoMemory.allocate(work.blockBytes());
        FileChannel channel = FileChannel.open(work.file(), StandardOpenOption.READ)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(work.blockBytes());
      Contender ours = reads("ours", work, at -> file.sendReadSynchronously(memory, at));
      Contender jdk = reads("FileChannel", work, at -> channel.read(buffer.clear(), at));
      List<Contender> contenders =
          new ArrayList<>(
              List.of(
                  ours,
                  jdk,
                  inVirtualThread(ours),
                  inVirtualThread(jdk),
                  filtered(drivers, work, memory, Drivers.Kind.TRANSPARENT),
                  filtered(drivers, work, memory, Drivers.Kind.FORGET),
                  filtered(drivers, work, memory, Drivers.Kind.ROUTINE)));
      if (inC != null) {
        contenders.add(preads(inC));
      }
      List<Cost> costs = settings.slices().run(contenders);
      Cost noFilter = new Cost("no filter", costs.get(0).nanos(), costs.get(0).cpuNanos());
      return List.of(
          inC == null
              ? Row.unmeasured(Goal.G6, BESIDE_PREAD, trouble)
              : Row.more(Goal.G6, BESIDE_PREAD, costs.get(0), costs.getLast(), 1, 70),
          Row.speed(Goal.G6, "synchronous, platform thread", costs.get(0), costs.get(1), 1.0),
          Row.speed(Goal.G6, "synchronous, virtual thread", costs.get(2), costs.get(3), 1.0),
          eachFilter("transparent", costs.get(4), noFilter),
          eachFilter("send and forget", costs.get(5), noFilter),
          eachFilter("routine", costs.get(6), noFilter));
    }
  }

  private static Contender filtered(
      Drivers drivers, ReadWork work, IoMemory memory, Drivers.Kind kind)
      throws IoRequestException {
    IoTarget lower = IoTarget.open("file:" + work.file(), Access.READ);
    IoTarget filtered = drivers.stack(lower, LAYERS, kind);
    return reads("four filters", work, at -> filtered.sendReadSynchronously(memory, at));
  }

  private static Row eachFilter(String kind, Cost filtered, Cost noFilter) {
    return Row.more(
        Goal.G6, "synchronous, for each filter, " + kind, filtered, noFilter, LAYERS, 10);
  }

  /// G7.
  static List<Row> direct(Settings settings) throws Exception {
    ReadWork work = Settings.reads(settings.file(), 1, true);
    OpenOptions options = OpenOptions.of(Access.READ).withDirect();
    try (RingInC inC = new RingInC(work, Reference.compile(), false);
        IoTarget file = IoTarget.open("file:" + work.file(), options);
        IoMemory memory = IoMemory.allocate(work.blockBytes())) {
      List<Cost> costs =
          settings
              .longSlices()
              .run(
                  List.of(
                      reads("ours", work, at -> file.sendReadSynchronously(memory, at)),
                      preads(inC)));
      double ratio = costs.get(1).nanos() / costs.get(0).nanos();
      return List.of(
          Row.ratio(
              Goal.G7,
              "synchronous, O_DIRECT: throughput",
              Row.number(costs.get(0).nanos()) + " ns",
              "pread " + Row.number(costs.get(1).nanos()) + " ns",
              ratio,
              dev.ioreq.bench.run.Limit.atLeast(0.85)));
    }
  }

  private static Contender reads(String name, ReadWork work, Read read) {
    long[] next = new long[1];
    return new Contender(
        name,
        requests -> {
          for (long i = 0; i < requests; i++) {
            if (read.at(work.offset(next[0]++)) != work.blockBytes()) {
              throw new IOException("a short read");
            }
          }
        });
  }

  private static Contender preads(RingInC inC) {
    long[] next = new long[1];
    return new Contender(
        "pread",
        requests -> {
          inC.pread(next[0], requests);
          next[0] += requests;
        });
  }

  private static Contender inVirtualThread(Contender contender) {
    return new Contender(
        contender.name(),
        requests -> {
          FutureTask<Boolean> slice =
              new FutureTask<>(() -> {
                contender.work().run(requests);
                return true;
              });
          Thread.ofVirtual().start(slice);
          slice.get();
        });
  }
}
