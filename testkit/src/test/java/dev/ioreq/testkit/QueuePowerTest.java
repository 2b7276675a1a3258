package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoStopHandler.Reason;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import dev.ioreq.SynchronizationScope;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class QueuePowerTest extends QueueTest {
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final List<ReceivedRequest> told = new CopyOnWriteArrayList<>();

  /// A handler of stops that answers.
  private QueueConfig answering(QueueConfig config, boolean requeue) {
    return config
        .onIoStop((queue, request, reason, isMarked) -> {
          events.add("stop " + reason + (isMarked ? " marked" : ""));
          told.add(request);
          request.stopAcknowledge(requeue);
        })
        .onIoResume((queue, request) -> {
          events.add("resume");
          told.remove(request);
        });
  }

  @Test
  @DisplayName("R-416 a power-managed queue delivers nothing while its device is suspended")
  void nothingWhileSuspended() {
    IoDevice device = function(IoQueue.sequential().onDefault(keep));
    IoTarget top = top(device);
    device.suspend();
    send(top);
    send(top);
    assertThat(given).isEmpty();
    assertThat(queueOf(device).state().isHeld()).isTrue();
    assertThat(queueOf(device).state().queued()).isEqualTo(2);
    device.resume();
    assertThat(given).hasSize(1);
    given.get(0).complete(IoStatus.SUCCESS, 0);
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-416 queues of filters are not power-managed unless they say so, others are")
  void whichQueuesArePowerManaged() {
    IoTarget below = over(new ManualDevice());
    IoDevice filter =
        made.track(IoDevice.filter("f").queue(IoQueue.parallel().onDefault(keep)).above(below));
    IoQueue managed =
        filter.createQueue("m", IoQueue.parallel().onDefault(keep).powerManaged(true));
    filter.suspend();
    assertThat(queueOf(filter).state().isHeld()).isFalse();
    assertThat(managed.state().isHeld()).isTrue();
    IoDevice function = function(IoQueue.parallel().onDefault(keep).powerManaged(false));
    function.suspend();
    assertThat(queueOf(function).state().isHeld()).isFalse();
    send(top(function));
    assertThat(given).hasSize(1);
    completeAll();
  }

  @Test
  @DisplayName("R-417 the driver is told of each request it holds, and of those at a target")
  void theDriverIsTold() {
    ManualDevice lower = new ManualDevice();
    IoTarget below = over(lower);
    IoDevice device =
        made.track(
            IoDevice.function("f")
                .queue(answering(IoQueue.parallel().onDefault(keep), false))
                .above(below));
    IoTarget top = top(device);
    for (int i = 0; i < 3; i++) {
      send(top);
    }
    given.get(1).markCancelable(request -> request.complete(IoStatus.CANCELLED, 0));
    given.get(2).formatUsingCurrentType();
    given.get(2).setCompletionRoutine((sent, target, result) -> {});
    assertThat(given.get(2).send(below)).isTrue();
    device.suspend();
    assertThat(events).containsExactly("stop SUSPEND", "stop SUSPEND marked", "stop SUSPEND");
    assertThat(told).containsExactlyElementsOf(given);
    device.resume();
    lower.complete();
    assertThat(given.get(1).unmarkCancelable()).isTrue();
    completeAll();
  }

  @Test
  @DisplayName("R-417 the suspend waits until each is completed or answered")
  void theSuspendWaits() {
    CountDownLatch isTold = new CountDownLatch(1);
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault(keep)
                .onIoStop((queue, request, reason, isMarked) -> isTold.countDown()));
    send(top(device));
    Elsewhere suspending = begin(device::suspend);
    Waiting.forLatch("the stop handler", isTold);
    Waiting.untilParked(suspending.thread());
    given.getFirst().complete(IoStatus.SUCCESS, 0);
    suspending.end();
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-417 a stop handler that completes answers too")
  void aStopHandlerThatCompletes() {
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault(keep)
                .onIoStop(
                    (queue, request, reason, isMarked) -> request.complete(IoStatus.CANCELLED, 0)));
    IoTarget top = top(device);
    send(top);
    send(top);
    device.suspend();
    assertThat(ends()).containsExactly(IoStatus.CANCELLED);
    assertThat(given).as("held").hasSize(1);
    device.resume();
    assertThat(given).hasSize(2);
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-418 answered with requeue: back at the head, delivered again")
  void answeredWithRequeue() {
    IoDevice device = function(answering(IoQueue.sequential().onDefault(keep), true));
    IoQueue queue = queueOf(device);
    IoTarget top = top(device);
    readOf(top, 1);
    readOf(top, 2);
    device.suspend();
    assertThat(queue.state().queued()).isEqualTo(2);
    assertThat(queue.state().driverOwned()).isZero();
    device.resume();
    assertThat(events).as("nothing was kept").containsExactly("stop SUSPEND");
    assertThat(given).hasSize(2);
    assertThat(given.get(1)).isSameAs(given.get(0));
    assertThat(given.get(1).outputLength()).isEqualTo(1);
    given.get(1).complete(IoStatus.SUCCESS, 0);
    given.get(2).complete(IoStatus.SUCCESS, 0);
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-418 answered without requeue: kept, and told when the device is back")
  void answeredWithoutRequeue() {
    IoDevice device = function(answering(IoQueue.sequential().onDefault(keep), false));
    send(top(device));
    device.suspend();
    assertThat(queueOf(device).state().driverOwned()).isEqualTo(1);
    device.resume();
    assertThat(events).containsExactly("stop SUSPEND", "resume");
    assertThat(told).isEmpty();
    completeAll();
  }

  @Test
  @DisplayName("R-418 what was completed before the resume is not told of it")
  void completedBeforeTheResume() {
    IoDevice device = function(answering(IoQueue.parallel().onDefault(keep), false));
    IoTarget top = top(device);
    send(top);
    send(top);
    device.suspend();
    given.getFirst().complete(IoStatus.SUCCESS, 0);
    device.resume();
    assertThat(events).containsExactly("stop SUSPEND", "stop SUSPEND", "resume");
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-418 a resume handler that completes another kept request")
  void aResumeHandlerThatCompletesAnother() {
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault(keep)
                .onIoStop((queue, request, reason, isMarked) -> request.stopAcknowledge(false))
                .onIoResume((queue, request) -> {
                  events.add("resume");
                  completeAll(); // all of them, not only this one
                  given.clear();
                }));
    IoTarget top = top(device);
    send(top);
    send(top);
    device.suspend();
    device.resume();
    assertThat(events).containsExactly("resume");
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-418 answers outside the stop handler, and a requeue of a marked request")
  void wrongAnswers() {
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault(keep)
                .onIoStop((queue, request, reason, isMarked) -> {
                  if (isMarked) {
                    assertMisuse(
                        IoStatus.INVALID_DEVICE_REQUEST, () -> request.stopAcknowledge(true));
                    events.add("refused");
                  }
                  request.stopAcknowledge(false);
                }));
    send(top(device));
    ReceivedRequest request = given.getFirst();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> request.stopAcknowledge(true));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> request.stopAcknowledge(false));
    request.markCancelable(marked -> marked.complete(IoStatus.CANCELLED, 0));
    device.suspend();
    assertThat(events).containsExactly("refused");
    device.resume();
    assertThat(request.unmarkCancelable()).isTrue();
    completeAll();
  }

  @Test
  @DisplayName("R-418, R-334 what is cancelled already and answered with requeue ends there")
  void cancelledAndAnsweredWithRequeue() {
    IoDevice device = function(answering(IoQueue.sequential().onDefault(keep), true));
    final IoRequest request = send(top(device));
    assertThat(request.cancelSent()).isFalse();
    device.suspend();
    assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
    device.resume();
    assertThat(given).hasSize(1);
  }

  @Test
  @DisplayName("R-418, R-403 a stop's callback comes also when the last request was answered back")
  void aStopsCallbackAfterAnAnswer() {
    IoDevice device = function(answering(IoQueue.sequential().onDefault(keep), true));
    send(top(device));
    queueOf(device).stop(stopped -> events.add("stopped"));
    assertThat(events).isEmpty();
    device.suspend();
    assertThat(events).containsExactly("stop SUSPEND", "stopped");
    device.resume();
    queueOf(device).start();
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-419 without a stop handler the suspend waits for all of them")
  void withoutAStopHandler() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    IoTarget top = top(device);
    send(top);
    send(top);
    Elsewhere suspending = begin(device::suspend);
    Waiting.untilParked(suspending.thread());
    given.get(0).complete(IoStatus.SUCCESS, 0);
    Waiting.untilParked(suspending.thread());
    assertThat(suspending.task().isDone()).isFalse();
    given.get(1).complete(IoStatus.SUCCESS, 0);
    suspending.end();
  }

  @Test
  @DisplayName(
      "R-420 removal: what waits is cancelled, then the driver is told; start does nothing")
  void removal() {
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault(keep)
                .onIoStop((queue, request, reason, isMarked) -> {
                  events.add("stop " + reason + " " + queue.state().queued());
                  request.complete(IoStatus.CANCELLED, 0);
                }));
    IoTarget top = top(device);
    send(top);
    final IoRequest waits = send(top);
    device.close();
    assertThat(waits.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(events).containsExactly("stop " + Reason.REMOVE + " 0");
    assertThat(recorder.count()).isEqualTo(2);
    queueOf(device).start();
    assertThat(queueOf(device).state().accepts()).isFalse();
  }

  @Test
  @DisplayName("R-420, R-401 what is answered with requeue at the removal is cancelled")
  void requeueAtTheRemoval() {
    IoDevice device = function(answering(IoQueue.sequential().onDefault(keep), true));
    final IoRequest request = send(top(device));
    elsewhere(device::close);
    assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(events).containsExactly("stop REMOVE");
  }

  @Test
  @DisplayName("queues are made, routed to and deleted while a suspend waits")
  void queuesDuringASuspend() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    IoTarget top = top(device);
    write(top, 8);
    Elsewhere suspending = begin(device::suspend);
    Waiting.untilParked(suspending.thread());
    AtomicReference<@Nullable IoQueue> made = new AtomicReference<>();
    elsewhere(() -> {
      IoQueue reads = device.createQueue("reads", IoQueue.parallel().onDefault(keep));
      device.route(RequestType.READ, reads);
      made.set(reads);
      device.deleteQueue(device.createQueue("gone", IoQueue.manual()));
    });
    IoQueue reads = Objects.requireNonNull(made.get());
    assertThat(reads.state().isHeld()).isTrue();
    send(top);
    assertThat(given).as("the new queue is suspended with its device").hasSize(1);
    assertThat(reads.state().queued()).isEqualTo(1);
    given.getFirst().complete(IoStatus.SUCCESS, 0);
    suspending.end();
    device.resume();
    assertThat(given).hasSize(2);
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("a close ends what a suspend waits for: sent on, marked, or not answered")
  void aCloseDuringASuspend() {
    ManualDevice lower = new ManualDevice().onCancel(ManualDevice.OnCancel.COMPLETE);
    IoTarget below = over(lower);
    IoDevice sends =
        made.track(
            IoDevice.function("sends")
                .queue(
                    IoQueue.parallel()
                        .onDefault((queue, request) -> {
                          request.formatUsingCurrentType();
                          request.setCompletionRoutine(
                              (sent, target, result) -> request.complete(result.status()));
                          assertThat(request.send(below)).isTrue();
                        }))
                .above(below));
    closeDuringASuspend(sends);
    IoDevice marks =
        function(
            IoQueue.parallel()
                .onDefault((queue, request) ->
                    request.markCancelable(marked -> marked.complete(IoStatus.CANCELLED, 0))));
    closeDuringASuspend(marks);
    IoDevice answersTheRemoval =
        function(
            IoQueue.parallel()
                .onDefault(keep)
                .onIoStop((queue, request, reason, isMarked) -> {
                  if (reason == Reason.REMOVE) {
                    request.complete(IoStatus.CANCELLED, 0);
                  }
                }));
    closeDuringASuspend(answersTheRemoval);
    assertThat(ends()).hasSize(3).containsOnly(IoStatus.CANCELLED);
  }

  private void closeDuringASuspend(IoDevice device) {
    send(top(device));
    Elsewhere suspending = begin(device::suspend);
    Waiting.untilParked(suspending.thread());
    Elsewhere closing = begin(device::close);
    Elsewhere again = begin(device::close);
    closing.end();
    again.end();
    suspending.end();
    recorder.await();
  }

  @Test
  @DisplayName("R-420 removal waits for a purge that is under way on another thread")
  void removalWaitsForAPurge() {
    CountDownLatch isEnding = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    IoDevice device = function(IoQueue.manual());
    IoTarget top = top(device);
    IoRequest request = formatted(top);
    request.setCompletionRoutine((sent, target, result) -> {
      isEnding.countDown();
      Waiting.forLatch("the close", mayEnd);
    });
    assertThat(request.send(top)).isTrue();
    Elsewhere purging = begin(() -> queueOf(device).purge(null));
    Waiting.forLatch("the routine", isEnding);
    Elsewhere closing = begin(device::close);
    Waiting.untilParked(closing.thread());
    mayEnd.countDown();
    purging.end();
    closing.end();
  }

  @Test
  @DisplayName("R-421 cancel events are held back while the driver is told of stops")
  void cancelEventsAreHeldBack() {
    AtomicInteger next = new AtomicInteger();
    IoRequest[] sent = new IoRequest[2];
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault((queue, request) -> {
                  keep(request);
                  request.markCancelable(cancelled -> {
                    events.add("event");
                    cancelled.complete(IoStatus.CANCELLED, 0);
                  });
                })
                .onIoStop((queue, request, reason, isMarked) -> {
                  if (next.getAndIncrement() == 0) {
                    // the other one, while its own notification is still to come
                    Waiting.forEnd(begin(sent[1]::cancelSent).thread());
                  }
                  events.add("stop");
                  request.stopAcknowledge(false);
                }));
    IoTarget top = top(device);
    sent[0] = send(top);
    sent[1] = send(top);
    device.suspend();
    assertThat(events).containsExactly("stop", "stop", "event");
    assertThat(sent[1].status()).isEqualTo(IoStatus.CANCELLED);
    device.resume();
    assertThat(given.getFirst().unmarkCancelable()).isTrue();
    given.getFirst().complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-421, R-381 held back also while another callback of the scope delays the stops")
  void cancelEventsAreHeldBackInAScope() {
    CountDownLatch isBusy = new CountDownLatch(1);
    CountDownLatch mayGo = new CountDownLatch(1);
    IoDevice device =
        function(
            IoQueue.parallel()
                .synchronize(SynchronizationScope.QUEUE)
                .onDefault((queue, request) -> {
                  keep(request);
                  request.markCancelable(cancelled -> {
                    events.add("event");
                    cancelled.complete(IoStatus.CANCELLED, 0);
                  });
                })
                .onIoStop((queue, request, reason, isMarked) -> {
                  events.add("stop");
                  request.stopAcknowledge(false);
                }));
    IoTarget top = top(device);
    send(top);
    final IoRequest second = send(top);
    IoQueue queue = queueOf(device);
    Elsewhere busy =
        begin(() ->
            queue.synchronize(() -> {
              isBusy.countDown();
              Waiting.forLatch("the suspend and the cancel", mayGo);
              Waiting.forEnd(begin(second::cancelSent).thread());
            }));
    Waiting.forLatch("the busy scope", isBusy);
    Elsewhere suspending = begin(device::suspend);
    Waiting.untilParked(suspending.thread());
    mayGo.countDown();
    busy.end();
    suspending.end();
    assertThat(events).containsExactly("stop", "stop", "event");
    device.resume();
    assertThat(given.getFirst().unmarkCancelable()).isTrue();
    given.getFirst().complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-421 cancel events are held back while the driver is told of the resume, once")
  void cancelEventsAreHeldBackDuringAResume() {
    AtomicReference<@Nullable IoRequest> kept = new AtomicReference<>();
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault((queue, request) -> {
                  keep(request);
                  request.markCancelable(cancelled -> {
                    events.add("event");
                    cancelled.complete(IoStatus.CANCELLED, 0);
                  });
                })
                .onIoStop((queue, request, reason, isMarked) -> request.stopAcknowledge(false))
                .onIoResume((queue, request) -> {
                  elsewhere(Objects.requireNonNull(kept.get())::cancelSent);
                  events.add("resume");
                }));
    IoTarget top = top(device);
    kept.set(send(top));
    device.suspend();
    device.resume();
    assertThat(events).containsExactly("resume", "event");
    assertThat(send(top).cancelSent()).as("no longer held back").isTrue();
    assertThat(events).containsExactly("resume", "event", "event");
    device.suspend();
    device.resume();
    assertThat(events).as("an event comes once").hasSize(3);
    assertThat(ends()).containsExactly(IoStatus.CANCELLED, IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-420 a queue that is deleted waits for what its stop handler has kept")
  void aDeletionWaitsForWhatWasKept() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    IoQueue second =
        device.createQueue("second", answering(IoQueue.parallel().onDefault(keep), false));
    send(top(device));
    assertThat(given.getFirst().forwardTo(second)).isEqualTo(IoStatus.SUCCESS);
    Elsewhere deleting = begin(() -> device.deleteQueue(second));
    Waiting.until("the stop handler", () -> events.contains("stop REMOVE"));
    Waiting.untilParked(deleting.thread());
    assertThat(deleting.task().isDone()).isFalse();
    given.getLast().complete(IoStatus.SUCCESS, 0);
    deleting.end();
  }

  @Test
  @DisplayName("R-417, R-381 the suspend ends with an answer on another thread, of a busy scope")
  void anAnswerOnAnotherThread() {
    CountDownLatch isBusy = new CountDownLatch(1);
    CountDownLatch mayGo = new CountDownLatch(1);
    IoDevice device =
        function(
            answering(
                IoQueue.parallel().synchronize(SynchronizationScope.QUEUE).onDefault(keep), false));
    send(top(device));
    Elsewhere busy =
        begin(() ->
            queueOf(device)
                .synchronize(() -> {
                  isBusy.countDown();
                  Waiting.forLatch("the suspend", mayGo);
                }));
    Waiting.forLatch("the busy scope", isBusy);
    Elsewhere suspending = begin(device::suspend);
    Waiting.untilParked(suspending.thread());
    mayGo.countDown();
    busy.end();
    suspending.end();
    assertThat(events).containsExactly("stop SUSPEND");
    device.resume();
    completeAll();
  }

  @Test
  @DisplayName("R-417 of what was requeued the driver is not told")
  void whatWasRequeuedIsNotTold() {
    IoDevice device = function(answering(IoQueue.manual(), false));
    readOf(top(device), 1);
    retrieve(queueOf(device)).requeue();
    device.suspend();
    assertThat(events).isEmpty();
    device.resume();
    retrieve(queueOf(device)).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-419 an interrupt does not end the wait for the driver, and is kept")
  void anInterruptIsKept() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    send(top(device));
    Elsewhere suspending =
        begin(() -> {
          device.suspend();
          assertThat(Thread.currentThread().isInterrupted()).isTrue();
        });
    Waiting.untilParked(suspending.thread());
    suspending.thread().interrupt();
    Waiting.until("the interrupt is seen", () -> !suspending.thread().isInterrupted());
    Waiting.untilParked(suspending.thread());
    assertThat(suspending.task().isDone()).isFalse();
    completeAll();
    suspending.end();
  }
}
