package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.SendOptions;
import dev.ioreq.SynchronizationScope;
import dev.ioreq.Verifier;
import dev.ioreq.VerifierRule;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Errors, those of the virtual machine included, that come out of what queues and devices call:
/// none of them may leave a request, a queue or a device half-way.
class HandlerErrorTest extends QueueTest {
  private static List<QueueConfig> queues() {
    return List.of(
        IoQueue.sequential(),
        IoQueue.sequential().mayBlock(true),
        IoQueue.parallel(),
        IoQueue.parallel().presentAtMost(1),
        IoQueue.parallel().synchronize(SynchronizationScope.QUEUE));
  }

  private static List<Error> errors() {
    return List.of(
        new OutOfMemoryError("the handler's own"),
        new StackOverflowError(),
        new InternalError("no page behind the address"));
  }

  /// Does something and swallows what a routine above lets through.
  private static void anyhow(Runnable what) {
    try {
      what.run();
    } catch (VirtualMachineError e) {
      assertThat(e).hasMessage("the client's own");
    }
  }

  private static void sendAnyhow(IoRequest request, IoTarget target) {
    anyhow(() -> assertThat(request.send(target)).isTrue());
  }

  private static void cancelAnyhow(IoRequest request) {
    anyhow(() -> assertThat(request.cancelSent()).isTrue());
  }

  /// A read whose routine throws an error.
  private IoRequest fatal(IoTarget target) {
    IoRequest request = made.request();
    target.formatRead(request, made.memory(8), 0);
    request.setCompletionRoutine(
        new Recorder((sent, to, result) -> {
          recorder.completed(sent, to, result);
          throw new OutOfMemoryError("the client's own");
        }));
    return request;
  }

  @Test
  @DisplayName("a handler that throws an error ends the request, and the queue goes on")
  void aHandlerThatThrowsAnError() {
    for (QueueConfig config : queues()) {
      for (Error error : errors()) {
        AtomicInteger calls = new AtomicInteger();
        IoDevice device =
            function(
                config.onDefault((queue, request) -> {
                  if (calls.getAndIncrement() == 0) {
                    throw error;
                  }
                  request.complete(IoStatus.SUCCESS, 0);
                }));
        IoTarget top = top(device);
        long before = Verifier.violations(VerifierRule.ROUTINE_THREW);
        send(top);
        assertThat(recorder.await().status()).isEqualTo(IoStatus.UNSUCCESSFUL);
        assertThat(Verifier.violations(VerifierRule.ROUTINE_THREW)).isGreaterThan(before);
        send(top);
        assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
        elsewhere(device::close);
      }
    }
  }

  @Test
  @DisplayName("a handler that recurses until the stack ends fails its request only")
  void aHandlerThatRecurses() {
    IoDevice device =
        function(
            IoQueue.sequential()
                .onRead((queue, request, length) -> request.complete(recurse(0), 0)));
    send(top(device));
    send(top(device));
    assertThat(ends()).containsExactly(IoStatus.UNSUCCESSFUL, IoStatus.UNSUCCESSFUL);
  }

  @SuppressWarnings("InfiniteRecursion") // that is what is wanted
  private static IoStatus recurse(int depth) {
    IoStatus below = recurse(depth + 1);
    return depth == 0 ? IoStatus.SUCCESS : below;
  }

  @Test
  @DisplayName("a handler in the caller's context that throws an error ends the request")
  void aHandlerInTheCallersContext() {
    for (Error error : errors()) {
      IoDevice device =
          alone(
              IoDevice.function("f")
                  .onInCallerContext((where, request) -> {
                    throw error;
                  }));
      send(top(device));
    }
    assertThat(ends()).hasSize(3).containsOnly(IoStatus.UNSUCCESSFUL);
  }

