package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// A cancel and one step of a driver, started at the same moment by two threads, some thousands of
/// times each (system property `ioreq.test.turns`). Whatever comes first, the request ends once,
/// and as cancelled where nothing else can end it.
class ReceivedCancelRacesTest extends ReceivedTest {
  private static final int TURNS = Integer.getInteger("ioreq.test.turns", 10_000);

  private final AtomicInteger ends = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();

  /// Sends a read to a device, and lets a canceller and a step meet.
  private void race(
      IoTarget top, Consumer<ReceivedRequest> before, Consumer<ReceivedRequest> step) {
    IoRequest request = made.request();
    AtomicInteger turnOfCanceller = new AtomicInteger(-1);
    AtomicInteger cancelsDone = new AtomicInteger();
    Thread canceller =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              for (int turn = 0; turn < TURNS; turn++) {
                while (turnOfCanceller.get() < turn) {
                  Thread.onSpinWait();
                }
                request.cancelSent();
                cancelsDone.incrementAndGet();
              }
            });
    for (int turn = 0; turn < TURNS; turn++) {
      request.reuse();
      top.formatRead(request, IoMemory.none(), turn);
      request.setCompletionRoutine((sent, target, result) -> {
        ends.incrementAndGet();
        if (result.status().equals(IoStatus.CANCELLED)) {
          cancelled.incrementAndGet();
        }
      });
      assertThat(request.send(top)).isTrue();
      ReceivedRequest received = got.removeLast();
      before.accept(received);
      turnOfCanceller.set(turn);
      for (int spin = turn % 64; spin > 0; spin--) {
        Thread.onSpinWait();
      }
      step.accept(received);
      int now = turn;
      Waiting.until("the cancel of turn " + turn, () -> cancelsDone.get() > now);
      assertThat(request.status()).as("turn %d", turn).isNotEqualTo(IoStatus.PENDING);
      assertThat(ends).hasValue(turn + 1);
    }
    Waiting.forEnd(canceller);
  }

  @Test
  @DisplayName(
      "R-311, R-041 against a send to a stopped target: refused, or taken back, never lost")
  void againstHolding() {
    IoTarget below = over(lower);
    below.stop(SentIoAction.WAIT);
    race(
        to(keeper().above(below)),
        received -> {},
        received -> {
          received.formatUsingCurrentType();
          received.setCompletionRoutine(
              (sent, target, result) -> received.complete(result.status()));
          if (!received.send(below)) {
            received.complete(received.status());
          }
        });
    assertThat(cancelled).hasValue(TURNS);
    assertThat(lower.arrivals()).isEmpty();
  }

  @Test
  @DisplayName("R-309, R-300 against a send to a device that takes cancels: it ends there")
  void againstSending() {
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    IoTarget below = over(lower);
    race(
        to(keeper().above(below)),
        received -> {},
        received -> {
          received.formatUsingCurrentType();
          received.setCompletionRoutine(
              (sent, target, result) -> received.complete(result.status()));
          assertThat(received.send(below)).isTrue();
        });
    assertThat(cancelled).hasValue(TURNS);
  }

  @Test
  @DisplayName("R-299, R-334 against a way into a queue of the device below")
  void againstQueueing() {
    IoDevice bottom = device(IoDevice.function("m").queue(IoQueue.manual()).alone());
    race(
        to(keeper().above(bottom)),
        received -> {},
        received -> {
          received.formatUsingCurrentType();
          received.setCompletionRoutine(
              (sent, target, result) -> received.complete(result.status()));
          assertThat(received.send(received.device().localTarget().orElseThrow())).isTrue();
        });
    assertThat(cancelled).hasValue(TURNS);
  }

  @Test
  @DisplayName("R-314, R-326 against the mark: its routine runs once, in one thread or the other")
  void againstMarking() {
    race(
        to(keeper().alone()),
        received -> {},
        received -> received.markCancelable(r -> r.complete(IoStatus.CANCELLED, 0)));
    assertThat(cancelled).hasValue(TURNS);
    assertThat(reports()).isEmpty();
  }

  @Test
  @DisplayName("R-326, R-321 against unmark and complete: one of the two completes")
  void againstUnmarking() {
    race(
        to(keeper().alone()),
        received -> received.markCancelable(r -> r.complete(IoStatus.CANCELLED, 0)),
        received -> {
          if (received.queue().isPresent()) {
            complete(received);
          }
        });
    assertThat(reports()).isEmpty();
  }

  private static void complete(ReceivedRequest received) {
    boolean isMine;
    try {
      isMine = received.unmarkCancelable();
    } catch (IoMisuseException e) {
      isMine = false; // its cancel routine has completed it
    }
    if (isMine) {
      received.complete(IoStatus.SUCCESS, 0);
    }
  }

  @Test
  @DisplayName("R-240, R-309 against a send and forget, through two layers")
  void againstForgetting() {
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    IoTarget below = over(lower);
    IoDevice filter = device(IoDevice.filter("f").above(below));
    race(
        to(keeper().above(filter)),
        received -> {},
        received ->
            assertThat(
                    received.send(
                        received.device().localTarget().orElseThrow(), SendOptions.sendAndForget()))
                .isTrue());
    assertThat(cancelled).hasValue(TURNS);
  }
}
