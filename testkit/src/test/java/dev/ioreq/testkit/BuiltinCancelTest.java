package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The devices that do everything at once get a packet whose cancel was asked for before.
class BuiltinCancelTest extends ReceivedTest {
  private final Recorder drivers = new Recorder();

  /// Cancels what a driver has received, and has the driver send it on all the same.
  private void cancelAndSendOn(IoRequest sent) {
    assertThat(sent.cancelSent()).isFalse();
    ReceivedRequest received = got.getLast();
    received.formatUsingCurrentType();
    received.setCompletionRoutine(drivers);
    assertThat(received.send(received.device().localTarget().orElseThrow())).isTrue();
    Recorder.Call ended = drivers.await();
    assertThat(ended.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(ended.information()).isZero();
    received.complete(ended.status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory:4096", "null:4096", "pattern:4096,1"})
  void aReadThatWasCancelledBeforeMovesNothing(String name) throws IoRequestException {
    IoTarget top = to(keeper().above(made.track(IoTarget.open(name, Access.READ_WRITE))));
    IoMemory memory = bytes(7, 7);
    IoRequest request = made.request();
    top.formatRead(request, memory, 0);
    cancelAndSendOn(sendFormatted(request, top));
    assertThat(of(memory)).containsExactly(7, 7);
  }

  @Test
  void aWriteThatWasCancelledBeforeChangesNothing() throws IoRequestException {
    IoTarget lower = made.track(IoTarget.open("memory:4096", Access.READ_WRITE));
    IoTarget top = to(keeper().above(lower));
    cancelAndSendOn(sendWrite(top, bytes(1, 2)));
    IoMemory there = bytes(7, 7);
    assertThat(lower.sendReadSynchronously(there, 0)).isEqualTo(2);
    assertThat(of(there)).containsExactly(0, 0);
  }
}
