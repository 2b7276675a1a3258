package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.PurgeAction;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.TargetState;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Requests that the device has and does not complete: what cancel, timeout, stop, purge and close
/// do to them.
public interface BlockingConformance extends TargetUnderTest {
  /// A fresh target on which a read blocks until it is cancelled, such as a pipe that nobody writes
  /// to. The suite closes it.
  ///
  /// @return empty if there is none; the tests are then skipped
  /// @throws IoRequestException if it cannot be opened
  Optional<IoTarget> openBlocking() throws IoRequestException;

  private IoTarget blocking() throws IoRequestException {
    return made()
        .track(
            openBlocking()
                .orElseThrow(() ->
                    Requirement.missing("a target on which reads block", "this engine has none")));
  }

  private IoRequest sendRead(IoTarget target, Recorder recorder, SendOptions options) {
    IoRequest request = made().request();
    target.formatRead(request, made().memory(64), 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target, options)).as("%s", request.status()).isTrue();
    if (options.timeoutNanos() == 0) { // else its time may be over already
      assertThat(request.status()).isEqualTo(IoStatus.PENDING);
      assertThat(target.requestsInFlight()).isPositive();
    }
    return request;
  }

  @Test
  @DisplayName("R-298, R-302 a request in flight is cancelled: one end, as CANCELLED")
  default void aRequestInFlightIsCancelled() throws IoRequestException {
    IoTarget target = blocking();
    Recorder recorder = new Recorder();
    IoRequest request = sendRead(target, recorder, SendOptions.none());
    assertThat(request.cancelSent()).isTrue();
    Recorder.Call call = recorder.await();
    assertThat(call.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(call.information()).isZero();
    target.stop(SentIoAction.WAIT);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-251 a request in flight whose time is over ends as IO_TIMEOUT")
  default void aRequestInFlightTimesOut() throws IoRequestException {
    IoTarget target = blocking();
    Recorder recorder = new Recorder();
    IoRequest patient = sendRead(target, new Recorder(), SendOptions.none());
    sendRead(target, recorder, SendOptions.timeout(Duration.ofMillis(5)));
    assertThat(recorder.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
    assertThat(patient.status()).isEqualTo(IoStatus.PENDING);
    assertThat(target.requestsInFlight()).isPositive();
  }

  @Test
  @DisplayName("R-264 a synchronous call in flight ends as IO_TIMEOUT")
  default void aSynchronousCallTimesOut() throws IoRequestException {
    IoTarget target = blocking();
    IoRequestException late =
        TargetUnderTest.failure(() ->
            target.sendReadSynchronously(
                Optional.empty(),
                made().memory(64),
                0,
                0,
                0,
                SendOptions.timeout(Duration.ofMillis(5))));
    assertThat(late.status()).isEqualTo(IoStatus.IO_TIMEOUT);
  }

  @Test
  @DisplayName("R-043, R-045, R-048, R-049 stop: leave pending, then cancel and wait")
  default void aStopCancelsWhatIsInFlight() throws IoRequestException {
    IoTarget target = blocking();
    Recorder recorder = new Recorder();
    Recorder ignoring = new Recorder();
    for (int i = 0; i < 10; i++) {
      sendRead(target, recorder, SendOptions.none());
    }
    IoRequest exempt = sendRead(target, ignoring, SendOptions.ignoreTargetState());
    target.stop(SentIoAction.LEAVE_PENDING);
    assertThat(recorder.count()).isZero();
    target.stop(SentIoAction.CANCEL);
    assertThat(recorder.count()).isEqualTo(10);
    assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.CANCELLED));
    assertThat(exempt.status()).as("R-048").isEqualTo(IoStatus.PENDING);
    assertThat(target.requestsInFlight()).isEqualTo(1);
    exempt.cancelSent();
    ignoring.await();
  }

  @Test
  @DisplayName("R-058, R-059, R-061 purge: without waiting, then with")
  default void aPurgeCancelsWhatIsInFlight() throws IoRequestException {
    IoTarget target = blocking();
    Recorder recorder = new Recorder();
    for (int i = 0; i < 10; i++) {
      sendRead(target, recorder, SendOptions.none());
    }
    target.purge(PurgeAction.PURGE);
    target.purge(PurgeAction.PURGE_AND_WAIT);
    assertThat(recorder.count()).isEqualTo(10);
    assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.CANCELLED));
    assertThat(target.requestsInFlight()).isZero();
  }

  @Test
  @DisplayName("R-064 close cancels everything in flight, and waits for it")
  default void aCloseCancelsEverythingInFlight() throws IoRequestException {
    IoTarget target = blocking();
    Recorder recorder = new Recorder();
    for (int i = 0; i < 50; i++) {
      sendRead(target, recorder, i % 2 == 0 ? SendOptions.none() : SendOptions.ignoreTargetState());
    }
    target.close();
    assertThat(recorder.count()).isEqualTo(50);
    assertThat(recorder.order()).doesNotHaveDuplicates();
    assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.CANCELLED));
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
  }
}
