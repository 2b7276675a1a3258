package dev.ioreq.testkit;

import static dev.ioreq.testkit.Violations.reported;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ioreq.BufferMethod;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.RequestType;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.Verifier;
import dev.ioreq.VerifierRule;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What the verifier says of requests and targets, and what it leaves in their history.
class ScriptedVerifierTest extends ScriptedTest {
  private final ManualDevice device = new ManualDevice();
  private final List<Verifier.Violation> violations = new CopyOnWriteArrayList<>();
  private final Semaphore reports = new Semaphore(0);
  private final Verifier.Registration listening =
      Verifier.listen(violation -> {
        violations.add(violation);
        reports.release();
      });
  private final Verifier.Mode before = Verifier.mode();
  private final Duration limit = Verifier.waitLimit();

  @BeforeEach
  void strict() {
    Verifier.mode(Verifier.Mode.STRICT);
  }

  @AfterEach
  void asBefore() {
    listening.close();
    Verifier.mode(before);
    Verifier.waitLimit(limit);
    Verifier.requestLimit(0);
  }

  private IoMisuseException thrown(VerifierRule rule, ThrowingCallable action) {
    violations.clear();
    IoMisuseException thrown = catchThrowableOfType(IoMisuseException.class, action);
    assertThat(thrown).as("%s", rule).isNotNull().hasMessageStartingWith(rule + ": ");
    assertThat(violations).extracting(Verifier.Violation::rule).containsExactly(rule);
    return thrown;
  }

  private static List<String> events(String dump) {
    return dump.lines().skip(1).map(line -> line.replaceFirst("^ *(<=)?[0-9.]+ +", "")).toList();
  }

