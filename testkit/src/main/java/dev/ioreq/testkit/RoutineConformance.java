package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static dev.ioreq.testkit.TargetUnderTest.sendAndAwait;
import static dev.ioreq.testkit.Violations.reported;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.ControlCode;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.PurgeAction;
import dev.ioreq.RequestType;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.StorageControl;
import dev.ioreq.VerifierRule;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Completion routines: called once, told everything, and free to do what does not wait.
public interface RoutineConformance extends TargetUnderTest {
  @Test
  @DisplayName(
      "R-193, R-198, R-188 the routine registered last is called once, and told everything")
  default void theRoutineIsCalledOnceAndToldEverything() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    Recorder replaced = new Recorder();
    Recorder recorder = new Recorder();
    Object context = new Object();
    target.formatRead(request, made().memory(512), 0);
    request.setCompletionRoutine(replaced, "other");
    request.setCompletionRoutine(recorder, context);
    assertThat(request.send(target)).isTrue();
    Recorder.Call call = recorder.await();
    assertThat(call.request()).isSameAs(request);
    assertThat(call.target()).isSameAs(target);
    assertThat(call.context()).isSameAs(context);
    assertThat(call.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(512);
    assertThat(replaced.count()).isZero();
    target.stop(SentIoAction.WAIT);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName(
      "R-289, R-290, R-291, R-293 the parameters show what was formatted, until the next format")
  default void theParametersShowWhatWasFormatted() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    IoMemory memory = made().memory(4L * unitBytes());
    long unit = unitBytes();
    target.formatRead(request, memory, unit, 2 * unit, 3 * unit);
    sendAndAwait(request, target);
    assertThat(request.completionParameters().output()).isSameAs(memory);
    assertThat(request.completionParameters().outputOffset()).isEqualTo(unit);
    assertThat(request.completionParameters().deviceOffset()).isEqualTo(3 * unit);
    assertThat(request.completionParameters().information()).isEqualTo(2 * unit);
    assertThat(request.completionParameters().input()).isSameAs(IoMemory.none());
    target.formatWrite(request, memory, unit, unit, 0);
    sendAndAwait(request, target);
    assertThat(request.completionParameters().type()).isEqualTo(RequestType.WRITE);
    assertThat(request.completionParameters().input()).isSameAs(memory);
    assertThat(request.completionParameters().output()).isSameAs(IoMemory.none());
    target.formatDeviceControl(request, StorageControl.FLUSH, memory, IoMemory.none());
    sendAndAwait(request, target);
    ControlCode code = request.completionParameters().controlCode();
    assertThat(code).isEqualTo(StorageControl.FLUSH);
    assertThat(request.completionParameters().input()).isSameAs(memory);
    target.formatInternalDeviceControlOthers(request, code, "a", memory, null);
    sendAndAwait(request, target);
    assertThat(request.completionParameters().type())
        .isEqualTo(RequestType.INTERNAL_DEVICE_CONTROL_OTHERS);
    assertThat(request.completionParameters().argument1()).isEqualTo("a");
    assertThat(request.completionParameters().argument2()).isSameAs(memory);
    assertThat(request.completionParameters().argument4()).isNull();
    request.reuse();
    assertThat(
            reported(
                VerifierRule.COMPLETION_PARAMETERS_WITHOUT_FORMAT,
                () -> request.completionParameters().type()))
        .isEqualTo(RequestType.NO_FORMAT);
  }

  @Test
  @DisplayName("R-189, R-191, R-292 a send without routine completes silently")
  default void aSendWithoutRoutineCompletesSilently() throws IoRequestException {
    IoTarget target = patterned();
    IoRequest request = made().request();
    Recorder recorder = new Recorder();
    IoMemory memory = made().memory(512);
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine(recorder);
    request.clearCompletionRoutine();
    assertThat(request.send(target)).isTrue();
    Waiting.until("it ended", () -> !request.status().equals(IoStatus.PENDING));
    expectPattern(memory, 0, 0, 512);
    assertThat(request.completionParameters().information()).isEqualTo(512);
    assertThat(recorder.count()).isZero();
  }

