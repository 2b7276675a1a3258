package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.SendOptions;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The buffers through which memory of the Java heap is carried: how long a request that is not in
/// use keeps them.
@Timeout(60)
class IdleBuffersTest {
  private static final int LARGE = 100_000;

  private final ManualDevice device = new ManualDevice(1, BufferMethod.OUT_DIRECT, false);
  private final IoMemory onHeap = IoMemory.wrap(ByteBuffer.wrap(new byte[LARGE]));
  private @Nullable WeakReference<MemorySegment> last; // that the device worked on

  private IoTarget target() {
    device.atOnce(this::complete);
    return device.target();
  }

  private void complete(Packet packet) {
    last = new WeakReference<>(packet.frame().outputSegment());
    packet.complete(IoStatus.SUCCESS, LARGE);
  }

  private boolean isCollected() {
    System.gc();
    return Objects.requireNonNull(last).refersTo(null);
  }

  @Test
  void aSynchronousCallLeavesNoLargeBufferWithItsTarget() throws Exception {
    try (IoTarget target = target()) {
      target.sendReadSynchronously(onHeap, 0);
      Waiting.until("the end of the buffer", this::isCollected);
      assertThat(target.sendReadSynchronously(onHeap, 0)).isEqualTo(LARGE);
    }
  }

  @Test
  void aSynchronousCallThroughADeviceInJavaLeavesNoneEither() throws Exception {
    IoTarget lower = target();
    IoDevice filter = IoDevice.filter("filter").above(lower);
    try (IoTarget target = IoTarget.to(filter)) {
      target.sendReadSynchronously(onHeap, 0);
      Waiting.until("the end of the buffer", this::isCollected);
    } finally {
      filter.close();
    }
  }

  @Test
  void aRequestOfTheCallersKeepsItsBufferUntilItIsClosed() throws Exception {
    try (IoTarget target = target()) {
      IoRequest request = IoRequest.create(target);
      target.formatRead(request, onHeap, 0);
      assertThat(request.send(target, SendOptions.synchronous())).isTrue();
      MemorySegment first = Objects.requireNonNull(last).get();
      request.reuse();
      target.formatRead(request, onHeap, 0);
      assertThat(request.send(target, SendOptions.synchronous())).isTrue();
      assertThat(Objects.requireNonNull(last).get()).isNotNull().isSameAs(first);
      first = null;
      request.close();
      try {
        Waiting.until("the end of the buffer", this::isCollected);
      } finally {
        Reference.reachabilityFence(request);
      }
    }
  }
}
