package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Verifier;
import dev.ioreq.VerifierRule;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Exceptions that come out of handlers: what becomes of the request, and what is reported. Errors
/// of the virtual machine are in [HandlerErrorTest].
class HandlerExceptionTest extends QueueTest {
  @Test
  @DisplayName("R-373 a handler that throws ends the request, and the queue goes on")
  void aHandlerThatThrows() {
    List<Throwable> wrong =
        List.of(
            new IoRequestException(IoStatus.ACCESS_DENIED, 3, "no"),
            new IllegalArgumentException("wrong"),
            new AssertionError("worse"));
    AtomicInteger next = new AtomicInteger();
    IoDevice device =
        function(
            IoQueue.sequential()
                .onRead((queue, request, length) -> sneak(wrong.get(next.getAndIncrement()))));
    IoTarget top = top(device);
    for (int i = 0; i < 3; i++) {
      send(top);
    }
    assertThat(ends())
        .containsExactly(IoStatus.ACCESS_DENIED, IoStatus.UNSUCCESSFUL, IoStatus.UNSUCCESSFUL);
    assertThat(queueOf(device).state().isIdle()).isTrue();
  }

  @Test
  @DisplayName("R-384 a handler in the caller's context that throws ends the request, once")
  void aHandlerInTheCallersContextThatThrows() {
    for (Throwable wrong :
        List.of(
            new IoRequestException(IoStatus.ACCESS_DENIED, 0, "no"),
            new IllegalArgumentException("wrong"),
            new AssertionError("worse"))) {
      IoDevice device =
          alone(IoDevice.function("f").onInCallerContext((where, request) -> sneak(wrong)));
      send(top(device));
    }
    assertThat(ends())
        .containsExactly(IoStatus.ACCESS_DENIED, IoStatus.UNSUCCESSFUL, IoStatus.UNSUCCESSFUL);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @Test
  @DisplayName("R-098 a handler that throws after it completed does not end the next request")
  void aHandlerThatThrowsAfterItCompleted() {
    AtomicInteger calls = new AtomicInteger();
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault((queue, request) -> {
                  if (calls.getAndIncrement() == 0) {
                    // its sender sends the same request again from its routine: the handle is used
                    // again
                    request.complete(IoStatus.SUCCESS, 1);
                    throw new IllegalStateException("after it completed");
                  }
                  keep(request);
                }));
    asPrograms();
    IoTarget top = top(device);
    IoMemory memory = made.memory(8);
    IoRequest request = made.request();
    Recorder again =
        new Recorder((sent, target, result) -> {
          if (result.information() == 1) {
            top.formatRead(sent, memory, 0);
            sent.setCompletionRoutine(recorder);
            assertThat(sent.send(top)).isTrue();
          }
        });
    top.formatRead(request, memory, 0);
    request.setCompletionRoutine(again);
    assertThat(request.send(top)).isTrue();
    assertThat(given).hasSize(1);
    assertThat(recorder.calls()).as("the driver has it").isEmpty();
    given.getFirst().complete(IoStatus.SUCCESS, 2);
    assertThat(ends()).containsExactly(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-373 a handler that marks a request and throws ends it all the same")
  void aHandlerThatMarksAndThrows() {
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault((queue, request) -> {
                  request.markCancelable(cancelled -> cancelled.complete(IoStatus.CANCELLED, 0));
                  throw new IllegalStateException("after it was marked");
                }));
    IoTarget top = top(device);
    send(top);
    send(top);
    assertThat(ends()).containsExactly(IoStatus.UNSUCCESSFUL, IoStatus.UNSUCCESSFUL);
  }

  @Test
  @DisplayName(
      "R-098 a handler that throws after it forwarded leaves the request to the other queue")
  void aHandlerThatThrowsAfterItForwarded() {
    AtomicReference<@Nullable IoQueue> second = new AtomicReference<>();
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault((queue, request) -> {
                  request.forwardTo(Objects.requireNonNull(second.get()));
                  throw new IllegalStateException("after it forwarded");
                }));
    second.set(device.createQueue("second", IoQueue.parallel().onDefault(keep)));
    send(top(device));
    assertThat(given).hasSize(1);
    assertThat(recorder.count()).as("the second handler has it").isZero();
    completeAll();
    assertThat(ends()).containsExactly(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-373 a handler's exception that ended its request is no fault, any other is one")
  void whichExceptionsAreReported() {
    asPrograms();
    AtomicBoolean completes = new AtomicBoolean();
    IoDevice device =
        function(
            IoQueue.sequential()
                .onRead((queue, request, length) -> {
                  if (completes.get()) {
                    request.complete(IoStatus.SUCCESS, 0);
                  }
                  throw new IoRequestException(IoStatus.ACCESS_DENIED, 0, "no");
                }));
    IoTarget top = top(device);
    long before = Verifier.violations(VerifierRule.ROUTINE_THREW);
    send(top);
    assertThat(Verifier.violations(VerifierRule.ROUTINE_THREW)).isEqualTo(before);
    completes.set(true);
    send(top);
    assertThat(Verifier.violations(VerifierRule.ROUTINE_THREW)).isEqualTo(before + 1);
    assertThat(ends()).containsExactly(IoStatus.ACCESS_DENIED, IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("a handler's exception that cannot say what it is is reported by its class's name")
  void aHandlerThatThrowsTheUnspeakable() {
    asPrograms();
    IoTarget top =
        top(
            function(
                IoQueue.sequential()
                    .onDefault((queue, request) -> {
                      throw new UnspeakableException();
                    })));
    List<String> details = new CopyOnWriteArrayList<>();
    try (Verifier.Registration listening = Verifier.listen(v -> details.add(v.detail()))) {
      send(top);
      send(top);
      assertThat(details)
          .as("%s", listening)
          .hasSize(2)
          .allMatch(detail -> detail.endsWith("threw " + UnspeakableException.class.getName()));
    }
    assertThat(ends()).containsExactly(IoStatus.UNSUCCESSFUL, IoStatus.UNSUCCESSFUL);
  }
}
