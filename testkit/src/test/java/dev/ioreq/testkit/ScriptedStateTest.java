package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.PurgeAction;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.TargetState;
import dev.ioreq.testkit.ManualDevice.OnCancel;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ScriptedStateTest extends ScriptedTest {
  private final ManualDevice device = new ManualDevice();

  private static Thread started(Runnable action) {
    return Thread.ofPlatform().start(action);
  }

  @Test
  @DisplayName("R-044 stop and wait: no cancel, until all have completed")
  void stopAndWait() {
    IoTarget target = over(device);
    send(target);
    send(target);
    Thread stopper = started(() -> target.stop(SentIoAction.WAIT));
    Waiting.untilParked(stopper);
    assertThat(target.state()).isEqualTo(TargetState.STOPPED);
    device.complete();
    Waiting.untilParked(stopper);
    device.complete();
    Waiting.forEnd(stopper);
    assertThat(recorder.count()).isEqualTo(2);
    assertThat(device.cancels()).isZero();
  }

  @Test
  @DisplayName("R-056, D-11 a waiting stop also waits for routines that are still running")
  void aWaitingStopWaitsForRunningRoutines() {
    IoTarget target = over(device);
    CountDownLatch inRoutine = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    IoRequest slow = made.request();
    target.formatRead(slow, made.memory(8), 0);
    slow.setCompletionRoutine((done, at, result) -> {
      inRoutine.countDown();
      Waiting.forLatch("go", go);
    });
    slow.send(target);
    send(target);
    Thread first = started(device::complete);
    Waiting.forLatch("the slow routine", inRoutine);
    device.complete();
    assertThat(recorder.count()).isEqualTo(1);
    Thread stopper = started(() -> target.stop(SentIoAction.WAIT));
    Waiting.untilParked(stopper);
    assertThat(target.requestsInFlight()).isEqualTo(1);
    go.countDown();
    Waiting.forEnd(stopper);
    Waiting.forEnd(first);
  }

  @Test
  @DisplayName(
      "R-043, R-053 stop and cancel waits for a device that ignores it, whose status stands")
  void stopAndCancelWaits() {
    IoTarget target = over(device);
    send(target);
    Thread stopper = started(() -> target.stop(SentIoAction.CANCEL));
    device.awaitCancels(1);
    Waiting.untilParked(stopper);
    device.complete(IoStatus.SUCCESS, 8);
    Waiting.forEnd(stopper);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-045 stop and leave: they complete while it is stopped")
  void stopAndLeave() {
    IoTarget target = over(device);
    send(target);
    target.stop(SentIoAction.LEAVE_PENDING);
    assertThat(device.cancels()).isZero();
    assertThat(recorder.count()).isZero();
    device.complete();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(target.state()).isEqualTo(TargetState.STOPPED);
  }

  @Test
  @DisplayName(
      "R-048, R-058, R-235 stop and purge leave alone what ignores the state, close does not")
  void whatIgnoresTheStateIsLeftAlone() {
    device.onCancel(OnCancel.COMPLETE);
    IoTarget target = over(device);
    IoRequest ignoring = send(target, SendOptions.ignoreTargetState());
    send(target);
    target.stop(SentIoAction.CANCEL);
    assertThat(recorder.count()).isEqualTo(1);
    target.purge(PurgeAction.PURGE_AND_WAIT);
    assertThat(ignoring.status()).isEqualTo(IoStatus.PENDING);
    assertThat(device.cancels()).isEqualTo(1);
    target.close();
    assertThat(ignoring.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(device.isClosed()).isTrue();
  }

  @Test
  @DisplayName("R-059, R-061 a purge does not wait, a repeated one does")
  void aRepeatedPurgeWaits() {
    device.onCancel(OnCancel.NOTE);
    IoTarget target = over(device);
    send(target);
    target.purge(PurgeAction.PURGE);
    assertThat(device.cancels()).isEqualTo(1);
    assertThat(recorder.count()).isZero();
    Thread purger = started(() -> target.purge(PurgeAction.PURGE_AND_WAIT));
    Waiting.untilParked(purger);
    device.complete(IoStatus.CANCELLED, 0);
    Waiting.forEnd(purger);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName(
      "R-030, R-064 while a close waits: formats work, sends are refused, ignoring ones pass")
  void whileACloseWaits() {
    IoTarget target = over(device);
    send(target);
    IoRequest late = formatted(target);
    Thread closer = started(target::close);
    device.awaitCancels(1);
    Waiting.untilParked(closer);
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
    assertThat(late.send(target)).isFalse();
    assertThat(late.status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(late.send(target, SendOptions.ignoreTargetState())).isTrue();
    assertThat(device.kept()).isEqualTo(2);
    Waiting.untilParked(closer);
    assertThat(device.isClosed()).isFalse();
    device.completeAll();
    Waiting.forEnd(closer);
    assertThat(device.isClosed()).isTrue();
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-039, R-055 state changes of several threads wait for one another")
  void stateChangesWaitForOneAnother() {
    IoTarget target = over(device);
    send(target);
    Thread stopper = started(() -> target.stop(SentIoAction.WAIT));
    Waiting.untilParked(stopper);
    Thread starter = started(target::start);
    Waiting.untilParked(starter);
    assertThat(target.state()).isEqualTo(TargetState.STOPPED);
    device.complete();
    Waiting.forEnd(stopper);
    Waiting.forEnd(starter);
    assertThat(target.state()).isEqualTo(TargetState.STARTED);
  }

  @Test
  @DisplayName("a routine that finds a stop waiting is told so, and does not wait for it")
  void aRoutineThatFindsAStopWaiting() {
    IoTarget target = over(device);
    IoRequest request = made.request();
    target.formatRead(request, IoMemory.none(), 0);
    Recorder starting =
        new Recorder((done, at, result) ->
            assertThat(TargetUnderTest.misuse(at::start)).isEqualTo(IoStatus.INVALID_DEVICE_STATE));
    request.setCompletionRoutine(starting);
    request.send(target);
    long failedBefore = IoRequest.failedRoutines();
    Thread stopper = started(() -> target.stop(SentIoAction.WAIT));
    Waiting.untilParked(stopper);
    device.complete();
    Waiting.forEnd(stopper);
    assertThat(starting.count()).isEqualTo(1);
    assertThat(IoRequest.failedRoutines()).isEqualTo(failedBefore);
  }

  @Test
  @DisplayName("R-304 a stop whose cancel was handed over waits until it was dealt with")
  void aStopWaitsForACancelHandedOver() {
    device.onCancel(OnCancel.HAND_OVER);
    IoTarget target = over(device);
    send(target);
    Thread stopper = started(() -> target.stop(SentIoAction.CANCEL));
    device.awaitCancels(1);
    device.complete(IoStatus.CANCELLED, 0);
    Waiting.untilParked(stopper);
    Waiting.until("the cancel is handed over", () -> device.handleCancels() == 1);
    Waiting.forEnd(stopper);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("a device that spoils what passes: failed, late, and completed after cancel")
  void aFaultyDevice() {
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 1));
    FaultyDevice faulty = new FaultyDevice(device).failing(IoStatus.ofErrno(28), 2);
    IoTarget target = made.track(IoTarget.over("faulty", faulty));
    send(target);
    send(target);
    assertThat(recorder.calls())
        .extracting(call -> call.status().name())
        .containsExactly("SUCCESS", "ENOSPC");
    faulty.with(FaultyDevice.Fault.DELAY, 1);
    IoRequest late = send(target);
    assertThat(late.cancelSent()).isFalse();
    assertThat(faulty.release()).isEqualTo(1);
    assertThat(late.status()).isEqualTo(IoStatus.SUCCESS);
    faulty.with(FaultyDevice.Fault.COMPLETE_AFTER_CANCEL, 1);
    IoRequest after = send(target);
    assertThat(after.cancelSent()).isTrue();
    assertThat(after.status()).isEqualTo(IoStatus.PENDING);
    faulty.release();
    assertThat(after.status()).isEqualTo(IoStatus.SUCCESS);
    faulty.with(FaultyDevice.Fault.NONE, 1).refusingCancels();
    device.atOnce(null).onCancel(OnCancel.COMPLETE);
    IoRequest kept = send(target);
    assertThat(kept.cancelSent()).isFalse();
    Packet packet = device.oldest();
    packet.complete(IoStatus.SUCCESS, 0);
    assertThat(recorder.count()).isEqualTo(5);
  }

  @Test
  @DisplayName(
      "a close, or another purge or stop that cancels, ends the wait of a stop that does not")
  void whatCancelsEndsTheWaitOfAStop() {
    device.onCancel(OnCancel.COMPLETE);
    for (Consumer<IoTarget> cancelling :
        List.<Consumer<IoTarget>>of(
            IoTarget::close,
            target -> target.purge(PurgeAction.PURGE),
            target -> target.stop(SentIoAction.CANCEL))) {
      IoTarget target = over(device);
      send(target);
      Thread stopper = started(() -> target.stop(SentIoAction.WAIT));
      Waiting.untilParked(stopper);
      cancelling.accept(target);
      Waiting.forEnd(stopper);
      assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    }
  }

  @Test
  @DisplayName("a close beside a close that waits leaves it alone, and ends with it")
  void aCloseBesideAClose() {
    IoTarget target = over(device);
    send(target);
    Thread first = started(target::close);
    Waiting.untilParked(first);
    Thread second = started(target::close);
    Waiting.untilParked(second);
    device.complete();
    Waiting.forEnd(first);
    Waiting.forEnd(second);
    assertThat(device.isClosed()).isTrue();
    assertThat(device.cancels()).as("asked once").isEqualTo(1);
  }

  @Test
  @DisplayName(
      "what asks early for cancels takes that back before its turn: cleanup can still send")
  void theEarlyQuestionIsTakenBack() {
    device.onCancel(OnCancel.COMPLETE);
    IoTarget target = over(device);
    AtomicReference<IoStatus> inCleanup = new AtomicReference<>();
    target.onCleanup(object -> {
      IoRequest late = send(target, SendOptions.ignoreTargetState());
      inCleanup.set(late.status());
      device.completeIfKept(IoStatus.SUCCESS);
    });
    send(target);
    Thread stopper = started(() -> target.stop(SentIoAction.WAIT));
    Waiting.untilParked(stopper);
    target.close();
    Waiting.forEnd(stopper);
    assertThat(inCleanup).hasValue(IoStatus.PENDING);
    recorder.await(2);
    assertThat(recorder.calls())
        .extracting(Recorder.Call::status)
        .containsExactly(IoStatus.CANCELLED, IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("a start whose first request's routine purges the target again delivers no other")
  void aStartThatIsOvertakenByAPurge() {
    IoTarget target = startedAgainst(at -> at.purge(PurgeAction.PURGE));
    assertThat(recorder.await().status()).isEqualTo(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT);
    assertThat(device.arrivals()).as("%s", target).hasSize(1);
  }

  @Test
  @DisplayName(
      "a start whose first request's routine stops the target again leaves the others held")
  void aStartThatIsOvertakenByAStop() {
    IoTarget target = startedAgainst(at -> at.stop(SentIoAction.LEAVE_PENDING));
    assertThat(target.requestsHeld()).isEqualTo(1);
    target.start();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(device.arrivals()).hasSize(2);
  }

  /// A target that was started with two requests held, the first one's routine doing something to
  /// it.
  private IoTarget startedAgainst(Consumer<IoTarget> change) {
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget target = over(device);
    target.stop(SentIoAction.LEAVE_PENDING);
    IoRequest first = made.request();
    target.formatRead(first, made.memory(8), 0);
    first.setCompletionRoutine((done, at, result) -> change.accept(at));
    assertThat(first.send(target)).isTrue();
    send(target);
    target.start();
    return target;
  }
}
