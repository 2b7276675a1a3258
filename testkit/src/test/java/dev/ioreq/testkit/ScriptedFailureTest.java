package dev.ioreq.testkit;

import static dev.ioreq.testkit.Violations.reported;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.PurgeAction;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.Verifier;
import dev.ioreq.VerifierRule;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever throws or overflows, the request ends and the target can be closed. Every test ends
/// with that close.
class ScriptedFailureTest extends ScriptedTest {
  private final ManualDevice device = new ManualDevice();

  @Test
  @DisplayName("R-248 a deadline at either end of time")
  void deadlinesAtTheEndsOfTime() {
    device.onCancel(ManualDevice.OnCancel.COMPLETE);
    IoTarget target = over(device);
    send(target, SendOptions.none().withDeadline(Instant.MIN));
    assertThat(recorder.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
    IoRequest patient = send(target, SendOptions.none().withDeadline(Instant.MAX));
    IoRequest endless = send(target, SendOptions.timeout(Duration.ofNanos(Long.MAX_VALUE)));
    send(target, SendOptions.timeout(Duration.ofMillis(3)));
    recorder.await();
    assertThat(patient.status()).isEqualTo(IoStatus.PENDING);
    assertThat(endless.status()).isEqualTo(IoStatus.PENDING);
  }

  @Test
  @DisplayName("R-220, R-218 too few frames for a stopped target")
  void tooFewFramesForAStoppedTarget() {
    IoTarget flat = over(device);
    IoTarget deep = over(new ManualDevice(2, BufferMethod.OUT_DIRECT, true));
    IoRequest request = formatted(flat);
    deep.stop(SentIoAction.WAIT);
    assertThat(reported(VerifierRule.TOO_FEW_FRAMES, () -> request.send(deep))).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    assertThat(deep.requestsHeld()).isZero();
    assertThat(request.send(flat)).as("R-218").isTrue();
    device.complete();
  }

  @Test
  @DisplayName("a device that throws has not taken the packet over")
  void aDeviceThatThrows() {
    device.atOnce(packet -> {
      throw new IllegalStateException("thrown by the test on purpose");
    });
    IoTarget target = over(device);
    send(target);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.UNSUCCESSFUL);
    target.stop(SentIoAction.WAIT);
    send(target);
    target.start();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.UNSUCCESSFUL);
    assertThat(recorder.count()).isEqualTo(2);
    device.atOnce(packet -> {
      throw new AssertionError("thrown by the test on purpose");
    });
    send(target);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.UNSUCCESSFUL);
  }

  @Test
  @DisplayName("a device that completes a packet and then throws ends that send and no later one")
  void aDeviceThatThrowsBehindTheEnd() {
    device.atOnce(packet -> {
      device.atOnce(null);
      packet.complete(IoStatus.SUCCESS, 3);
      throw new IllegalStateException("thrown by the test on purpose");
    });
    IoTarget target = over(device);
    IoRequest once = formatted(target);
    assertThat(once.send(target)).isTrue();
    assertThat(recorder.await().information()).isEqualTo(3);
    device.atOnce(packet -> {
      device.atOnce(null);
      packet.complete(IoStatus.SUCCESS, 4);
      throw new IllegalStateException("thrown by the test on purpose");
    });
    IoRequest twice = formatted(target);
    twice.setCompletionRoutine((ended, at, result) -> {
      recorder.completed(ended, at, result);
      target.formatRead(ended, IoMemory.none(), 0);
      ended.setCompletionRoutine(recorder);
      assertThat(ended.send(at)).isTrue();
    });
    assertThat(twice.send(target)).isTrue();
    assertThat(recorder.await().information()).isEqualTo(4);
    assertThat(twice.status()).isEqualTo(IoStatus.PENDING);
    device.complete(IoStatus.SUCCESS, 5);
    assertThat(recorder.await().information()).isEqualTo(5);
    assertThat(recorder.count()).isEqualTo(3);
  }

  @Test
  @DisplayName("R-143 an output that its owner freed before the request ended")
  void anOutputThatCannotBeWritten() {
    ManualDevice buffered = new ManualDevice(1, BufferMethod.BUFFERED, true);
    IoTarget target = over(buffered);
    IoRequest request = made.request();
    try (Arena arena = Arena.ofShared()) {
      target.formatRead(request, IoMemory.wrap(arena.allocate(16)), 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
    }
    buffered.complete(IoStatus.SUCCESS, 16);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.ACCESS_VIOLATION);
  }

  @Test
  @DisplayName("an error of the virtual machine in a routine is counted, and disturbs nobody")
  void anErrorOfTheVirtualMachineInARoutine() {
    IoTarget target = over(device);
    long failed = IoRequest.failedRoutines();
    IoRequest request = made.request();
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((done, at, result) -> {
      throw new OutOfMemoryError("thrown by the test on purpose");
    });
    assertThat(request.send(target)).isTrue();
    device.complete();
    assertThat(target.requestsInFlight()).isZero();
    assertThat(IoRequest.failedRoutines()).isEqualTo(failed + 1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("of requests held back the others end although the routine of the first fails")
  void heldRequestsEndAlthoughARoutineFails(boolean starts) {
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget target = over(device);
    target.stop(SentIoAction.LEAVE_PENDING);
    IoRequest failing = made.request();
    target.formatRead(failing, IoMemory.none(), 0);
    failing.setCompletionRoutine((done, at, result) -> {
      throw new OutOfMemoryError("thrown by the test on purpose");
    });
    assertThat(failing.send(target)).isTrue();
    send(target);
    send(target);
    if (starts) {
      target.start();
    } else {
      target.purge(PurgeAction.PURGE_AND_WAIT);
    }
    recorder.await(2);
    assertThat(target.requestsInFlight()).isZero();
  }

  @Test
  @DisplayName("routines that were put off run although the outermost one fails")
  void deferredRoutinesRunAlthoughTheOutermostFails() {
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget target = over(device);
    nest(target, 40);
    assertThat(recorder.count()).isEqualTo(40);
    assertThat(target.requestsInFlight()).isZero();
  }

  /// Each routine sends the next request, is recorded, and fails.
  private void nest(IoTarget target, int left) {
    if (left > 0) {
      IoRequest request = made.request();
      target.formatRead(request, IoMemory.none(), 0);
      request.setCompletionRoutine((done, at, result) -> {
        nest(target, left - 1);
        recorder.completed(done, at, result);
        throw new OutOfMemoryError("thrown by the test on purpose");
      });
      assertThat(request.send(target)).isTrue();
    }
  }

  @Test
  @DisplayName("a device that runs out of memory, or meets memory that is gone, ends the packet")
  void aDeviceThatThrowsAnErrorOfTheVirtualMachine() {
    device.atOnce(packet -> {
      throw new OutOfMemoryError("thrown by the test on purpose");
    });
    IoTarget target = over(device);
    send(target);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INSUFFICIENT_RESOURCES);
    device.atOnce(packet -> {
      throw new InternalError("a fault in a mapped file, thrown by the test on purpose");
    });
    send(target);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.UNSUCCESSFUL);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("a send on its way down that finds no memory for a buffer is refused, or ends")
  void noMemoryForTheBufferOfALayer(boolean forgets) {
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget bottom = over(new ManualDevice(1, BufferMethod.OUT_DIRECT, false));
    try (IoDevice below = IoDevice.filter("below").above(bottom);
        IoTarget toBelow = IoTarget.to(below);
        IoDevice top =
            IoDevice.function("top")
                .forwardsTo(toBelow)
                .queue(
                    IoQueue.parallel()
                        .onWrite((queue, received, length) -> {
                          if (!forgets) {
                            received.formatUsingCurrentType();
                            received.setCompletionRoutine(
                                (done, at, result) -> received.complete(result.status(), 0));
                          }
                          if (!received.send(
                              toBelow,
                              forgets ? SendOptions.sendAndForget() : SendOptions.none())) {
                            received.complete(received.status(), 0);
                          }
                        }))
                .alone();
        IoTarget target = IoTarget.to(top)) {
      IoRequest request = made.request();
      target.formatWrite(request, IoMemory.wrap(ByteBuffer.wrap(new byte[64])), 0);
      request.setCompletionRoutine(recorder);
      try (Verifier.Registration faults = Verifier.failAllocationsAfter(1)) { // the handle
        assertThat(faults).isNotNull();
        assertThat(request.send(target)).isTrue();
        assertThat(recorder.await().status()).isEqualTo(IoStatus.INSUFFICIENT_RESOURCES);
      }
      assertThat(toBelow.requestsInFlight()).isZero();
    }
  }

  @Test
  @DisplayName(
      "a timeout fires although the routine of an earlier one failed on the timer's thread")
  void theTimerSurvivesAnError() {
    IoTarget target = over(device);
    // held back, so that it is the timer's thread that ends it, however late the sender goes on
    target.stop(SentIoAction.LEAVE_PENDING);
    IoRequest request = made.request();
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((done, at, result) -> {
      throw new StackOverflowError("thrown by the test on purpose");
    });
    assertThat(request.send(target, SendOptions.timeout(Duration.ofMillis(1)))).isTrue();
    Waiting.until("it ended", () -> request.status().equals(IoStatus.IO_TIMEOUT));
    send(target, SendOptions.timeout(Duration.ofMillis(1)));
    assertThat(recorder.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
  }
}
