package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static dev.ioreq.testkit.Violations.reported;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.ioreq.BufferMethod;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.PurgeAction;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.TargetState;
import dev.ioreq.VerifierRule;
import dev.ioreq.testkit.ManualDevice.OnCancel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What a send answers, what its status says then and later, and what becomes of a request that was
/// not taken.
class ScriptedAcceptanceTest extends ScriptedTest {
  private final ManualDevice device = new ManualDevice();

  @Test
  @DisplayName("R-213 true: delivered, held back, or, when synchronous, over; whatever the result")
  void trueIsAccepted() {
    IoTarget target = over(device);
    IoRequest delivered = formatted(target);
    assertThat(delivered.send(target)).isTrue();
    assertThat(delivered.status()).isEqualTo(IoStatus.PENDING);
    device.complete(IoStatus.ofErrno(5), 0);
    target.stop(SentIoAction.WAIT);
    IoRequest held = formatted(target);
    assertThat(held.send(target)).isTrue();
    assertThat(held.status()).isEqualTo(IoStatus.PENDING);
    assertThat(device.kept()).isZero();
    target.start();
    device.complete(IoStatus.ofErrno(5), 0);
    device.atOnce(packet -> packet.complete(IoStatus.ofErrno(5), 0));
    IoRequest over = formatted(target);
    assertThat(over.send(target, SendOptions.synchronous())).isTrue();
    assertThat(over.status()).isEqualTo(IoStatus.ofErrno(5));
    assertThat(recorder.count()).isEqualTo(3);
  }

  @Test
  @DisplayName("R-214, R-277, R-194, R-218 false: nothing delivered, a failing status, and again")
  void falseIsRefused() {
    IoTarget target = over(device);
    IoTarget deep = over(new ManualDevice(2, BufferMethod.OUT_DIRECT, true));
    List<IoStatus> why = new ArrayList<>();
    IoRequest request = formatted(target);
    target.purge(PurgeAction.PURGE);
    expectRefusal(request, target, SendOptions.none(), why);
    target.start();
    assertThat(reported(VerifierRule.TOO_FEW_FRAMES, () -> request.send(deep))).isFalse();
    why.add(request.status());
    expectRefusal(request, target, SendOptions.sendAndForget(), why);
    expectRefusal(request, target, SendOptions.sendAndForget().withSynchronous(), why);
    assertThat(why)
        .containsExactly(
            IoStatus.INVALID_DEVICE_STATE,
            IoStatus.REQUEST_NOT_ACCEPTED,
            IoStatus.INVALID_DEVICE_STATE,
            IoStatus.INVALID_PARAMETER);
    assertThat(device.arrivals()).isEmpty();
    assertThat(request.send(target)).as("formatting and routine stayed").isTrue();
    device.complete(IoStatus.SUCCESS, 64);
    assertThat(recorder.await().information()).isEqualTo(64);
    assertThat(recorder.count()).isEqualTo(1);
  }

  private static void expectRefusal(
      IoRequest request, IoTarget target, SendOptions options, List<IoStatus> why) {
    assertThat(request.send(target, options)).isFalse();
    assertThat(request.status().isError()).isTrue();
    assertThat(target.requestsInFlight()).isZero();
    assertThat(target.requestsHeld()).isZero();
    why.add(request.status());
  }

  @Test
  @DisplayName("R-214 a request that was refused is its owner's, to reuse or to close")
  void aRefusedRequestIsItsOwners() {
    IoTarget target = over(device);
    target.purge(PurgeAction.PURGE);
    IoRequest request = formatted(target);
    assertThat(request.send(target)).isFalse();
    request.reuse();
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    target.formatWrite(request, made.memory(8), 0);
    assertThat(request.send(target)).isFalse();
    request.close();
  }

  @Test
  @DisplayName("R-228 without options: asynchronous, no timeout, the state respected")
  void withoutOptions() {
    SendOptions none = SendOptions.none();
    assertThat(none.isSynchronous()).isFalse();
    assertThat(none.ignoresTargetState()).isFalse();
    assertThat(none.isSendAndForget()).isFalse();
    assertThat(none.timeoutNanos()).isZero();
    assertThat(none.deadline()).isNull();
    IoTarget target = over(device);
    IoRequest request = formatted(target);
    assertThat(request.send(target)).isTrue();
    assertThat(recorder.count()).as("it has not waited").isZero();
    target.stop(SentIoAction.LEAVE_PENDING);
    IoRequest held = formatted(target);
    assertThat(held.send(target)).isTrue();
    assertThat(target.requestsHeld()).as("the state was respected").isEqualTo(1);
    held.cancelSent();
    device.complete();
    recorder.await(2);
  }

