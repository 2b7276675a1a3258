package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static dev.ioreq.testkit.TargetUnderTest.sendAndAwait;
import static dev.ioreq.testkit.Violations.reported;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.ControlCode;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.RequestType;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.StorageControl;
import dev.ioreq.VerifierRule;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Formatting, sending, reusing, cancelling: what is accepted, and what is refused and how.
public interface SendConformance extends TargetUnderTest {
  @Test
  @DisplayName("R-092, R-281, R-293 a fresh request has status SUCCESS and no format")
  default void aFreshRequest() throws IoRequestException {
    for (IoRequest request :
        new IoRequest[] {made().request(), made().track(IoRequest.create(target()))}) {
      assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(request.information()).isZero();
      assertThat(
              reported(
                  VerifierRule.COMPLETION_PARAMETERS_WITHOUT_FORMAT,
                  () -> request.completionParameters().type()))
          .isEqualTo(RequestType.NO_FORMAT);
    }
  }

  @Test
  @DisplayName("R-155, R-154, R-194 a request that is not formatted is not accepted")
  default void aRequestThatIsNotFormattedIsNotAccepted() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    Recorder recorder = new Recorder();
    request.setCompletionRoutine(recorder);
    assertThat(reported(VerifierRule.REQUEST_NOT_FORMATTED, () -> request.send(target))).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(target)).as("R-194 the routine stayed").isTrue();
    recorder.await();
    request.setCompletionRoutine(recorder);
    assertThat(reported(VerifierRule.REQUEST_NOT_FORMATTED, () -> request.send(target)))
        .as("R-154 after completion")
        .isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-136, R-146 a window beyond its memory is refused, and leaves nothing formatted")
  default void aWindowBeyondItsMemoryIsRefused() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    IoMemory memory = made().memory(100);
    long[][] windows = {
      {0, 101},
      {100, 1},
      {101, 0},
      {-1, 1},
      {1, -1},
      {50, 51},
      {1, Long.MAX_VALUE},
      {Long.MAX_VALUE, 1},
      {Long.MAX_VALUE, Long.MAX_VALUE}
    };
    for (long[] window : windows) {
      target.formatRead(request, memory, 0);
      assertThat(misuse(() -> target.formatRead(request, memory, window[0], window[1], 0)))
          .as("read %d, %d", window[0], window[1])
          .isEqualTo(IoStatus.INTEGER_OVERFLOW);
      assertThat(reported(VerifierRule.REQUEST_NOT_FORMATTED, () -> request.send(target)))
          .isFalse();
      assertThat(request.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
      assertThat(misuse(() -> target.formatWrite(request, memory, window[0], window[1], 0)))
          .isEqualTo(IoStatus.INTEGER_OVERFLOW);
      IoMemory none = IoMemory.none();
      assertThat(
              misuse(() ->
                  target.formatDeviceControl(
                      request, StorageControl.FLUSH, memory, window[0], window[1], none, 0, 0)))
          .isEqualTo(IoStatus.INTEGER_OVERFLOW);
      assertThat(
              misuse(() ->
                  target.formatInternalDeviceControl(
                      request, StorageControl.FLUSH, none, 0, 0, memory, window[0], window[1])))
          .isEqualTo(IoStatus.INTEGER_OVERFLOW);
    }
  }

  @Test
  @DisplayName("bad offsets, closed memory, read-only output and too small buffers are refused")
  default void badArgumentsAreRefused() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    IoMemory memory = made().memory(64);
    assertThat(misuse(() -> target.formatRead(request, memory, -1)))
        .isEqualTo(IoStatus.INVALID_PARAMETER);
    assertThat(misuse(() -> target.formatWrite(request, memory, Long.MIN_VALUE)))
        .isEqualTo(IoStatus.INVALID_PARAMETER);
    IoMemory closed = IoMemory.allocate(64);
    closed.close();
    assertThat(misuse(() -> target.formatRead(request, closed, 0)))
        .isEqualTo(IoStatus.INVALID_PARAMETER);
    IoMemory readOnly = IoMemory.wrap(ByteBuffer.allocate(8).asReadOnlyBuffer());
    assertThat(misuse(() -> target.formatRead(request, readOnly, 0)))
        .isEqualTo(IoStatus.ACCESS_VIOLATION);
    ControlCode eight = ControlCode.linux("EIGHT", 0, ControlCode.Direction.OUT, 8);
    IoMemory seven = made().memory(7);
    assertThat(misuse(() -> target.formatDeviceControl(request, eight, IoMemory.none(), seven)))
        .isEqualTo(IoStatus.BUFFER_TOO_SMALL);
    assertThat(reported(VerifierRule.REQUEST_NOT_FORMATTED, () -> request.send(target))).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
  }

  @Test
  @DisplayName("R-116, R-156, R-217, R-279, R-343 a request that is sent is nobody's to change")
  default void aRequestThatIsSentIsNobodysToChange() throws IoRequestException {
    IoTarget target = target();
    target.stop(SentIoAction.CANCEL);
    IoRequest request = made().request();
    Recorder recorder = new Recorder();
    IoMemory memory = made().memory(512);
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).isTrue();
    assertThat(request.status()).as("R-279").isEqualTo(IoStatus.PENDING);
    Runnable[] forbidden = {
      () -> request.send(target),
      () -> request.send(target, SendOptions.ignoreTargetState()),
      () -> target.formatWrite(request, memory, 0),
      () -> target.formatDeviceControl(request, StorageControl.FLUSH, memory, memory),
      () -> target.formatInternalDeviceControlOthers(request, StorageControl.FLUSH, 1, 2, 3),
      request::reuse,
      () -> request.changeTarget(target),
      () -> request.setCompletionRoutine(recorder),
      request::clearCompletionRoutine
    };
    for (Runnable action : forbidden) {
      assertThat(misuse(action)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    }
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    target.start();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(recorder.calls().getFirst().type()).isEqualTo(RequestType.READ);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("a closed request is refused everywhere")
  default void aClosedRequestIsRefused() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    target.formatRead(request, IoMemory.none(), 0);
    request.close();
    request.close();
    Runnable[] forbidden = {
      () -> request.send(target),
      () -> target.formatRead(request, IoMemory.none(), 0),
      request::reuse,
      () -> request.changeTarget(target)
    };
    for (Runnable action : forbidden) {
      assertThat(misuse(action)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    }
  }

  @Test
  @DisplayName("R-103 closing a request that completed releases its memory")
  default void closingReleasesMemory() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = IoRequest.create();
    IoMemory memory = IoMemory.allocate(512);
    MemorySegment.Scope scope = memory.segment().scope();
    target.formatRead(request, memory, 0);
    sendAndAwait(request, target);
    memory.close();
    assertThat(scope.isAlive()).isTrue();
    request.close();
    assertThat(scope.isAlive()).isFalse();
  }

  @Test
  @DisplayName("R-104, R-224 a request closed while it is held completes first")
  default void aRequestClosedWhileHeldCompletesFirst() throws IoRequestException {
    IoTarget target = patterned();
    target.stop(SentIoAction.WAIT);
    IoRequest request = IoRequest.create();
    IoMemory memory = IoMemory.allocate(4096);
    MemorySegment.Scope scope = memory.segment().scope();
    target.formatRead(request, memory, 0);
    Recorder recorder =
        new Recorder((done, at, result) -> expectPattern(memory, 0, 0, result.information()));
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).isTrue();
    request.close();
    target.start();
    assertThat(recorder.await().information()).isEqualTo(4096);
    memory.close();
    Waiting.until("the memory is freed", () -> !scope.isAlive());
  }

  @Test
  @DisplayName(
      "R-238, R-221, R-218 send and forget is refused for created requests, and with other options")
  default void sendAndForgetIsRefused() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    Recorder recorder = new Recorder();
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target, SendOptions.sendAndForget())).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    SendOptions[] forbidden = {
      SendOptions.sendAndForget().withSynchronous(),
      SendOptions.sendAndForget().withIgnoreTargetState(),
      SendOptions.sendAndForget().withTimeout(Duration.ofSeconds(9))
    };
    for (SendOptions options : forbidden) {
      assertThat(request.send(target, options)).isFalse();
      assertThat(request.status()).isEqualTo(IoStatus.INVALID_PARAMETER);
    }
    assertThat(recorder.count()).isZero();
    assertThat(request.send(target)).as("R-218 the formatting stayed").isTrue();
    recorder.await();
  }

  @Test
  @DisplayName(
      "R-306, R-222, R-301, R-113 a cancel that finds nothing in flight refuses the next send")
  default void aCancelSticksUntilReuse() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(request.cancelSent()).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.send(target)).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(request.send(target)).as("still").isFalse();
    request.reuse();
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(sendAndAwait(request, target).status()).isEqualTo(IoStatus.SUCCESS);

    assertThat(request.cancelSent()).as("R-301 after completion").isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(target)).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-108, R-109, R-110, R-114, R-280 reuse makes a request as new")
  default void reuseMakesARequestAsNew() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    Recorder recorder = new Recorder();
    target.formatRead(request, made().memory(512), 0);
    sendAndAwait(request, target);
    assertThat(request.information()).isEqualTo(512);
    target.formatRead(request, made().memory(512), 0);
    request.setCompletionRoutine(recorder);
    request.reuse(IoStatus.NOT_SUPPORTED);
    assertThat(request.status()).as("R-280").isEqualTo(IoStatus.NOT_SUPPORTED);
    assertThat(request.information()).isZero();
    assertThat(
            reported(
                VerifierRule.COMPLETION_PARAMETERS_WITHOUT_FORMAT,
                () -> request.completionParameters().type()))
        .isEqualTo(RequestType.NO_FORMAT);
    assertThat(reported(VerifierRule.REQUEST_NOT_FORMATTED, () -> request.send(target))).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    target.formatRead(request, made().memory(512), 0);
    assertThat(request.send(target)).isTrue();
    Waiting.until("it ended", () -> !request.status().equals(IoStatus.PENDING));
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(recorder.count()).as("reuse dropped the routine").isZero();
  }

  @Test
  @DisplayName("R-153, R-181 formatting again replaces everything, of whatever kind it was")
  default void formattingAgainReplaces() throws IoRequestException {
    IoTarget target = patterned();
    IoRequest request = made().request();
    IoMemory first = IoMemory.allocate(512);
    MemorySegment.Scope scope = first.segment().scope();
    target.formatWrite(request, first, 0);
    first.close();
    target.formatInternalDeviceControlOthers(request, StorageControl.FLUSH, 1, 2, 3);
    assertThat(scope.isAlive()).isFalse();
    target.formatDeviceControl(request, StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
    IoMemory memory = made().memory(4096);
    target.formatRead(request, memory, 4096);
    Recorder.Call call = sendAndAwait(request, target);
    assertThat(call.type()).isEqualTo(RequestType.READ);
    expectPattern(memory, 0, 4096, 4096);
    target.formatDeviceControl(request, StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
    assertThat(sendAndAwait(request, target).type()).isEqualTo(RequestType.DEVICE_CONTROL);
    expectPattern(memory, 0, 4096, 4096);
  }

  @Test
  @DisplayName("R-147, R-342 neither a format nor a change of target sends anything")
  default void aFormatSendsNothing() throws IoRequestException {
    IoTarget target = patterned();
    IoRequest request = made().request();
    IoMemory zeroes = made().memory(SIZE);
    target.formatWrite(request, zeroes, 0);
    request.changeTarget(target);
    IoMemory back = made().memory(SIZE);
    target.sendReadSynchronously(back, 0);
    expectPattern(back, 0, 0, SIZE);
    assertThat(target.requestsInFlight()).isZero();
  }

  @Test
  @DisplayName(
      "R-340, R-336, R-345 one request goes to one target after the other, again and again")
  default void oneTargetAfterTheOther() throws IoRequestException {
    IoTarget first = patterned();
    IoTarget second = target();
    IoRequest request = made().request();
    IoMemory memory = made().memory(1024L * unitBytes());
    first.formatRead(request, memory, 0);
    request.changeTarget(second);
    assertThat(reported(VerifierRule.REQUEST_NOT_FORMATTED, () -> request.send(second)))
        .as("change of target forgets the formatting")
        .isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    long unit = unitBytes();
    for (int i = 0; i < 50; i++) {
      request.changeTarget(first);
      first.formatRead(request, memory, 0, unit, i * unit);
      assertThat(sendAndAwait(request, first).target()).isSameAs(first);
      request.changeTarget(second);
      second.formatWrite(request, memory, 0, unit, i * unit);
      assertThat(sendAndAwait(request, second).target()).isSameAs(second);
    }
    IoMemory copy = made().memory(50 * unit);
    second.sendReadSynchronously(copy, 0);
    expectPattern(copy, 0, 0, 50 * unit);
  }

  @Test
  @DisplayName("R-344 a routine sends its request on to the next target")
  default void aRoutineSendsItsRequestOn() throws IoRequestException {
    IoTarget first = patterned();
    IoTarget second = target();
    IoRequest request = made().request();
    IoMemory memory = made().memory(4096);
    Recorder last = new Recorder();
    Recorder first2second =
        new Recorder((done, target, result) -> {
          done.changeTarget(second);
          second.formatWrite(done, memory, 0);
          done.setCompletionRoutine(last);
          assertThat(done.send(second)).isTrue();
        });
    first.formatRead(request, memory, 8192);
    request.setCompletionRoutine(first2second);
    assertThat(request.send(first)).isTrue();
    assertThat(last.await().target()).isSameAs(second);
    assertThat(first2second.count()).isEqualTo(1);
    IoMemory copy = made().memory(4096);
    second.sendReadSynchronously(copy, 0);
    expectPattern(copy, 0, 8192, 4096);
  }

  @Test
  @DisplayName("R-339 a change to a closed target is refused, to a stopped or purged one it is not")
  default void aChangeToAClosedTargetIsRefused() throws IoRequestException {
    IoTarget open = target();
    IoTarget other = target();
    IoRequest request = made().request();
    open.formatRead(request, IoMemory.none(), 0);
    other.stop(SentIoAction.WAIT);
    request.changeTarget(other);
    open.formatRead(request, IoMemory.none(), 0);
    other.close();
    assertThat(misuse(() -> request.changeTarget(other))).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(sendAndAwait(request, open).status())
        .as("the request was left as it was")
        .isEqualTo(IoStatus.SUCCESS);
  }
}
