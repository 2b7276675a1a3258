package dev.ioreq.bench.goals;

import com.sun.management.ThreadMXBean;
import dev.ioreq.Access;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import dev.ioreq.bench.Drivers;
import dev.ioreq.bench.measure.Contender;
import dev.ioreq.bench.measure.SliceRace.Cost;
import dev.ioreq.bench.reference.NativeFile;
import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Limit;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import dev.ioreq.linux.control.LinuxControl;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/// G9, G10 and G11: what the contract costs, without a device that takes time.
final class Requests {
  private static final int LAYERS = 8;
  private static final long COUNTED = 1_000_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final SendOptions TIMEOUT = SendOptions.timeout(Duration.ofSeconds(30));
  private static final SendOptions SHORT_TIMEOUT = SendOptions.timeout(Duration.ofMillis(100));

  private Requests() {}

  /// A request over a target, and how often it has completed.
  private static final class Sender implements AutoCloseable {
    private final IoTarget target;
    private final SendOptions options;
    private final IoMemory memory = IoMemory.allocate(8);
    private final IoRequest request;
    private long completed;
    private final CompletionRoutine routine = (sent, at, result) -> completed++;

    Sender(IoTarget target, SendOptions options) {
      this.target = target;
      this.options = options;
      request = IoRequest.create(target);
    }

    Contender contender(String name) {
      return new Contender(name, this::send);
    }

    void send(long requests) {
      long wanted = completed + requests;
      for (long i = 0; i < requests; i++) {
        target.formatRead(request, memory, 0);
        request.setCompletionRoutine(routine);
        request.send(target, options);
      }
      if (completed != wanted) {
        throw new IllegalStateException("%d instead of %d".formatted(completed, wanted));
      }
    }

    double bytesPerRequest() {
      long before = THREADS.getTotalThreadAllocatedBytes();
      send(COUNTED);
      return (double) (THREADS.getTotalThreadAllocatedBytes() - before) / COUNTED;
    }

    @Override
    public void close() {
      request.close();
      memory.close();
    }
  }

  /// G9.
  static List<Row> stacks(Settings settings) throws Exception {
    try (Drivers drivers = new Drivers();
        IoTarget bottom = IoTarget.open("memory:4096", Access.READ_WRITE);
        Sender none = new Sender(bottom, SendOptions.none());
        Sender transparent = above(drivers, Drivers.Kind.TRANSPARENT);
        Sender forget = above(drivers, Drivers.Kind.FORGET);
        Sender routine = above(drivers, Drivers.Kind.ROUTINE)) {
      List<Cost> costs =
          settings
              .slices()
              .run(
                  List.of(
                      none.contender("no layer"),
                      transparent.contender("transparent"),
                      forget.contender("send and forget"),
                      routine.contender("routine")));
      List<Row> rows = new ArrayList<>();
      for (int kind = 1; kind < costs.size(); kind++) {
        Cost cost = costs.get(kind);
        rows.add(
            Row.more(Goal.G9, "a layer of eight, " + cost.name(), cost, costs.get(0), LAYERS, 9));
      }
      double fixed = Math.max(costs.get(0).nanos(), costs.get(0).cpuNanos());
      rows.add(
          Row.figure(
              Goal.G9,
              "a request to a device that answers at once, no layer",
              fixed,
              "ns",
              Limit.atMost(38)));
      double bytes = Math.max(none.bytesPerRequest(), routine.bytesPerRequest());
      rows.add(
          Row.figure(
              Goal.G9,
              "allocated for a request, through none or eight layers",
              bytes,
              "bytes",
              Limit.atMost(0.1)));
      return rows;
    }
  }

  private static Sender above(Drivers drivers, Drivers.Kind kind) throws IoRequestException {
    IoTarget bottom = IoTarget.open("memory:4096", Access.READ_WRITE);
    return new Sender(drivers.stack(bottom, LAYERS, kind), SendOptions.none());
  }

  /// G10.
  static List<Row> timeouts(Settings settings) throws Exception {
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
        Sender without = new Sender(target, SendOptions.none());
        Sender with = new Sender(target, TIMEOUT);
        Sender withShort = new Sender(target, SHORT_TIMEOUT);
        EngineWork onEngine = new EngineWork()) {
      Contender first = with.contender("with");
      Contender second = without.contender("without");
      Contender third = withShort.contender("with a short one");
      List<Cost> costs =
          settings
              .slices()
              .run(List.of(first, second, third, onEngine.of(first), onEngine.of(second)));
      String what = "a timeout of %s that does not fire, sent by %s";
      String main = "the main thread";
      String routine = "a completion routine";
      return List.of(
          timeout(what.formatted("30 s", main), costs.get(0), costs.get(1)),
          timeout(what.formatted("30 s", routine), costs.get(3), costs.get(4)),
          timeout(what.formatted("100 ms", main), costs.get(2), costs.get(1)));
    }
  }

  private static Row timeout(String what, Cost with, Cost without) {
    return Row.more(Goal.G10, what, with, without, 1, 7);
  }

  /// Work that is done inside a completion routine on an engine's thread.
  private static final class EngineWork implements AutoCloseable {
    private final IoTarget zero;
    private final IoRequest request;
    private final IoMemory memory = IoMemory.allocate(8);

    EngineWork() throws IoRequestException {
      zero = IoTarget.open("char:/dev/zero", Access.READ);
      request = IoRequest.create(zero);
    }

    Contender of(Contender contender) {
      return new Contender(
          contender.name() + ", from a routine",
          requests -> {
            FutureTask<Boolean> slice =
                new FutureTask<>(() -> {
                  contender.work().run(requests);
                  return true;
                });
            zero.formatRead(request, memory, 0);
            request.setCompletionRoutine((sent, at, result) -> slice.run());
            if (!request.send(zero)) {
              throw new IllegalStateException("not sent: " + request.status());
            }
            slice.get();
          });
    }

    @Override
    public void close() {
      request.close();
      memory.close();
      zero.close();
    }
  }

  /// G11: how much entropy the kernel has, which costs the least of its answers.
  static List<Row> ioctls(Settings settings) throws Exception {
    String path = "/dev/random";
    try (IoTarget target = IoTarget.open("char:" + path, Access.READ);
        NativeFile file = NativeFile.open(path, false);
        IoMemory output = IoMemory.allocate(Integer.BYTES)) {
      long code = Integer.toUnsignedLong(LinuxControl.RNDGETENTCNT.value());
      long address = output.segment().address();
      List<Cost> costs =
          settings
              .slices()
              .run(
                  List.of(
                      new Contender(
                          "ours",
                          requests -> {
                            for (long i = 0; i < requests; i++) {
                              target.sendDeviceControlSynchronously(
                                  LinuxControl.RNDGETENTCNT, IoMemory.none(), output);
                            }
                          }),
                      new Contender(
                          "downcall",
                          requests -> {
                            for (long i = 0; i < requests; i++) {
                              if (file.ioctl(code, address) != 0) {
                                throw new IllegalStateException("ioctl fails");
                              }
                            }
                          })));
      return List.of(Row.more(Goal.G11, "ioctl RNDGETENTCNT", costs.get(0), costs.get(1), 1, 60));
    }
  }
}
