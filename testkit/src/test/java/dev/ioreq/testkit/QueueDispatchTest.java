package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import dev.ioreq.SendOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Which handler a queue gives a request to, on which thread, in which order, and how many at a
/// time.
class QueueDispatchTest extends QueueTest {
  private static final int MANY = 20_000;

  @Test
  @DisplayName("R-370 handlers get the queue, the request and its lengths")
  void handlersGetTheLengths() {
    List<String> calls = new ArrayList<>();
    IoDevice device =
        function(
            IoQueue.parallel()
                .onRead((queue, request, length) -> {
                  calls.add("read " + length);
                  request.complete(IoStatus.SUCCESS, 0);
                })
                .onWrite((queue, request, length) -> {
                  calls.add("write " + length);
                  request.complete(IoStatus.SUCCESS, 0);
                })
                .onDeviceControl((queue, request, out, in, code) -> {
                  calls.add("control out %d in %d %s".formatted(out, in, code.equals(CODE)));
                  request.complete(IoStatus.SUCCESS, 0);
                })
                .onInternalDeviceControl((queue, request, out, in, code) -> {
                  calls.add("internal out %d in %d %s".formatted(out, in, code.equals(INTERNAL)));
                  assertThat(request.queue()).containsSame(queue);
                  request.complete(IoStatus.SUCCESS, 0);
                }));
    IoTarget top = top(device);
    readOf(top, 10);
    write(top, 11);
    control(top, 12, 13);
    internalControl(top, 14, 0);
    assertThat(calls)
        .containsExactly(
            "read 10", "write 11", "control out 13 in 12 true", "internal out 0 in 14 true");
    assertThat(recorder.count()).isEqualTo(4);
  }

  @Test
  @DisplayName("R-371 the type's own handler wins, the default one gets the rest")
  void theTypesOwnHandlerWins() {
    List<String> calls = new ArrayList<>();
    IoDevice device =
        function(
            IoQueue.parallel()
                .onWrite((queue, request, length) -> {
                  calls.add("write");
                  request.complete(IoStatus.SUCCESS, 0);
                })
                .onDefault((queue, request) -> {
                  calls.add("default " + request.type());
                  request.complete(IoStatus.SUCCESS, 0);
                }));
    IoTarget top = top(device);
    write(top, 1);
    readOf(top, 1);
    control(top, 1, 1);
    internalControl(top, 1, 1);
    assertThat(calls)
        .containsExactly(
            "write",
            "default " + RequestType.READ,
            "default " + RequestType.DEVICE_CONTROL,
            "default " + RequestType.INTERNAL_DEVICE_CONTROL);
  }

