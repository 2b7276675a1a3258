package dev.ioreq.testkit;

import static dev.ioreq.testkit.Violations.reported;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.Verifier;
import dev.ioreq.VerifierRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What the verifier says of drivers: each breaks a rule of received requests or queues.
class DriverViolationsTest extends ScriptedTest {
  private final ManualDevice lower = new ManualDevice();
  private final List<ReceivedRequest> received = new CopyOnWriteArrayList<>();
  private final List<Verifier.Violation> violations = new CopyOnWriteArrayList<>();
  private final Semaphore reports = new Semaphore(0);
  private final Verifier.Registration listening =
      Verifier.listen(violation -> {
        violations.add(violation);
        reports.release();
      });
  private final Verifier.Mode before = Verifier.mode();
  private final Duration limit = Verifier.waitLimit();
  private IoTarget below = over(lower);

  @BeforeEach
  void strict() {
    Verifier.mode(Verifier.Mode.STRICT);
  }

  @AfterEach
  void asBefore() {
    listening.close();
    Verifier.mode(before);
    Verifier.waitLimit(limit);
  }

  /// A filter that keeps what it receives.
  private IoDevice keeper() {
    return made.track(
        IoDevice.filter("keeper")
            .queue(
                IoQueue.parallel()
                    .onRead((queue, request, length) -> received.add(request))
                    .onWrite((queue, request, length) -> received.add(request)))
            .above(below));
  }

  private ReceivedRequest receivedBy(IoDevice device) {
    send(made.track(IoTarget.to(device)));
    return received.getLast();
  }

  private IoMisuseException thrown(VerifierRule rule, ThrowingCallable action) {
    violations.clear();
    IoMisuseException thrown = catchThrowableOfType(IoMisuseException.class, action);
    assertThat(thrown).as("%s", rule).isNotNull().hasMessageStartingWith(rule + ": ");
    assertThat(violations).extracting(Verifier.Violation::rule).containsExactly(rule);
    return thrown;
  }

