package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.PurgeAction;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SentIoAction;
import dev.ioreq.SynchronizationScope;
import dev.ioreq.VerifierRule;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ReceivedCompletionTest extends ReceivedTest {
  private static IoTarget below(ReceivedRequest received) {
    return received.device().localTarget().orElseThrow();
  }

  @Test
  @DisplayName("R-098, R-105 a second completion is reported and does not reach the packet")
  void aSecondCompletion() {
    ReceivedRequest received = receive();
    received.complete(IoStatus.SUCCESS, 1);
    received.complete(IoStatus.UNSUCCESSFUL, 2);
    received.complete(IoStatus.UNSUCCESSFUL);
    assertThat(reports())
        .containsExactly(VerifierRule.COMPLETED_TWICE, VerifierRule.COMPLETED_TWICE);
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(recorder.calls().getFirst().information()).isEqualTo(1);
  }

  @Test
  @Tag("long")
  @DisplayName("R-105 two threads complete it at once: one does, and its memory is let go once")
  void twoThreadsComplete() throws Exception {
    IoTarget top = to(keeper().above(over(lower)));
    for (int turn = 0; turn < 2000; turn++) {
      send(top);
      ReceivedRequest received = got.getLast();
      received.formatUsingCurrentType();
      CyclicBarrier begin = new CyclicBarrier(2);
      Thread other =
          Thread.ofPlatform()
              .start(() -> {
                meet(begin);
                received.complete(IoStatus.SUCCESS, 2);
              });
      meet(begin);
      received.complete(IoStatus.SUCCESS, 1);
      Waiting.forEnd(other);
      assertThat(recorder.count()).isEqualTo(turn + 1);
    }
    assertThat(reports()).hasSize(2000).containsOnly(VerifierRule.COMPLETED_TWICE);
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @DisplayName("R-284, R-208 information set before is that of complete(status)")
  void setInformation() {
    ReceivedRequest received = receive();
    received.setInformation(5);
    assertThat(received.information()).isEqualTo(5);
    received.complete(IoStatus.SUCCESS);
    assertThat(recorder.await().information()).isEqualTo(5);
  }

  @Test
  @DisplayName("R-285, R-446 information of a completed request: 0, ignored, and reported")
  void informationAfterwards() {
    IoRequest request = send(to(keeper().alone()));
    ReceivedRequest received = got.getLast();
    received.complete(IoStatus.SUCCESS, 5);
    assertThat(received.information()).isZero();
    received.setInformation(9);
    assertThat(reports())
        .containsExactly(VerifierRule.USE_AFTER_COMPLETION, VerifierRule.USE_AFTER_COMPLETION);
    assertThat(request.information()).isEqualTo(5);
  }

  @Test
  @DisplayName("R-286 success with more than the buffer has is fatal; the driver still owns it")
  void tooMuchInformation() {
    IoTarget top = to(keeper().alone());
    IoMemory eight = made.memory(8);
    List<Runnable> senders =
        List.of(
            () -> send(top),
            () -> sendWrite(top, made.memory(64)),
            () -> sendControl(top, BufferMethod.BUFFERED, made.memory(99), made.memory(64)));
    for (Runnable sender : senders) {
      sender.run();
      ReceivedRequest received = got.getLast();
      assertMisuse(IoStatus.INVALID_PARAMETER, () -> received.complete(IoStatus.SUCCESS, 65));
      assertThat(reports()).containsExactly(VerifierRule.INFORMATION_TOO_LARGE);
      assertMisuse(IoStatus.INVALID_PARAMETER, () -> received.complete(IoStatus.SUCCESS, -1));
      assertMisuse(IoStatus.INVALID_PARAMETER, () -> received.setInformation(-1));
      assertMisuse(IoStatus.INVALID_PARAMETER, () -> received.complete(IoStatus.PENDING, 0));
      received.complete(IoStatus.SUCCESS, 64);
      assertThat(recorder.await().information()).isEqualTo(64);
    }
    send(top);
    got.getLast().complete(IoStatus.DEVICE_BUSY, 65);
    assertThat(recorder.await().information()).as("a warning may say anything").isEqualTo(65);
    assertThat(eight.sizeBytes()).isEqualTo(8);
  }

  @Test
  @DisplayName("R-287 a control without output, or between drivers, may report anything")
  void informationOfControls() {
    IoTarget top = to(keeper().alone());
    sendControl(top, BufferMethod.BUFFERED, bytes(1), IoMemory.none());
    got.getLast().complete(IoStatus.SUCCESS, 1000);
    assertThat(recorder.await().information()).isEqualTo(1000);
    IoRequest internal = made.request();
    top.formatInternalDeviceControl(
        internal, code(BufferMethod.BUFFERED), IoMemory.none(), bytes(1));
    sendFormatted(internal, top);
    got.getLast().complete(IoStatus.SUCCESS, 1000);
    assertThat(recorder.await().information()).isEqualTo(1000);
  }

  @Test
  @DisplayName("R-295 statuses of the framework's own mean something else above")
  void mappedStatuses() {
    IoTarget top = to(keeper().alone());
    List<List<IoStatus>> pairs =
        List.of(
            List.of(IoStatus.WDF_PAUSED, IoStatus.DEVICE_BUSY),
            List.of(IoStatus.WDF_BUSY, IoStatus.DEVICE_BUSY),
            List.of(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT, IoStatus.INVALID_DEVICE_REQUEST),
            List.of(IoStatus.of(0xC0200208), IoStatus.INVALID_DEVICE_REQUEST),
            List.of(IoStatus.END_OF_FILE, IoStatus.END_OF_FILE));
    for (List<IoStatus> pair : pairs) {
      send(top);
      got.getLast().complete(pair.getFirst(), 0);
      assertThat(recorder.await().status()).isEqualTo(pair.getLast());
    }
  }

  @Test
  @DisplayName("R-207 the routine completes with a status and information of its own")
  void anotherStatus() {
    ReceivedRequest received = receive();
    received.formatUsingCurrentType();
    received.setCompletionRoutine(
        (sent, target, result) -> received.complete(IoStatus.END_OF_FILE, 3));
    assertThat(received.send(below(received))).isTrue();
    lower.complete(IoStatus.SUCCESS, 60);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.END_OF_FILE);
    assertThat(recorder.calls().getFirst().information()).isEqualTo(3);
  }

  @Test
  @DisplayName("R-204 each layer's routine, then the layer above; the packet's information goes up")
  void upwards() {
    List<String> order = new ArrayList<>();
    IoTarget below = over(lower);
    for (String name : List.of("c", "b", "a")) {
      below =
          to(
              IoDevice.function(name)
                  .queue(
                      IoQueue.parallel()
                          .onDefault((queue, received) -> {
                            received.formatUsingCurrentType();
                            received.setCompletionRoutine((sent, target, result) -> {
                              order.add(name + " " + result.information());
                              received.complete(result.status());
                              order.add(name + " done");
                            });
                            assertThat(received.send(below(received))).isTrue();
                          }))
                  .above(below));
    }
    IoRequest request = made.request();
    below.formatRead(request, made.memory(8), 0);
    request.setCompletionRoutine((sent, target, result) -> order.add("client"));
    assertThat(request.send(below)).isTrue();
    lower.complete(IoStatus.SUCCESS, 8);
    assertThat(order)
        .as("R-204, R-415")
        .containsExactly("c 8", "b 8", "a 8", "client", "a done", "b done", "c done");
  }

  @Test
  @DisplayName("R-202 a routine runs while a handler of the same queue is running")
  void routinesAreNotSynchronized() {
    CountDownLatch isHandling = new CountDownLatch(1);
    CountDownLatch hasRun = new CountDownLatch(1);
    IoTarget top =
        to(
            IoDevice.function("f")
                .synchronize(SynchronizationScope.DEVICE)
                .queue(
                    IoQueue.parallel()
                        .onRead((queue, received, length) -> {
                          received.formatUsingCurrentType();
                          received.setCompletionRoutine((sent, target, result) -> {
                            hasRun.countDown();
                            received.complete(result.status());
                          });
                          assertThat(received.send(below(received))).isTrue();
                        })
                        .onWrite((queue, received, length) -> {
                          isHandling.countDown();
                          Waiting.forLatch("the routine of the read", hasRun);
                          received.complete(IoStatus.SUCCESS, 0);
                        }))
                .above(over(lower)));
    send(top);
    Thread other = Thread.ofPlatform().start(() -> sendWrite(top, bytes(1)));
    Waiting.forLatch("the handler", isHandling);
    lower.complete(IoStatus.SUCCESS, 0);
    Waiting.forEnd(other);
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-203 in a routine everything is allowed that does not wait")
  void inARoutine() {
    ReceivedRequest received = receive();
    IoTarget below = below(received);
    IoRequest child = made.request();
    List<String> done = new ArrayList<>();
    received.formatUsingCurrentType();
    received.setCompletionRoutine((sent, target, result) -> {
      below.stop(SentIoAction.LEAVE_PENDING);
      below.formatRead(child, IoMemory.none(), 0);
      child.setCompletionRoutine((c, t, r) -> done.add("child " + r.status()));
      assertThat(child.send(below)).isTrue();
      assertThat(child.cancelSent()).isTrue();
      below.purge(PurgeAction.PURGE);
      below.start();
      try (IoRequest another = IoRequest.create(below)) {
        assertThat(another.status()).isEqualTo(IoStatus.SUCCESS);
      }
      received.complete(IoStatus.SUCCESS);
      done.add("completed");
    });
    assertThat(received.send(below)).isTrue();
    lower.complete();
    assertThat(done).containsExactly("child " + IoStatus.CANCELLED, "completed");
  }

  @Test
  @DisplayName("R-224, R-099 a received request is not closed")
  void isNotClosed() {
    ReceivedRequest received = receive();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, received::close);
    received.complete(IoStatus.SUCCESS);
    assertThat(recorder.count()).isEqualTo(1);
  }
}
