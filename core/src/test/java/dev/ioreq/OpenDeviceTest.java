package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OpenDeviceTest {
  private static final Device NOBODY = Nobody.DEVICE;

  /// Says nothing and takes nothing.
  private enum Nobody implements Device {
    DEVICE;

    @Override
    public int stackSize() {
      return 3;
    }

    @Override
    public void dispatch(Packet packet) {}

    @Override
    public CancelResult cancel(Packet packet) {
      return CancelResult.NOT_DELIVERED;
    }

    @Override
    public DeviceInfo info() {
      throw new UnsupportedOperationException("nobody asks");
    }

    @Override
    public void close() {}
  }

  @Test
  void whatTheDeviceSaysIsKept() {
    assertThat(OpenDevice.of(NOBODY)).isEqualTo(new OpenDevice(NOBODY, 3, false, false));
  }

  @Test
  @DisplayName("R-168 only memory that the device cannot reach goes through a buffer")
  void whatGoesThroughABuffer() {
    IoMemory onHeap = IoMemory.wrap(ByteBuffer.allocate(8));
    try (IoMemory ofItsOwn = IoMemory.allocate(8)) {
      OpenDevice direct = new OpenDevice(NOBODY, 1, false, false);
      assertThat(direct.buffers(ofItsOwn)).isFalse();
      assertThat(direct.buffers(onHeap)).isTrue();
      assertThat(direct.buffers(IoMemory.none())).isFalse();
      assertThat(new OpenDevice(NOBODY, 1, false, true).buffers(onHeap)).isFalse();
      assertThat(new OpenDevice(NOBODY, 1, true, true).buffers(ofItsOwn)).isTrue();
    }
  }
}
