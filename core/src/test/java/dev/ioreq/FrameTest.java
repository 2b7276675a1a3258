package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FrameTest {
  private static final ControlCode CODE = ControlCode.of("X", 1, 1, BufferMethod.BUFFERED, 0);

  private final Packet packet = new Packet(IoRequest.create(), 1);
  private final Frame frame = packet.frameAt(0);

  private static IoMemory bytes(int... values) {
    byte[] array = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      array[i] = (byte) values[i];
    }
    return IoMemory.wrap(ByteBuffer.wrap(array));
  }

  private static byte[] of(IoMemory memory) {
    return memory.segment().toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  @DisplayName("R-163 a buffered write is copied when it is formatted")
  void aBufferedWriteIsCopiedWhenFormatted() {
    IoMemory input = bytes(1, 2, 3, 4, 5);
    frame.fillWrite(input, 1, 3, 100, true);
    input.copyFrom(1, new byte[] {9, 9, 9});
    assertThat(frame.inputSegment().get(ValueLayout.JAVA_BYTE, frame.inputBase()))
        .isEqualTo((byte) 2);
    assertThat(frame.inputAddress()).isNotZero();
    assertThat(frame.length()).isEqualTo(3);
    assertThat(frame.deviceOffset()).isEqualTo(100);
  }

  @Test
  @DisplayName("R-164 as many bytes of a buffered read are copied back as the information says")
  void aBufferedReadIsCopiedBack() {
    IoMemory output = bytes(0, 0, 0, 0, 0, 0);
    frame.fillRead(output, 1, 4, 0, true);
    Pattern.fill(1, 0, frame.outputSegment(), frame.outputBase(), 4);
    frame.copyBack(2);
    assertThat(of(output)).containsExactly(0, Pattern.byteAt(1, 0), Pattern.byteAt(1, 1), 0, 0, 0);
  }

  @Test
  @DisplayName("R-178 more information than output is clamped, R-174 none without output")
  void copyingBackIsClampedToTheWindow() {
    IoMemory output = bytes(0, 0, 0, 7);
    frame.fillRead(output, 1, 2, 0, true);
    frame.outputSegment().fill((byte) 5);
    frame.copyBack(1000);
    assertThat(of(output)).containsExactly(0, 5, 5, 7);
    frame.fillControl(RequestType.DEVICE_CONTROL, CODE, output, 0, 4, IoMemory.none(), 0, 0, true);
    frame.copyBack(4);
    assertThat(of(output)).containsExactly(0, 5, 5, 7);
  }

  @Test
  @DisplayName("R-172 one buffer of the larger size serves a buffered control's input and output")
  void inputAndOutputShareOneBuffer() {
    IoMemory input = bytes(1, 2);
    IoMemory output = bytes(0, 0, 0, 0);
    frame.systemBuffer(64).fill((byte) 0x55);
    frame.fillControl(RequestType.DEVICE_CONTROL, CODE, input, 0, 2, output, 0, 4, true);
    assertThat(frame.inputAddress()).isEqualTo(frame.outputAddress());
    MemorySegment buffer = frame.outputSegment();
    assertThat(buffer.asSlice(0, 4).toArray(ValueLayout.JAVA_BYTE))
        .as("input, then zeroes and not what an earlier request left")
        .containsExactly(1, 2, 0, 0);
    buffer.set(ValueLayout.JAVA_BYTE, 0, (byte) 8);
    frame.copyBack(3);
    assertThat(of(output)).containsExactly(8, 2, 0, 0);
    assertThat(of(input)).containsExactly(1, 2);
  }

  @Test
  @DisplayName("R-166 a direct transfer names the sender's bytes themselves")
  void aDirectTransferNamesTheSendersBytes() {
    try (IoMemory memory = IoMemory.allocate(64)) {
      frame.fillRead(memory, 8, 16, 0, false);
      assertThat(frame.outputAddress()).isEqualTo(memory.address() + 8);
      assertThat(frame.outputSegment()).isEqualTo(memory.segment());
      assertThat(frame.outputBase()).isEqualTo(8);
      frame.copyBack(16);
      frame.release();
    }
  }

  @Test
  @DisplayName("R-138, R-153 a frame holds one reference, and gives it back when it is filled anew")
  void aFrameHoldsOneReference() {
    IoMemory first = IoMemory.allocate(16);
    IoMemory second = IoMemory.allocate(16);
    frame.fillRead(first, 0, 16, 0, false);
    assertThat(first.references()).isEqualTo(2);
    frame.fillRead(first, 4, 4, 0, false);
    assertThat(first.references()).as("the same memory again").isEqualTo(2);
    frame.fillWrite(second, 0, 16, 0, false);
    assertThat(first.references()).isEqualTo(1);
    assertThat(second.references()).isEqualTo(2);
    frame.fillControl(RequestType.DEVICE_CONTROL, CODE, first, 0, 16, first, 0, 16, false);
    assertThat(first.references()).as("input and output").isEqualTo(3);
    frame.fillOthers(CODE, "a", "b", "c");
    assertThat(first.references()).isEqualTo(1);
    assertThat(second.references()).isEqualTo(1);
    frame.release();
    assertThat(frame.type()).isEqualTo(RequestType.NO_FORMAT);
    assertThat(frame.argument1()).isNull();
    first.close();
    second.close();
  }

  @Test
  void onlyControlsHaveACode() {
    frame.fillRead(IoMemory.none(), 0, 0, 0, false);
    assertThatIllegalStateException().isThrownBy(frame::controlCode);
    frame.fillOthers(CODE, null, null, null);
    assertThat(frame.controlCode()).isEqualTo(CODE);
  }

  @Test
  void theSystemBufferGrowsAndStaysAligned() {
    assertThat(frame.systemBuffer(10).byteSize()).isGreaterThanOrEqualTo(10);
    assertThat(frame.systemBuffer(5000).byteSize()).isGreaterThanOrEqualTo(5000);
    assertThat(frame.systemBuffer(5000).address() % 4096).isZero();
    assertThat(frame.systemBuffer(1)).isSameAs(frame.systemBuffer(5000));
  }

  @Test
  @DisplayName("R-105 a packet that is not at a device is not completed")
  void aPacketIsCompletedOnce() {
    assertThatIllegalStateException()
        .isThrownBy(() -> packet.complete(IoStatus.SUCCESS, 0))
        .withMessageContaining("twice");
  }
}
