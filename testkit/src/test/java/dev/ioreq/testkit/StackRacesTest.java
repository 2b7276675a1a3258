package dev.ioreq.testkit;

import dev.ioreq.DeviceConfig;
import dev.ioreq.IoDevice;
import dev.ioreq.IoQueue;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestHandler;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/// The storm through a stack of four layers: one that sends each request twice, from its routine;
/// one whose target is stopped and started all the time; one that forgets; one that marks requests
/// cancelable and keeps each until the next one comes. Below is a device that hands cancels over.
class StackRacesTest extends CancelRaces {
  /// A request that was marked cancelable, and kept. If it is both cancelled and taken, whoever
  /// comes second completes it.
  private record Kept(ReceivedRequest request, AtomicInteger came) {
    private Kept(ReceivedRequest request) {
      this(request, new AtomicInteger());
    }

    private void come() {
      if (came.incrementAndGet() == 2) {
        request.complete(IoStatus.CANCELLED, 0);
      }
    }
  }

  private final AtomicReference<@Nullable Kept> kept = new AtomicReference<>();
  private volatile boolean isOver;
  private @Nullable Thread stopper;
  private @Nullable IoDevice bottomLayer;

  @Override
  protected int sends() {
    return Integer.getInteger("ioreq.test.races", 60_000);
  }

  @Override
  protected IoTarget open(long seed) {
    IoTarget bottom = IoTarget.over("queueing", new QueueingDevice(seed));
    IoDevice twice = layer("twice", (queue, request) -> sendTwice(request)).above(bottom);
    IoDevice stopped = layer("stopped", (queue, request) -> sendOn(request)).above(twice);
    IoDevice forgets = layer("forgets", (queue, request) -> forget(request)).above(stopped);
    IoDevice keeps = layer("keeps", (queue, request) -> keep(request)).above(forgets);
    bottomLayer = twice;
    IoTarget between = below(stopped);
    Random random = new Random(seed);
    stopper =
        Thread.ofPlatform()
            .start(() -> {
              while (!isOver) {
                between.stop(SentIoAction.LEAVE_PENDING);
                LockSupport.parkNanos(random.nextInt(100_000));
                between.start();
                LockSupport.parkNanos(random.nextInt(300_000));
              }
            });
    return IoTarget.to(keeps);
  }

  @AfterEach
  void close() {
    isOver = true;
    Thread thread = stopper;
    if (thread != null) {
      Waiting.forEnd(thread);
    }
    IoDevice lowest = bottomLayer;
    if (lowest != null) {
      lowest.close();
    }
  }

  private static DeviceConfig layer(String name, RequestHandler handler) {
    return IoDevice.filter(name).queue(IoQueue.parallel().onDefault(handler));
  }

  private static IoTarget below(IoDevice device) {
    return device.localTarget().orElseThrow();
  }

  private static void sendOn(ReceivedRequest request) {
    request.formatUsingCurrentType();
    request.setCompletionRoutine((sent, target, result) -> request.complete(result.status()));
    sendOrComplete(request);
  }

  private static void sendOrComplete(ReceivedRequest request) {
    if (!request.send(below(request.device()))) {
      request.complete(request.status());
    }
  }

  private static void sendTwice(ReceivedRequest request) {
    request.formatUsingCurrentType();
    request.setCompletionRoutine((sent, target, result) -> {
      if (result.status().isSuccess()) {
        sendOn(request);
      } else {
        request.complete(result.status());
      }
    });
    sendOrComplete(request);
  }

  private static void forget(ReceivedRequest request) {
    if (!request.send(below(request.device()), SendOptions.sendAndForget())) {
      request.complete(request.status());
    }
  }

  private void keep(ReceivedRequest request) {
    Kept mine = new Kept(request);
    if (!request.tryMarkCancelable(cancelled -> cancelled(mine))) {
      request.complete(IoStatus.CANCELLED, 0);
      return;
    }
    Kept previous = kept.getAndSet(mine);
    if (previous != null) {
      if (previous.request.unmarkCancelable()) {
        sendOn(previous.request);
      } else {
        previous.come();
      }
    }
    if (mine.came.get() == 1 && kept.compareAndSet(mine, null)) {
      mine.come(); // cancelled before it was kept
    }
  }

  private void cancelled(Kept mine) {
    if (kept.compareAndSet(mine, null)) {
      mine.request.complete(IoStatus.CANCELLED, 0);
    } else {
      mine.come();
    }
  }
}