  @Test
  @DisplayName(
      "S-60, R-317, R-322, R-323, R-324, R-327 what a marked request is not to be used for")
  void aMarkedRequest() {
    IoDevice device = keeper();
    ReceivedRequest request = receivedBy(device);
    IoQueue other = device.createQueue("other", IoQueue.manual());
    thrown(VerifierRule.UNMARK_NOT_MARKED, request::unmarkCancelable);
    request.markCancelable(marked -> {});
    thrown(VerifierRule.MARKED_TWICE, () -> request.markCancelable(marked -> {}));
    thrown(VerifierRule.MARKED_TWICE, () -> request.tryMarkCancelable(marked -> {}));
    thrown(VerifierRule.QUEUE_CALL_ON_MARKED, () -> request.forwardTo(other));
    thrown(VerifierRule.IS_CANCELED_NOT_OWNED, request::isCanceled);
    request.formatUsingCurrentType();
    request.setCompletionRoutine((sent, at, result) -> request.complete(result.status()));
    thrown(VerifierRule.SEND_MARKED_REQUEST, () -> request.send(below));
    IoMisuseException completed =
        thrown(VerifierRule.COMPLETE_MARKED_REQUEST, () -> request.complete(IoStatus.SUCCESS));
    assertThat(completed).as("its history").hasMessageContaining("marked cancelable SUCCESS");
    assertThat(recorder.calls()).as("nothing was completed").isEmpty();
    assertThat(request.unmarkCancelable()).isTrue();
    request.complete(IoStatus.SUCCESS);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("S-61, R-448 a stop is acknowledged in its handler only")
  void aStopAcknowledgedOutside() {
    ReceivedRequest request = receivedBy(keeper());
    thrown(VerifierRule.STOP_ACKNOWLEDGE_OUTSIDE_IO_STOP, () -> request.stopAcknowledge(false));
    request.complete(IoStatus.SUCCESS);
    recorder.await();
  }

  @Test
  @DisplayName("S-62, S-63, R-128, R-285, R-446 a completed request, its memory and its bytes")
  void useAfterCompletion() throws IoRequestException {
    ReceivedRequest request = receivedBy(keeper());
    IoMemory output = request.retrieveOutput(1);
    request.complete(IoStatus.SUCCESS, 1);
    recorder.await();
    assertThat(
            thrown(VerifierRule.RETRIEVED_AFTER_COMPLETION, () -> request.retrieveOutput(1))
                .status())
        .isEqualTo(IoStatus.INTERNAL_ERROR);
    thrown(VerifierRule.USE_AFTER_COMPLETION, () -> request.setInformation(1));
    thrown(VerifierRule.USE_AFTER_COMPLETION, request::information);
    thrown(VerifierRule.NOT_OWNED, () -> request.send(below));
    thrown(VerifierRule.NOT_OWNED, () -> request.markCancelable(marked -> {}));
    IoRequest formatted = made.request();
    assertThat(TargetUnderTest.misuse(() -> below.formatRead(formatted, output, 0)))
        .as("its memory is closed")
        .isEqualTo(IoStatus.INVALID_PARAMETER);
    assertThat(reported(VerifierRule.USE_AFTER_COMPLETION, request::information)).isZero();
  }

  @Test
  @DisplayName("S-65, R-105 the second completion is reported and does not reach the packet")
  void completedTwice() {
    ReceivedRequest request = receivedBy(keeper());
    request.complete(IoStatus.SUCCESS, 1);
    thrown(VerifierRule.COMPLETED_TWICE, () -> request.complete(IoStatus.CANCELLED, 0));
    reported(VerifierRule.COMPLETED_TWICE, () -> request.complete(IoStatus.CANCELLED, 0));
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("S-65, R-141, R-351 completing while a child holds the memory throws in every mode")
  void completedWhileMemoryIsHeld() throws IoRequestException {
    IoDevice keeper = keeper();
    for (Verifier.Mode mode : Verifier.Mode.values()) {
      Verifier.mode(mode);
      ReceivedRequest request = receivedBy(keeper);
      IoRequest child = made.request();
      below.formatRead(child, request.retrieveOutput(1), 0);
      violations.clear();
      assertThat(
              catchThrowableOfType(
                  IoMisuseException.class, () -> request.complete(IoStatus.SUCCESS)))
          .as("%s", mode)
          .hasMessageStartingWith("COMPLETE_WHILE_MEMORY_HELD");
      assertThat(violations).hasSize(mode == Verifier.Mode.OFF ? 0 : 1);
      child.reuse();
      request.complete(IoStatus.SUCCESS, 5);
      assertThat(recorder.await().information()).isEqualTo(5);
    }
  }

  @Test
  @DisplayName("R-286 more information than the buffer holds throws while the verifier is on")
  void informationTooLarge() {
    IoDevice device = keeper();
    ReceivedRequest request = receivedBy(device);
    thrown(VerifierRule.INFORMATION_TOO_LARGE, () -> request.complete(IoStatus.SUCCESS, 65));
    Verifier.mode(Verifier.Mode.REPORT);
    thrown(VerifierRule.INFORMATION_TOO_LARGE, () -> request.complete(IoStatus.SUCCESS, 65));
    request.complete(IoStatus.UNSUCCESSFUL, 65);
    assertThat(recorder.await().information()).as("an error is not checked").isEqualTo(65);
    Verifier.mode(Verifier.Mode.OFF);
    receivedBy(device).complete(IoStatus.SUCCESS, 65);
    assertThat(recorder.await().information()).as("nor is anything when off").isEqualTo(65);
  }

  @Test
  @DisplayName("R-447 the input of a read and the output of a write are flagged")
  void wrongDirection() {
    ReceivedRequest read = receivedBy(keeper());
    assertThat(thrown(VerifierRule.WRONG_DIRECTION_RETRIEVED, () -> read.retrieveInput(0)).status())
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    read.complete(IoStatus.SUCCESS);
    recorder.await();
  }

  @Test
  @DisplayName("S-65, R-190, R-195, R-239 sends that nobody would hear of")
  void sendsThatNobodyWouldHearOf() {
    IoDevice device = keeper();
    ReceivedRequest request = receivedBy(device);
    request.formatUsingCurrentType();
    thrown(VerifierRule.RECEIVED_SENT_WITHOUT_ROUTINE, () -> request.send(below));
    assertThat(reported(VerifierRule.RECEIVED_SENT_WITHOUT_ROUTINE, () -> request.send(below)))
        .isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    below.formatRead(request, IoMemory.none(), 0);
    thrown(
        VerifierRule.FORGET_AFTER_FORMAT, () -> request.send(below, SendOptions.sendAndForget()));
    assertThat(lower.arrivals()).isEmpty();
    request.formatUsingCurrentType();
    request.setCompletionRoutine(recorder);
    assertThat(
            reported(
                VerifierRule.FORGET_WITH_ROUTINE,
                () -> request.send(below, SendOptions.sendAndForget())))
        .as("it is sent all the same")
        .isTrue();
    lower.complete(IoStatus.SUCCESS, 3);
    assertThat(recorder.await().information()).isEqualTo(3);
    assertThat(recorder.count()).as("the originator's, not the forgotten one").isEqualTo(1);
  }

  @Test
  @DisplayName("R-376, R-368, R-411 queues: retrieval, deletion, changes in a hurry")
  void queues() {
    List<IoQueue> done = new ArrayList<>();
    IoDevice device =
        made.track(
            IoDevice.function("d")
                .queue(
                    IoQueue.sequential().onRead((queue, request, length) -> received.add(request)))
                .alone());
    IoQueue queue = device.defaultQueue().orElseThrow();
    thrown(VerifierRule.RETRIEVE_WITHOUT_REQUEST_OUT, () -> queue.retrieveNext(received::add));
    thrown(VerifierRule.DELETE_DEFAULT_QUEUE, () -> device.deleteQueue(queue));
    ReceivedRequest request = receivedBy(device);
    queue.stop(done::add);
    thrown(VerifierRule.QUEUE_STATE_CHANGED_EARLY, queue::start);
    reported(VerifierRule.QUEUE_STATE_CHANGED_EARLY, queue::start);
    request.complete(IoStatus.SUCCESS);
    assertThat(done).hasSize(1);
    recorder.await();
  }

  @Test
  @DisplayName("R-404, R-212 a handler that waits for its queue throws, and is reported")
  void aHandlerThatWaits() {
    IoDevice device =
        made.track(
            IoDevice.function("d")
                .queue(
                    IoQueue.parallel()
                        .onRead((queue, request, length) -> queue.stopSynchronously()))
                .alone());
    send(made.track(IoTarget.to(device)));
    assertThat(recorder.await().status()).isEqualTo(IoStatus.UNSUCCESSFUL);
    assertThat(violations)
        .extracting(Verifier.Violation::rule)
        .containsExactly(VerifierRule.WAIT_IN_CALLBACK, VerifierRule.ROUTINE_THREW);
  }

  @Test
  @DisplayName("R-441, R-445 a queue's stop, and a removal that a kept request holds up")
  void waitsForTheDriver() {
    IoDevice device = keeper();
    IoTarget top = made.track(IoTarget.to(device));
    send(top);
    ReceivedRequest request = received.getLast();
    IoQueue queue = device.defaultQueue().orElseThrow();
    Verifier.waitLimit(Duration.ofNanos(1));
    Thread stopping = Thread.ofPlatform().start(queue::stopSynchronously);
    awaitViolation(VerifierRule.WAIT_TOO_LONG, "stop has waited");
    Thread removing =
        Thread.ofPlatform()
            .start(() -> {
              Waiting.forEnd(stopping);
              device.close();
            });
    request.complete(IoStatus.SUCCESS);
    recorder.await();
    Waiting.forEnd(stopping);
    Waiting.forEnd(removing);

    below = over(new ManualDevice()); // the first went with its device
    IoDevice second = keeper();
    send(made.track(IoTarget.to(second)));
    ReceivedRequest kept = received.getLast();
    Thread closing = Thread.ofPlatform().start(second::close);
    awaitViolation(VerifierRule.WAIT_TOO_LONG, "its removal has waited");
    assertThat(violations.getLast().detail()).contains("1 requests that the driver holds");
    kept.complete(IoStatus.SUCCESS);
    recorder.await();
    Waiting.forEnd(closing);
  }

  private void awaitViolation(VerifierRule rule, String begin) {
    violations.clear();
    reports.drainPermits();
    Waiting.until(
        rule + ": " + begin,
        () -> violations.stream().anyMatch(v -> v.rule() == rule && v.detail().startsWith(begin)));
  }

  @Test
  @DisplayName("R-440 a device's history tells what its driver did with a request")
  void theHistoryOfADevice() {
    IoDevice device = keeper();
    ReceivedRequest request = receivedBy(device);
    IoQueue later = device.createQueue("later", IoQueue.manual());
    request.markCancelable(marked -> {});
    request.unmarkCancelable();
    request.forwardTo(later);
    later.retrieveNext(ReceivedRequest::requeue);
    later.retrieveNext(again -> again.complete(IoStatus.SUCCESS, 7));
    recorder.await();
    assertThat(device.defaultQueue().orElseThrow().state().isIdle()).isTrue();
    assertThat(Verifier.dump(device)).startsWith("device keeper, ");
    assertThat(
            Verifier.dump(device)
                .lines()
                .skip(1)
                .map(line -> line.replaceFirst(".*request \\d+ +", "")))
        .containsExactly(
            "marked cancelable SUCCESS",
            "unmarked SUCCESS",
            "queued (1)",
            "forwarded SUCCESS",
            "requeued SUCCESS",
            "queued (1)",
            "completed SUCCESS, information 7");
  }
}
