package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// A send whose target changes between the two looks at its state.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class LateSendTest {
  private final AtomicReference<@Nullable Runnable> onTheWay = new AtomicReference<>();
  private final AtomicBoolean isDispatched = new AtomicBoolean();
  private final IoTarget target = IoTarget.over("late", new Asked());
  private final IoRequest request = IoRequest.create(target);

  /// A device that is asked something on the way of a send to it, whose memory is on the heap.
  private final class Asked extends IdleDevice {
    @Override
    public boolean takesHeapMemory() {
      Runnable change = onTheWay.getAndSet(null);
      if (change != null) {
        change.run();
      }
      return true;
    }

    @Override
    public void dispatch(Packet packet) {
      isDispatched.set(true);
      packet.complete(IoStatus.SUCCESS, 0);
    }
  }

  private boolean sendWhile(Runnable change) {
    target.formatRead(request, IoMemory.wrap(MemorySegment.ofArray(new byte[8])), 0);
    onTheWay.set(change);
    boolean isAccepted = request.send(target);
    assertThat(onTheWay).as("the device was asked").hasNullValue();
    return isAccepted;
  }

  @Test
  @DisplayName("R-026 a send that a stop overtakes is held back, and delivered by the start")
  void heldBack() {
    assertThat(sendWhile(() -> target.stop(SentIoAction.LEAVE_PENDING))).isTrue();
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    assertThat(isDispatched).isFalse();
    assertThat(target.requestsInFlight()).isZero();
    target.start();
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(isDispatched).isTrue();
  }

  @Test
  @DisplayName(
      "R-027 a send that a waiting purge overtakes is refused, and the purge waits for no more")
  void refused() throws InterruptedException {
    AtomicReference<Thread> purger = new AtomicReference<>();
    boolean isAccepted =
        sendWhile(() -> {
          purger.set(Thread.ofPlatform().start(() -> target.purge(PurgeAction.PURGE_AND_WAIT)));
          while (target.state() != TargetState.PURGED) {
            Thread.onSpinWait();
          }
        });
    assertThat(isAccepted).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(isDispatched).isFalse();
    purger.get().join();
    assertThat(target.requestsInFlight()).isZero();
  }

  @Test
  void aStopAndAStartBetweenLetItThrough() {
    assertThat(
            sendWhile(() -> {
              target.stop(SentIoAction.LEAVE_PENDING);
              target.start();
            }))
        .isTrue();
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(target.requestsInFlight()).isZero();
  }

  @Test
  @DisplayName("R-222 a cancel on the way refuses it, whatever becomes of the target")
  void cancelled() {
    assertThat(
            sendWhile(() -> {
              assertThat(request.cancelSent()).isFalse();
              target.stop(SentIoAction.LEAVE_PENDING);
            }))
        .isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
  }
}
