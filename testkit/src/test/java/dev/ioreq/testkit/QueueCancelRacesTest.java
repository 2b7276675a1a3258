package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoQueue;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// A cancel meets what the request's driver or its queue does, thousands of times: each send ends
/// once, and nothing is left behind.
class QueueCancelRacesTest extends QueueRaces {
  /// The race of `here` with a cancel.
  private void raceWithCancel(Runnable before, Runnable here, Runnable after, Set<IoStatus> ways) {
    race(before, here, request::cancelSent, after, ways);
  }

  @Test
  @DisplayName("R-331, R-334, R-222 cancel against arrival in a manual queue")
  void cancelAgainstArrival() {
    IoDevice device = function(IoQueue.manual());
    IoTarget top = top(device);
    raceWithCancel(
        QueueRaces::nothing,
        () -> {
          if (!sendTo(top)) {
            assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
            completions.incrementAndGet(); // refused: the cancel came before the send
          }
        },
        () -> completeAllOf(queueOf(device)),
        EITHER);
  }

  @Test
  @DisplayName("R-331 cancel against the dispatch at a start")
  void cancelAgainstDispatch() {
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault((queue, received) -> received.complete(IoStatus.SUCCESS, 0)));
    IoTarget top = top(device);
    IoQueue queue = queueOf(device);
    raceWithCancel(
        () -> {
          queue.stop(null);
          begin(top);
        },
        queue::start,
        QueueRaces::nothing,
        EITHER);
  }

  @Test
  @DisplayName("R-331, R-385 cancel against retrieval")
  void cancelAgainstRetrieval() {
    IoDevice device = function(IoQueue.manual());
    IoTarget top = top(device);
    raceWithCancel(
        () -> begin(top), () -> completeAllOf(queueOf(device)), QueueRaces::nothing, EITHER);
  }

  private static void completeAllOf(IoQueue queue) {
    IoStatus status = IoStatus.SUCCESS;
    while (status.isSuccess()) {
      status = queue.retrieveNext(request -> request.complete(IoStatus.SUCCESS, 0));
    }
  }

  @Test
  @DisplayName("R-394, R-334 cancel against forward: never left behind in the other queue")
  void cancelAgainstForward() {
    IoDevice device = function(catching);
    IoQueue manual = device.createQueue("manual", IoQueue.manual());
    IoTarget top = top(device);
    raceWithCancel(
        () -> begin(top),
        () -> assertThat(received().forwardTo(manual)).isEqualTo(IoStatus.SUCCESS),
        () -> {
          assertThat(manual.state().isIdle()).as("the cancel finds it").isTrue();
          completeAllOf(manual);
        },
        Set.of(IoStatus.CANCELLED));
  }

  @Test
  @DisplayName("R-400, R-334 cancel against requeue")
  void cancelAgainstRequeue() {
    IoDevice device = function(IoQueue.manual());
    IoTarget top = top(device);
    raceWithCancel(
        () -> {
          begin(top);
          got.set(retrieve(queueOf(device)));
        },
        () -> received().requeue(),
        () -> assertThat(queueOf(device).state().isIdle()).isTrue(),
        Set.of(IoStatus.CANCELLED));
  }

  @Test
  @DisplayName("R-313, R-314 cancel against mark: the event comes")
  void cancelAgainstMark() {
    IoTarget top = top(function(catching));
    raceWithCancel(
        () -> begin(top),
        () -> received().markCancelable(marked -> marked.complete(IoStatus.CANCELLED, 0)),
        QueueRaces::nothing,
        Set.of(IoStatus.CANCELLED));
  }

  @Test
  @DisplayName("R-315, R-316 cancel against the other form of mark")
  void cancelAgainstTryMark() {
    IoTarget top = top(function(catching));
    raceWithCancel(
        () -> begin(top),
        () -> {
          ReceivedRequest received = received();
          if (!received.tryMarkCancelable(marked -> marked.complete(IoStatus.CANCELLED, 0))) {
            received.complete(IoStatus.CANCELLED, 0);
          }
        },
        QueueRaces::nothing,
        Set.of(IoStatus.CANCELLED));
  }

  @Test
  @DisplayName("R-320, R-321, R-326 cancel against unmark and complete")
  void cancelAgainstUnmark() {
    IoTarget top = top(function(catching));
    // of the cancel routine and the driver, when both come, the second completes: until then the
    // request stays valid for both
    AtomicInteger came = new AtomicInteger();
    raceWithCancel(
        () -> {
          came.set(0);
          begin(top);
          Objects.requireNonNull(got.get()).markCancelable(it -> endSecond(it, came));
        },
        () -> {
          ReceivedRequest received = received();
          if (received.unmarkCancelable()) {
            received.complete(IoStatus.SUCCESS, 0);
          } else {
            endSecond(received, came);
          }
        },
        QueueRaces::nothing,
        EITHER);
  }

  private static void endSecond(ReceivedRequest received, AtomicInteger came) {
    if (came.incrementAndGet() == 2) {
      received.complete(IoStatus.CANCELLED, 0);
    }
  }

  @Test
  @DisplayName("R-300, R-301 cancel against complete")
  void cancelAgainstComplete() {
    IoTarget top = top(function(catching));
    raceWithCancel(
        () -> begin(top),
        () -> received().complete(IoStatus.SUCCESS, 0),
        QueueRaces::nothing,
        Set.of(IoStatus.SUCCESS));
  }

  @Test
  @DisplayName("R-407, R-331 cancel against purge of what waits")
  void cancelAgainstPurge() {
    IoDevice device = function(IoQueue.manual());
    IoTarget top = top(device);
    AtomicInteger purged = new AtomicInteger();
    AtomicInteger turns = new AtomicInteger();
    raceWithCancel(
        () -> {
          queueOf(device).start();
          begin(top);
        },
        () -> queueOf(device).purge(queue -> purged.incrementAndGet()),
        () -> assertThat(purged).as("R-406").hasValue(turns.incrementAndGet()),
        Set.of(IoStatus.CANCELLED));
  }

  @Test
  @DisplayName("R-329, R-307 cancel against purge of what is marked: one event")
  void cancelAgainstPurgeOfMarked() {
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault((queue, received) ->
                    received.markCancelable(marked -> marked.complete(IoStatus.CANCELLED, 0))));
    IoTarget top = top(device);
    raceWithCancel(
        () -> {
          queueOf(device).start();
          begin(top);
        },
        () -> queueOf(device).purge(null),
        () -> assertThat(queueOf(device).state().isPurged()).isTrue(),
        Set.of(IoStatus.CANCELLED));
  }

  @Test
  @DisplayName("R-403, R-331 cancel against stop and start")
  void cancelAgainstStop() {
    IoDevice device =
        function(
            IoQueue.parallel()
                .presentAtMost(1)
                .onDefault((queue, received) -> {
                  received.markCancelable(marked -> marked.complete(IoStatus.CANCELLED, 0));
                }));
    IoTarget top = top(device);
    AtomicInteger stopped = new AtomicInteger();
    AtomicInteger turns = new AtomicInteger();
    raceWithCancel(
        () -> begin(top),
        () -> queueOf(device).stop(queue -> stopped.incrementAndGet()),
        () -> {
          assertThat(stopped).hasValue(turns.incrementAndGet());
          queueOf(device).start();
        },
        Set.of(IoStatus.CANCELLED));
  }

  @Test
  @DisplayName("R-310, R-309 cancel against send and forget: lower is asked, or sees the flag")
  void cancelAgainstForget() {
    ManualDevice lower = new ManualDevice().onCancel(ManualDevice.OnCancel.COMPLETE);
    IoTarget below = over(lower);
    IoDevice filter = made.track(IoDevice.filter("f").queue(catching).above(below));
    IoTarget top = top(filter);
    raceWithCancel(
        () -> begin(top),
        () -> assertThat(received().send(below, SendOptions.sendAndForget())).isTrue(),
        () -> assertThat(lower.kept()).isZero(),
        Set.of(IoStatus.CANCELLED));
  }

  @Test
  @DisplayName("R-309, R-311 cancel against sending on, three layers deep")
  void cancelAgainstSendingOn() {
    ManualDevice lower = new ManualDevice().onCancel(ManualDevice.OnCancel.COMPLETE);
    IoTarget below = over(lower);
    IoDevice transparent = made.track(IoDevice.filter("t").above(below));
    IoTarget middle = top(transparent);
    IoDevice filter = made.track(IoDevice.filter("f").queue(catching).above(middle));
    IoTarget top = top(filter);
    raceWithCancel(
        () -> begin(top),
        () -> sendOn(received(), middle),
        () -> assertThat(lower.kept()).isZero(),
        Set.of(IoStatus.CANCELLED));
  }

  private static void sendOn(ReceivedRequest received, IoTarget below) {
    received.formatUsingCurrentType();
    received.setCompletionRoutine((sent, target, result) -> received.complete(result.status()));
    if (!received.send(below)) {
      received.complete(received.status());
    }
  }

  @Test
  @DisplayName("R-311 cancel against sending on to a stopped target: not held back for ever")
  void cancelAgainstHolding() {
    ManualDevice lower = new ManualDevice();
    IoTarget below = over(lower);
    IoDevice filter = made.track(IoDevice.filter("f").queue(catching).above(below));
    IoTarget top = top(filter);
    below.stop(SentIoAction.LEAVE_PENDING);
    raceWithCancel(
        () -> begin(top),
        () -> sendOn(received(), below),
        () -> assertThat(below.requestsHeld()).isZero(),
        Set.of(IoStatus.CANCELLED));
    assertThat(lower.arrivals()).isEmpty();
  }

  @Test
  @DisplayName("R-417, R-418 cancel against a suspend that puts the request back")
  void cancelAgainstSuspend() {
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault((queue, received) -> got.set(received))
                .onIoStop((queue, received, reason, isMarked) -> received.stopAcknowledge(true)));
    IoTarget top = top(device);
    raceWithCancel(
        () -> {
          begin(top);
          got.set(null);
        },
        device::suspend,
        () -> {
          assertThat(queueOf(device).state().isIdle()).isTrue();
          device.resume();
        },
        Set.of(IoStatus.CANCELLED));
  }

  @Test
  @DisplayName("R-424 the return of a reserved request against a cancel of the one that waits")
  void returnAgainstCancel() {
    IoDevice device =
        function(
            IoQueue.parallel()
                .guaranteeForwardProgress(1, new OnlyReserved())
                .onDefault(this::hold));
    IoTarget top = top(device);
    raceWithCancel(
        () -> {
          beginOther(top);
          begin(top); // waits for the reserved request
        },
        this::completeOldest,
        () -> {
          assertThat(other.status()).as("nobody cancelled this one").isEqualTo(IoStatus.SUCCESS);
          completeOldest();
        },
        EITHER);
    assertThat(queueOf(device).state().isIdle()).isTrue();
  }

  @Test
  @DisplayName("R-326 a driver that completes on another thread, cancelled meanwhile")
  void completedElsewhere() {
    IoTarget top = top(function(catching));
    race(
        () -> begin(top),
        request::cancelSent,
        this::completeIfGot,
        QueueRaces::nothing,
        Set.of(IoStatus.SUCCESS));
  }

  private void completeIfGot() {
    ReceivedRequest received = got.getAndSet(null);
    if (received != null) {
      received.complete(IoStatus.SUCCESS, 0);
    }
  }
}
