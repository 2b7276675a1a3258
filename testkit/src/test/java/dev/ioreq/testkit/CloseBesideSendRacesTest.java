package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.PurgeAction;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// A request that one thread sends and another closes at the same moment: it is refused, or ends
/// first; its memory is not freed while the device has it, and the targets know what they have.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class CloseBesideSendRacesTest {
  private static final int ROUNDS = 20_000;

  private final ManualDevice first = new ManualDevice().onCancel(ManualDevice.OnCancel.COMPLETE);
  private final AtomicInteger freedTooEarly = new AtomicInteger();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private volatile @Nullable IoRequest closing;
  private final AtomicBoolean isFreed = new AtomicBoolean();

  @Test
  void aCloseBesideASend() throws InterruptedException, BrokenBarrierException {
    ManualDevice second = new ManualDevice().atOnce(this::complete);
    CyclicBarrier together = new CyclicBarrier(2);
    Thread closer = Thread.ofPlatform().daemon().start(() -> closeEach(together));
    try (IoTarget from = first.target();
        IoTarget to = second.target();
        IoRequest neighbour = IoRequest.create(from)) {
      Recorder recorder = new Recorder();
      from.formatRead(neighbour, IoMemory.none(), 0);
      neighbour.setCompletionRoutine(recorder);
      assertThat(neighbour.send(from)).isTrue();
      first.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
      for (int round = 0; round < ROUNDS; round++) {
        IoRequest request = registeredWith(from);
        isFreed.set(false);
        IoMemory memory = IoMemory.allocate(64);
        memory.onDestroy(object -> isFreed.set(true));
        to.formatRead(request, memory, 0);
        memory.close();
        closing = request;
        together.await();
        try {
          (request.send(to) ? accepted : refused).incrementAndGet();
        } catch (IoMisuseException e) {
          assertThat(e.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
          refused.incrementAndGet();
        }
        together.await();
        assertThat(to.requestsInFlight()).as("in round %d", round).isZero();
        assertThat(isFreed).as("the memory of round %d", round).isTrue();
      }
      assertThat(freedTooEarly).hasValue(0);
      assertThat(accepted.get() + refused.get()).isEqualTo(ROUNDS);
      from.purge(PurgeAction.PURGE_AND_WAIT);
      assertThat(recorder.await().status()).as("the neighbour").isEqualTo(IoStatus.CANCELLED);
    }
    closer.join();
  }

  /// A request that the target knows, because it was sent there before.
  private IoRequest registeredWith(IoTarget target) {
    IoRequest request = IoRequest.create(target);
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(target)).isTrue();
    return request;
  }

  private void complete(Packet packet) {
    if (isFreed.get()) {
      freedTooEarly.incrementAndGet();
    }
    packet.complete(IoStatus.SUCCESS, 0);
  }

  private void closeEach(CyclicBarrier together) {
    try {
      for (int round = 0; round < ROUNDS; round++) {
        together.await();
        IoRequest request = closing;
        if (request != null) {
          request.close();
        }
        together.await();
      }
    } catch (InterruptedException | BrokenBarrierException e) {
      Thread.currentThread().interrupt();
    }
  }
}
