package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.PurgeAction;
import dev.ioreq.SentIoAction;
import dev.ioreq.testkit.ManualDevice.OnCancel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A target asks its device what it is, while the device is there, and not a moment longer.
@Timeout(60)
class TargetInfoTest {
  @Test
  void aCloseWaitsUntilTheDeviceHasSaidWhatItIs() throws Exception {
    SlowDevice device = new SlowDevice();
    IoTarget target = IoTarget.over("slow", device);
    FutureTask<DeviceInfo> asked = new FutureTask<>(target::info);
    Thread asker = Thread.ofPlatform().start(asked);
    Waiting.forLatch("the question", device.isAsked);
    Thread closer = Thread.ofPlatform().start(target::close);
    Waiting.untilParked(closer);
    assertThat(device.isClosed).isFalse();
    device.mayAnswer.countDown();
    assertThat(Waiting.forResult("the answer", asked).kind()).isEqualTo("slow");
    Waiting.forEnd(closer);
    Waiting.forEnd(asker);
    assertThat(device.isClosed).isTrue();
    assertThat(device.wasAskedClosed).isFalse();
  }

  @Test
  void aStopAndAPurgeDoNotWaitForTheAnswer() throws Exception {
    SlowDevice device = new SlowDevice();
    try (IoTarget target = IoTarget.over("slow", device)) {
      FutureTask<DeviceInfo> asked = new FutureTask<>(target::info);
      Thread asker = Thread.ofPlatform().start(asked);
      Waiting.forLatch("the question", device.isAsked);
      target.stop(SentIoAction.WAIT);
      target.purge(PurgeAction.PURGE_AND_WAIT);
      device.mayAnswer.countDown();
      assertThat(Waiting.forResult("the answer", asked).kind()).isEqualTo("slow");
      assertThat(target.info().kind()).isEqualTo("slow");
      Waiting.forEnd(asker);
    }
  }

  @Test
  void callbacksAndRoutinesOfACloseMayAskStill() {
    List<String> answers = new CopyOnWriteArrayList<>();
    IoTarget target = new ManualDevice().onCancel(OnCancel.COMPLETE).target();
    try (IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, IoMemory.none(), 0);
      request.setCompletionRoutine(
          (sent, to, result) -> answers.add(result.status() + " " + to.info().kind()));
      assertThat(request.send(target)).isTrue();
      target.onCleanup(closing -> answers.add("cleanup " + target.info().kind()));
      target.close();
    }
    assertThat(answers).containsExactly("cleanup manual", IoStatus.CANCELLED + " manual");
  }

  @Test
  void aClosedTargetSaysSo() {
    IoTarget target = new ManualDevice().target();
    target.close();
    assertThatThrownBy(target::info)
        .isInstanceOfSatisfying(
            IoMisuseException.class,
            e -> assertThat(e.status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE))
        .hasMessageContaining("CLOSED");
  }

  @Test
  void aDeviceThatCannotSayWhatItIsDoesNotKeepItsTargetOpen() {
    SlowDevice device = new SlowDevice();
    device.mayAnswer.countDown();
    device.fails = true;
    IoTarget target = IoTarget.over("slow", device);
    assertThatThrownBy(target::info).hasMessage("it cannot say");
    target.close();
    assertThat(device.isClosed).isTrue();
  }

  /// Says what it is when the test lets it.
  private static final class SlowDevice implements Device {
    private final CountDownLatch isAsked = new CountDownLatch(1);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);
    private volatile boolean isClosed;
    private volatile boolean wasAskedClosed;
    private volatile boolean fails;

    @Override
    public int stackSize() {
      return 1;
    }

    @Override
    public void dispatch(Packet packet) {
      packet.complete(IoStatus.SUCCESS, 0);
    }

    @Override
    public CancelResult cancel(Packet packet) {
      return CancelResult.NOT_DELIVERED;
    }

    @Override
    public DeviceInfo info() {
      isAsked.countDown();
      Waiting.forLatch("leave to answer", mayAnswer);
      wasAskedClosed = isClosed;
      if (fails) {
        throw new IllegalStateException("it cannot say");
      }
      return new DeviceInfo("slow", "test", DeviceInfo.UNKNOWN, 1, 1, 1, false, false, List.of());
    }

    @Override
    public void close() {
      isClosed = true;
    }
  }
}
