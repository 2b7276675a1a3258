package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.RequestType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The handler that sees each request in its caller's context, before any queue, and may enqueue
/// it.
class CallerContextTest extends QueueTest {
  @Test
  @DisplayName(
      "R-384 the handler in the caller's context sees every request first, and enqueues it")
  void inTheCallersContext() {
    List<Thread> threads = new ArrayList<>();
    List<RequestType> types = new ArrayList<>();
    IoDevice device =
        alone(
            IoDevice.function("f")
                .queue(IoQueue.sequential().onRead((queue, request, length) -> keep(request)))
                .onInCallerContext((where, request) -> {
                  assertThat(where.name()).isEqualTo("f");
                  assertThat(request.queue()).isEmpty();
                  threads.add(Thread.currentThread());
                  types.add(request.type());
                  if (request.type() == RequestType.WRITE) {
                    request.complete(IoStatus.SUCCESS, 8);
                  } else {
                    assertThat(request.enqueue()).isEqualTo(IoStatus.SUCCESS);
                  }
                }));
    IoTarget top = top(device);
    send(top);
    send(top);
    write(top, 8);
    assertThat(types).containsExactly(RequestType.READ, RequestType.READ, RequestType.WRITE);
    assertThat(threads).containsOnly(Thread.currentThread());
    assertThat(given).as("the queue is sequential").hasSize(1);
    assertThat(ends()).containsExactly(IoStatus.SUCCESS);
    given.get(0).complete(IoStatus.SUCCESS, 0);
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName(
      "R-384 enqueue where no queue is: refused in a function device, passed on in a filter")
  void enqueueWithoutAQueue() {
    List<IoStatus> results = new ArrayList<>();
    IoTarget top =
        top(
            alone(
                IoDevice.function("f")
                    .onInCallerContext((device, request) -> {
                      IoStatus result = request.enqueue();
                      results.add(result);
                      request.complete(result, 0);
                    })));
    send(top);
    assertThat(results).containsExactly(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(ends()).containsExactly(IoStatus.INVALID_DEVICE_REQUEST);
    ManualDevice lower = new ManualDevice();
    IoDevice filter =
        made.track(
            IoDevice.filter("g")
                .onInCallerContext((device, request) -> results.add(request.enqueue()))
                .above(over(lower)));
    send(top(filter));
    assertThat(results).containsExactly(IoStatus.INVALID_DEVICE_REQUEST, IoStatus.SUCCESS);
    lower.complete(IoStatus.SUCCESS, 4);
    assertThat(recorder.await(2).information()).isEqualTo(4);
  }

  @Test
  @DisplayName("R-384 enqueue into a queue that takes nothing: busy, and the driver has it still")
  void enqueueIntoAClosedQueue() {
    IoDevice device =
        alone(
            IoDevice.function("f")
                .queue(IoQueue.manual())
                .onInCallerContext((where, request) -> {
                  IoStatus result = request.enqueue();
                  if (!result.isSuccess()) {
                    request.complete(result, 0);
                  }
                }));
    queueOf(device).drain(null);
    send(top(device));
    assertThat(ends()).as("WDF_BUSY is mapped").containsExactly(IoStatus.DEVICE_BUSY);
  }

  @Test
  @DisplayName("R-384 a handle that stands for a second request comes from no queue")
  void aHandleUsedAgainComesFromNoQueue() {
    asPrograms();
    IoDevice device =
        alone(
            IoDevice.function("f")
                .queue(IoQueue.sequential().onDefault(keep))
                .onInCallerContext(
                    (where, request) -> assertThat(request.enqueue()).isEqualTo(IoStatus.SUCCESS)));
    IoTarget top = top(device);
    IoRequest request = made.request();
    for (int i = 0; i < 2; i++) {
      top.formatWrite(request, made.memory(8), 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(top)).isTrue();
      assertThat(given).hasSize(i + 1);
      given.get(i).complete(IoStatus.SUCCESS, 0);
    }
    assertThat(given.get(1)).isSameAs(given.get(0));
  }

  @Test
  @DisplayName(
      "R-384, R-098 what was completed in the caller's context is not passed on by enqueue")
  void whatWasCompletedIsNotEnqueued() {
    List<String> refused = new ArrayList<>();
    ManualDevice lower = new ManualDevice();
    IoDevice filter =
        made.track(
            IoDevice.filter("f")
                .onInCallerContext((where, request) -> {
                  request.complete(IoStatus.SUCCESS, 0);
                  assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, request::enqueue);
                  refused.add("refused");
                })
                .above(over(lower)));
    send(top(filter));
    assertThat(refused).containsExactly("refused");
    assertThat(ends()).containsExactly(IoStatus.SUCCESS);
    assertThat(lower.arrivals()).isEmpty();
  }
}
