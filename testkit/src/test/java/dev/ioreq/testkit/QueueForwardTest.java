package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.CancelRoutine;
import dev.ioreq.IoDevice;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import dev.ioreq.SynchronizationScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class QueueForwardTest extends QueueTest {
  private static final CancelRoutine CANCEL = request -> request.complete(IoStatus.CANCELLED, 0);

  private final IoDevice device = function(IoQueue.sequential().onDefault(keep));
  private final IoQueue source = queueOf(device);
  private final IoQueue manual = device.createQueue("manual", IoQueue.manual());
  private final IoTarget top = top(device);

  @Test
  @DisplayName("R-394, R-095 a forwarded request is appended, and keeps its handle")
  void aForwardedRequestIsAppended() {
    send(top);
    send(top);
    ReceivedRequest first = given.get(0);
    assertThat(first.forwardTo(manual)).isEqualTo(IoStatus.SUCCESS);
    assertThat(given).as("the source delivered its next meanwhile").hasSize(2);
    ReceivedRequest second = given.get(1);
    assertThat(second.forwardTo(manual)).isEqualTo(IoStatus.SUCCESS);
    assertThat(source.state().isIdle()).isTrue();
    assertThat(manual.state().queued()).isEqualTo(2);
    assertThat(first.queue()).containsSame(manual);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> first.forwardTo(source));
    assertThat(retrieve(manual)).isSameAs(first);
    assertThat(retrieve(manual)).isSameAs(second);
    completeAll();
  }

  @Test
  @DisplayName("R-395 what cannot be forwarded")
  void whatCannotBeForwarded() {
    send(top);
    ReceivedRequest request = given.getFirst();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> request.forwardTo(source));
    IoQueue others = queueOf(function(IoQueue.manual()));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> request.forwardTo(others));
    request.markCancelable(CANCEL);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> request.forwardTo(manual));
    assertThat(request.unmarkCancelable()).isTrue();
    request.complete(IoStatus.SUCCESS, 0);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> request.forwardTo(manual));
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(manual.state().isIdle()).isTrue();
  }

  @Test
  @DisplayName("R-396 a queue that takes nothing is busy, and the driver has the request still")
  void aQueueThatTakesNothing() {
    send(top);
    ReceivedRequest request = given.getFirst();
    manual.drain(null);
    assertThat(request.forwardTo(manual)).isEqualTo(IoStatus.WDF_BUSY);
    assertThat(request.queue()).containsSame(source);
    assertThat(source.state().driverOwned()).isEqualTo(1);
    manual.start();
    assertThat(request.forwardTo(manual)).isEqualTo(IoStatus.SUCCESS);
    retrieve(manual).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-397 a request at a target is not forwarded before its routine ran")
  void aRequestAtATarget() {
    ManualDevice lower = new ManualDevice();
    IoTarget below = over(lower);
    IoDevice filter =
        made.track(IoDevice.filter("g").queue(IoQueue.parallel().onDefault(keep)).above(below));
    IoQueue other = filter.createQueue("other", IoQueue.manual());
    send(top(filter));
    ReceivedRequest request = given.getFirst();
    request.formatUsingCurrentType();
    List<IoStatus> forwarded = new ArrayList<>();
    request.setCompletionRoutine((sent, target, result) -> forwarded.add(request.forwardTo(other)));
    assertThat(request.send(below)).isTrue();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> request.forwardTo(other));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> request.complete(IoStatus.SUCCESS, 0));
    lower.complete();
    assertThat(forwarded).containsExactly(IoStatus.SUCCESS);
    retrieve(other).complete(IoStatus.SUCCESS, 0);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-400 requeue puts it at the head of its manual queue")
  void requeuePutsItAtTheHead() {
    IoDevice other = function(IoQueue.manual());
    IoTarget otherTop = top(other);
    IoQueue queue = queueOf(other);
    readOf(otherTop, 1);
    readOf(otherTop, 2);
    ReceivedRequest first = retrieve(queue);
    first.requeue();
    assertThat(queue.state().queued()).isEqualTo(2);
    assertThat(queue.state().driverOwned()).isZero();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, first::requeue);
    assertThat(retrieve(queue)).isSameAs(first);
    first.markCancelable(CANCEL);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, first::requeue);
    assertThat(first.unmarkCancelable()).isTrue();
    first.complete(IoStatus.SUCCESS, 0);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, first::requeue);
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-400 only a manual queue gets requests back")
  void onlyAManualQueueGetsRequestsBack() {
    send(top);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> given.getFirst().requeue());
    completeAll();
    IoDevice parallel = function(IoQueue.parallel().onDefault(keep));
    send(top(parallel));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> given.get(1).requeue());
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-401 what is requeued while the queue is purged is cancelled")
  void requeuedWhilePurged() {
    IoDevice other = function(IoQueue.manual());
    IoTarget otherTop = top(other);
    IoQueue queue = queueOf(other);
    for (boolean isStop : new boolean[] {false, true}) {
      List<String> called = new ArrayList<>();
      final IoRequest request = readOf(otherTop, 1);
      ReceivedRequest taken = retrieve(queue);
      if (isStop) {
        queue.stopAndPurge(purged -> called.add("purged"));
      } else {
        queue.purge(purged -> called.add("purged"));
      }
      assertThat(called).isEmpty();
      taken.requeue();
      assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
      assertThat(called).containsExactly("purged");
      queue.start();
    }
  }

  @Test
  @DisplayName("R-334, R-332 what is cancelled and comes into a queue ends there, undelivered")
  void whatIsCancelledComesIntoAQueue() {
    final IoRequest forwarded = send(top);
    assertThat(forwarded.cancelSent()).as("R-300: the driver has it, unmarked").isFalse();
    assertThat(given.getFirst().isCanceled()).isTrue();
    assertThat(given.getFirst().forwardTo(manual)).isEqualTo(IoStatus.SUCCESS);
    assertThat(forwarded.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(manual.state().isIdle()).isTrue();
    assertThat(source.state().isIdle()).isTrue();

    IoDevice other = function(IoQueue.manual());
    final IoRequest requeued = send(top(other));
    ReceivedRequest taken = retrieve(queueOf(other));
    assertThat(requeued.cancelSent()).isFalse();
    taken.requeue();
    assertThat(requeued.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(recorder.calls()).extracting(Recorder.Call::information).containsOnly(0L);
  }

  @Test
  @DisplayName("R-334 what is cancelled and can be dispatched at once is delivered")
  void whatIsCancelledIsDelivered() {
    IoQueue next = device.createQueue("next", IoQueue.parallel().onDefault(keep));
    final IoRequest request = send(top);
    request.cancelSent();
    assertThat(given.getFirst().forwardTo(next)).isEqualTo(IoStatus.SUCCESS);
    assertThat(given).hasSize(2);
    assertThat(given.get(1).isCanceled()).isTrue();
    given.get(1).complete(IoStatus.CANCELLED, 0);
    assertThat(ends()).containsExactly(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-333 the driver gets what is cancelled in a queue after it was presented")
  void canceledOnQueue() {
    List<ReceivedRequest> cancelled = new ArrayList<>();
    IoQueue keeps =
        device.createQueue(
            "keeps",
            IoQueue.manual().onCanceledOnQueue((queue, request) -> cancelled.add(request)));
    final IoRequest request = send(top);
    ReceivedRequest presented = given.getFirst();
    presented.forwardTo(keeps);
    assertThat(request.cancelSent()).isTrue();
    assertThat(cancelled).containsExactly(presented);
    assertThat(keeps.state().driverOwned()).isEqualTo(1);
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, presented::requeue);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> presented.forwardTo(manual));
    presented.complete(IoStatus.CANCELLED, 0);
    assertThat(ends()).containsExactly(IoStatus.CANCELLED);
    assertThat(keeps.state().isIdle()).isTrue();
  }

  @Test
  @DisplayName("R-333 also while the driver has as many as it may; R-331 not if never presented")
  void canceledOnQueueIndependently() {
    List<ReceivedRequest> cancelled = new ArrayList<>();
    IoDevice other =
        function(
            IoQueue.sequential()
                .onDefault(keep)
                .onCanceledOnQueue((queue, request) -> cancelled.add(request)));
    IoQueue feed =
        other.createQueue(
            "feed",
            IoQueue.parallel()
                .onRead((queue, request, length) -> request.forwardTo(queueOf(other))));
    other.route(RequestType.READ, feed);
    IoTarget otherTop = top(other);
    write(otherTop, 8); // the one that is presented
    final IoRequest neverPresented = write(otherTop, 8);
    final IoRequest presented = readOf(otherTop, 8);
    assertThat(given).hasSize(1);
    assertThat(presented.cancelSent()).isTrue();
    assertThat(cancelled).hasSize(1);
    assertThat(neverPresented.cancelSent()).isTrue();
    assertThat(cancelled).as("the driver hears nothing of it").hasSize(1);
    assertThat(neverPresented.status()).isEqualTo(IoStatus.CANCELLED);
    completeAll(cancelled);
    completeAll();
    assertThat(recorder.count()).isEqualTo(3);
  }

  @Test
  @DisplayName("R-394, R-412 two queues that tell of stops forward to each other from two threads")
  void forwardingBothWays() {
    IoDevice other = alone(IoDevice.function("f").queue(IoQueue.manual()));
    IoQueue one =
        other.createQueue("one", IoQueue.manual().onIoStop((queue, request, why, marked) -> {}));
    IoQueue two =
        other.createQueue("two", IoQueue.manual().onIoStop((queue, request, why, marked) -> {}));
    IoTarget otherTop = top(other);
    int requests = 64;
    for (int i = 0; i < requests; i++) {
      send(otherTop);
      retrieve(queueOf(other)).forwardTo(i % 2 == 0 ? one : two);
    }
    AtomicInteger left = new AtomicInteger(20_000);
    Elsewhere there = begin(() -> forward(one, two, left));
    Elsewhere back = begin(() -> forward(two, one, left));
    there.end();
    back.end();
    int ended = 0;
    for (IoQueue queue : List.of(one, two)) {
      while (queue.retrieveNext(request -> request.complete(IoStatus.SUCCESS, 0)).isSuccess()) {
        ended++;
      }
    }
    assertThat(ended).isEqualTo(requests);
  }

  @Test
  @DisplayName("to and fro between two queues: no handler runs inside another of its queue")
  void toAndFro() {
    for (Supplier<QueueConfig> config :
        List.<Supplier<QueueConfig>>of(
            IoQueue::sequential,
            IoQueue::parallel,
            () -> IoQueue.parallel().presentAtMost(2),
            () -> IoQueue.parallel().mayBlock(true),
            () -> IoQueue.parallel().synchronize(SynchronizationScope.QUEUE))) {
      AtomicInteger left = new AtomicInteger(1000);
      AtomicInteger deepest = new AtomicInteger();
      ThreadLocal<Integer> depth = ThreadLocal.withInitial(() -> 0);
      AtomicReference<@Nullable IoQueue> other = new AtomicReference<>();
      IoDevice both =
          function(
              config
                  .get()
                  .onDefault((queue, request) -> {
                    depth.set(depth.get() + 1);
                    deepest.accumulateAndGet(depth.get(), Math::max);
                    if (left.getAndDecrement() == 0) {
                      request.complete(IoStatus.SUCCESS, 0);
                    } else {
                      assertThat(request.forwardTo(Objects.requireNonNull(other.get())))
                          .isEqualTo(IoStatus.SUCCESS);
                    }
                    depth.set(depth.get() - 1);
                  }));
      IoQueue first = queueOf(both);
      other.set(
          both.createQueue(
              "other",
              config
                  .get()
                  .onDefault((queue, request) ->
                      assertThat(request.forwardTo(first)).isEqualTo(IoStatus.SUCCESS))));
      send(top(both));
      assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(deepest).hasValue(1);
      elsewhere(both::close);
    }
  }

  private static void forward(IoQueue from, IoQueue to, AtomicInteger left) {
    while (left.get() > 0) {
      IoStatus status =
          from.retrieveNext(request -> {
            if (!request.forwardTo(to).isSuccess()) {
              throw new AssertionError(to + " is busy");
            }
            left.decrementAndGet();
          });
      if (!status.isSuccess()) {
        Waiting.until("a request to forward", () -> from.state().queued() != 0 || left.get() <= 0);
      }
    }
  }

  @Test
  @DisplayName("R-329, R-395 what a purge asked to end may be forwarded, and marked again there")
  void whatAPurgeAskedToEndMayBeForwarded() {
    send(top);
    ReceivedRequest request = given.getFirst();
    request.markCancelable(marked -> marked.forwardTo(manual));
    source.purge(null);
    assertThat(manual.state().queued()).isEqualTo(1);
    ReceivedRequest again = retrieve(manual);
    again.markCancelable(CANCEL);
    assertThat(again.unmarkCancelable()).isTrue();
    again.complete(IoStatus.SUCCESS, 0);
    assertThat(ends()).containsExactly(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-400, R-391, R-334 what was requeued is found, taken and cancelled as any other")
  void whatWasRequeuedWaits() {
    IoDevice other = function(IoQueue.manual());
    IoQueue queue = queueOf(other);
    IoRequest request = readOf(top(other), 1);
    ReceivedRequest taken = retrieve(queue);
    taken.requeue();
    assertThat(queue.find(null, any -> true, given::add)).isEqualTo(IoStatus.SUCCESS);
    assertThat(queue.retrieveFound(given.getLast())).isEqualTo(IoStatus.SUCCESS);
    given.getLast().releaseFound();
    taken.requeue();
    assertThat(request.cancelSent()).isTrue();
    assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName(
      "R-333 a canceled-on-queue handler that throws ends the request, as it says if it does")
  void aCanceledOnQueueHandlerThatThrows() {
    for (Exception wrong :
        List.of(
            new IllegalStateException("wrong"),
            new IoRequestException(IoStatus.ACCESS_DENIED, 0, "no"))) {
      IoQueue keeps =
          device.createQueue(
              "keeps", IoQueue.manual().onCanceledOnQueue((queue, request) -> sneak(wrong)));
      IoRequest request = send(top);
      given.getLast().forwardTo(keeps);
      assertThat(request.cancelSent()).isTrue();
    }
    assertThat(ends()).containsExactly(IoStatus.CANCELLED, IoStatus.ACCESS_DENIED);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