  @Test
  @DisplayName("R-372 a handler runs on the sender's thread if it can at once")
  void aHandlerRunsOnTheSendersThread() {
    List<Thread> threads = new ArrayList<>();
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault((queue, request) -> {
                  threads.add(Thread.currentThread());
                  keep(request);
                }));
    IoTarget top = top(device);
    Elsewhere sender = begin(() -> send(top));
    sender.end();
    assertThat(threads).containsExactly(sender.thread());
    completeAll();
  }

  @Test
  @DisplayName("R-372, R-380 who completes on another thread delivers the next before it returns")
  void whoCompletesDeliversTheNext() {
    List<Thread> threads = new CopyOnWriteArrayList<>();
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault((queue, request) -> {
                  threads.add(Thread.currentThread());
                  keep(request);
                }));
    IoTarget top = top(device);
    send(top);
    send(top);
    assertThat(given).hasSize(1);
    Elsewhere completer =
        begin(() -> {
          given.get(0).complete(IoStatus.SUCCESS, 0);
          assertThat(given).hasSize(2);
        });
    completer.end();
    assertThat(threads.get(1)).isSameAs(completer.thread());
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-373, R-206 a handler may return without having completed")
  void aHandlerMayReturnWithoutHavingCompleted() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    final IoRequest request = send(top(device));
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    elsewhere(() -> given.getFirst().complete(IoStatus.SUCCESS, 5));
    assertThat(recorder.await().information()).isEqualTo(5);
  }

  @Test
  @DisplayName("R-374 transfers of length 0 succeed by themselves, device controls do not")
  void emptyTransfersSucceedByThemselves() {
    IoDevice device = function(IoQueue.sequential().onDefault(keep));
    IoTarget top = top(device);
    readOf(top, 0);
    write(top, 0);
    assertThat(given).isEmpty();
    assertThat(ends()).containsExactly(IoStatus.SUCCESS, IoStatus.SUCCESS);
    assertThat(recorder.calls()).extracting(Recorder.Call::information).containsOnly(0L);
    control(top, 0, 0);
    assertThat(given).hasSize(1);
    assertThat(queueOf(device).state().driverOwned()).isEqualTo(1);
    completeAll();
  }

  @Test
  @DisplayName("R-374, R-161 a queue that allows them gets transfers of length 0")
  void aQueueThatAllowsEmptyTransfers() {
    List<Long> lengths = new ArrayList<>();
    IoDevice device =
        function(
            IoQueue.parallel()
                .allowZeroLength()
                .onRead((queue, request, length) -> {
                  lengths.add(length);
                  request.complete(IoStatus.END_OF_FILE, 0);
                }));
    readOf(top(device), 0);
    assertThat(lengths).containsExactly(0L);
    assertThat(ends()).containsExactly(IoStatus.END_OF_FILE);
  }

  @Test
  @Tag("long")
  @DisplayName("R-374, R-379 many waiting transfers of length 0 do not nest")
  void manyEmptyTransfersDoNotNest() {
    for (QueueConfig config :
        List.of(IoQueue.parallel().onDefault(keep), IoQueue.sequential().onDefault(keep))) {
      IoDevice device = function(config);
      IoQueue queue = queueOf(device);
      IoTarget top = top(device);
      queue.stop(null);
      int before = recorder.count();
      for (int i = 0; i < MANY; i++) {
        readOf(top, 0);
      }
      assertThat(queue.state().queued()).isEqualTo(MANY);
      queue.start();
      assertThat(recorder.count() - before).isEqualTo(MANY);
      assertThat(queue.state().isIdle()).isTrue();
    }
    assertThat(given).isEmpty();
  }

  @Test
  @DisplayName("R-375 sequential: the next comes when the current one was completed")
  void sequentialWaitsForCompletion() {
    IoDevice device = function(IoQueue.sequential().onDefault(keep));
    IoTarget top = top(device);
    send(top);
    send(top);
    assertThat(given).hasSize(1);
    assertThat(queueOf(device).state().queued()).isEqualTo(1);
    given.get(0).complete(IoStatus.SUCCESS, 0);
    assertThat(given).hasSize(2);
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-375 sequential: the next comes when the current one was forwarded")
  void sequentialGoesOnAfterForward() {
    IoDevice device = function(IoQueue.sequential().onDefault(keep));
    IoQueue other = device.createQueue("other", IoQueue.manual());
    IoTarget top = top(device);
    send(top);
    send(top);
    assertThat(given.getFirst().forwardTo(other)).isEqualTo(IoStatus.SUCCESS);
    assertThat(given).hasSize(2);
    given.get(1).complete(IoStatus.SUCCESS, 0);
    retrieve(other).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-375 sequential: sent on is not enough, sent and forgotten is")
  void sequentialWaitsForWhatWasSentOn() {
    ManualDevice lower = new ManualDevice();
    IoTarget below = over(lower);
    IoDevice device =
        made.track(IoDevice.filter("f").queue(IoQueue.sequential().onDefault(keep)).above(below));
    IoTarget top = top(device);
    for (int i = 0; i < 3; i++) {
      send(top);
    }
    ReceivedRequest first = given.getFirst();
    first.formatUsingCurrentType();
    first.setCompletionRoutine((sent, target, result) -> {});
    assertThat(first.send(below)).isTrue();
    assertThat(given).hasSize(1);
    lower.complete();
    assertThat(given).as("its routine ran, and it is still the driver's").hasSize(1);
    first.complete(IoStatus.SUCCESS);
    assertThat(given).hasSize(2);
    assertThat(given.get(1).send(below, SendOptions.sendAndForget())).isTrue();
    assertThat(given).hasSize(3);
    given.get(2).complete(IoStatus.SUCCESS, 0);
    lower.complete();
    assertThat(recorder.count()).isEqualTo(3);
  }

  @Test
  @DisplayName("R-376 on a sequential queue the driver may retrieve further requests")
  void furtherRequestsCanBeRetrieved() {
    IoDevice device = function(IoQueue.sequential().onDefault(keep));
    IoTarget top = top(device);
    for (int i = 0; i < 3; i++) {
      send(top);
    }
    ReceivedRequest second = retrieve(queueOf(device));
    assertThat(given).hasSize(1);
    second.complete(IoStatus.SUCCESS, 2);
    assertThat(given).as("the first is still out").hasSize(1);
    given.getFirst().complete(IoStatus.SUCCESS, 1);
    assertThat(given).hasSize(2);
    given.get(1).complete(IoStatus.SUCCESS, 3);
    assertThat(recorder.calls()).extracting(Recorder.Call::information).containsExactly(2L, 1L, 3L);
  }

  @Test
  @DisplayName("R-377 parallel: every request at once")
  void parallelDeliversAtOnce() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    IoTarget top = top(device);
    for (int i = 0; i < 50; i++) {
      send(top);
    }
    assertThat(given).hasSize(50);
    completeAll();
  }

  @Test
  @DisplayName("R-377 parallel with a limit: no more than that at the driver")
  void parallelWithALimit() {
    IoDevice device = function(IoQueue.parallel().presentAtMost(3).onDefault(keep));
    IoTarget top = top(device);
    for (int i = 0; i < 8; i++) {
      send(top);
    }
    assertThat(given).hasSize(3);
    for (int i = 0; i < 8; i++) {
      assertThat(queueOf(device).state().driverOwned()).isEqualTo(Math.min(3, 8 - i));
      given.get(i).complete(IoStatus.SUCCESS, 0);
    }
    assertThat(given).hasSize(8);
  }

  @Test
  @DisplayName("R-377 a limit is for parallel queues only")
  void aLimitIsForParallelQueues() {
    assertMisuse(
        IoStatus.INVALID_PARAMETER,
        () -> IoDevice.function("f").queue(IoQueue.sequential().onDefault(keep).presentAtMost(1)));
    assertMisuse(
        IoStatus.INVALID_PARAMETER,
        () -> IoDevice.function("f").queue(IoQueue.manual().presentAtMost(1)));
    assertMisuse(IoStatus.INVALID_PARAMETER, () -> IoQueue.parallel().presentAtMost(0));
  }

  @Test
  @DisplayName("R-378 requests are delivered in the order of their arrival")
  void inTheOrderOfArrival() {
    List<Long> offsets = new ArrayList<>();
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault((queue, request) -> {
                  offsets.add(request.deviceOffset());
                  keep(request);
                }));
    IoTarget top = top(device);
    IoMemory memory = made.memory(8);
    for (int i = 0; i < 10; i++) {
      IoRequest request = made.request();
      top.formatRead(request, memory, i);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(top)).isTrue();
    }
    for (int i = 0; i < 10; i++) {
      given.get(i).complete(IoStatus.SUCCESS, 0);
    }
    assertThat(offsets).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
  }

  @Test
  @DisplayName("R-378 a newcomer does not overtake one that waits, also when there is room for it")
  void aNewcomerDoesNotOvertake() {
    List<Long> order = new ArrayList<>();
    CountDownLatch isInside = new CountDownLatch(1);
    CountDownLatch mayGo = new CountDownLatch(1);
    IoDevice device =
        function(
            IoQueue.parallel()
                .presentAtMost(1)
                .onDefault((queue, request) -> {
                  order.add(request.outputLength());
                  if (request.outputLength() == 1) {
                    isInside.countDown();
                    request.complete(
                        IoStatus.SUCCESS, 0); // there is room now, and this thread is inside
                    Waiting.forLatch("the newcomer", mayGo);
                  } else {
                    request.complete(IoStatus.SUCCESS, 0);
                  }
                }));
    IoTarget top = top(device);
    IoQueue queue = queueOf(device);
    queue.stop(null);
    readOf(top, 1);
    readOf(top, 2);
    Elsewhere starter = begin(queue::start);
    Waiting.forLatch("the first at the driver", isInside);
    Waiting.until("room for another", () -> queue.state().driverOwned() == 0);
    readOf(top, 3);
    assertThat(order).containsExactly(1L);
    mayGo.countDown();
    starter.end();
    assertThat(order).containsExactly(1L, 2L, 3L);
  }

  @Test
  @Tag("long")
  @DisplayName("R-379 completing inside a handler does not deliver inside it")
  void completingInsideAHandlerDoesNotNest() {
    for (boolean isParallel : new boolean[] {true, false}) {
      AtomicInteger depth = new AtomicInteger();
      AtomicInteger deepest = new AtomicInteger();
      AtomicInteger handled = new AtomicInteger();
      IoDevice device =
          function(
              (isParallel ? IoQueue.parallel() : IoQueue.sequential())
                  .onDefault((queue, request) -> {
                    deepest.accumulateAndGet(depth.incrementAndGet(), Math::max);
                    request.complete(IoStatus.SUCCESS, 0);
                    handled.incrementAndGet();
                    depth.decrementAndGet();
                  }));
      IoQueue queue = queueOf(device);
      IoTarget top = top(device);
      queue.stop(null);
      for (int i = 0; i < MANY; i++) {
        send(top);
      }
      queue.start();
      assertThat(handled).hasValue(MANY);
      assertThat(deepest).hasValue(1);
    }
  }

  @Test
  @DisplayName("R-379 a queue with a limit of one, served from inside, does not nest either")
  void aLimitedQueueDoesNotNest() {
    AtomicInteger depth = new AtomicInteger();
    AtomicInteger deepest = new AtomicInteger();
    IoDevice device =
        function(
            IoQueue.parallel()
                .presentAtMost(1)
                .onDefault((queue, request) -> {
                  deepest.accumulateAndGet(depth.incrementAndGet(), Math::max);
                  request.complete(IoStatus.SUCCESS, 0);
                  depth.decrementAndGet();
                }));
    IoQueue queue = queueOf(device);
    IoTarget top = top(device);
    queue.stop(null);
    for (int i = 0; i < 100; i++) {
      send(top);
    }
    queue.start();
    assertThat(recorder.count()).isEqualTo(100);
    assertThat(deepest).hasValue(1);
  }

  @Test
  @DisplayName("R-377 parallel with a limit: another request is delivered while a handler runs")
  void aLimitedQueueDeliversWhileAHandlerRuns() {
    List<Integer> seen = new ArrayList<>();
    AtomicReference<@Nullable IoTarget> top = new AtomicReference<>();
    IoDevice device =
        function(
            IoQueue.parallel()
                .presentAtMost(2)
                .onDefault((queue, request) -> {
                  keep(request);
                  if (request.outputLength() == 1) {
                    elsewhere(() -> readOf(Objects.requireNonNull(top.get()), 2));
                    seen.add(given.size());
                  }
                }));
    top.set(top(device));
    readOf(Objects.requireNonNull(top.get()), 1);
    completeAll();
    given.clear();
    queueOf(device).stop(null);
    readOf(Objects.requireNonNull(top.get()), 1);
    queueOf(device).start();
    completeAll();
    assertThat(seen).as("on arrival, and from the start").containsExactly(2, 2);
  }

  @Test
  @DisplayName("R-375, R-379 sequential: what comes from elsewhere waits for the handler's return")
  void aSequentialQueueHasOneHandlerAtATime() {
    List<Integer> seen = new ArrayList<>();
    AtomicReference<@Nullable IoTarget> top = new AtomicReference<>();
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault((queue, request) -> {
                  given.add(request);
                  boolean isFirst = request.outputLength() == 1;
                  request.complete(IoStatus.SUCCESS, 0);
                  if (isFirst) {
                    elsewhere(() -> readOf(Objects.requireNonNull(top.get()), 2));
                    seen.add(given.size());
                  }
                }));
    top.set(top(device));
    readOf(Objects.requireNonNull(top.get()), 1);
    assertThat(given).hasSize(2);
    queueOf(device).stop(null);
    readOf(Objects.requireNonNull(top.get()), 1);
    queueOf(device).start();
    assertThat(given).hasSize(4);
    assertThat(seen).as("on arrival, and from the start").containsExactly(1, 3);
  }
}
