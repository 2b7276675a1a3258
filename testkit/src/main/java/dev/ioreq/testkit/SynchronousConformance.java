package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.failure;
import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static dev.ioreq.testkit.Violations.reported;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.ControlCode;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.PurgeAction;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.StorageControl;
import dev.ioreq.VerifierRule;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The five calls that format, send and wait in one.
public interface SynchronousConformance extends TargetUnderTest {
  /// A code that no target knows.
  ControlCode UNKNOWN = ControlCode.of("UNKNOWN", 0x7FFE, 0x7A5, BufferMethod.BUFFERED, 0);

  @Test
  @DisplayName("R-259, R-260, R-263 the five calls, with a request of their own")
  default void theFiveCalls() throws IoRequestException {
    IoTarget target = target();
    IoMemory memory = pattern(0, 4096);
    IoMemory none = IoMemory.none();
    assertThat(target.sendWriteSynchronously(memory, 0)).isEqualTo(4096);
    memory.segment().fill((byte) 0);
    assertThat(target.sendReadSynchronously(memory, 0)).isEqualTo(4096);
    expectPattern(memory, 0, 0, 4096);
    assertThat(target.sendDeviceControlSynchronously(StorageControl.FLUSH, none, none)).isZero();
    IoRequestException unknown =
        failure(() -> target.sendDeviceControlSynchronously(UNKNOWN, none, none));
    assertThat(unknown.status().isError()).isTrue();
    assertThat(unknown).hasMessageContaining("UNKNOWN").hasMessageContaining(target.name());
    assertThat(
            failure(() -> target.sendInternalDeviceControlSynchronously(UNKNOWN, none, none))
                .status()
                .isError())
        .isTrue();
    assertThat(
            failure(() ->
                    target.sendInternalDeviceControlOthersSynchronously(
                        Optional.empty(), UNKNOWN, 1, 2, 3, SendOptions.none()))
                .status()
                .isError())
        .isTrue();
    IoRequestException end = failure(() -> target.sendReadSynchronously(memory, SIZE));
    assertThat(end.status()).isEqualTo(IoStatus.END_OF_FILE);
    assertThat(end.information()).isZero();
    assertThat(end).hasMessageContaining("read of 4096 bytes at offset " + SIZE);
  }

