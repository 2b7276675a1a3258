package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.RequestType;
import dev.ioreq.SynchronizationScope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class QueueSynchronizationTest extends QueueTest {
  private static final int THREADS = 4;
  private static final int TURNS = 500;

  /// How many callbacks are inside at the same time, at most.
  private static final class Overlap {
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    void during(Runnable what) {
      most.accumulateAndGet(inside.incrementAndGet(), Math::max);
      Thread.onSpinWait();
      what.run();
      inside.decrementAndGet();
    }
  }

  private void storm(IoTarget top) {
    List<Elsewhere> senders = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      senders.add(
          begin(() -> {
            for (int i = 0; i < TURNS; i++) {
              if (i % 2 == 0) {
                readOf(top, 8);
              } else {
                write(top, 8);
              }
            }
          }));
    }
    senders.forEach(Elsewhere::end);
    recorder.await(THREADS * TURNS);
  }

  private IoDevice twoQueues(SynchronizationScope scope, Overlap reads, Overlap writes) {
    return alone(
        IoDevice.function("f")
            .synchronize(scope)
            .queue(
                IoQueue.parallel()
                    .onRead((queue, request, length) ->
                        reads.during(() -> request.complete(IoStatus.SUCCESS, 0))),
                RequestType.READ)
            .queue(
                IoQueue.parallel()
                    .onWrite((queue, request, length) ->
                        writes.during(() -> request.complete(IoStatus.SUCCESS, 0))),
                RequestType.WRITE));
  }

  @Test
  @DisplayName("R-381 scope queue: one handler of a queue at a time")
  void scopeQueue() {
    Overlap reads = new Overlap();
    Overlap writes = new Overlap();
    storm(top(twoQueues(SynchronizationScope.QUEUE, reads, writes)));
    assertThat(reads.most).hasValue(1);
    assertThat(writes.most).hasValue(1);
  }

  @Test
  @DisplayName("R-381 scope device: one handler of all queues at a time")
  void scopeDevice() {
    Overlap both = new Overlap();
    storm(top(twoQueues(SynchronizationScope.DEVICE, both, both)));
    assertThat(both.most).hasValue(1);
  }

  /// Sends two requests from two threads to handlers that wait for one another.
  private void expectTogether(IoDevice device) {
    IoTarget top = top(device);
    Elsewhere one = begin(() -> readOf(top, 8));
    Elsewhere other = begin(() -> write(top, 8));
    one.end();
    other.end();
    recorder.await(2);
  }

  @Test
  @DisplayName("R-381 scope none, the default: handlers run at the same time")
  void scopeNone() {
    Phaser together = new Phaser(2);
    expectTogether(
        function(
            IoQueue.parallel()
                .onDefault((queue, request) -> {
                  together.arriveAndAwaitAdvance();
                  request.complete(IoStatus.SUCCESS, 0);
                })));
  }

  @Test
  @DisplayName("R-381 scope queue: handlers of two queues run at the same time")
  void scopeQueueOfTwoQueues() {
    Phaser together = new Phaser(2);
    QueueConfig reads =
        IoQueue.parallel()
            .onRead((queue, request, length) -> {
              together.arriveAndAwaitAdvance();
              request.complete(IoStatus.SUCCESS, 0);
            });
    QueueConfig writes =
        IoQueue.parallel()
            .onWrite((queue, request, length) -> {
              together.arriveAndAwaitAdvance();
              request.complete(IoStatus.SUCCESS, 0);
            });
    expectTogether(
        alone(
            IoDevice.function("f")
                .synchronize(SynchronizationScope.QUEUE)
                .queue(reads, RequestType.READ)
                .queue(writes, RequestType.WRITE)));
  }

  @Test
  @DisplayName("R-381, R-319 cancel events and state callbacks are in the scope too")
  void cancelEventsAndStateCallbacks() {
    Overlap overlap = new Overlap();
    AtomicInteger events = new AtomicInteger();
    CountDownLatch drained = new CountDownLatch(1);
    IoDevice device =
        function(
            IoQueue.parallel()
                .synchronize(SynchronizationScope.QUEUE)
                .onDefault((queue, request) ->
                    overlap.during(() ->
                        request.markCancelable(cancelled ->
                            overlap.during(() -> {
                              events.incrementAndGet();
                              cancelled.complete(IoStatus.CANCELLED, 0);
                            })))));
    IoTarget top = top(device);
    List<Elsewhere> senders = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      senders.add(
          begin(() -> {
            for (int i = 0; i < TURNS; i++) {
              IoRequest request = send(top);
              request.cancelSent();
            }
          }));
    }
    senders.forEach(Elsewhere::end);
    recorder.await(THREADS * TURNS);
    queueOf(device).drain(queue -> overlap.during(drained::countDown));
    Waiting.forLatch("the drain's callback", drained);
    assertThat(overlap.most).hasValue(1);
    assertThat(events).hasValue(THREADS * TURNS);
  }

  @Test
  @DisplayName("R-202 completion routines are not in the scope")
  void completionRoutinesAreNotInTheScope() {
    ManualDevice lower = new ManualDevice();
    IoTarget below = over(lower);
    CountDownLatch routineRan = new CountDownLatch(1);
    CountDownLatch handlerIsInside = new CountDownLatch(1);
    IoDevice device =
        made.track(
            IoDevice.filter("f")
                .synchronize(SynchronizationScope.DEVICE)
                .queue(
                    IoQueue.parallel()
                        .onRead((queue, request, length) -> {
                          request.formatUsingCurrentType();
                          request.setCompletionRoutine((sent, target, result) -> {
                            request.complete(result.status());
                            routineRan.countDown();
                          });
                          assertThat(request.send(below)).isTrue();
                        })
                        .onWrite((queue, request, length) -> {
                          handlerIsInside.countDown();
                          Waiting.forLatch("the routine, during the handler", routineRan);
                          request.complete(IoStatus.SUCCESS, 0);
                        }))
                .above(below));
    IoTarget top = top(device);
    readOf(top, 8);
    Elsewhere writer = begin(() -> write(top, 8));
    Waiting.forLatch("the handler", handlerIsInside);
    lower.complete();
    writer.end();
    recorder.await(2);
  }

  @Test
  @DisplayName("R-382 callbacks that may block run on a thread that may")
  void callbacksThatMayBlock() {
    List<Boolean> virtual = new CopyOnWriteArrayList<>();
    IoDevice blocking =
        function(
            IoQueue.parallel()
                .mayBlock(true)
                .onDefault((queue, request) -> {
                  virtual.add(Thread.currentThread().isVirtual());
                  request.complete(IoStatus.SUCCESS, 0);
                }));
    IoTarget inner = top(blocking);
    readOf(inner, 8);
    assertThat(virtual).as("this thread may block").containsExactly(false);
    IoDevice outer =
        function(
            IoQueue.parallel()
                .onDefault((queue, request) -> {
                  readOf(inner, 8);
                  request.complete(IoStatus.SUCCESS, 0);
                }));
    readOf(top(outer), 8);
    recorder.await(3);
    assertThat(virtual).as("a handler that must not block").containsExactly(false, true);
  }

  @Test
  @DisplayName("R-382 a sequential queue that may block has one handler at a time")
  void aSequentialQueueThatMayBlock() {
    Overlap overlap = new Overlap();
    IoDevice blocking =
        alone(
            IoDevice.function("f")
                .mayBlock()
                .queue(
                    IoQueue.sequential()
                        .onDefault((queue, request) ->
                            overlap.during(() -> request.complete(IoStatus.SUCCESS, 0)))));
    storm(top(blocking));
    assertThat(overlap.most).hasValue(1);
  }

  @Test
  @DisplayName("R-382 a queue in the device's scope may block as the device may")
  void aQueueInTheDevicesScope() {
    assertMisuse(
        IoStatus.INVALID_PARAMETER,
        () ->
            IoDevice.function("f")
                .synchronize(SynchronizationScope.DEVICE)
                .queue(IoQueue.parallel().onDefault(keep).mayBlock(true))
                .alone());
    alone(
        IoDevice.function("f")
            .synchronize(SynchronizationScope.DEVICE)
            .mayBlock()
            .queue(IoQueue.parallel().onDefault(keep).mayBlock(true)));
  }

  @Test
  @DisplayName("R-383 what would call back inside a callback of its scope comes after it")
  void whatWouldCallBackInsideComesAfter() {
    List<String> order = new ArrayList<>();
    IoDevice device =
        alone(
            IoDevice.function("f")
                .synchronize(SynchronizationScope.DEVICE)
                .queue(IoQueue.parallel().onDefault(keep)));
    IoQueue second =
        device.createQueue(
            "second",
            IoQueue.parallel()
                .onDefault((queue, request) -> {
                  order.add("second");
                  request.complete(IoStatus.SUCCESS, 0);
                }));
    IoQueue first =
        device.createQueue(
            "first",
            IoQueue.parallel()
                .onDefault((queue, request) -> {
                  order.add("first begins");
                  assertThat(request.forwardTo(second)).isEqualTo(IoStatus.SUCCESS);
                  order.add("first ends");
                }));
    device.route(RequestType.READ, first);
    readOf(top(device), 8);
    assertThat(order).containsExactly("first begins", "first ends", "second");
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-381 a callback that throws does not block its scope")
  void aCallbackThatThrowsDoesNotBlockItsScope() {
    for (Throwable wrong :
        List.of(new IllegalStateException("wrong"), new AssertionError("worse"))) {
      IoDevice device =
          function(
              IoQueue.parallel()
                  .synchronize(SynchronizationScope.QUEUE)
                  .onDefault((queue, request) -> {
                    queue.synchronize(() -> order(1));
                    request.complete(IoStatus.SUCCESS, 0);
                  }));
      queueOf(device)
          .synchronize(() -> {
            queueOf(device).synchronize(() -> order(2));
            if (wrong instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) wrong;
          });
      readOf(top(device), 8);
    }
    assertThat(recorder.count()).isEqualTo(2);
    assertThat(ran).containsExactly(2, 1, 2, 1);
  }

  private final List<Integer> ran = new ArrayList<>();

  private void order(int which) {
    ran.add(which);
  }

  @Test
  @DisplayName("R-382, R-379 a sequential queue that may block goes on from thread to thread")
  void aSequentialQueueThatMayBlockGoesOn() {
    CountDownLatch isStarted = new CountDownLatch(1);
    IoDevice blocking =
        function(
            IoQueue.sequential()
                .mayBlock(true)
                .onDefault((queue, request) -> {
                  Waiting.forLatch("the end of the start", isStarted);
                  request.complete(IoStatus.SUCCESS, 0);
                }));
    IoQueue queue = queueOf(blocking);
    IoTarget top = top(blocking);
    queue.stop(null);
    for (int i = 0; i < 3; i++) {
      readOf(top, 8);
    }
    ManualDevice other = new ManualDevice();
    other.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget elsewhere = over(other);
    IoRequest request = made.request();
    elsewhere.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((done, at, result) -> queue.start());
    assertThat(request.send(elsewhere)).isTrue();
    isStarted.countDown();
    recorder.await(3);
    assertThat(ends()).containsOnly(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-382, R-377 a parallel queue that may block has several handlers at a time")
  void aParallelQueueThatMayBlock() {
    CountDownLatch both = new CountDownLatch(2);
    IoDevice blocking =
        function(
            IoQueue.parallel()
                .mayBlock(true)
                .onDefault((queue, request) -> {
                  both.countDown();
                  Waiting.forLatch("the other handler", both);
                  request.complete(IoStatus.SUCCESS, 0);
                }));
    IoTarget top = top(blocking);
    Elsewhere first = begin(() -> readOf(top, 8));
    Elsewhere second = begin(() -> readOf(top, 8));
    first.end();
    second.end();
    assertThat(ends()).containsExactly(IoStatus.SUCCESS, IoStatus.SUCCESS);
  }

  @Test
  @DisplayName(
      "R-382 a cancel event that may block leaves a thread that must not, and only such one")
  void aCancelEventThatMayBlock() {
    List<Boolean> isVirtual = new CopyOnWriteArrayList<>();
    IoDevice blocking =
        function(
            IoQueue.parallel()
                .mayBlock(true)
                .onDefault((queue, request) ->
                    request.markCancelable(cancelled -> {
                      isVirtual.add(Thread.currentThread().isVirtual());
                      cancelled.complete(IoStatus.CANCELLED, 0);
                    })));
    IoTarget top = top(blocking);
    assertThat(readOf(top, 8).cancelSent()).isTrue();
    recorder.await();
    IoRequest second = readOf(top, 8);
    ManualDevice other = new ManualDevice();
    other.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget elsewhere = over(other);
    IoRequest trigger = made.request();
    elsewhere.formatRead(trigger, IoMemory.none(), 0);
    trigger.setCompletionRoutine((done, at, result) -> second.cancelSent());
    assertThat(trigger.send(elsewhere)).isTrue();
    recorder.await();
    assertThat(isVirtual).containsExactly(false, true);
  }
}