  @Test
  @DisplayName(
      "R-278, R-283, R-293 in the routine and after it the request shows the device's word")
  void theRoutineSeesTheDevicesWord() {
    IoTarget target = over(device);
    IoRequest request = made.request();
    List<Object> seen = new ArrayList<>();
    target.formatRead(request, made.memory(64), 0);
    request.setCompletionRoutine((done, at, result) -> {
      seen.add(done.status());
      seen.add(done.information());
      seen.add(result.status());
      seen.add(result.information());
    });
    assertThat(request.send(target)).isTrue();
    IoStatus warning = IoStatus.NO_MORE_ENTRIES;
    device.complete(warning, 7);
    assertThat(seen).containsExactly(warning, 7L, warning, 7L);
    assertThat(request.status()).isEqualTo(warning);
    assertThat(request.information()).isEqualTo(7);
    assertThat(request.completionParameters().status()).isEqualTo(warning);
  }

  @Test
  @DisplayName("R-234 a synchronous send that is refused leaves the routine where it was")
  void aRefusedSynchronousSendLeavesTheRoutine() {
    IoTarget target = over(device);
    IoRequest request = formatted(target);
    target.purge(PurgeAction.PURGE);
    assertThat(request.send(target, SendOptions.synchronous())).isFalse();
    assertThat(recorder.count()).isZero();
    target.start();
    assertThat(request.send(target)).isTrue();
    device.complete();
    assertThat(recorder.await().request()).isSameAs(request);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-346, R-217 a request is at one target at a time")
  void aRequestIsAtOneTargetAtATime() {
    ManualDevice otherDevice = new ManualDevice();
    IoTarget target = over(device);
    IoTarget other = over(otherDevice);
    IoRequest request = send(target);
    assertThat(misuse(() -> request.send(other))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(misuse(() -> request.send(other, SendOptions.ignoreTargetState())))
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(otherDevice.arrivals()).isEmpty();
    assertThat(other.requestsInFlight()).isZero();
    assertThat(target.requestsInFlight()).isEqualTo(1);
    device.complete();
    other.formatRead(request, made.memory(8), 0);
    assertThat(request.send(other)).isTrue();
    otherDevice.complete();
  }

  @Test
  @DisplayName("R-305, R-301 a cancel of a request that its routine closed is false, and harmless")
  void aCancelOfAClosedRequest() {
    IoTarget target = over(device);
    IoRequest request = made.request();
    target.formatRead(request, made.memory(8), 0);
    request.setCompletionRoutine(new Recorder((done, at, result) -> done.close()));
    assertThat(request.send(target)).isTrue();
    device.complete(IoStatus.SUCCESS, 8);
    assertThat(request.cancelSent()).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(8);
    assertThat(device.cancels()).isZero();
  }

  @Test
  @DisplayName(
      "R-305 a routine that closes its request inside the cancel leaves the canceller alive")
  void aRequestClosedInsideItsCancel() {
    device.onCancel(OnCancel.COMPLETE);
    IoTarget target = over(device);
    IoMemory memory = IoMemory.allocate(64);
    var scope = memory.segment().scope();
    IoRequest request = IoRequest.create();
    target.formatRead(request, memory, 0);
    memory.close();
    Recorder closing = new Recorder((done, at, result) -> done.close());
    request.setCompletionRoutine(closing);
    assertThat(request.send(target)).isTrue();
    assertThat(request.cancelSent()).isTrue();
    assertThat(closing.calls()).hasSize(1);
    assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(scope.isAlive()).as("closed, and nothing is kept").isFalse();
    assertThat(target.requestsInFlight()).isZero();
  }

  @Test
  @DisplayName("R-042 a purge by the first routine of a start: the rest end as failed, by routine")
  void aPurgeDuringAStart() {
    IoTarget target = over(device);
    target.stop(SentIoAction.WAIT);
    Recorder purging = new Recorder((done, at, result) -> at.purge(PurgeAction.PURGE));
    IoRequest first = made.request();
    target.formatRead(first, made.memory(8), 0);
    first.setCompletionRoutine(purging);
    assertThat(first.send(target)).isTrue();
    send(target);
    send(target);
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    target.start();
    assertThat(purging.await().status()).isEqualTo(IoStatus.SUCCESS);
    recorder.await(2);
    assertThat(recorder.calls())
        .allMatch(call -> call.status().equals(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT))
        .allMatch(call -> call.information() == 0);
    assertThat(device.arrivals()).as("only the first was delivered").hasSize(1);
    assertThat(target.state()).isEqualTo(TargetState.PURGED);
    assertThat(target.requestsHeld()).isZero();
    assertThat(target.requestsInFlight()).isZero();
  }

  @Test
  @DisplayName("R-052, R-063, R-449 an action that is none is refused, and the state stays")
  void anActionThatIsNone() {
    IoTarget target = over(device);
    send(target);
    assertThatNullPointerException().isThrownBy(() -> target.stop(none()));
    assertThatNullPointerException().isThrownBy(() -> target.purge(none()));
    assertThat(target.state()).isEqualTo(TargetState.STARTED);
    assertThat(device.cancels()).isZero();
    device.complete();
  }

  /// What a caller without null checks might pass.
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T none() {
    @Nullable T none = null;
    return none;
  }
}
