package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OpenDeviceTest {
  @Test
  void whatTheDeviceSaysIsKept() {
    assertThat(OpenDevice.of(NativeOnly.DEVICE))
        .isEqualTo(new OpenDevice(NativeOnly.DEVICE, null, 1, false, false));
  }

  @Test
  @DisplayName("R-168 only memory that the device cannot reach goes through a buffer")
  void whatGoesThroughABuffer() {
    IoMemory onHeap = IoMemory.wrap(ByteBuffer.allocate(8));
    try (IoMemory ofItsOwn = IoMemory.allocate(8)) {
      OpenDevice direct = new OpenDevice(NativeOnly.DEVICE, null, 1, false, false);
      assertThat(direct.buffers(ofItsOwn)).isFalse();
      assertThat(direct.buffers(onHeap)).isTrue();
      assertThat(direct.buffers(IoMemory.none())).isFalse();
      assertThat(new OpenDevice(NativeOnly.DEVICE, null, 1, false, true).buffers(onHeap)).isFalse();
      assertThat(new OpenDevice(NativeOnly.DEVICE, null, 1, true, true).buffers(ofItsOwn)).isTrue();
    }
  }
}
