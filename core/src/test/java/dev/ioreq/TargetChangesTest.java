package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class TargetChangesTest {
  private final ClosingDevice device = new ClosingDevice();
  private final IoTarget target = IoTarget.over("closing", device);
  private final AtomicBoolean hasEntered = new AtomicBoolean();

  /// A close that comes while another one closes the device asks for cancels; it must not open the
  /// gate by that for sends that ignore the state.
  @Test
  void nobodyEntersWhileTheDeviceGoes() throws InterruptedException {
    target.close();
    Thread second = device.second;
    Objects.requireNonNull(second).join();
    assertThat(hasEntered).isFalse();
  }

  /// Looks at the gate while it is being closed, with another close waiting.
  private final class ClosingDevice extends IdleDevice {
    private @Nullable Thread second;

    @Override
    public void close() {
      Thread closer = Thread.ofPlatform().daemon().start(target::close);
      while (closer.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      hasEntered.set(target.traffic().gate.tryEnterIgnoring());
      second = closer;
    }

    @Override
    public void dispatch(Packet packet) {
      packet.complete(IoStatus.SUCCESS, 0);
    }
  }
}
