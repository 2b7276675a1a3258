package dev.ioreq.bench;

import dev.ioreq.Access;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.TransferHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What a layer of drivers costs: one request of 8 bytes through a stack of devices down to one
/// that answers at once, and back up. The drivers are of several classes, so that no call in the
/// path has a single destination.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class DeviceStackBenchmark {
  /// How many drivers are stacked.
  @Param({"0", "1", "2", "4", "8", "16"})
  public int layers;

  /// What each does: hands on by itself, sends and forgets, or sends with a routine.
  @Param({"transparent", "forget", "routine"})
  public String driver;

  private final List<IoDevice> devices = new ArrayList<>();
  private IoTarget target;
  private IoMemory memory;
  private IoRequest request;
  private long completed;
  private final CompletionRoutine routine = (sent, sentTo, result) -> completed++;

  /// Stacks the drivers over a target without an operating system.
  ///
  /// @throws IoRequestException never
  @Setup
  public void open() throws IoRequestException {
    IoTarget below = IoTarget.open("memory:4096", Access.READ_WRITE);
    for (int i = 0; i < layers; i++) {
      IoDevice device = device(i, below);
      devices.add(device);
      below = IoTarget.to(device);
    }
    target = below;
    memory = IoMemory.allocate(8);
    request = IoRequest.create(target);
  }

  private IoDevice device(int index, IoTarget below) {
    if (driver.equals("transparent")) {
      return IoDevice.filter("layer" + index).above(below);
    }
    TransferHandler handler =
        driver.equals("forget") ? new Forgetting(below) : sending(index % 4, below);
    QueueConfig queue = IoQueue.parallel().onRead(handler);
    return IoDevice.filter("layer" + index).queue(queue).above(below);
  }

  private static TransferHandler sending(int kind, IoTarget below) {
    return switch (kind) {
      case 0 -> new SendingA(below);
      case 1 -> new SendingB(below);
      case 2 -> new SendingC(below);
      default -> new SendingD(below);
    };
  }

  /// Closes all.
  @TearDown
  public void close() {
    request.close();
    memory.close();
    target.close();
    devices.reversed().forEach(IoDevice::close);
  }

  /// Down and up once.
  ///
  /// @return how many have completed
  @Benchmark
  public long read() {
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine(routine);
    request.send(target);
    return completed;
  }

  /// Passes requests on and drops out.
  private record Forgetting(IoTarget below) implements TransferHandler {
    @Override
    public void handle(IoQueue queue, ReceivedRequest received, long length) {
      if (!received.send(below, SendOptions.sendAndForget())) {
        received.complete(received.status());
      }
    }
  }

  /// Passes requests on and completes them when they come back.
  private abstract static class Sending implements TransferHandler {
    private final IoTarget below;

    Sending(IoTarget below) {
      this.below = below;
    }

    final void pass(ReceivedRequest received, CompletionRoutine routine) {
      received.formatUsingCurrentType();
      received.setCompletionRoutine(routine);
      if (!received.send(below)) {
        received.complete(received.status());
      }
    }
  }

  private static final class SendingA extends Sending {
    private final CompletionRoutine routine =
        (sent, at, result) -> ((ReceivedRequest) sent).complete(result.status());

    SendingA(IoTarget below) {
      super(below);
    }

    @Override
    public void handle(IoQueue queue, ReceivedRequest received, long length) {
      pass(received, routine);
    }
  }

  private static final class SendingB extends Sending {
    private final CompletionRoutine routine =
        (sent, at, result) -> ((ReceivedRequest) sent).complete(result.status());

    SendingB(IoTarget below) {
      super(below);
    }

    @Override
    public void handle(IoQueue queue, ReceivedRequest received, long length) {
      pass(received, routine);
    }
  }

  private static final class SendingC extends Sending {
    private final CompletionRoutine routine =
        (sent, at, result) -> ((ReceivedRequest) sent).complete(result.status());

    SendingC(IoTarget below) {
      super(below);
    }

    @Override
    public void handle(IoQueue queue, ReceivedRequest received, long length) {
      pass(received, routine);
    }
  }

  private static final class SendingD extends Sending {
    private final CompletionRoutine routine =
        (sent, at, result) -> ((ReceivedRequest) sent).complete(result.status());

    SendingD(IoTarget below) {
      super(below);
    }

    @Override
    public void handle(IoQueue queue, ReceivedRequest received, long length) {
      pass(received, routine);
    }
  }
}