  @Test
  @DisplayName(
      "R-197, R-271, R-272, R-273, R-140, R-270 the caller's request is used, and left unformatted")
  default void aRequestOfTheCallers() throws IoRequestException {
    IoTarget target = patterned();
    Optional<IoRequest> request = Optional.of(made().request());
    Recorder recorder = new Recorder();
    IoMemory other = IoMemory.allocate(512);
    MemorySegment.Scope scope = other.segment().scope();
    target.formatWrite(request.get(), other, 0);
    request.get().setCompletionRoutine(recorder);
    other.close();
    for (int i = 0; i < 3; i++) {
      IoMemory memory = IoMemory.allocate(512);
      MemorySegment.Scope used = memory.segment().scope();
      long read = target.sendReadSynchronously(request, memory, 0, 0, 512, SendOptions.none());
      assertThat(read).isEqualTo(512);
      expectPattern(memory, 0, 512, 512);
      memory.close();
      assertThat(used.isAlive()).as("R-270 no reference is kept").isFalse();
      assertThat(scope.isAlive()).as("the earlier formatting was discarded").isFalse();
      assertThat(request.get().status()).isEqualTo(IoStatus.SUCCESS);
    }
    assertThat(recorder.count()).isZero();
    assertThat(reported(VerifierRule.REQUEST_NOT_FORMATTED, () -> request.get().send(target)))
        .isFalse();
    assertThat(request.get().status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
  }

  @Test
  @DisplayName("R-269, R-266, R-267 bad windows, send and forget, purged and closed targets")
  default void whatIsRefused() throws IoRequestException {
    IoTarget target = target();
    IoMemory memory = made().memory(512);
    Optional<IoRequest> none = Optional.empty();
    assertThat(
            misuse(() -> target.sendReadSynchronously(none, memory, 512, 1, 0, SendOptions.none())))
        .isEqualTo(IoStatus.INTEGER_OVERFLOW);
    assertThat(
            misuse(() ->
                target.sendWriteSynchronously(none, memory, 0, 0, 0, SendOptions.sendAndForget())))
        .isEqualTo(IoStatus.INVALID_PARAMETER);
    target.purge(PurgeAction.PURGE_AND_WAIT);
    assertThat(failure(() -> target.sendReadSynchronously(memory, 0)).status())
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(target.sendReadSynchronously(none, memory, 0, 0, 0, SendOptions.ignoreTargetState()))
        .isEqualTo(512);
    target.close();
    assertThat(misuse(() -> target.sendReadSynchronously(memory, 0)))
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
  }

  @Test
  @DisplayName("R-230, R-267 on a stopped target the call waits for the start")
  default void onAStoppedTargetTheCallWaits() throws IoRequestException {
    IoTarget target = patterned();
    target.stop(SentIoAction.WAIT);
    IoMemory memory = made().memory(512);
    AtomicReference<Object> result = new AtomicReference<>();
    for (Thread.Builder builder : new Thread.Builder[] {Thread.ofPlatform(), Thread.ofVirtual()}) {
      Thread reader = builder.start(() -> result.set(read(target, memory)));
      Waiting.until("held", () -> target.requestsHeld() == 1);
      Waiting.untilParked(reader);
      target.start();
      Waiting.forEnd(reader);
      assertThat(result.get()).isEqualTo(512L);
      expectPattern(memory, 0, 0, 512);
      target.stop(SentIoAction.WAIT);
    }
  }

  private static Object read(IoTarget target, IoMemory memory) {
    try {
      return target.sendReadSynchronously(memory, 0);
    } catch (IoRequestException e) {
      return e.status();
    }
  }

  @Test
  @DisplayName("R-264 the call ends as IO_TIMEOUT when its time is over")
  default void theCallTimesOut() throws IoRequestException {
    IoTarget target = target();
    target.stop(SentIoAction.WAIT);
    IoMemory memory = made().memory(512);
    SendOptions soon = SendOptions.timeout(Duration.ofMillis(3));
    IoRequestException late =
        failure(() -> target.sendReadSynchronously(Optional.empty(), memory, 0, 0, 0, soon));
    assertThat(late.status()).isEqualTo(IoStatus.IO_TIMEOUT);
    assertThat(late.information()).isZero();
    assertThat(target.requestsHeld()).isZero();
  }

  @Test
  @DisplayName("R-261 another thread cancels the call by its request")
  default void anotherThreadCancelsTheCall() throws IoRequestException {
    IoTarget target = target();
    target.stop(SentIoAction.WAIT);
    IoRequest request = made().request();
    IoMemory memory = made().memory(512);
    Thread canceller =
        Thread.ofPlatform()
            .start(() -> {
              Waiting.until("held", () -> target.requestsHeld() == 1);
              request.cancelSent();
            });
    IoRequestException cancelled =
        failure(() ->
            target.sendReadSynchronously(
                Optional.of(request), memory, 0, 0, 0, SendOptions.none()));
    assertThat(cancelled.status()).isEqualTo(IoStatus.CANCELLED);
    Waiting.forEnd(canceller);
  }

  @Test
  @DisplayName("an interrupt does not end the wait, and is kept")
  default void anInterruptDoesNotEndTheWait() throws IoRequestException {
    IoTarget target = patterned();
    target.stop(SentIoAction.WAIT);
    IoMemory memory = made().memory(512);
    AtomicReference<Object> result = new AtomicReference<>();
    AtomicReference<Boolean> isInterrupted = new AtomicReference<>();
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              result.set(read(target, memory));
              isInterrupted.set(Thread.currentThread().isInterrupted());
            });
    Waiting.until("held", () -> target.requestsHeld() == 1);
    reader.interrupt();
    Waiting.untilParked(reader);
    assertThat(target.requestsHeld()).isEqualTo(1);
    target.start();
    Waiting.forEnd(reader);
    assertThat(result.get()).isEqualTo(512L);
    assertThat(isInterrupted.get()).isTrue();
  }

  @Test
  @DisplayName("many threads, platform and virtual, call at the same time")
  default void manyThreadsCallAtTheSameTime() throws IoRequestException {
    IoTarget target = patterned();
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger right = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      long offset = (long) i * 1024 / unitBytes() * unitBytes();
      IoMemory memory = made().memory(1024L * unitBytes() / Math.min(unitBytes(), 1024));
      Thread.Builder builder = i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
      threads.add(
          builder.start(() -> {
            Waiting.forLatch("go", go);
            for (int turn = 0; turn < 50; turn++) {
              try {
                long read = target.sendReadSynchronously(memory, offset);
                expectPattern(memory, 0, offset, read);
                right.addAndGet(read == memory.sizeBytes() ? 1 : 0);
              } catch (IoRequestException e) {
                throw new AssertionError(e);
              }
            }
          }));
    }
    go.countDown();
    threads.forEach(Waiting::forEnd);
    assertThat(right.get()).isEqualTo(2000);
  }
}