  @Test
  @DisplayName("R-192 the next send needs a routine of its own")
  default void theNextSendNeedsARoutineOfItsOwn() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    Recorder recorder = new Recorder();
    target.formatRead(request, made().memory(512), 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).isTrue();
    recorder.await();
    target.formatRead(request, made().memory(512), 0);
    assertThat(request.send(target, SendOptions.synchronous())).isTrue();
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-196, R-229, R-232 a synchronous send calls the routine before it returns")
  default void aSynchronousSendCallsTheRoutineBeforeItReturns() throws IoRequestException {
    IoTarget target = patterned();
    IoRequest request = made().request();
    IoMemory memory = made().memory(512);
    for (int i = 0; i < 100; i++) {
      Recorder recorder = new Recorder();
      target.formatRead(request, memory, 512L * i);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target, SendOptions.synchronous())).isTrue();
      assertThat(recorder.count()).isEqualTo(1);
      assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(request.information()).isEqualTo(512);
      expectPattern(memory, 0, 512L * i, 512);
    }
  }

  @Test
  @DisplayName(
      "R-115, R-210 a routine that sends its request again, a hundred thousand times, ends")
  default void aRoutineMaySendItsRequestAgain() throws IoRequestException {
    int turns = 100_000;
    IoTarget target = target();
    IoRequest request = made().request();
    CountDownLatch done = new CountDownLatch(1);
    AtomicInteger count = new AtomicInteger();
    AtomicReference<IoStatus> failure = new AtomicReference<>(IoStatus.SUCCESS);
    IoMemory memory = made().memory(512);
    CompletionRoutine again =
        new CompletionRoutine() {
          @Override
          public void completed(IoRequest ended, IoTarget at, CompletionParameters result) {
            if (!result.status().isSuccess() || count.incrementAndGet() == turns) {
              failure.set(result.status());
              done.countDown();
              return;
            }
            ended.reuse();
            at.formatRead(ended, memory, 0);
            ended.setCompletionRoutine(this);
            if (!ended.send(at)) {
              failure.set(ended.status());
              done.countDown();
            }
          }
        };
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine(again);
    assertThat(request.send(target)).isTrue();
    Waiting.forLatch("the chain's end", done);
    assertThat(failure.get()).isEqualTo(IoStatus.SUCCESS);
    assertThat(count.get()).isEqualTo(turns);
  }

  @Test
  @DisplayName("R-209 a routine may close its request")
  default void aRoutineMayCloseItsRequest() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = IoRequest.create();
    Recorder recorder = new Recorder((ended, at, result) -> ended.close());
    target.formatRead(request, made().memory(512), 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).isTrue();
    recorder.await();
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-203, R-211 a routine may do what does not wait")
  default void aRoutineMayDoWhatDoesNotWait() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    IoRequest other = made().request();
    Recorder otherDone = new Recorder();
    List<String> wrong = new ArrayList<>();
    Recorder recorder =
        new Recorder((ended, at, result) -> {
          if (ended.cancelSent()) {
            wrong.add("a cancel of the ended request was delivered");
          }
          at.formatRead(other, IoMemory.none(), 0);
          other.setCompletionRoutine(otherDone);
          if (!other.send(at)) {
            wrong.add("another request was refused: " + other.status());
          }
          IoRequest.create(at).close();
          at.stop(SentIoAction.LEAVE_PENDING);
          at.start();
        });
    target.formatRead(request, made().memory(512), 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).isTrue();
    recorder.await();
    otherDone.await();
    assertThat(wrong).isEmpty();
  }

  @Test
  @DisplayName(
      "R-054, R-231, R-274 a routine must not wait: what waits throws, and nothing happens")
  default void aRoutineMustNotWait() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    IoRequest other = made().request();
    IoMemory memory = made().memory(512);
    List<IoStatus> thrown = new ArrayList<>();
    Recorder recorder =
        new Recorder((ended, at, result) -> {
          thrown.add(misuse(() -> at.stop(SentIoAction.WAIT)));
          thrown.add(misuse(() -> at.stop(SentIoAction.CANCEL)));
          thrown.add(misuse(() -> at.purge(PurgeAction.PURGE_AND_WAIT)));
          thrown.add(misuse(at::close));
          thrown.add(misuse(at::closeForQueryRemove));
          thrown.add(misuse(() -> at.sendReadSynchronously(memory, 0)));
          at.formatRead(other, memory, 0);
          thrown.add(misuse(() -> other.send(at, SendOptions.synchronous())));
        });
    target.formatRead(request, made().memory(512), 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).isTrue();
    recorder.await();
    assertThat(thrown).hasSize(7).containsOnly(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(target.sendReadSynchronously(memory, 0)).isEqualTo(512);
  }

  @Test
  @DisplayName("R-201 a routine that may block may send synchronously, and is still called once")
  default void aRoutineThatMayBlockMaySendSynchronously() throws IoRequestException {
    IoTarget target = patterned();
    IoRequest request = made().request();
    IoMemory memory = made().memory(512);
    List<Object> read = new ArrayList<>();
    Recorder recorder =
        new Recorder((ended, at, result) -> {
          try {
            read.add(at.sendReadSynchronously(memory, 512));
          } catch (IoRequestException e) {
            read.add(e);
          }
          read.add(misuse(at::close));
        });
    target.formatRead(request, made().memory(512), 0);
    request.setCompletionRoutine(CompletionRoutine.mayBlock(recorder));
    assertThat(request.send(target)).isTrue();
    Recorder.Call call = recorder.await();
    assertThat(call.thread().isVirtual()).isTrue();
    assertThat(read).containsExactly(512L, IoStatus.INVALID_DEVICE_REQUEST);
    expectPattern(memory, 0, 512, 512);
    target.stop(SentIoAction.WAIT);
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(target.requestsInFlight()).isZero();
  }

  @Test
  @DisplayName("R-212 a routine that throws is counted, and disturbs nobody")
  default void aRoutineThatThrowsDisturbsNobody() throws IoRequestException {
    halfThrow(() -> new IllegalStateException("thrown by the test on purpose"));
  }

  @Test
  @DisplayName("a routine whose exception cannot say what it is disturbs nobody")
  default void aRoutineThatThrowsTheUnspeakableDisturbsNobody() throws IoRequestException {
    halfThrow(UnspeakableException::new);
  }

  /// Sends reads of which every other routine throws: all are called, and the target goes on.
  private void halfThrow(Supplier<RuntimeException> thrown) throws IoRequestException {
    IoTarget target = target();
    long before = IoRequest.failedRoutines();
    Recorder recorder = new Recorder();
    for (int i = 0; i < 20; i++) {
      boolean isThrowing = i % 2 == 0;
      IoRequest request = made().request();
      target.formatRead(request, made().memory(512), 0);
      request.setCompletionRoutine((ended, at, result) -> {
        recorder.completed(ended, at, result);
        if (isThrowing) {
          throw thrown.get();
        }
      });
      assertThat(request.send(target)).isTrue();
    }
    recorder.await(20);
    target.stop(SentIoAction.WAIT);
    assertThat(target.requestsInFlight()).isZero();
    assertThat(recorder.count()).isEqualTo(20);
    assertThat(IoRequest.failedRoutines()).isEqualTo(before + 10);
    target.start();
    assertThat(target.sendReadSynchronously(made().memory(512), 0)).isEqualTo(512);
  }
}
