package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueState;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.VerifierRule;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class QueueStateTest extends QueueTest {
  private static final int ACCEPT = 1;
  private static final int DISPATCH = 2;
  private static final int NO_REQUESTS = 4;
  private static final int DRIVER_NO_REQUESTS = 8;
  private static final int PNP_HELD = 16;

  private final IoDevice device = function(IoQueue.sequential().onDefault(keep));
  private final IoQueue queue = queueOf(device);
  private final IoTarget top = top(device);
  private final List<String> called = new CopyOnWriteArrayList<>();

  private Consumer<IoQueue> note(String what) {
    return changed -> {
      assertThat(changed).isSameAs(queue);
      called.add(what);
    };
  }

  @Test
  @DisplayName("R-402 the bits and counts of each state")
  void bitsAndCounts() {
    assertThat(queue.state().bits())
        .isEqualTo(ACCEPT + DISPATCH + NO_REQUESTS + DRIVER_NO_REQUESTS);
    assertThat(queue.state()).matches(QueueState::isIdle).matches(QueueState::isReady);
    send(top);
    assertThat(queue.state().bits()).isEqualTo(ACCEPT + DISPATCH + NO_REQUESTS);
    send(top);
    assertThat(queue.state().bits()).isEqualTo(ACCEPT + DISPATCH);
    assertThat(queue.state().queued()).isEqualTo(1);
    assertThat(queue.state().driverOwned()).isEqualTo(1);
    queue.stop(null);
    assertThat(queue.state().bits()).isEqualTo(ACCEPT);
    assertThat(queue.state().isStopped()).isFalse();
    given.get(0).complete(IoStatus.SUCCESS, 0);
    assertThat(queue.state().bits()).isEqualTo(ACCEPT + DRIVER_NO_REQUESTS);
    assertThat(queue.state()).matches(QueueState::isStopped);
    queue.drain(null);
    assertThat(queue.state().bits()).isEqualTo(DISPATCH + NO_REQUESTS);
    assertThat(queue.state().isDrained()).isFalse();
    given.get(1).complete(IoStatus.SUCCESS, 0);
    assertThat(queue.state().bits()).isEqualTo(DISPATCH + NO_REQUESTS + DRIVER_NO_REQUESTS);
    assertThat(queue.state()).matches(QueueState::isDrained).matches(QueueState::isPurged);
    queue.stopAndPurge(null);
    assertThat(queue.state()).matches(QueueState::isStopped);
    assertThat(queue.state().isPurged()).isFalse();
    queue.purge(null);
    assertThat(queue.state()).matches(QueueState::isPurged);
    queue.start();
    device.suspend();
    assertThat(queue.state().bits())
        .isEqualTo(ACCEPT + DISPATCH + NO_REQUESTS + DRIVER_NO_REQUESTS + PNP_HELD);
    assertThat(queue.state().isReady()).isFalse();
  }

  @Test
  @DisplayName("R-403 stop: takes, does not deliver, tells when the driver holds none")
  void stop() {
    send(top);
    send(top);
    queue.stop(note("stopped"));
    send(top);
    assertThat(queue.state().queued()).isEqualTo(2);
    assertThat(called).isEmpty();
    given.get(0).complete(IoStatus.SUCCESS, 0);
    assertThat(called).containsExactly("stopped");
    assertThat(given).hasSize(1);
    queue.start();
    given.get(1).complete(IoStatus.SUCCESS, 0);
    given.get(2).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-403 stop with nothing at the driver tells at once")
  void stopOfAnIdleQueue() {
    queue.stop(note("stopped"));
    assertThat(called).containsExactly("stopped");
  }

  @Test
  @DisplayName("R-403 stop opens a drained or purged queue again")
  void stopOpensAgain() {
    queue.drain(null);
    queue.stop(null);
    final IoRequest first = send(top);
    assertThat(first.status()).isEqualTo(IoStatus.PENDING);
    queue.purge(null);
    assertThat(first.status()).isEqualTo(IoStatus.CANCELLED);
    queue.stop(null);
    send(top);
    assertThat(given).isEmpty();
    queue.start();
    assertThat(given).hasSize(1);
    completeAll();
  }

  @Test
  @DisplayName("R-404 stop and wait")
  void stopSynchronously() {
    send(top);
    Elsewhere stopping = begin(queue::stopSynchronously);
    Waiting.untilParked(stopping.thread());
    assertThat(queue.state().dispatches()).isFalse();
    given.getFirst().complete(IoStatus.SUCCESS, 0);
    stopping.end();
    assertThat(queue.state()).matches(QueueState::isStopped);
  }

  @Test
  @DisplayName("R-404 waiting is refused where it would wait for itself")
  void waitingIsRefused() {
    List<Runnable> waits =
        List.of(
            queue::stopSynchronously,
            queue::drainSynchronously,
            queue::purgeSynchronously,
            queue::stopAndPurgeSynchronously,
            device::suspend,
            device::close);
    IoDevice caller =
        function(
            IoQueue.parallel()
                .onDefault((where, request) -> {
                  for (Runnable wait : waits) {
                    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, wait::run);
                  }
                  request.complete(IoStatus.SUCCESS, 1);
                }));
    send(top(caller));
    assertThat(recorder.await().information()).isEqualTo(1);
    queue.synchronize(
        () -> waits.forEach(wait -> assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, wait::run)));
    assertThat(queue.state()).matches(QueueState::isReady);
    queue.drainSynchronously();
    queue.purgeSynchronously();
    queue.stopAndPurgeSynchronously();
    assertThat(queue.state()).matches(QueueState::isStopped);
  }

  @Test
  @DisplayName("R-405 start delivers what waits before it returns")
  void startDelivers() {
    queue.stop(null);
    send(top);
    queue.start();
    assertThat(given).hasSize(1);
    completeAll();
  }

  @Test
  @DisplayName("R-406 drain: refuses, delivers what waits, tells when all have ended")
  void drain() {
    send(top);
    send(top);
    queue.drain(note("drained"));
    send(top);
    assertThat(ends()).containsExactly(IoStatus.INVALID_DEVICE_STATE);
    given.get(0).complete(IoStatus.SUCCESS, 0);
    assertThat(given).hasSize(2);
    assertThat(called).isEmpty();
    given.get(1).complete(IoStatus.SUCCESS, 0);
    assertThat(called).containsExactly("drained");
    queue.start();
    send(top);
    assertThat(given).hasSize(3);
    given.get(2).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  void aCancelOfTheLastThatWaitsEndsADrain() {
    IoDevice manual = function(IoQueue.manual());
    IoRequest request = send(top(manual));
    queueOf(manual).drain(drained -> called.add("drained"));
    assertThat(called).isEmpty();
    assertThat(request.cancelSent()).isTrue();
    assertThat(called).containsExactly("drained");
    assertThat(ends()).containsExactly(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-406, R-403 drain delivers what a stop held back")
  void drainOfAStoppedQueue() {
    queue.stop(null);
    send(top);
    queue.drain(note("drained"));
    assertThat(given).hasSize(1);
    completeAll();
    assertThat(called).containsExactly("drained");
  }

  @Test
  @DisplayName("R-407, R-329 purge: cancels what waits and what is marked, waits for the rest")
  void purge() {
    IoDevice parallel = function(IoQueue.parallel().presentAtMost(2).onDefault(keep));
    IoQueue purged = queueOf(parallel);
    IoTarget parallelTop = top(parallel);
    final IoRequest marked = send(parallelTop);
    final IoRequest unmarked = send(parallelTop);
    final IoRequest waits = send(parallelTop);
    given
        .get(0)
        .markCancelable(request -> {
          called.add("event");
          request.complete(IoStatus.CANCELLED, 0);
        });
    purged.purge(changed -> called.add("purged"));
    assertThat(waits.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(marked.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(given).hasSize(2);
    assertThat(called).containsExactly("event");
    assertThat(given.get(1).isCanceled()).as("it is not cancelled, only awaited").isFalse();
    given.get(1).complete(IoStatus.SUCCESS, 0);
    assertThat(unmarked.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(called).containsExactly("event", "purged");
    send(parallelTop);
    assertThat(recorder.calls().getLast().status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
  }

  @Test
  @DisplayName("R-407, R-333 purge gives what was presented to the canceled-on-queue handler")
  void purgeOfWhatWasPresented() {
    List<ReceivedRequest> cancelled = new ArrayList<>();
    IoQueue keeps =
        device.createQueue(
            "keeps",
            IoQueue.manual().onCanceledOnQueue((where, request) -> cancelled.add(request)));
    final IoRequest request = send(top);
    given.getFirst().forwardTo(keeps);
    keeps.purge(purged -> called.add("purged"));
    assertThat(cancelled).hasSize(1);
    assertThat(called).as("the driver has it").isEmpty();
    cancelled.getFirst().complete(IoStatus.CANCELLED, 0);
    assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(called).containsExactly("purged");
  }

  @Test
  @DisplayName("R-408 stop and purge: cancels what waits now, later arrivals wait for the start")
  void stopAndPurge() {
    send(top);
    final IoRequest waits = send(top);
    queue.stopAndPurge(note("purged"));
    assertThat(waits.status()).isEqualTo(IoStatus.CANCELLED);
    send(top);
    assertThat(queue.state().queued()).isEqualTo(1);
    assertThat(called).isEmpty();
    given.get(0).complete(IoStatus.SUCCESS, 0);
    assertThat(called).containsExactly("purged");
    assertThat(given).hasSize(1);
    queue.start();
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-409 a queue that takes nothing ends what comes as INVALID_DEVICE_STATE")
  void aQueueThatTakesNothing() {
    queue.drain(null);
    send(top);
    queue.purge(null);
    send(top);
    assertThat(ends())
        .containsExactly(IoStatus.INVALID_DEVICE_STATE, IoStatus.INVALID_DEVICE_STATE);
    assertThat(given).isEmpty();
    assertThat(recorder.calls()).extracting(Recorder.Call::information).containsOnly(0L);
  }

  @Test
  @DisplayName("R-410 one pending callback of stop, and one of drain and purge")
  void onePendingCallback() {
    send(top);
    asPrograms(); // two changes at once break R-411
    queue.stop(note("stopped"));
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> queue.stop(note("again")));
    queue.drain(note("drained"));
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> queue.drain(note("again")));
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> queue.purge(note("again")));
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> queue.stopAndPurge(note("again")));
    completeAll();
    assertThat(called).containsExactly("stopped", "drained");
    queue.purge(note("purged"));
    assertThat(called).containsExactly("stopped", "drained", "purged");
  }

  @Test
  @DisplayName("R-411 a change before the callback of the last one is reported")
  void aChangeTooEarly() {
    send(top);
    queue.stop(note("stopped"));
    Violations.reported(VerifierRule.QUEUE_STATE_CHANGED_EARLY, queue::start);
    completeAll();
  }

  @Test
  @DisplayName("R-412 what the driver has sent to a target counts as the driver's")
  void whatIsAtATarget() {
    ManualDevice lower = new ManualDevice();
    IoTarget below = over(lower);
    IoDevice filter =
        made.track(IoDevice.filter("f").queue(IoQueue.parallel().onDefault(keep)).above(below));
    for (int i = 0; i < 3; i++) {
      send(top(filter));
      ReceivedRequest request = given.get(i);
      request.formatUsingCurrentType();
      request.setCompletionRoutine((sent, target, result) -> request.complete(result.status()));
      assertThat(request.send(below)).isTrue();
      assertThat(queueOf(filter).state().driverOwned()).isEqualTo(1);
      switch (i) {
        case 0 -> queueOf(filter).stop(stopped -> called.add("stopped"));
        case 1 -> queueOf(filter).drain(drained -> called.add("drained"));
        default -> queueOf(filter).purge(purged -> called.add("purged"));
      }
      assertThat(called).hasSize(i);
      lower.complete();
      assertThat(called).hasSize(i + 1);
      queueOf(filter).start();
    }
  }

  @Test
  @DisplayName("R-403 a stop that has ended means that the routines above have been called")
  void aStopThatHasEnded() {
    List<String> order = new CopyOnWriteArrayList<>();
    IoRequest request = formatted(top);
    request.setCompletionRoutine((sent, target, result) -> order.add("routine"));
    assertThat(request.send(top)).isTrue();
    queue.stop(stopped -> order.add("stopped"));
    completeAll();
    assertThat(order).containsExactly("routine", "stopped");
  }

  @Test
  @DisplayName("R-413, R-420 a deleted queue: start does nothing, the others are refused")
  void aDeletedQueue() {
    IoQueue deleted = device.createQueue("deleted", IoQueue.manual());
    device.deleteQueue(deleted);
    deleted.start();
    assertThat(deleted.state().accepts()).isFalse();
    assertMisuse(IoStatus.DELETE_PENDING, () -> deleted.stop(null));
    assertMisuse(IoStatus.DELETE_PENDING, () -> deleted.drain(null));
    assertMisuse(IoStatus.DELETE_PENDING, () -> deleted.purge(null));
    assertMisuse(IoStatus.DELETE_PENDING, () -> deleted.stopAndPurge(null));
    assertThat(deleted.state().accepts()).isFalse();
  }

  @Test
  @DisplayName("R-403, R-406 a callback that is due comes also when the device is closed meanwhile")
  void aCallbackThatIsDueAtTheClose() {
    IoDevice closed = function(IoQueue.sequential().onDefault(keep));
    IoQueue gone = queueOf(closed);
    send(top(closed));
    Elsewhere stopping = begin(gone::stopSynchronously);
    Waiting.untilParked(stopping.thread());
    Elsewhere closing = begin(closed::close);
    Waiting.untilParked(closing.thread());
    given.getFirst().complete(IoStatus.SUCCESS, 0);
    stopping.end();
    closing.end();
  }

  @Test
  @DisplayName("R-407, R-408 a purge leaves it as it was whether the queue delivers")
  void aPurgeLeavesTheDeliveryAsItWas() {
    queue.purge(null);
    assertThat(queue.state().dispatches()).isTrue();
    queue.stop(null);
    queue.purge(null);
    assertThat(queue.state().dispatches()).isFalse();
    queue.start();
    queue.stopAndPurge(null);
    assertThat(queue.state().dispatches()).isFalse();
    assertThat(queue.state().accepts()).isTrue();
  }

  @Test
  @DisplayName("R-411 a drain before the callback of a stop is reported")
  void aDrainTooEarly() {
    send(top);
    queue.stop(note("stopped"));
    Violations.reported(VerifierRule.QUEUE_STATE_CHANGED_EARLY, () -> queue.drain(null));
    completeAll();
    assertThat(called).containsExactly("stopped");
  }

  @Test
  @DisplayName("R-404 an interrupt does not end the wait, and is kept")
  void anInterruptIsKept() {
    send(top);
    Elsewhere stopping =
        begin(() -> {
          queue.stopSynchronously();
          assertThat(Thread.currentThread().isInterrupted()).isTrue();
        });
    Waiting.untilParked(stopping.thread());
    stopping.thread().interrupt();
    Waiting.until("the interrupt is seen", () -> !stopping.thread().isInterrupted());
    Waiting.untilParked(stopping.thread());
    completeAll();
    stopping.end();
  }

  @Test
  void aMessageSaysWhatAQueueHas() {
    send(top);
    send(top);
    assertThat(queue).asString().contains("default", "1 waiting", "1 at the driver");
    given.get(0).complete(IoStatus.SUCCESS, 0);
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }
}
