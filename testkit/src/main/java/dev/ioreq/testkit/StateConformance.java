package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static dev.ioreq.testkit.TargetUnderTest.sendAndAwait;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.PurgeAction;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.TargetState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The target's states, with new, held and in-flight requests.
public interface StateConformance extends TargetUnderTest {
  /// Formats and sends a read of 512 bytes.
  ///
  /// @param target where to
  /// @param recorder its routine
  /// @param options of the send
  /// @return the request, accepted
  private IoRequest sendRead(IoTarget target, Recorder recorder, SendOptions options) {
    IoRequest request = made().request();
    target.formatRead(request, made().memory(512), 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target, options)).as("%s", request.status()).isTrue();
    return request;
  }

  private IoRequest sendRead(IoTarget target, Recorder recorder) {
    return sendRead(target, recorder, SendOptions.none());
  }

  private IoStatus refusal(IoTarget target, IoRequest request, SendOptions options) {
    Recorder recorder = new Recorder();
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target, options)).isFalse();
    assertThat(recorder.count()).isZero();
    return request.status();
  }

  @Test
  @DisplayName(
      "R-013, R-035, R-046, R-077 an open target is started, and idle changes return at once")
  default void anOpenTargetIsStarted() throws IoRequestException {
    IoTarget target = target();
    assertThat(target.state()).isEqualTo(TargetState.STARTED);
    target.start();
    assertThat(target.state()).isEqualTo(TargetState.STARTED);
    for (SentIoAction action : SentIoAction.values()) {
      target.stop(action);
      assertThat(target.state()).isEqualTo(TargetState.STOPPED);
    }
    for (PurgeAction action : PurgeAction.values()) {
      target.purge(action);
      assertThat(target.state()).isEqualTo(TargetState.PURGED);
    }
    target.start();
    assertThat(sendAndAwait(formatted(target), target).status()).isEqualTo(IoStatus.SUCCESS);
  }

  private IoRequest formatted(IoTarget target) {
    IoRequest request = made().request();
    target.formatRead(request, made().memory(512), 0);
    return request;
  }

  @Test
  @DisplayName(
      "R-026, R-034, R-047, R-049 a stopped target holds requests; a start sends the oldest first")
  default void aStoppedTargetHoldsRequests() throws IoRequestException {
    IoTarget target = target();
    target.stop(SentIoAction.LEAVE_PENDING);
    Recorder recorder = new Recorder();
    List<IoRequest> sent = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      sent.add(sendRead(target, recorder));
    }
    assertThat(target.requestsHeld()).isEqualTo(10);
    assertThat(target.requestsInFlight()).isZero();
    for (SentIoAction action : SentIoAction.values()) {
      target.stop(action);
    }
    assertThat(target.requestsHeld()).isEqualTo(10);
    assertThat(recorder.count()).isZero();
    assertThat(sent).allMatch(request -> request.status().equals(IoStatus.PENDING));
    target.start();
    recorder.await(10);
    assertThat(recorder.order()).containsExactlyInAnyOrderElementsOf(sent);
    assertThat(target.requestsHeld()).isZero();
    assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.SUCCESS));
  }

  @Test
  @DisplayName("R-297, R-301 a held request is cancelled at once, and never reaches the device")
  default void aHeldRequestIsCancelledAtOnce() throws IoRequestException {
    IoTarget target = target();
    target.stop(SentIoAction.CANCEL);
    Recorder recorder = new Recorder();
    IoRequest first = sendRead(target, recorder);
    IoRequest second = sendRead(target, recorder);
    assertThat(first.cancelSent()).isTrue();
    assertThat(recorder.count()).as("inside the call").isEqualTo(1);
    assertThat(recorder.calls().getFirst().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(recorder.calls().getFirst().information()).isZero();
    assertThat(first.cancelSent()).as("R-301").isFalse();
    target.start();
    recorder.await(2);
    assertThat(recorder.order()).containsExactly(first, second);
    assertThat(second.status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-254, R-250 a held request whose time is over ends as IO_TIMEOUT")
  default void aHeldRequestTimesOut() throws IoRequestException {
    IoTarget target = target();
    target.stop(SentIoAction.CANCEL);
    Recorder recorder = new Recorder();
    IoRequest patient = sendRead(target, new Recorder());
    sendRead(target, recorder, SendOptions.timeout(Duration.ofMillis(5)));
    Recorder.Call call = recorder.await();
    assertThat(call.status()).isEqualTo(IoStatus.IO_TIMEOUT);
    assertThat(call.information()).isZero();
    assertThat(target.requestsHeld()).isEqualTo(1);
    assertThat(patient.status()).isEqualTo(IoStatus.PENDING);
  }

  @Test
  @DisplayName("R-248 a point of the wall clock that is past expires at once")
  default void aDeadlineInThePastExpiresAtOnce() throws IoRequestException {
    IoTarget target = target();
    target.stop(SentIoAction.CANCEL);
    Recorder recorder = new Recorder();
    sendRead(target, recorder, SendOptions.none().withDeadline(Instant.EPOCH));
    sendRead(target, recorder, SendOptions.none().withDeadline(Instant.now().plusMillis(5)));
    recorder.await(2);
    assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.IO_TIMEOUT));
  }

  @Test
  @DisplayName("R-255, R-246 a timeout that does not fire has no effect, also not on later sends")
  default void aTimeoutThatDoesNotFireHasNoEffect() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = formatted(target);
    Recorder recorder = new Recorder();
    IoMemory memory = made().memory(512);
    for (Duration timeout : new Duration[] {Duration.ofSeconds(60), Duration.ZERO}) {
      for (int i = 0; i < 200; i++) {
        target.formatRead(request, memory, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target, SendOptions.timeout(timeout))).isTrue();
        assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
      }
    }
    assertThat(recorder.count()).isEqualTo(400);
  }

  @Test
  @DisplayName(
      "R-027, R-036, R-057, R-060, R-062, R-218 a purge ends what is held, refuses what comes")
  default void aPurgeEndsWhatIsHeld() throws IoRequestException {
    IoTarget target = target();
    target.stop(SentIoAction.WAIT);
    Recorder recorder = new Recorder();
    IoRequest first = sendRead(target, recorder);
    IoRequest second = sendRead(target, recorder);
    target.purge(PurgeAction.PURGE);
    assertThat(recorder.count()).as("before purge returns").isEqualTo(2);
    assertThat(recorder.order()).containsExactly(first, second);
    assertThat(recorder.calls())
        .allMatch(call -> call.status().equals(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT))
        .allMatch(call -> call.information() == 0)
        .allMatch(call -> call.thread() == Thread.currentThread());
    IoRequest refused = formatted(target);
    assertThat(refusal(target, refused, SendOptions.none()))
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    target.purge(PurgeAction.PURGE_AND_WAIT);
    target.start();
    assertThat(refused.send(target)).as("R-218 formatting and routine stayed").isTrue();
    Waiting.until("it ended", () -> !refused.status().equals(IoStatus.PENDING));
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-050 a stop moves a purged target to stopped")
  default void aStopMovesAPurgedTargetToStopped() throws IoRequestException {
    IoTarget target = target();
    target.purge(PurgeAction.PURGE_AND_WAIT);
    target.stop(SentIoAction.LEAVE_PENDING);
    assertThat(target.state()).isEqualTo(TargetState.STOPPED);
    Recorder recorder = new Recorder();
    sendRead(target, recorder);
    assertThat(target.requestsHeld()).isEqualTo(1);
    target.start();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-029, R-235 who ignores the state is delivered while it is stopped or purged")
  default void whoIgnoresTheStateIsDelivered() throws IoRequestException {
    IoTarget target = target();
    Recorder recorder = new Recorder();
    target.stop(SentIoAction.CANCEL);
    sendRead(target, recorder, SendOptions.ignoreTargetState());
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    target.purge(PurgeAction.PURGE_AND_WAIT);
    sendRead(target, recorder, SendOptions.ignoreTargetState());
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName(
      "R-028, R-031, R-037, R-038, R-051, R-064, R-066, R-093, R-149 closed, it takes nothing")
  default void aClosedTargetTakesNothing() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = formatted(target);
    target.stop(SentIoAction.CANCEL);
    Recorder recorder = new Recorder();
    sendRead(target, recorder);
    target.close();
    assertThat(recorder.calls().getFirst().status())
        .isEqualTo(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT);
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
    assertThat(refusal(target, request, SendOptions.none()))
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(refusal(target, request, SendOptions.ignoreTargetState()))
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    IoRequest other = made().request();
    assertThat(misuse(() -> target.formatRead(other, IoMemory.none(), 0)))
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(misuse(() -> IoRequest.create(target))).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(misuse(target::info)).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(misuse(target::start)).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    target.stop(SentIoAction.CANCEL);
    target.purge(PurgeAction.PURGE_AND_WAIT);
    target.closeForQueryRemove();
    target.close();
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
  }

  @Test
  @DisplayName(
      "R-016, R-017, R-019, R-024, R-065, R-066, R-068 a closed target is opened again, no open one")
  default void aClosedTargetIsOpenedAgain() throws IoRequestException {
    IoTarget target = target();
    Requirement.needs("a target opened by name", canReopen(), "this one cannot be opened again");
    assertThat(
            misuse(() -> {
              target.reopen();
              return true;
            }))
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(sendAndAwait(formatted(target), target).status()).isEqualTo(IoStatus.SUCCESS);
    target.closeForQueryRemove();
    assertThat(target.state()).isEqualTo(TargetState.CLOSED_FOR_QUERY_REMOVE);
    IoRequest request = made().request();
    assertThat(misuse(() -> target.formatRead(request, IoMemory.none(), 0)))
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    target.reopen();
    assertThat(target.state()).isEqualTo(TargetState.STARTED);
    assertThat(target.sendWriteSynchronously(pattern(0, 4096), 0)).isEqualTo(4096);
    target.closeForQueryRemove();
    target.close();
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
    target.reopen();
    assertThat(sendAndAwait(formatted(target), target).status()).isEqualTo(IoStatus.SUCCESS);
    target.close();
    String name = target.name();
    assertThat(
            TargetUnderTest.failure(
                    () -> {
                      target.reopen("nosuchkind:x", OpenOptions.of(Access.READ));
                      return true;
                    })
                .status())
        .as("R-016")
        .isEqualTo(IoStatus.OBJECT_NAME_NOT_FOUND);
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
    assertThat(target.name()).isEqualTo(name);
    target.reopen();
    assertThat(target.state()).as("R-024").isEqualTo(TargetState.STARTED);
  }

  /// Whether [IoTarget#reopen()] works, because the target was opened by name.
  ///
  /// @return true unless the subclass says otherwise
  boolean canReopen();

  @Test
  @DisplayName("R-079 a target tells what its device is, stopped and purged too")
  default void aTargetTellsWhatItsDeviceIs() throws IoRequestException {
    IoTarget target = target();
    for (Runnable change :
        new Runnable[] {
          () -> {}, () -> target.stop(SentIoAction.WAIT), () -> target.purge(PurgeAction.PURGE)
        }) {
      change.run();
      DeviceInfo info = target.info();
      assertThat(info.kind()).isNotBlank();
      assertThat(info.engine()).isNotBlank();
      assertThat(info.sizeBytes()).isEqualTo(SIZE);
      assertThat(info.offsetAlignmentBytes()).isLessThanOrEqualTo(unitBytes()).isPositive();
      assertThat(info.isReadOnly()).isFalse();
    }
  }

  @Test
  @DisplayName("R-033 a change of one target leaves others as they are")
  default void aChangeOfOneTargetLeavesOthers() throws IoRequestException {
    IoTarget target = target();
    IoTarget other = target();
    target.purge(PurgeAction.PURGE_AND_WAIT);
    assertThat(other.state()).isEqualTo(TargetState.STARTED);
    assertThat(sendAndAwait(formatted(other), other).status()).isEqualTo(IoStatus.SUCCESS);
    target.close();
    assertThat(sendAndAwait(formatted(other), other).status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-041 a cancel that races with a start: one end, delivered or cancelled")
  default void aCancelThatRacesWithAStart() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    IoMemory memory = made().memory(512);
    int cancelled = 0;
    for (int i = 0; i < 300; i++) {
      target.stop(SentIoAction.WAIT);
      Recorder recorder = new Recorder();
      request.reuse();
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      CountDownLatch go = new CountDownLatch(1);
      Thread canceller =
          Thread.ofPlatform()
              .start(() -> {
                Waiting.forLatch("go", go);
                request.cancelSent();
              });
      go.countDown();
      target.start();
      Waiting.forEnd(canceller);
      IoStatus status = recorder.await().status();
      assertThat(status).isIn(IoStatus.SUCCESS, IoStatus.CANCELLED);
      cancelled += status.equals(IoStatus.CANCELLED) ? 1 : 0;
      target.stop(SentIoAction.WAIT);
      assertThat(recorder.count()).isEqualTo(1);
      assertThat(target.requestsInFlight()).isZero();
      assertThat(target.requestsHeld()).isZero();
    }
    System.out.printf("cancel against start: %d of 300 cancelled%n", cancelled);
  }

  @Test
  @DisplayName("R-064, R-193 a close in the middle of traffic loses nothing")
  default void aCloseInTheMiddleOfTrafficLosesNothing() throws IoRequestException {
    IoTarget target = patterned();
    int senders = 4;
    AtomicInteger accepted = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    Recorder recorder = new Recorder();
    CountDownLatch underWay = new CountDownLatch(senders);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < senders; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int sent = 0; sent < 2000; sent++) {
                  IoRequest request = made().request();
                  try {
                    target.formatRead(request, IoMemory.none(), 0);
                  } catch (IllegalStateException closed) {
                    break;
                  }
                  request.setCompletionRoutine(recorder);
                  if (request.send(target)) {
                    accepted.incrementAndGet();
                  } else {
                    refused.incrementAndGet();
                  }
                  if (sent == 100) {
                    underWay.countDown();
                  }
                }
              }));
    }
    Waiting.forLatch("traffic", underWay);
    target.close();
    int afterClose = recorder.count();
    threads.forEach(Waiting::forEnd);
    assertThat(target.requestsInFlight()).isZero();
    assertThat(recorder.count()).as("none after close").isEqualTo(afterClose);
    assertThat(recorder.count()).isEqualTo(accepted.get());
  }
}
