package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.testkit.ManualDevice.OnCancel;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ScriptedCancelTest extends ScriptedTest {
  private static final SendOptions SOON = SendOptions.timeout(Duration.ofMillis(2));

  private final ManualDevice device = new ManualDevice();

  @Test
  void aCancelBeforeASendThatWouldBeHeldBackRefusesIt() {
    IoTarget target = over(device);
    IoRequest request = formatted(target);
    assertThat(request.cancelSent()).isFalse();
    target.stop(SentIoAction.LEAVE_PENDING);
    assertThat(request.send(target)).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
    target.start();
    assertThat(device.arrivals()).isEmpty();
    assertThat(recorder.count()).isZero();
  }

  @Test
  @DisplayName("R-300, R-312 a device that refuses: false, the flag is set, the request goes on")
  void aDeviceThatRefuses() {
    IoRequest request = send(over(device));
    assertThat(request.cancelSent()).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    Packet packet = device.oldest();
    assertThat(packet.isCancelRequested()).isTrue();
    packet.complete(IoStatus.SUCCESS, 1);
    assertThat(recorder.await().status()).as("R-312").isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName(
      "R-303 a device that completes inside the cancel: the routine has run when it returns")
  void aDeviceThatCompletesInside() {
    device.onCancel(OnCancel.COMPLETE);
    IoRequest request = send(over(device));
    assertThat(request.cancelSent()).isTrue();
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(recorder.calls().getFirst().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(recorder.calls().getFirst().thread()).isSameAs(Thread.currentThread());
  }

  @Test
  @DisplayName("R-302, R-312 true means delivered: the device may still succeed")
  void trueMeansDelivered() {
    device.onCancel(OnCancel.NOTE);
    IoRequest request = send(over(device));
    assertThat(request.cancelSent()).isTrue();
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    device.complete(IoStatus.SUCCESS, 5);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-307 two cancels ask the device once")
  void twoCancelsAskTheDeviceOnce() {
    device.onCancel(OnCancel.NOTE);
    IoRequest request = send(over(device));
    assertThat(request.cancelSent()).isTrue();
    assertThat(request.cancelSent()).isFalse();
    assertThat(device.cancels()).isEqualTo(1);
    device.complete(IoStatus.CANCELLED, 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-304 a cancel handed over keeps the request until it is dealt with")
  void aCancelHandedOverKeepsTheRequest() {
    device.onCancel(OnCancel.HAND_OVER);
    IoTarget target = over(device);
    IoRequest request = send(target);
    assertThat(request.cancelSent()).isTrue();
    device.complete(IoStatus.SUCCESS, 2);
    assertThat(recorder.count()).as("the canceller is still in it").isZero();
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    assertThat(device.handleCancels()).isEqualTo(1);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(2);

    IoRequest other = send(target);
    other.cancelSent();
    device.handleCancels();
    assertThat(recorder.count()).isEqualTo(1);
    device.complete(IoStatus.CANCELLED, 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName(
      "R-304 a completion that comes while the canceller is inside: the canceller runs the routine")
  void aCompletionWhileTheCancellerIsInside() {
    ManualDevice inner = new ManualDevice();
    inner.onCancel(OnCancel.REFUSE);
    InsideCancel inside = new InsideCancel(inner);
    IoTarget target = made.track(IoTarget.over("inside", inside));
    IoRequest request = send(target);
    assertThat(request.cancelSent()).isFalse();
    assertThat(inside.sawRoutine).as("not yet, while inside").isFalse();
    assertThat(recorder.await().thread()).isSameAs(Thread.currentThread());
    assertThat(recorder.calls().getFirst().status()).isEqualTo(IoStatus.SUCCESS);
  }

  /// Lets another thread complete the packet in the middle of the cancel.
  private final class InsideCancel implements Device {
    private final ManualDevice inner;
    private boolean sawRoutine;

    private InsideCancel(ManualDevice inner) {
      this.inner = inner;
    }

    @Override
    public int stackSize() {
      return 1;
    }

    @Override
    public void dispatch(Packet packet) {
      inner.dispatch(packet);
    }

    @Override
    public CancelResult cancel(Packet packet) {
      Waiting.forEnd(Thread.ofPlatform().start(inner::complete));
      sawRoutine = recorder.count() != 0;
      return CancelResult.NOT_DELIVERED;
    }

    @Override
    public DeviceInfo info() {
      return inner.info();
    }

    @Override
    public void close() {
      inner.close();
    }
  }

  @Test
  @DisplayName("R-113 the cancel flag is gone for the next send")
  void theCancelFlagIsGoneForTheNextSend() {
    IoTarget target = over(device);
    IoRequest request = send(target);
    request.cancelSent();
    device.complete();
    recorder.await();
    target.formatRead(request, made.memory(8), 0);
    assertThat(request.send(target)).isTrue();
    Packet packet = device.oldest();
    assertThat(packet.isCancelRequested()).isFalse();
    packet.complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-251 expiry, then CANCELLED: IO_TIMEOUT, with the information as it is")
  void cancelledAfterExpiryIsTimedOut() {
    device.onCancel(OnCancel.NOTE);
    IoRequest request = send(over(device), SOON);
    device.awaitCancels(1);
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    device.complete(IoStatus.CANCELLED, 11);
    Recorder.Call call = recorder.await();
    assertThat(call.status()).isEqualTo(IoStatus.IO_TIMEOUT);
    assertThat(call.information()).isEqualTo(11);
  }

  @Test
  @DisplayName("R-252, R-253 expiry, then success: success; the request was not abandoned")
  void successAfterExpiryStands() {
    IoRequest request = send(over(device), SOON);
    device.awaitCancels(1);
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    assertThat(recorder.count()).isZero();
    device.complete(IoStatus.SUCCESS, 4);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-252 expiry, then another failure: that failure")
  void anotherFailureAfterExpiryStands() {
    send(over(device), SOON);
    device.awaitCancels(1);
    device.complete(IoStatus.ofErrno(5), 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.ofErrno(5));
  }

  @Test
  @DisplayName("R-255 an expiry is of one send: the next one's CANCELLED stays CANCELLED")
  void anExpiryIsOfOneSend() {
    IoTarget target = over(device);
    IoRequest request = send(target, SOON);
    device.awaitCancels(1);
    device.complete();
    recorder.await();
    target.formatRead(request, made.memory(8), 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).isTrue();
    device.complete(IoStatus.CANCELLED, 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-250, R-040 a request held and then delivered keeps its deadline")
  void aHeldRequestKeepsItsDeadline() {
    device.onCancel(OnCancel.COMPLETE);
    IoTarget target = over(device);
    target.stop(SentIoAction.WAIT);
    send(target, SendOptions.timeout(Duration.ofMillis(100)));
    target.start();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
  }

  @Test
  @DisplayName("a shorter timeout than that of the send before fires first")
  void aShorterTimeoutThanBefore() {
    device.onCancel(OnCancel.COMPLETE);
    IoTarget target = over(device);
    IoRequest request = send(target, SendOptions.timeout(Duration.ofHours(1)));
    device.complete();
    recorder.await();
    target.formatRead(request, made.memory(8), 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target, SOON)).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
  }

  @Test
  @DisplayName("R-256 a cancel after the expiry was refused is still not delivered twice")
  void aCancelAfterTheExpiry() {
    IoRequest request = send(over(device), SOON);
    device.awaitCancels(1);
    assertThat(request.cancelSent()).isFalse();
    assertThat(device.cancels()).isEqualTo(1);
    device.complete(IoStatus.CANCELLED, 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
  }
}