  @Test
  @DisplayName("S-65, R-217, R-156, R-116, R-343 what a request in flight is not to be used for")
  void aRequestInFlight() {
    IoTarget target = over(device);
    IoRequest request = send(target);
    IoMisuseException sent = thrown(VerifierRule.REQUEST_SENT_TWICE, () -> request.send(target));
    assertThat(sent.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(sent).hasMessageContaining("read of 64 bytes at 0"); // its history
    thrown(VerifierRule.FORMAT_IN_FLIGHT, () -> target.formatRead(request, IoMemory.none(), 0));
    thrown(VerifierRule.FORMAT_IN_FLIGHT, () -> request.setCompletionRoutine(recorder));
    thrown(VerifierRule.FORMAT_IN_FLIGHT, request::clearCompletionRoutine);
    thrown(VerifierRule.REUSE_IN_FLIGHT, request::reuse);
    thrown(VerifierRule.CHANGE_TARGET_IN_FLIGHT, () -> request.changeTarget(target));
    device.complete();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("S-65, R-104 closing a request in flight is reported, never thrown")
  void closedInFlight() {
    IoTarget target = over(device);
    IoRequest request = send(target);
    request.close();
    assertThat(violations)
        .extracting(Verifier.Violation::rule)
        .containsExactly(VerifierRule.DELETE_IN_FLIGHT);
    device.complete();
    recorder.await();
    violations.clear();
    request.close();
    assertThat(violations).as("the second time").isEmpty();
    thrown(VerifierRule.USE_AFTER_CLOSE, () -> request.send(target));
  }

  @Test
  @DisplayName("R-154, R-155, R-220 strict: an unformatted or too small request throws")
  void notSendable() {
    IoTarget target = over(device);
    IoTarget deep = over(new ManualDevice(2, BufferMethod.OUT_DIRECT, true));
    IoRequest request = formatted(target);
    assertThat(thrown(VerifierRule.TOO_FEW_FRAMES, () -> request.send(deep)).status())
        .isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    request.reuse();
    assertThat(thrown(VerifierRule.REQUEST_NOT_FORMATTED, () -> request.send(target)).status())
        .isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    assertThat(events(Verifier.dump(target)).getLast()).endsWith("refused REQUEST_NOT_ACCEPTED");
  }

  @Test
  @DisplayName("R-271, R-294 completion parameters without format are reported")
  void parametersWithoutFormat() {
    IoTarget target = over(device);
    IoRequest request = made.request();
    thrown(VerifierRule.COMPLETION_PARAMETERS_WITHOUT_FORMAT, request::completionParameters);
    assertThat(
            reported(
                VerifierRule.COMPLETION_PARAMETERS_WITHOUT_FORMAT,
                () -> request.completionParameters().type()))
        .isEqualTo(RequestType.NO_FORMAT);
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(request.completionParameters().type()).isEqualTo(RequestType.READ);
  }

  @Test
  @DisplayName("R-279 asking for the status in flight is reported when that is asked for")
  void statusInFlight() {
    IoTarget target = over(device);
    IoRequest request = send(target);
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    Verifier.enable(VerifierRule.STATUS_WHILE_IN_FLIGHT);
    try {
      thrown(VerifierRule.STATUS_WHILE_IN_FLIGHT, request::status);
      device.complete();
      assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    } finally {
      Verifier.disable(VerifierRule.STATUS_WHILE_IN_FLIGHT);
    }
  }

  @Test
  @DisplayName("R-276 a synchronous send without timeout is reported when that is asked for")
  void synchronousWithoutTimeout() {
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget target = over(device);
    IoRequest request = formatted(target);
    Verifier.enable(VerifierRule.SYNCHRONOUS_WITHOUT_TIMEOUT);
    try {
      thrown(
          VerifierRule.SYNCHRONOUS_WITHOUT_TIMEOUT,
          () -> request.send(target, SendOptions.synchronous()));
      violations.clear();
      assertThat(request.send(target, SendOptions.synchronous().withTimeout(Duration.ofHours(1))))
          .isTrue();
      assertThat(violations).isEmpty();
    } finally {
      Verifier.disable(VerifierRule.SYNCHRONOUS_WITHOUT_TIMEOUT);
    }
  }

  @Test
  @DisplayName("S-65, R-231, R-054, R-212 a routine that waits throws, and that is reported")
  void aRoutineThatWaits() {
    IoTarget target = over(device);
    IoRequest request = formatted(target);
    IoRequest other = formatted(target);
    request.setCompletionRoutine(
        (sent, at, result) -> other.send(target, SendOptions.synchronous()));
    assertThat(request.send(target)).isTrue();
    device.complete();
    assertThat(violations)
        .extracting(Verifier.Violation::rule)
        .containsExactly(VerifierRule.WAIT_IN_CALLBACK, VerifierRule.ROUTINE_THREW);
    violations.clear();
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((sent, at, result) -> at.stop(SentIoAction.WAIT));
    assertThat(request.send(target)).isTrue();
    device.complete();
    assertThat(violations)
        .extracting(Verifier.Violation::rule)
        .containsExactly(VerifierRule.WAIT_IN_CALLBACK, VerifierRule.ROUTINE_THREW);
    assertThat(violations.getLast().history()).contains("routine threw");
  }

  @Test
  @DisplayName("R-178 a device that says more than its buffer holds is reported, and clamped")
  void moreThanTheBuffer() {
    ManualDevice buffered = new ManualDevice(1, BufferMethod.BUFFERED, false);
    IoTarget target = over(buffered);
    send(target);
    buffered.complete(IoStatus.SUCCESS, 65);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(violations)
        .extracting(Verifier.Violation::rule)
        .containsExactly(VerifierRule.BUFFERED_OUTPUT_TOO_LARGE);
    violations.clear();
    send(target);
    buffered.complete(IoStatus.SUCCESS, 64);
    recorder.await();
    assertThat(violations).isEmpty();
  }

  // ------------------------------------------------------------------ history

  @Test
  @DisplayName("R-440 the history tells one request's life: sent, held, cancelled, completed")
  void theHistoryTellsOneLife() {
    device.onCancel(ManualDevice.OnCancel.COMPLETE);
    IoTarget target = over(device);
    target.stop(SentIoAction.LEAVE_PENDING);
    IoRequest request = formatted(target);
    String text = request.toString();
    String name = text.substring(0, text.indexOf(" ("));
    assertThat(request.send(target)).isTrue();
    target.start();
    assertThat(request.cancelSent()).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    target.close();

    assertThat(events(Verifier.dump(target)).stream().map(e -> e.replaceFirst(" {2,}", " ")))
        .containsExactly(
            "itself state changed STARTED to STOPPED",
            name + " sent read of 64 bytes at 0",
            name + " held back (1)",
            "itself state changed STOPPED to STARTED",
            name + " delivered",
            name + " cancel asked",
            name + " cancel delivered: yes", // the canceller is the last party to leave
            name + " completed CANCELLED, information 0",
            "itself state changed STARTED to CLOSED");
  }

  @Test
  @DisplayName("R-440 a timeout, a refusal and a refused cancel are in the history")
  void theHistoryTellsOfTimeouts() {
    IoTarget target = over(device.onCancel(ManualDevice.OnCancel.REFUSE));
    send(target, SendOptions.timeout(Duration.ofNanos(1)));
    device.awaitCancels(1);
    Waiting.until(
        "the cancel is told", () -> Verifier.dump(target).contains("cancel delivered: no"));
    device.complete(IoStatus.CANCELLED, 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
    assertThat(events(Verifier.dump(target)))
        .satisfiesExactly(
            event -> assertThat(event).contains("sent read"),
            event -> assertThat(event).endsWith("timeout expired"),
            event -> assertThat(event).endsWith("cancel delivered: no"),
            event -> assertThat(event).endsWith("completed IO_TIMEOUT, information 0"));
    IoRequest late = formatted(target);
    target.close();
    assertThat(late.send(target)).isFalse();
    assertThat(events(Verifier.dump(target)).getLast()).endsWith("refused INVALID_DEVICE_STATE");
  }

  @Test
  @DisplayName("R-442 with the verifier off nothing is recorded")
  void offRecordsNothing() {
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget target = over(device);
    Verifier.mode(Verifier.Mode.OFF);
    send(target);
    recorder.await();
    assertThat(events(Verifier.dump(target))).isEmpty();
    IoRequest request = made.request();
    assertThat(request.send(target)).as("not formatted").isFalse();
    assertThat(violations).isEmpty();
    Verifier.mode(Verifier.Mode.STRICT);
    send(target);
    recorder.await();
    assertThat(events(Verifier.dump(target))).hasSize(2);
  }

  @Test
  @DisplayName("R-440 in detail every step is recorded")
  void inDetailEveryStepIsRecorded() {
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget target = over(device);
    Verifier.History wanted = Verifier.history();
    Verifier.history(Verifier.History.DETAILED);
    try {
      IoRequest request = send(target);
      recorder.await();
      request.reuse();
    } finally {
      Verifier.history(wanted);
    }
    assertThat(events(Verifier.dump(target)))
        .satisfiesExactly(
            event -> assertThat(event).contains("sent read"),
            event -> assertThat(event).endsWith("completed SUCCESS, information 0"),
            event -> assertThat(event).endsWith("routine called"),
            event -> assertThat(event).endsWith("routine returned"),
            event -> assertThat(event).endsWith("reused SUCCESS"));
    assertThat(Verifier.dump(target)).doesNotContain("<=");
  }

  // ------------------------------------------------------------------ waits, memory, leaks

  @Test
  @DisplayName("R-441 a stop, a close and a synchronous send that wait too long say for what")
  void waitsThatTakeTooLong() {
    IoTarget target = over(device);
    IoRequest request = send(target);
    Verifier.waitLimit(Duration.ofNanos(1));
    Thread stopping = Thread.ofPlatform().start(() -> target.stop(SentIoAction.WAIT));
    expectWaitTooLong("stop has waited", request.toString());
    device.complete();
    Waiting.forEnd(stopping);
    target.start();

    IoRequest second = formatted(target);
    Thread sending =
        Thread.ofPlatform().start(() -> second.send(target, SendOptions.synchronous()));
    expectWaitTooLong("a synchronous send has waited", "to complete it");
    device.complete();
    Waiting.forEnd(sending);

    IoRequest third = send(target);
    Thread closing = Thread.ofPlatform().start(target::close);
    expectWaitTooLong("close has waited", third.toString().substring(0, 10));
    device.complete();
    Waiting.forEnd(closing);
    assertThat(target.requestsInFlight()).isZero();
  }

  private void expectWaitTooLong(String begin, String waitsFor) {
    violations.clear();
    reports.drainPermits();
    Waiting.forPermits("a report: " + begin, reports, 1);
    Waiting.until(
        begin + " … " + waitsFor,
        () ->
            violations.stream()
                .anyMatch(v ->
                    v.rule() == VerifierRule.WAIT_TOO_LONG
                        && v.detail().startsWith(begin)
                        && v.detail().contains(waitsFor)));
  }

  @Test
  @DisplayName("R-443, R-152 without memory everything fails cleanly, and works again afterwards")
  void withoutMemory() {
    ManualDevice buffered = new ManualDevice(1, BufferMethod.BUFFERED, false);
    IoTarget target = over(buffered);
    IoMemory memory = made.memory(64);
    IoRequest request = made.request();
    IoStatus none = IoStatus.INSUFFICIENT_RESOURCES;
    try (Verifier.Registration faults = Verifier.failAllocationsAfter(0)) {
      assertThat(faults).isNotNull();
      assertThat(TargetUnderTest.misuse(() -> IoRequest.create())).isEqualTo(none);
      assertThat(TargetUnderTest.misuse(() -> IoRequest.create(target))).isEqualTo(none);
      assertThat(TargetUnderTest.misuse(() -> IoMemory.allocate(1))).isEqualTo(none);
      assertThat(TargetUnderTest.misuse(() -> target.formatRead(request, memory, 0)))
          .as("a packet")
          .isEqualTo(none);
      assertThat(TargetUnderTest.misuse(() -> target.sendReadSynchronously(memory, 0)))
          .isEqualTo(none);
    }
    try (Verifier.Registration faults = Verifier.failAllocationsAfter(1)) {
      assertThat(faults).isNotNull();
      assertThat(TargetUnderTest.misuse(() -> target.formatRead(request, memory, 0)))
          .as("a packet, but no buffer")
          .isEqualTo(none);
    }
    request.setCompletionRoutine(recorder);
    assertThat(reported(VerifierRule.REQUEST_NOT_FORMATTED, () -> request.send(target))).isFalse();
    target.formatRead(request, memory, 0);
    assertThat(request.send(target)).isTrue();
    buffered.complete();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-444 a target with more created requests than the limit is reported")
  void tooManyCreatedRequests() {
    IoTarget target = over(device);
    Verifier.requestLimit(2);
    IoRequest first = made.track(IoRequest.create(target));
    made.track(IoRequest.create(target));
    first.close();
    first.close();
    made.track(IoRequest.create(target));
    assertThat(violations).isEmpty();
    made.track(IoRequest.create(target));
    assertThat(violations).hasSize(1);
    assertThat(violations.getFirst().rule()).isEqualTo(VerifierRule.TOO_MANY_REQUESTS);
    assertThat(violations.getFirst().detail())
        .contains("3 created requests live, the limit is 2")
        .contains("ScriptedVerifierTest");
  }
}
