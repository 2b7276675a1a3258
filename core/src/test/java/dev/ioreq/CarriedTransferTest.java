package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// Transfers of heap memory to a device that takes none: when they are copied.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class CarriedTransferTest {
  private static final int LENGTH = 8;

  private final Verifier.Mode before = Verifier.mode();
  private final NativeDevice device = new NativeDevice();
  private final IoTarget target = IoTarget.over("native", device);
  private final IoRequest request = IoRequest.create();
  private final IoMemory memory = IoMemory.wrap(ByteBuffer.allocate(LENGTH));

  @AfterEach
  void close() {
    Verifier.mode(before);
    target.close();
    request.close();
    memory.close();
  }

  /// A canceller that joins while the end is prepared, and leaves last, does not prepare it again.
  @Test
  void theOutputIsCopiedBackOnce() throws InterruptedException {
    Verifier.mode(Verifier.Mode.REPORT);
    List<VerifierRule> heard = new ArrayList<>();
    Thread canceller = Thread.ofPlatform().daemon().unstarted(request::cancelSent);
    try (Verifier.Registration listening =
        Verifier.listen(violation -> {
          heard.add(violation.rule());
          if (heard.size() == 1) {
            canceller.start();
            await(device.isAsked);
          }
        })) {
      assertThat(listening).isNotNull();
      target.formatRead(request, memory, 0);
      assertThat(request.send(target)).isTrue();
      Objects.requireNonNull(device.kept).complete(IoStatus.SUCCESS, LENGTH + 1L);
      device.mayAnswer.countDown();
      canceller.join();
    }
    assertThat(heard).containsExactly(VerifierRule.BUFFERED_OUTPUT_TOO_LARGE);
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
  }

  /// The copy may take its time, and who stops or starts the target is not to wait for it.
  @Test
  void nothingIsCopiedUnderTheLockOfATarget() {
    target.stop(SentIoAction.LEAVE_PENDING);
    try (IoTarget other =
        IoTarget.over(
            "any",
            new IdleDevice() {
              @Override
              public boolean takesHeapMemory() {
                return true;
              }

              @Override
              public void dispatch(Packet packet) {}
            })) {
      other.formatWrite(request, memory, 0);
    }
    device.locked = target;
    assertThat(request.send(target)).isTrue();
    assertThat(device.isAskedUnlocked).isTrue();
    assertThat(device.isAskedLocked).isFalse();
  }

  /// Keeps one packet, and answers a cancel when it is let.
  private static final class NativeDevice extends IdleDevice {
    private final CountDownLatch isAsked = new CountDownLatch(1);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);
    private @Nullable Packet kept;
    private @Nullable IoTarget locked; // whose lock is looked at
    private boolean isAskedLocked;
    private boolean isAskedUnlocked;

    @Override
    public boolean takesHeapMemory() {
      IoTarget target = locked;
      if (target != null) {
        boolean isLocked = target.traffic().lock.isHeldByCurrentThread();
        isAskedLocked |= isLocked;
        isAskedUnlocked |= !isLocked;
      }
      return false;
    }

    @Override
    public void dispatch(Packet packet) {
      kept = packet;
    }

    @Override
    public CancelResult cancel(Packet packet) {
      isAsked.countDown();
      await(mayAnswer);
      return CancelResult.NOT_DELIVERED;
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