  @Test
  @DisplayName("a handler that throws while its request's memory is in use holds up nobody else")
  void memoryInUse() throws IoRequestException {
    IoTarget below = over(new ManualDevice());
    final IoRequest child = made.request();
    IoDevice device =
        function(
            IoQueue.parallel()
                .presentAtMost(2)
                .onRead((queue, request, length) -> {
                  keep(request);
                  if (given.size() == 1) {
                    below.formatRead(child, request.retrieveOutput(1), 0);
                    throw new InternalError("after the child was formatted");
                  }
                }));
    IoTarget top = top(device);
    final IoRequest first = send(top);
    send(top);
    assertThat(given).as("the queue goes on").hasSize(2);
    assertThat(first.status()).as("the driver has it still").isEqualTo(IoStatus.PENDING);
    child.reuse();
    completeAll();
    assertThat(ends()).containsExactly(IoStatus.SUCCESS, IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("a handler that throws a status which cannot be completed with ends it all the same")
  void aStatusThatIsNone() {
    IoDevice device =
        function(
            IoQueue.sequential()
                .onRead((queue, request, length) -> {
                  throw new IoRequestException(IoStatus.PENDING, 0, "not an end");
                }));
    IoTarget top = top(device);
    send(top);
    send(top);
    assertThat(ends()).containsExactly(IoStatus.UNSUCCESSFUL, IoStatus.UNSUCCESSFUL);
  }

  @Test
  @DisplayName("an error of the client's routine passes through a completion and leaves nothing")
  void anErrorOfTheClients() {
    for (QueueConfig config : queues()) {
      IoDevice device =
          function(config.onDefault((queue, request) -> request.complete(IoStatus.SUCCESS, 0)));
      IoTarget top = top(device);
      sendAnyhow(fatal(top), top);
      recorder.await();
      send(top);
      recorder.await();
      elsewhere(device::close);
      assertThat(queueOf(device).state().isIdle()).isTrue();
    }
  }

  @Test
  @DisplayName("the same of a request that was sent and forgotten")
  void anErrorPastAForgottenRequest() {
    ManualDevice lower = new ManualDevice().atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget below = over(lower);
    IoDevice device =
        made.track(
            IoDevice.filter("f")
                .queue(
                    IoQueue.sequential()
                        .onDefault((queue, request) ->
                            assertThat(request.send(below, SendOptions.sendAndForget())).isTrue()))
                .above(below));
    IoTarget top = top(device);
    sendAnyhow(fatal(top), top);
    send(top);
    assertThat(ends()).containsExactly(IoStatus.SUCCESS, IoStatus.SUCCESS);
    assertThat(queueOf(device).state().isIdle()).isTrue();
  }

  @Test
  @DisplayName("the same of requests that the framework ends: empty, cancelled, purged")
  void anErrorAtAnEndByTheFramework() {
    IoDevice device = function(IoQueue.sequential().onDefault(keep));
    IoQueue queue = queueOf(device);
    IoTarget top = top(device);
    queue.stop(null);
    IoRequest cancelled = fatal(top);
    sendAnyhow(cancelled, top);
    cancelAnyhow(cancelled);
    for (int i = 0; i < 3; i++) {
      sendAnyhow(fatal(top), top);
    }
    List<String> called = new ArrayList<>();
    anyhow(() -> queue.purge(purged -> called.add("purged")));
    assertThat(ends()).hasSize(4).containsOnly(IoStatus.CANCELLED);
    assertThat(called).containsExactly("purged");
    queue.start();
    IoRequest empty = fatal(top);
    empty.reuse();
    top.formatRead(empty, IoMemory.none(), 0);
    empty.setCompletionRoutine((sent, to, result) -> {
      throw new OutOfMemoryError("the client's own");
    });
    sendAnyhow(empty, top);
    send(top);
    assertThat(given).hasSize(1);
    completeAll();
  }

  @Test
  @DisplayName("a reserved request returns also if the routine above throws an error")
  void aReservedRequestReturns() {
    IoDevice device =
        function(
            IoQueue.parallel().onDefault(keep).guaranteeForwardProgress(1, new OnlyReserved()));
    IoTarget top = top(device);
    queueOf(device).stop(null);
    IoRequest cancelled = fatal(top);
    sendAnyhow(cancelled, top);
    cancelAnyhow(cancelled);
    queueOf(device).start();
    send(top);
    assertThat(given).hasSize(1);
    completeAll();
  }

  @Test
  @DisplayName("a stop handler that throws an error: the others are told, cancels come afterwards")
  void aStopHandlerThatThrows() {
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault(keep)
                .onIoStop((queue, request, reason, isMarked) -> {
                  request.stopAcknowledge(false);
                  throw new OutOfMemoryError("after it answered");
                })
                .onIoResume((queue, request) -> {
                  throw new StackOverflowError();
                }));
    IoTarget top = top(device);
    final IoRequest first = send(top);
    send(top);
    given.getFirst().markCancelable(marked -> marked.complete(IoStatus.CANCELLED, 0));
    device.suspend();
    assertThat(first.cancelSent()).isTrue();
    assertThat(first.status()).as("nothing holds it back").isEqualTo(IoStatus.CANCELLED);
    device.resume();
    assertThat(ends()).containsExactly(IoStatus.CANCELLED, IoStatus.UNSUCCESSFUL);
  }

  @Test
  @DisplayName("a cancel routine, or a callback of a state, that throws an error disturbs nobody")
  void callbacksThatThrow() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    IoQueue queue = queueOf(device);
    IoTarget top = top(device);
    final IoRequest first = send(top);
    given
        .getFirst()
        .markCancelable(marked -> {
          throw new InternalError("before it completed");
        });
    assertThat(first.cancelSent()).isTrue();
    assertThat(first.status()).as("the driver has it still").isEqualTo(IoStatus.PENDING);
    queue.stop(stopped -> {
      throw new OutOfMemoryError("of the callback");
    });
    completeAll();
    queue.start();
    queue.synchronize(() -> {
      throw new StackOverflowError();
    });
    send(top);
    assertThat(given).hasSize(2);
    given.get(1).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("a cleanup or destroy callback that throws an error leaves the request completed")
  void lifeCycleCallbacksThatThrow() {
    IoDevice device =
        function(
            IoQueue.sequential()
                .onDefault((queue, request) -> {
                  request.onCleanup(dying -> {
                    throw new OutOfMemoryError("of the cleanup");
                  });
                  request.onDestroy(dying -> {
                    throw new InternalError("of the end");
                  });
                  request.complete(IoStatus.SUCCESS, 0);
                }));
    IoTarget top = top(device);
    send(top);
    send(top);
    assertThat(ends()).containsExactly(IoStatus.SUCCESS, IoStatus.SUCCESS);
  }
}
