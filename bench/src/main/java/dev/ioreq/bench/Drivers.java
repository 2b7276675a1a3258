package dev.ioreq.bench;

import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoDevice;
import dev.ioreq.IoQueue;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.TransferHandler;
import java.util.ArrayList;
import java.util.List;

/// Devices stacked above a target, for measuring what a layer costs. The drivers are of several
/// classes, so that no call on the way has a single destination.
public final class Drivers implements AutoCloseable {
  /// What each driver does with a read.
  public enum Kind {
    /// Has no handler: reads pass by themselves.
    TRANSPARENT,
    /// Sends and forgets.
    FORGET,
    /// Formats for the device below, sends with a routine, completes when that has run.
    ROUTINE
  }

  private final List<IoDevice> devices = new ArrayList<>();
  private final List<IoTarget> tops = new ArrayList<>();

  /// Stacks devices.
  ///
  /// @param below what to put them on; closed with them, for a target belongs to the device above
  ///   it
  /// @param layers how many, from 0
  /// @param kind what each does
  /// @return the target at the top
  public IoTarget stack(IoTarget below, int layers, Kind kind) {
    IoTarget top = below;
    for (int i = 0; i < layers; i++) {
      IoDevice device = device(i, kind, top);
      devices.add(device);
      top = IoTarget.to(device);
    }
    tops.add(top);
    return top;
  }

  private static IoDevice device(int index, Kind kind, IoTarget below) {
    String name = "layer" + index;
    QueueConfig queue =
        switch (kind) {
          case TRANSPARENT -> null;
          case FORGET -> IoQueue.parallel().onRead(new Forgetting(below));
          case ROUTINE -> IoQueue.parallel().onRead(sending(index % 4, below));
        };
    return queue == null
        ? IoDevice.filter(name).above(below)
        : IoDevice.filter(name).queue(queue).above(below);
  }

  private static TransferHandler sending(int kind, IoTarget below) {
    return switch (kind) {
      case 0 -> new SendingA(below);
      case 1 -> new SendingB(below);
      case 2 -> new SendingC(below);
      default -> new SendingD(below);
    };
  }

  /// Closes all that was stacked, from the top.
  @Override
  public void close() {
    tops.forEach(IoTarget::close);
    devices.reversed().forEach(IoDevice::close);
  }

  /// Sends requests on and does not want to know.
  private static final class Forgetting implements TransferHandler {
    private static final SendOptions FORGET = SendOptions.sendAndForget();
    private final IoTarget below;

    Forgetting(IoTarget below) {
      this.below = below;
    }

    @Override
    public void handle(IoQueue queue, ReceivedRequest received, long length) {
      if (!received.send(below, FORGET)) {
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
