package dev.ioreq.examples;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ioreq.BufferMethod;
import dev.ioreq.ControlCode;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.PurgeAction;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.Verifier;
import dev.ioreq.VerifierRule;
import dev.ioreq.testkit.ManualDevice;
import dev.ioreq.testkit.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Drivers that break rules on purpose, and what is said of it.
class BrokenRulesTest extends ExampleTest {
  private static final ControlCode CODE = ControlCode.of("CODE", 1, 1, BufferMethod.BUFFERED, 0);

  private final List<VerifierRule> broken = new CopyOnWriteArrayList<>();
  private final Verifier.Registration listening =
      Verifier.listen(violation -> broken.add(violation.rule()));
  private final ManualDevice lower = new ManualDevice();
  private final List<ReceivedRequest> received = new ArrayList<>();
  private final IoTarget top =
      above(
          IoDevice.function("driver")
              .queue(IoQueue.parallel().onDefault((queue, request) -> received.add(request)))
              .above(over(lower)));

  /// What programs see: the rule is reported, and the call goes on.
  @BeforeEach
  void report() {
    Verifier.mode(Verifier.Mode.REPORT);
  }

  @AfterEach
  void stopListening() {
    listening.close();
  }

  private ReceivedRequest receivedWrite() {
    write(top, 16, 0);
    return received.getLast();
  }

  /// What a library does with a request that is not its own.
  private static void markInALibrary(ReceivedRequest request) {
    request.markCancelable(cancelled -> cancelled.complete(IoStatus.CANCELLED, 0));
  }

