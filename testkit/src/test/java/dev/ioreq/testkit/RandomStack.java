package dev.ioreq.testkit;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.DeviceConfig;
import dev.ioreq.ForwardProgress;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.SynchronizationScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/// Drivers of every sort above one another, for storms of requests: each passes what it gets down
/// in its own way. A thread of its own stops, purges, starts, suspends and resumes what they have.
final class RandomStack implements AutoCloseable {
  /// What a driver does with a request.
  enum Layer {
    TRANSPARENT,
    FORGETS,
    SEQUENTIAL,
    LIMITED,
    MANUAL,
    FORWARDS,
    MARKS,
    MARKS_AND_KEEPS,
    OWN_SCOPE,
    DEVICE_SCOPE,
    MAY_BLOCK,
    RESERVED,
    IN_CALLER_CONTEXT
  }

  /// Completes what it was registered with, as below.
  private static final CompletionRoutine UP =
      new CompletionRoutine() {
        @Override
        public void completed(IoRequest sent, IoTarget target, CompletionParameters result) {
          ((ReceivedRequest) sent).complete(result.status());
        }
      };

  private final List<IoDevice> devices = new ArrayList<>(); // bottom first
  private final List<IoQueue> queues = new ArrayList<>();
  private final List<IoTarget> targets = new ArrayList<>();
  private final LinkedBlockingQueue<Runnable> later = new LinkedBlockingQueue<>();
  private final Thread worker = Thread.ofPlatform().daemon().name("worker").unstarted(this::work);
  private final Thread disturber;
  private volatile boolean isOver;

  RandomStack(List<Layer> layers, IoTarget bottom, long seed) {
    IoTarget below = bottom;
    for (Layer layer : layers) {
      targets.add(below);
      IoDevice device = device(layer, below).above(below);
      devices.add(device);
      device.defaultQueue().ifPresent(queues::add);
      if (layer == Layer.MANUAL) {
        drainWhenReady(device.defaultQueue().orElseThrow(), below);
      } else if (layer == Layer.FORWARDS) {
        forward(device, below);
      }
      below = IoTarget.to(device);
    }
    top = below;
    worker.start();
    Random random = new Random(seed);
    disturber = Thread.ofPlatform().daemon().name("disturber").unstarted(() -> disturb(random));
    disturber.start();
  }

  private final IoTarget top;

  IoTarget top() {
    return top;
  }

  static List<Layer> choose(Random random) {
    return random
        .ints(1 + random.nextInt(4), 0, Layer.values().length)
        .mapToObj(i -> Layer.values()[i])
        .toList();
  }

  // ------------------------------------------------------------------ drivers

  private DeviceConfig device(Layer layer, IoTarget below) {
    DeviceConfig device = IoDevice.filter(layer.name());
    return switch (layer) {
      case TRANSPARENT -> device;
      case FORGETS ->
          device.queue(
              IoQueue.parallel()
                  .onRead((queue, request, length) -> {
                    if (!request.send(below, SendOptions.sendAndForget())) {
                      request.complete(request.status());
                    }
                  }));
      case SEQUENTIAL -> device.queue(passing(IoQueue.sequential(), below).powerManaged(true));
      case LIMITED -> device.queue(passing(IoQueue.parallel().presentAtMost(3), below));
      case MANUAL -> device.queue(IoQueue.manual().onCanceledOnQueue(RandomStack::endCancelled));
      case FORWARDS -> device.queue(IoQueue.manual());
      case MARKS ->
          device.queue(
              IoQueue.parallel()
                  .onDefault((queue, request) -> mark(request, below, Runnable::run)));
      case MARKS_AND_KEEPS ->
          device.queue(
              IoQueue.parallel()
                  .powerManaged(true)
                  .onDefault((queue, request) -> mark(request, below, later::add))
                  .onIoStop((queue, request, reason, isMarked) -> request.stopAcknowledge(false)));
      case OWN_SCOPE ->
          device
              .synchronize(SynchronizationScope.QUEUE)
              .queue(
                  IoQueue.parallel()
                      .onDefault((queue, request) -> {
                        request.markCancelable(RandomStack::cancelled);
                        if (request.unmarkCancelable()) {
                          pass(request, below);
                        }
                      }));
      case DEVICE_SCOPE ->
          device
              .synchronize(SynchronizationScope.DEVICE)
              .queue(passing(IoQueue.sequential(), below));
      case MAY_BLOCK -> device.mayBlock().queue(passing(IoQueue.sequential(), below));
      case RESERVED ->
          device.queue(
              passing(IoQueue.parallel(), below).guaranteeForwardProgress(2, new Scarce()));
      case IN_CALLER_CONTEXT ->
          device
              .queue(passing(IoQueue.sequential(), below))
              .onInCallerContext((where, request) -> {
                IoStatus status = request.enqueue();
                if (!status.isSuccess()) {
                  request.complete(status, 0);
                }
              });
    };
  }

  /// Resources that one request in four cannot have.
  private static final class Scarce implements ForwardProgress {
    @Override
    public void prepareReserved(ReceivedRequest request) {}

    @Override
    public boolean allocate(ReceivedRequest request) {
      return ThreadLocalRandom.current().nextInt(4) != 0;
    }
  }

  private static QueueConfig passing(QueueConfig queue, IoTarget below) {
    return queue.onDefault((from, request) -> pass(request, below));
  }

