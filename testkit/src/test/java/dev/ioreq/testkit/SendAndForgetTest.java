package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.BufferMethod;
import dev.ioreq.DeviceStack;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.PurgeAction;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.VerifierRule;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SendAndForgetTest extends ReceivedTest {
  private static final SendOptions FORGET = SendOptions.sendAndForget();

  private final Recorder drivers = new Recorder();

  private static IoTarget below(ReceivedRequest received) {
    return received.device().localTarget().orElseThrow();
  }

  @Test
  @DisplayName(
      "R-236, R-237, S-08 the device below gets the same, and its result goes past the driver")
  void passedOnUnchanged() {
    IoTarget top = to(keeper().above(over(lower)));
    IoMemory out = bytes(1, 2, 3);
    sendControl(top, BufferMethod.OUT_DIRECT, IoMemory.none(), out);
    ReceivedRequest received = got.getLast();
    assertThat(received.send(below(received), FORGET)).isTrue();
    Packet packet = lower.oldest();
    assertThat(packet.frame().controlCode()).isEqualTo(code(BufferMethod.OUT_DIRECT));
    assertThat(packet.frame().outputAddress()).isEqualTo(out.segment().address());
    packet.complete(IoStatus.DEVICE_BUSY, 2);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.DEVICE_BUSY);
    assertThat(recorder.calls().getFirst().information()).isEqualTo(2);
    assertThat(got).hasSize(1);
  }

  @Test
  @DisplayName("R-237 also after it was formatted as it came")
  void afterCurrentType() {
    ReceivedRequest received = receive();
    received.formatUsingCurrentType();
    assertThat(received.send(below(received), FORGET)).isTrue();
    assertThat(lower.arrivals()).containsExactly(new ManualDevice.Arrival("READ", 0, 0, 64));
    lower.complete(IoStatus.SUCCESS, 64);
    assertThat(recorder.await().information()).isEqualTo(64);
  }

  @Test
  @DisplayName("R-237 no frame is used: a packet passes as many layers as it likes")
  void noFrameIsUsed() {
    IoTarget below = over(lower);
    for (int i = 0; i < 4; i++) {
      below =
          to(
              IoDevice.filter("f" + i)
                  .queue(
                      IoQueue.sequential()
                          .onDefault((queue, received) ->
                              assertThat(received.send(below(received), FORGET)).isTrue()))
                  .above(below));
    }
    IoRequest request = send(below);
    assertThat(lower.arrivals()).hasSize(1);
    lower.complete(IoStatus.SUCCESS, 5);
    assertThat(request.information()).isEqualTo(5);
  }

  @Test
  @DisplayName("R-238 a created request: FALSE, INVALID_DEVICE_STATE")
  void aCreatedRequest() {
    IoTarget target = over(lower);
    IoRequest request = formatted(target);
    assertThat(request.send(target, FORGET)).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(lower.arrivals()).isEmpty();
  }

  @Test
  @DisplayName("R-239, R-244 formatted for a target: FALSE, reported, and still the driver's")
  void formattedForATarget() {
    ReceivedRequest received = receive();
    below(received).formatRead(received, IoMemory.none(), 0);
    assertThat(received.send(below(received), FORGET)).isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(reports()).containsExactly(VerifierRule.FORGET_AFTER_FORMAT);
    assertThat(lower.arrivals()).isEmpty();
    received.complete(received.status());
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName("R-195 a routine is never called, and having one is reported")
  void aRoutineIsNeverCalled() {
    ReceivedRequest received = receive();
    received.setCompletionRoutine(drivers);
    assertThat(received.send(below(received), FORGET)).isTrue();
    assertThat(reports()).containsExactly(VerifierRule.FORGET_WITH_ROUTINE);
    lower.complete();
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(drivers.count()).isZero();
  }

  @Test
  @DisplayName("R-240, R-097 afterwards the driver has it no more, and the queue gives the next")
  void afterwards() {
    IoTarget top =
        to(
            IoDevice.function("f")
                .queue(IoQueue.sequential().onDefault((queue, received) -> got.add(received)))
                .above(over(lower)));
    send(top);
    final IoRequest second = send(top);
    assertThat(got).hasSize(1);
    ReceivedRequest first = got.getFirst();
    IoQueue queue = first.queue().orElseThrow();
    IoTarget below = below(first);
    assertThat(first.send(below, FORGET)).isTrue();
    assertThat(got).as("given before the send returned").hasSize(2);
    assertThat(queue.state().driverOwned()).isEqualTo(1);
    assertThat(first.queue()).isEmpty();
    first.complete(IoStatus.UNSUCCESSFUL);
    assertThat(reports()).containsExactly(VerifierRule.COMPLETED_TWICE);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> first.send(below, FORGET));
    assertMisuse(IoStatus.INTERNAL_ERROR, () -> first.retrieveOutput(0));
    lower.complete(IoStatus.SUCCESS, 1);
    assertThat(recorder.calls().getFirst().information()).isEqualTo(1);
    got.getLast().complete(IoStatus.SUCCESS);
    assertThat(second.status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName(
      "R-241, S-11 the state of the target is ignored, where a sent request waits or is refused")
  void theStateIsIgnored() {
    IoTarget top = to(keeper().above(over(lower)));
    for (boolean isPurged : new boolean[] {false, true}) {
      send(top);
      ReceivedRequest received = got.getLast();
      IoTarget below = below(received);
      if (isPurged) {
        below.purge(PurgeAction.PURGE);
      } else {
        below.stop(SentIoAction.WAIT);
      }
      assertThat(received.send(below, FORGET)).isTrue();
      lower.complete(IoStatus.SUCCESS, 1);
      below.start();
    }
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-242, R-244 not to a target opened by name, nor to one that closes its own device")
  void notToATargetOpenedByName() throws Exception {
    IoTarget byName = made.track(IoTarget.open("null:", Access.READ_WRITE));
    ReceivedRequest received = receive();
    ManualDevice other = new ManualDevice();
    DeviceStack stack = DeviceStack.of(keeper()).register("forgetful");
    try (IoTarget named = IoTarget.open("device:forgetful", Access.READ_WRITE)) {
      for (IoTarget target : List.of(byName, over(other), named)) {
        assertThat(received.send(target, FORGET)).as("%s", target).isFalse();
        assertThat(received.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
      }
    } finally {
      stack.close();
    }
    assertThat(other.arrivals()).isEmpty();
    ReceivedRequest mine = got.getLast();
    assertThat(mine).isSameAs(received);
    received.complete(IoStatus.SUCCESS);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-242, R-007 to an existing device: yes, and to exactly that one")
  void toAnExistingDevice() {
    IoDevice bottom = device(keeper().alone());
    IoTarget remote = made.track(IoTarget.to(bottom));
    ReceivedRequest received = receive();
    assertThat(received.send(remote, FORGET)).isTrue();
    assertThat(got.getLast().device()).isSameAs(bottom);
    got.getLast().complete(IoStatus.SUCCESS, 4);
    assertThat(recorder.await().information()).isEqualTo(4);
  }

  @Test
  @DisplayName("R-220, R-150 not to a device that needs more frames than the packet has")
  void tooFewFrames() {
    IoDevice deep = device(keeper().above(device(keeper().alone())));
    IoTarget remote = made.track(IoTarget.to(deep));
    send(to(keeper().alone()));
    ReceivedRequest received = got.getLast();
    assertThat(received.send(remote, FORGET)).isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    received.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-226, S-37 with any other option: FALSE, INVALID_PARAMETER")
  void withOtherOptions() {
    ReceivedRequest received = receive();
    for (SendOptions options :
        List.of(
            FORGET.withSynchronous(),
            FORGET.withIgnoreTargetState(),
            FORGET.withTimeout(Duration.ofSeconds(1)))) {
      assertThat(received.send(below(received), options)).isFalse();
      assertThat(received.status()).isEqualTo(IoStatus.INVALID_PARAMETER);
    }
    received.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-310, R-309 the forwarder cannot cancel it any more; its originator can")
  void cancelAfterwards() {
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    IoRequest request = send(to(keeper().above(over(lower))));
    ReceivedRequest received = got.getLast();
    assertThat(received.send(below(received), FORGET)).isTrue();
    assertThat(received.cancelSent()).isFalse();
    assertThat(lower.cancels()).isZero();
    assertThat(request.cancelSent()).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName(
      "R-237 to a device that needs all the frames that are left, the driver's own with them")
  void allTheFramesThatAreLeft() {
    IoTarget alike = to(keeper().above(over(new ManualDevice())));
    ReceivedRequest received = receive();
    assertThat(received.send(alike, FORGET)).isTrue();
    assertThat(got).hasSize(2);
    assertThat(got.getLast().device()).isNotSameAs(received.device());
    got.getLast().complete(IoStatus.SUCCESS, 6);
    assertThat(recorder.await().information()).isEqualTo(6);
  }

  @Test
  @DisplayName("R-168, R-237 bytes of the Java heap are carried to a device that takes none")
  void heapMemoryIsCarried() {
    ManualDevice nativeOnly = new ManualDevice(1, BufferMethod.OUT_DIRECT, false);
    IoTarget other = to(IoDevice.filter("passing").above(over(nativeOnly)));
    sendWrite(
        to(keeper().above(over(lower))), IoMemory.wrap(ByteBuffer.wrap(new byte[] {1, 2, 3})));
    assertThat(got.getLast().send(other, FORGET)).isTrue();
    Packet packet = nativeOnly.oldest();
    assertThat(packet.frame().inputAddress()).isNotZero();
    packet.complete(IoStatus.SUCCESS, 3);
  }
}