  @Test
  @DisplayName("S-60, R-314, R-317 marked twice, the second time in a library")
  void markedTwice() {
    ReceivedRequest request = receivedWrite();
    request.markCancelable(cancelled -> cancelled.complete(IoStatus.CANCELLED, 0));
    assertThat(misuse(() -> markInALibrary(request))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(broken).containsExactly(VerifierRule.MARKED_TWICE);
    assertThat(request.unmarkCancelable()).as("the first mark stands").isTrue();
    request.complete(IoStatus.SUCCESS, 16);
  }

  @Test
  @DisplayName("S-61, R-418, R-448 a stop acknowledged outside its handler")
  void stopAcknowledgedOutside() {
    ReceivedRequest request = receivedWrite();
    assertThat(misuse(() -> request.stopAcknowledge(true)))
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(broken).containsExactly(VerifierRule.STOP_ACKNOWLEDGE_OUTSIDE_IO_STOP);
    request.complete(IoStatus.SUCCESS, 16);
  }

  @Test
  @DisplayName("S-62, R-128, R-446 memory of a request used after its completion")
  void memoryAfterCompletion() throws IoRequestException {
    for (boolean isInternal : new boolean[] {false, true}) {
      IoRequest sent = made.request();
      if (isInternal) {
        top.formatInternalDeviceControl(sent, CODE, made.memory(8), made.memory(8));
      } else {
        top.formatDeviceControl(sent, CODE, made.memory(8), made.memory(8));
      }
      send(sent, top);
      ReceivedRequest request = received.getLast();
      IoMemory output = request.retrieveOutput(8);
      request.complete(IoStatus.SUCCESS, 8);
      assertThatThrownBy(output::segment).isInstanceOf(IllegalStateException.class);
      assertThat(misuse(() -> request.retrieveOutput(8))).isEqualTo(IoStatus.INTERNAL_ERROR);
      assertThat(misuse(() -> request.retrieveInput(8))).isEqualTo(IoStatus.INTERNAL_ERROR);
    }
    assertThat(broken).hasSize(4).containsOnly(VerifierRule.RETRIEVED_AFTER_COMPLETION);
  }

  @Test
  @DisplayName("S-64, R-361, R-362 devices and queues that make no sense cannot be made")
  void cannotBeMade() {
    assertThat(misuse(() -> IoDevice.function("d").queue(IoQueue.parallel())))
        .isEqualTo(IoStatus.WDF_NO_CALLBACK);
    assertThat(misuse(() -> IoDevice.function("d").queue(IoQueue.manual()).queue(IoQueue.manual())))
        .isEqualTo(IoStatus.UNSUCCESSFUL);
    IoQueue others = RamDisk.create(16).createQueue("others", IoQueue.manual());
    assertThat(misuse(() -> RamDisk.create(16).assignSelfQueue(others)))
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName("S-65, R-217, R-156, R-116 sent, formatted, reused in flight")
  void usedInFlight() {
    IoTarget target = over(lower);
    IoRequest request = read(target, 8);
    assertThat(misuse(() -> request.send(target))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    IoMemory other = made.memory(8);
    assertThat(misuse(() -> target.formatRead(request, other, 0)))
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(misuse(() -> request.reuse())).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    lower.complete(IoStatus.SUCCESS, 8);
    assertThat(recorder.await().information()).isEqualTo(8);
  }

  @Test
  @DisplayName("S-65, R-105 completed twice")
  void completedTwice() {
    ReceivedRequest request = receivedWrite();
    request.complete(IoStatus.SUCCESS, 16);
    request.complete(IoStatus.CANCELLED, 0);
    assertThat(broken).containsExactly(VerifierRule.COMPLETED_TWICE);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("S-65, R-141, R-351 completed while a child has its memory")
  void completedBeforeAChild() throws IoRequestException {
    ReceivedRequest request = receivedWrite();
    IoTarget other = over(new ManualDevice());
    IoRequest child = made.request();
    other.formatWrite(child, request.retrieveInput(16), 0);
    assertThat(misuse(() -> request.complete(IoStatus.SUCCESS, 16)))
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(broken).containsExactly(VerifierRule.COMPLETE_WHILE_MEMORY_HELD);
    child.reuse();
    request.complete(IoStatus.SUCCESS, 16);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("S-65, S-32, R-190, R-192 a received request is sent without routine")
  void sentWithoutRoutine() {
    ReceivedRequest request = receivedWrite();
    IoTarget target = request.device().localTarget().orElseThrow();
    request.formatUsingCurrentType();
    assertThat(request.send(target)).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(broken).containsExactly(VerifierRule.RECEIVED_SENT_WITHOUT_ROUTINE);
    assertThat(lower.arrivals()).isEmpty();
    request.complete(request.status(), 0);
  }

  @Test
  @DisplayName("S-65, R-195, R-239 forgotten with a routine, or after formatting")
  void forgottenWrongly() {
    ReceivedRequest request = receivedWrite();
    IoTarget target = request.device().localTarget().orElseThrow();
    target.formatWrite(request, made.memory(8), 0);
    assertThat(request.send(target, SendOptions.sendAndForget())).isFalse();
    assertThat(broken).containsExactly(VerifierRule.FORGET_AFTER_FORMAT);
    request.reuse();
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target, SendOptions.sendAndForget())).isTrue();
    assertThat(broken)
        .containsExactly(VerifierRule.FORGET_AFTER_FORMAT, VerifierRule.FORGET_WITH_ROUTINE);
    lower.complete(IoStatus.SUCCESS, 16);
    assertThat(recorder.count()).as("the client's routine only").isEqualTo(1);
  }

  @Test
  @DisplayName("S-65, R-323 completed while it is marked")
  void completedWhileMarked() {
    ReceivedRequest request = receivedWrite();
    markInALibrary(request);
    request.complete(IoStatus.SUCCESS, 16);
    assertThat(broken).containsExactly(VerifierRule.COMPLETE_MARKED_REQUEST);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("S-65, R-231 a synchronous send from a routine")
  void synchronousFromARoutine() {
    IoTarget target = over(lower);
    IoMemory memory = made.memory(8);
    AtomicReference<IoStatus> refused = new AtomicReference<>();
    IoRequest request = made.request();
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine((sent, to, result) -> {
      refused.set(misuse(() -> to.sendReadSynchronously(memory, 0)));
      recorder.completed(sent, to, result);
    });
    assertThat(request.send(target)).isTrue();
    lower.complete(IoStatus.SUCCESS, 8);
    recorder.await();
    assertThat(refused.get()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName("S-65, R-214, R-441, R-445 a driver that does not look at what send gave")
  void ignoredRefusal() {
    ReceivedRequest request = receivedWrite();
    IoTarget target = request.device().localTarget().orElseThrow();
    target.purge(PurgeAction.PURGE);
    request.formatUsingCurrentType();
    request.setCompletionRoutine((sent, to, result) -> request.complete(result.status()));
    assertThat(request.send(target)).isFalse();
    assertThat(recorder.count()).as("nobody completes it").isZero();

    Duration before = Verifier.waitLimit();
    Verifier.waitLimit(Duration.ofMillis(5));
    try {
      Thread closing = Thread.ofPlatform().start(request.device()::close);
      Waiting.until("the removal is reported to take long", () -> !broken.isEmpty());
      request.complete(request.status(), 0);
      Waiting.forEnd(closing);
    } finally {
      Verifier.waitLimit(before);
    }
    assertThat(broken).containsOnly(VerifierRule.WAIT_TOO_LONG);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
  }
}
