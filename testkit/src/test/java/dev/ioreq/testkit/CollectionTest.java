package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.Verifier;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What was closed is kept by nothing that lives on: not by the target that a request was sent to,
/// nor by the timer, nor by a device.
class CollectionTest extends ReceivedTest {
  private static void assertCollected(String what, WeakReference<?> gone) {
    Waiting.until(
        "the collection of " + what,
        () -> {
          System.gc();
          return gone.refersTo(null);
        });
  }

  private static WeakReference<IoRequest> sentAndClosed(IoTarget target, SendOptions options) {
    IoRequest request = IoRequest.create();
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(target, options)).isTrue();
    request.close();
    return new WeakReference<>(request);
  }

  @Test
  @DisplayName("R-433 a closed request is kept neither by its target nor by the timer")
  void aClosedRequestIsKeptByNothing() {
    lower.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget target = over(lower);
    assertCollected("a request", sentAndClosed(target, SendOptions.none()));
    SendOptions options = SendOptions.timeout(Duration.ofHours(1));
    assertCollected("a request with a timeout", sentAndClosed(target, options));
  }

  @Test
  @DisplayName("R-433 a closed target is not kept by the device that it leads to")
  void aClosedTargetIsNotKeptByItsDevice() {
    IoDevice device = device(keeper().alone());
    assertCollected("a target", openedAndClosed(device));
    assertThat(device.defaultQueue()).isPresent();
  }

  private static WeakReference<IoTarget> openedAndClosed(IoDevice device) {
    IoTarget target = IoTarget.to(device);
    target.close();
    return new WeakReference<>(target);
  }

  /// Has a request passed on by the driver that received it, and gives the driver's handle.
  private WeakReference<ReceivedRequest> passedOn(IoRequest request, IoTarget top) {
    top.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(top)).isTrue();
    ReceivedRequest received = got.removeLast();
    received.formatUsingCurrentType();
    received.setCompletionRoutine((sent, target, result) -> received.complete(result.status()));
    assertThat(received.send(received.device().localTarget().orElseThrow())).isTrue();
    assertThat(received.queue()).isEqualTo(Optional.empty());
    return new WeakReference<>(received);
  }

  @Test
  @DisplayName("R-433 a handle is not kept by the target it was sent to when its request is gone")
  void aHandleIsNotKeptByItsTarget() {
    lower.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    for (Verifier.Mode mode : List.of(Verifier.Mode.REPORT, Verifier.Mode.STRICT)) {
      Verifier.mode(mode);
      IoTarget top = to(keeper().above(over(lower)));
      assertCollected("a handle, " + mode, ofARequestThatIsClosed(top));
      assertThat(top.requestsInFlight()).isZero();
    }
  }

  private WeakReference<ReceivedRequest> ofARequestThatIsClosed(IoTarget top) {
    IoRequest request = IoRequest.create();
    WeakReference<ReceivedRequest> received = passedOn(request, top);
    request.close();
    return received;
  }

  @Test
  @DisplayName(
      "R-433 a handle is not kept when its request has got more frames, and so another packet")
  void aHandleIsNotKeptWithAnotherPacket() {
    lower.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget top = to(keeper().above(over(lower)));
    IoTarget deep = over(new ManualDevice(9, BufferMethod.OUT_DIRECT, true));
    IoRequest request = made.request();
    List<WeakReference<ReceivedRequest>> handles = new ArrayList<>();
    handles.add(passedOn(request, top));
    deep.formatRead(request, IoMemory.none(), 0);
    assertCollected("a handle", handles.getFirst());
    request.reuse();
  }
}
