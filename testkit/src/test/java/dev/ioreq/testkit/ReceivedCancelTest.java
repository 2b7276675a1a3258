package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.ioreq.testkit.ManualDevice.OnCancel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ReceivedCancelTest extends ReceivedTest {
  private final Recorder drivers = new Recorder();

  private static IoTarget below(ReceivedRequest received) {
    return received.device().localTarget().orElseThrow();
  }

  private void sendOn(ReceivedRequest received) {
    received.formatUsingCurrentType();
    received.setCompletionRoutine(drivers);
    assertThat(received.send(below(received))).isTrue();
  }

  @Test
  @DisplayName(
      "R-298, R-303, R-318 marked below: its cancel routine runs, and completes inside the call")
  void markedBelow() {
    IoRequest request = send(to(keeper().alone()));
    got.getLast().markCancelable(received -> received.complete(IoStatus.CANCELLED, 0));
    assertThat(request.cancelSent()).isTrue();
    assertThat(recorder.calls().getFirst().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(recorder.calls().getFirst().thread()).isSameAs(Thread.currentThread());
  }

  @Test
  @DisplayName("R-302, R-312, R-318 true, and yet the driver completes later, with success")
  void trueAndYetSuccess() {
    IoRequest request = send(to(keeper().alone()));
    List<ReceivedRequest> cancelled = new ArrayList<>();
    got.getLast().markCancelable(cancelled::add);
    assertThat(request.cancelSent()).isTrue();
    assertThat(recorder.count()).isZero();
    cancelled.getFirst().complete(IoStatus.SUCCESS, 3);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName(
      "R-299, R-331 still in the queue below: completed CANCELLED, its driver hears nothing")
  void stillInTheQueue() {
    IoDevice device = device(IoDevice.function("m").queue(IoQueue.manual()).alone());
    IoRequest request = send(to(device));
    assertThat(request.cancelSent()).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(recorder.calls().getFirst().information()).isZero();
    assertThat(device.defaultQueue().orElseThrow().retrieveNext(got::add))
        .isEqualTo(IoStatus.NO_MORE_ENTRIES);
    assertThat(got).isEmpty();
  }

  @Test
  @DisplayName("R-332 once delivered and forwarded into a queue: the same")
  void forwardedIntoAQueue() {
    IoDevice device = device(keeper().alone());
    IoQueue parked = device.createQueue("parked", IoQueue.manual());
    IoRequest request = send(to(device));
    got.getLast().forwardTo(parked);
    assertThat(request.cancelSent()).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(parked.state().queued()).isZero();
  }

  @Test
  @DisplayName(
      "R-333 with a handler for it the driver gets it, completes it later, cannot put it back")
  void canceledOnQueue() {
    List<ReceivedRequest> cancelled = new ArrayList<>();
    IoDevice device = device(keeper().alone());
    IoQueue parked =
        device.createQueue(
            "parked", IoQueue.manual().onCanceledOnQueue((queue, r) -> cancelled.add(r)));
    IoTarget top = to(device);
    IoRequest request = send(top);
    got.getLast().forwardTo(parked);
    assertThat(request.cancelSent()).isTrue();
    assertThat(cancelled).hasSize(1);
    assertThat(recorder.count()).isZero();
    ReceivedRequest received = cancelled.getFirst();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, received::requeue);
    IoQueue other = device.createQueue("other", IoQueue.manual());
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.forwardTo(other));
    received.complete(IoStatus.SUCCESS, 1);
    assertThat(recorder.await().information()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-334 already cancelled: completed when it would have to wait, else delivered")
  void alreadyCancelled() {
    IoDevice bottom = device(IoDevice.function("m").queue(IoQueue.manual()).alone());
    IoRequest request = send(to(keeper().above(bottom)));
    assertThat(request.cancelSent()).isFalse();
    sendOn(got.getLast());
    assertThat(drivers.calls())
        .singleElement()
        .satisfies(call -> assertThat(call.status()).isEqualTo(IoStatus.CANCELLED));
    got.getLast().complete(IoStatus.CANCELLED);

    IoRequest other = send(to(keeper().above(device(keeper().alone()))));
    assertThat(other.cancelSent()).isFalse();
    sendOn(got.getLast());
    assertThat(drivers.count()).isEqualTo(1);
    assertThat(got.getLast().isCanceled()).isTrue();
    got.getLast().complete(IoStatus.SUCCESS, 2);
    assertThat(drivers.await(2).status()).isEqualTo(IoStatus.SUCCESS);
    got.get(got.size() - 2).complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-300, R-328 owned and not marked: false; the driver sees it when it looks")
  void ownedAndNotMarked() {
    IoRequest request = send(to(keeper().alone()));
    ReceivedRequest received = got.getLast();
    assertThat(received.isCanceled()).isFalse();
    assertThat(request.cancelSent()).isFalse();
    assertThat(recorder.count()).isZero();
    assertThat(received.isCanceled()).isTrue();
    received.complete(IoStatus.CANCELLED);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-301 after the completion: false, and the result stays")
  void afterTheCompletion() {
    IoRequest request = send(to(keeper().alone()));
    got.getLast().complete(IoStatus.SUCCESS, 3);
    assertThat(request.cancelSent()).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(3);
  }

  @Test
  @DisplayName(
      "R-306, R-222 a driver's cancel before its send refuses that send, until it is reused")
  void cancelBeforeTheSend() {
    ReceivedRequest received = receive();
    assertThat(received.cancelSent()).isFalse();
    received.formatUsingCurrentType();
    received.setCompletionRoutine(drivers);
    assertThat(received.send(below(received))).isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(drivers.count()).isZero();
    received.reuse();
    sendOn(received);
    lower.complete();
    received.complete(IoStatus.SUCCESS);
    assertThat(drivers.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-306 such a mark is gone with the packet: the next one's send is not refused")
  void aMarkGoesWithThePacket() {
    IoTarget top = to(keeper().above(over(lower)));
    IoRequest request = send(top);
    got.getLast().cancelSent();
    got.getLast().complete(IoStatus.SUCCESS);
    top.formatRead(request, made.memory(8), 0);
    sendFormatted(request, top);
    sendOn(got.getLast());
    lower.complete();
    got.getLast().complete(IoStatus.SUCCESS);
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-309 forwarded with its packet: the cancel reaches who has it; the routine runs")
  void reachesWhoHasIt() {
    IoDevice bottom = device(keeper().alone());
    IoRequest request = send(to(keeper().above(bottom)));
    ReceivedRequest upper = got.getLast();
    sendOn(upper);
    ReceivedRequest at = got.getLast();
    List<String> order = new ArrayList<>();
    at.markCancelable(received -> {
      order.add("below");
      received.complete(IoStatus.CANCELLED, 0);
    });
    assertThat(request.cancelSent()).isTrue();
    assertThat(order).containsExactly("below");
    assertThat(drivers.calls().getFirst().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(recorder.count()).as("the driver above has it again").isZero();
    upper.complete(IoStatus.CANCELLED);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-309, R-297 held back by a stopped target in the middle: it ends there, CANCELLED")
  void heldInTheMiddle() {
    IoRequest request = send(to(keeper().above(over(lower))));
    ReceivedRequest received = got.getLast();
    below(received).stop(SentIoAction.WAIT);
    sendOn(received);
    assertThat(below(received).requestsHeld()).isEqualTo(1);
    assertThat(request.cancelSent()).isTrue();
    assertThat(drivers.calls().getFirst().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(below(received).requestsHeld()).isZero();
    assertThat(lower.arrivals()).isEmpty();
    received.complete(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-311 cancelled by its originator before: delivered, with the flag; not held back")
  void forwardedAlthoughCancelled() {
    lower.onCancel(OnCancel.REFUSE);
    IoRequest request = send(to(keeper().above(over(lower))));
    ReceivedRequest received = got.getLast();
    assertThat(request.cancelSent()).isFalse();
    sendOn(received);
    Packet packet = lower.oldest();
    assertThat(packet.isCancelRequested()).isTrue();
    packet.complete(IoStatus.SUCCESS, 1);
    assertThat(drivers.count()).isEqualTo(1);
    IoTarget below = below(received);
    below.stop(SentIoAction.WAIT);
    received.formatUsingCurrentType();
    received.setCompletionRoutine(drivers);
    assertThat(received.send(below)).isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(drivers.count()).isEqualTo(1);
    assertThat(below.requestsHeld()).isZero();
    assertThat(received.send(below, SendOptions.ignoreTargetState())).isTrue();
    lower.complete();
    received.complete(IoStatus.CANCELLED);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-307 two cancels: the cancel routine is called once")
  void twoCancels() {
    IoRequest request = send(to(keeper().alone()));
    List<ReceivedRequest> cancelled = new ArrayList<>();
    got.getLast().markCancelable(cancelled::add);
    assertThat(request.cancelSent()).isTrue();
    assertThat(request.cancelSent()).isFalse();
    assertThat(cancelled).hasSize(1);
    got.getLast().complete(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName(
      "R-308, R-354, R-355 one level per layer: the driver's routine cancels its own requests")
  void oneLevelPerLayer() throws Exception {
    lower.onCancel(OnCancel.COMPLETE);
    IoRequest request = send(to(keeper().above(over(lower))));
    ReceivedRequest received = got.getLast();
    IoTarget below = below(received);
    IoMemory output = received.retrieveOutput(64);
    List<IoRequest> children = new ArrayList<>();
    int[] left = {4};
    for (int i = 0; i < 4; i++) {
      IoRequest child = made.request();
      below.formatRead(child, output, i * 16L, 16, i * 16L);
      child.setCompletionRoutine((sent, target, result) -> {
        sent.reuse(result.status());
        if (--left[0] == 0) {
          received.complete(IoStatus.CANCELLED, 0);
        }
      });
      assertThat(child.send(below)).isTrue();
      children.add(child);
    }
    lower.complete(IoStatus.SUCCESS, 16); // one ends before
    received.markCancelable(cancelled -> children.forEach(IoRequest::cancelSent));
    assertThat(lower.cancels()).isZero();
    assertThat(request.cancelSent()).isTrue();
    assertThat(left[0]).isZero();
    assertThat(lower.cancels()).isEqualTo(3);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-359 one target stopped: its child waits, and the received request with it")
  void oneTargetStopped() throws Exception {
    ManualDevice second = new ManualDevice();
    IoTarget other = over(second);
    send(to(keeper().above(over(lower))));
    ReceivedRequest received = got.getLast();
    other.stop(SentIoAction.WAIT);
    int[] left = {2};
    for (IoTarget target : List.of(below(received), other)) {
      IoRequest child = made.request();
      target.formatRead(child, received.retrieveOutput(0), 0, 32, 0);
      child.setCompletionRoutine((sent, at, result) -> {
        sent.reuse();
        if (--left[0] == 0) {
          received.complete(IoStatus.SUCCESS, 64);
        }
      });
      assertThat(child.send(target)).as("R-356, R-358").isTrue();
    }
    lower.complete(IoStatus.SUCCESS, 32);
    assertThat(recorder.count()).isZero();
    assertThat(second.arrivals()).isEmpty();
    other.start();
    second.complete(IoStatus.SUCCESS, 32);
    assertThat(recorder.await().information()).isEqualTo(64);
  }

  @Test
  @DisplayName("R-251, R-264 a driver's timeout on a received request: IO_TIMEOUT for its routine")
  void timeout() {
    lower.onCancel(OnCancel.COMPLETE);
    send(to(keeper().above(over(lower))));
    ReceivedRequest received = got.getLast();
    received.formatUsingCurrentType();
    received.setCompletionRoutine(drivers);
    assertThat(received.send(below(received), SendOptions.timeout(Duration.ofMillis(1)))).isTrue();
    assertThat(drivers.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
    assertThat(recorder.count()).isZero();
    received.complete(drivers.calls().getFirst().status());
    assertThat(recorder.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
  }

  @Test
  @DisplayName(
      "R-041, R-057 a purge of the driver's target ends what it holds; the driver completes")
  void purgeInTheMiddle() {
    lower.onCancel(OnCancel.COMPLETE);
    send(to(keeper().above(over(lower))));
    ReceivedRequest received = got.getLast();
    sendOn(received);
    below(received).purge(PurgeAction.PURGE);
    assertThat(drivers.await().status()).isEqualTo(IoStatus.CANCELLED);
    below(received).start();
    below(received).stop(SentIoAction.WAIT);
    received.reuse();
    sendOn(received);
    below(received).purge(PurgeAction.PURGE);
    assertThat(drivers.await().status()).isEqualTo(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT);
    received.complete(drivers.calls().getLast().status());
    assertThat(recorder.await().status()).as("R-295").isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName("R-304 a cancel handed over below holds every layer until it is dealt with")
  void handedOver() {
    lower.onCancel(OnCancel.HAND_OVER);
    IoRequest request = send(to(keeper().above(over(lower))));
    ReceivedRequest received = got.getLast();
    sendOn(received);
    assertThat(request.cancelSent()).isTrue();
    lower.complete(IoStatus.SUCCESS, 2);
    assertThat(drivers.count()).as("the canceller is still in it").isZero();
    assertThat(lower.handleCancels()).isEqualTo(1);
    assertThat(drivers.await().information()).isEqualTo(2);
    received.complete(IoStatus.SUCCESS);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-300 a cancel finds the target of the last send, not the device of one before")
  void theTargetOfTheLastSend() {
    IoDevice bottom = device(keeper().alone());
    IoRequest request = send(to(keeper().above(bottom)));
    ReceivedRequest received = got.getLast();
    sendOn(received);
    got.getLast().complete(IoStatus.SUCCESS);
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    received.formatUsingCurrentType();
    received.setCompletionRoutine(drivers);
    assertThat(received.send(over(lower))).isTrue();
    assertThat(request.cancelSent()).isTrue();
    assertThat(lower.cancels()).isEqualTo(1);
    assertThat(drivers.await(2).status()).isEqualTo(IoStatus.CANCELLED);
    received.complete(IoStatus.CANCELLED);
  }
}