  /// Sends a request down, in one of the ways there are.
  private static void pass(ReceivedRequest request, IoTarget below) throws IoRequestException {
    int way = ThreadLocalRandom.current().nextInt(8);
    SendOptions options =
        way == 0
            ? SendOptions.sendAndForget()
            : way == 1 ? SendOptions.timeout(Duration.ofMillis(1)) : SendOptions.none();
    if (way == 2) {
      IoMemory output = request.retrieveOutput(0);
      below.formatRead(request, output, request.deviceOffset());
    } else if (way != 0) {
      request.formatUsingCurrentType();
    }
    if (way != 0) {
      request.setCompletionRoutine(UP);
    }
    if (!request.send(below, options)) {
      request.complete(request.status());
    }
  }

  private static void cancelled(ReceivedRequest request) {
    request.complete(IoStatus.CANCELLED, 0);
  }

  private static void endCancelled(IoQueue queue, ReceivedRequest request) {
    request.complete(IoStatus.CANCELLED, 0);
  }

  /// Marks a request, takes the mark back, and passes it on. If a cancel came meanwhile, the second
  /// of the two ends the request: until then it stays valid for both.
  ///
  /// @param unmarking runs what takes the mark back, now or later
  private static void mark(ReceivedRequest request, IoTarget below, Executor unmarking) {
    AtomicInteger came = new AtomicInteger();
    if (!request.tryMarkCancelable(marked -> endSecond(marked, came))) {
      request.complete(IoStatus.CANCELLED, 0);
      return;
    }
    unmarking.execute(() -> {
      if (request.unmarkCancelable()) {
        passOrComplete(request, below);
      } else {
        endSecond(request, came);
      }
    });
  }

  private static void endSecond(ReceivedRequest request, AtomicInteger came) {
    if (came.incrementAndGet() == 2) {
      request.complete(IoStatus.CANCELLED, 0);
    }
  }

  private static void drainWhenReady(IoQueue queue, IoTarget below) {
    queue.readyNotify(ready -> {
      IoStatus status = IoStatus.SUCCESS;
      while (status.isSuccess()) {
        status =
            ready.retrieveNext(request -> {
              if (ThreadLocalRandom.current().nextInt(8) == 0) {
                request.requeue();
              } else {
                passOrComplete(request, below);
              }
            });
      }
    });
  }

  private static void passOrComplete(ReceivedRequest request, IoTarget below) {
    try {
      pass(request, below);
    } catch (IoRequestException e) {
      request.complete(e.status(), 0);
    }
  }

  /// From a sequential queue to one that tells of stops, and on.
  private void forward(IoDevice device, IoTarget below) {
    IoQueue second =
        device.createQueue(
            "second",
            passing(IoQueue.parallel().presentAtMost(2), below)
                .powerManaged(true)
                .onCanceledOnQueue(RandomStack::endCancelled)
                .onIoStop((queue, request, reason, isMarked) -> request.stopAcknowledge(false)));
    IoQueue first =
        device.createQueue(
            "first",
            IoQueue.sequential()
                .onDefault((queue, request) -> {
                  if (!request.forwardTo(second).isSuccess()) {
                    request.complete(IoStatus.CANCELLED, 0);
                  }
                }));
    device.route(RequestType.READ, first);
    queues.add(first);
    queues.add(second);
  }

  // ------------------------------------------------------------------ what happens meanwhile

  private void work() {
    try {
      while (true) {
        later.take().run();
      }
    } catch (InterruptedException e) {
      // the end
    }
  }

  /// Changes the state of something, and back.
  private void disturb(Random random) {
    while (!isOver) {
      int what = random.nextInt(8);
      if (what == 0) {
        IoDevice device = devices.get(random.nextInt(devices.size()));
        device.suspend();
        device.resume();
      } else if (what == 1) {
        IoTarget target = targets.get(random.nextInt(targets.size()));
        target.stop(SentIoAction.LEAVE_PENDING);
        target.start();
      } else if (!queues.isEmpty()) {
        IoQueue queue = queues.get(random.nextInt(queues.size()));
        switch (what) {
          case 2 -> queue.stopSynchronously();
          case 3 -> queue.stopAndPurgeSynchronously();
          case 4 -> queue.stopAndPurge(null);
          default -> queue.stop(null);
        }
        queue.start();
      }
      for (int spin = random.nextInt(200_000); spin > 0; spin--) {
        Thread.onSpinWait();
      }
    }
  }

  List<IoDevice> devices() {
    return devices;
  }

  /// How its targets, queues and threads stand, a line each.
  String describe() {
    StringBuilder lines = new StringBuilder();
    targets.forEach(target ->
        lines.append(
            "%s: %s, %d in flight, %d held%n"
                .formatted(
                    target.name(),
                    target.state(),
                    target.requestsInFlight(),
                    target.requestsHeld())));
    queues.forEach(queue -> lines.append("%s: %s%n".formatted(queue, queue.state())));
    return lines
        .append(
            "%d tasks for the worker (%s), disturber %s"
                .formatted(later.size(), worker.getState(), disturber.getState()))
        .toString();
  }

  @Override
  public void close() {
    isOver = true;
    Waiting.forEnd(disturber);
    for (IoDevice device : devices.reversed()) {
      device.close();
    }
    worker.interrupt();
    Waiting.forEnd(worker);
    for (IoQueue queue : queues) {
      if (!queue.state().isIdle()) {
        throw new AssertionError(queue + " still has requests");
      }
    }
  }
}
