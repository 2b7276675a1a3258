package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoQueue;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What changes a queue meets what arrives in it, thousands of times: each request ends once, and
/// none is left behind.
class QueueRacesTest extends QueueRaces {
  @Test
  @DisplayName("R-375, R-380 a sequential queue's release against an arrival: nothing left behind")
  void releaseAgainstArrival() {
    IoTarget top = top(function(IoQueue.sequential().onDefault(this::hold)));
    race(
        () -> beginOther(top),
        () -> begin(top),
        () -> assertThat(completeOldest()).as("the first one was delivered").isTrue(),
        () -> {
          assertThat(countHeld()).as("the second one is delivered").isEqualTo(1);
          completeOldest();
        },
        Set.of(IoStatus.SUCCESS));
  }

  @Test
  @DisplayName("R-406, R-409 drain against arrival: delivered or refused, and the callback comes")
  void drainAgainstArrival() {
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault((queue, received) -> received.complete(IoStatus.SUCCESS, 0)));
    IoTarget top = top(device);
    IoQueue queue = queueOf(device);
    AtomicInteger drained = new AtomicInteger();
    AtomicInteger turns = new AtomicInteger();
    race(
        QueueRaces::nothing,
        () -> begin(top),
        () -> queue.drain(it -> drained.incrementAndGet()),
        () -> {
          assertThat(drained).hasValue(turns.incrementAndGet());
          queue.start();
        },
        Set.of(IoStatus.SUCCESS, IoStatus.INVALID_DEVICE_STATE));
  }

  @Test
  @DisplayName("R-409, R-407 stop and purge against arrival: cancelled, or it waits")
  void stopAndPurgeAgainstArrival() {
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault((queue, received) -> received.complete(IoStatus.SUCCESS, 0)));
    IoTarget top = top(device);
    IoQueue queue = queueOf(device);
    race(
        () -> queue.stop(null),
        () -> begin(top),
        () -> queue.stopAndPurge(null),
        queue::start,
        EITHER);
  }

  @Test
  @DisplayName("R-416 suspend and resume against arrival")
  void suspendAgainstArrival() {
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault((queue, received) -> received.complete(IoStatus.SUCCESS, 0)));
    IoTarget top = top(device);
    race(
        QueueRaces::nothing,
        () -> begin(top),
        () -> {
          device.suspend();
          device.resume();
        },
        QueueRaces::nothing,
        Set.of(IoStatus.SUCCESS));
  }

  @Test
  @DisplayName("R-394 forward against purge of the destination: busy, cancelled or there")
  void forwardAgainstPurge() {
    IoDevice device = function(catching);
    IoQueue manual = device.createQueue("manual", IoQueue.manual());
    IoTarget top = top(device);
    race(
        () -> begin(top),
        () -> {
          ReceivedRequest received = received();
          if (!received.forwardTo(manual).isSuccess()) {
            received.complete(IoStatus.SUCCESS, 0);
          }
        },
        () -> manual.purge(null),
        () -> {
          assertThat(manual.state().isPurged()).isTrue();
          manual.start();
        },
        EITHER);
  }

  @Test
  @DisplayName("R-363, R-364 routing against arrivals: each goes to one queue or the other")
  void routingAgainstArrivals() {
    AtomicInteger handled = new AtomicInteger();
    QueueConfig counting =
        IoQueue.parallel()
            .onDefault((queue, received) -> {
              handled.incrementAndGet();
              received.complete(IoStatus.SUCCESS, 0);
            });
    for (int i = 0; i < 20; i++) {
      IoDevice device = function(counting);
      IoTarget top = top(device);
      handled.set(0);
      Elsewhere routing =
          begin(() -> device.route(RequestType.READ, device.createQueue("reads", counting)));
      for (int k = 0; k < 100; k++) {
        request.reuse();
        begin(top);
      }
      routing.end();
      assertThat(handled).hasValue(100);
    }
  }
}
