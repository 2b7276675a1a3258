package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void aLargeSystemBufferIsNoLargerThanItsPages() {
    assertThat(frame.systemBuffer(40_000).byteSize()).isEqualTo(65_536);
    assertThat(frame.systemBuffer(65_537).byteSize()).isEqualTo(65_536 + 4096);
    assertThat(frame.systemBuffer(17L << 20).byteSize()).isEqualTo(17L << 20);
    assertThat(frame.systemBuffer(17L << 20).address() % 4096).isZero();
  }

  @Test
  void aSmallSystemBufferStaysWhenTheLargeOnesAreLetGo() {
    MemorySegment small = frame.systemBuffer(65_536);
    frame.letGoOfLarge();
    assertThat(frame.systemBuffer(1)).isSameAs(small);
  }

  @Test
  void aLargeSystemBufferThatWasLetGoServesAgainUntilItIsCollected() {
    MemorySegment large = frame.systemBuffer(100_000);
    frame.letGoOfLarge();
    assertThat(frame.systemBuffer(100_000)).isSameAs(large);
    frame.letGoOfLarge();
    assertThat(frame.systemBuffer(10)).isSameAs(large);
  }

  @Test
  @DisplayName("R-105 a packet that is not at a device is not completed")
  void aPacketIsCompletedOnce() {
    assertThatIllegalStateException()
        .isThrownBy(() -> packet.complete(IoStatus.SUCCESS, 0))
        .withMessageContaining("twice");
  }

  /// A device that takes no memory of the Java heap.
  private static final ControlCode DIRECT = ControlCode.of("D", 1, 2, BufferMethod.IN_DIRECT, 0);

  private static byte at(MemorySegment segment, long offset) {
    return segment.get(ValueLayout.JAVA_BYTE, offset);
  }

  @Test
  @DisplayName(
      "R-138 a frame that repeats another gives back its own reference, and never the other's")
  void aBorrowedReferenceIsNotGivenBack() {
    Frame above = new Packet(IoRequest.create(), 1).frameAt(0);
    try (IoMemory lent = IoMemory.allocate(16);
        IoMemory own = IoMemory.allocate(16)) {
      above.fillControl(RequestType.DEVICE_CONTROL, CODE, lent, 0, 16, lent, 0, 16, false);
      List<Runnable> ways =
          List.of(
              () -> frame.fillRead(own, 0, 16, 0, false),
              () -> frame.fillWrite(own, 0, 16, 0, false),
              () -> frame.fillControl(RequestType.READ, CODE, own, 0, 16, own, 0, 16, false),
              () -> frame.fillOthers(CODE, null, null, null),
              frame::release);
      for (Runnable way : ways) {
        frame.fillRead(own, 0, 16, 0, false);
        frame.repeat(above);
        frame.repeat(above);
        assertThat(own.references()).as("its own went").isEqualTo(1);
        way.run();
        assertThat(lent.references()).as("lent").isEqualTo(3);
        frame.release();
        assertThat(own.references()).isEqualTo(1);
      }
      above.release();
    }
  }

  @Test
  @DisplayName("R-138, R-168 a frame that repeats bytes of the Java heap carries them by itself")
  void aRepetitionCarriesHeapMemory() {
    Frame above = new Packet(IoRequest.create(), 1).frameAt(0);
    try (IoMemory lent = IoMemory.wrap(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
        IoMemory own = IoMemory.allocate(16)) {
      above.fillWrite(lent, 1, 3, 512, false);
      frame.repeat(above);
      frame.fit(NativeOnly.DEVICE);
      assertThat(frame.type()).isEqualTo(RequestType.WRITE);
      assertThat(frame.deviceOffset()).isEqualTo(512);
      assertThat(frame.inputLength()).isEqualTo(3);
      assertThat(at(frame.inputSegment(), frame.inputBase())).isEqualTo((byte) 2);
      assertThat(frame.inputAddress()).isNotZero();
      assertThat(above.inputAddress()).as("the one above has none").isEqualTo(1);
      frame.repeat(above);
      assertThat(frame.inputAddress()).isEqualTo(1);
      frame.fit(NativeOnly.DEVICE);
      frame.fillRead(own, 0, 16, 0, false);
      assertThat(lent.references()).as("lent").isEqualTo(2);
      frame.release();
      assertThat(frame.type()).isEqualTo(RequestType.NO_FORMAT);
      above.release();
      assertThat(lent.references()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @DisplayName(
      "R-172 the rest of the buffer behind the input is zeroed, and nothing behind the buffer")
  @CsvSource({"200, 203", "200, 250", "150, 214", "40, 250", "0, 21"})
  void theRestBehindTheInputIsZeroed(int inputLength, int size) {
    byte[] ones = new byte[inputLength];
    Arrays.fill(ones, (byte) 1);
    IoMemory input = inputLength == 0 ? IoMemory.none() : IoMemory.wrap(ByteBuffer.wrap(ones));
    IoMemory output = IoMemory.wrap(ByteBuffer.allocate(size));
    frame.systemBuffer(256).fill((byte) 0x55);
    frame.fillControl(
        RequestType.DEVICE_CONTROL, CODE, input, 0, inputLength, output, 0, size, true);
    byte[] expected = Arrays.copyOf(ones, size + 1);
    expected[size] = 0x55;
    assertThat(frame.outputSegment().asSlice(0, size + 1).toArray(ValueLayout.JAVA_BYTE))
        .isEqualTo(expected);
  }

  @Test
  @DisplayName(
      "R-168 bytes of the Java heap are carried where a device takes none, each way by itself")
  void heapMemoryIsCarried() {
    Device device = NativeOnly.DEVICE;
    IoMemory input = bytes(1, 2, 3);
    IoMemory output = bytes(7, 8, 9, 9);
    frame.fillControl(RequestType.DEVICE_CONTROL, DIRECT, input, 1, 2, output, 0, 4, false);
    frame.fit(device);
    assertThat(at(frame.inputSegment(), frame.inputBase())).isEqualTo((byte) 2);
    assertThat(frame.outputBase()).as("a page of its own").isEqualTo(4096);
    assertThat(frame.outputAddress() - frame.inputAddress()).isEqualTo(4096);
    assertThat(at(frame.outputSegment(), 4096)).as("more input").isEqualTo((byte) 7);
    assertThat(frame.isCopiedBack()).isFalse();
    input.copyFrom(1, new byte[] {5});
    frame.fit(device);
    assertThat(at(frame.inputSegment(), frame.inputBase())).as("carried once").isEqualTo((byte) 2);

    frame.fillRead(output, 0, 4, 0, false);
    frame.fit(device);
    assertThat(frame.outputAddress()).isNotZero();
    assertThat(frame.outputBase()).as("no input").isZero();
    frame.fillWrite(input, 0, 3, 0, false);
    frame.fit(device);
    assertThat(frame.inputAddress()).isNotZero();
    IoMemory page = IoMemory.wrap(ByteBuffer.allocate(4096));
    frame.fillControl(RequestType.DEVICE_CONTROL, DIRECT, page, 0, 4096, output, 0, 4, false);
    frame.fit(device);
    assertThat(frame.outputBase()).as("right behind a whole page").isEqualTo(4096);
  }

  @Test
  @DisplayName("R-166 native bytes, and none, are not carried")
  void nativeMemoryIsNotCarried() {
    Device device = NativeOnly.DEVICE;
    try (IoMemory memory = IoMemory.allocate(16)) {
      frame.fillRead(memory, 0, 16, 0, false);
      frame.fit(device);
      assertThat(frame.outputAddress()).isEqualTo(memory.address());
      frame.fillWrite(memory, 4, 8, 0, false);
      frame.fit(device);
      assertThat(frame.inputAddress()).isEqualTo(memory.address() + 4);
      frame.fillRead(IoMemory.none(), 0, 0, 0, false);
      frame.fit(device);
      assertThat(frame.outputAddress()).isZero();
      frame.release();
    }
  }

  @Test
  @DisplayName("a frame that was a control before has no code and no arguments as a read")
  void anEarlierControlLeavesNothing() {
    IoMemory output = bytes(0, 0, 0, 0);
    frame.fillControl(
        RequestType.DEVICE_CONTROL, DIRECT, IoMemory.none(), 0, 0, output, 0, 4, false);
    frame.fillRead(output, 0, 4, 0, false);
    assertThatIllegalStateException().isThrownBy(frame::controlCode);
    frame.fit(NativeOnly.DEVICE);
    assertThat(frame.isCopiedBack()).as("a read's output is no input").isTrue();
    frame.fillOthers(CODE, "1", "2", "4");
    frame.fillRead(output, 0, 4, 0, false);
    assertThat(frame.argument1()).isNull();
    assertThat(frame.argument2()).isNull();
    assertThat(frame.argument4()).isNull();
    frame.release();
  }

  @Test
  void aFrameKnowsWhetherItsBytesStay() {
    try (Arena arena = Arena.ofShared();
        IoMemory allocated = IoMemory.allocate(16);
        IoMemoryPool pool = new IoMemoryPool(16, 1)) {
      IoMemory wrapped = IoMemory.wrap(arena.allocate(16));
      IoMemory pooled = Objects.requireNonNull(pool.tryTake());
      for (IoMemory memory : List.of(allocated, pooled, wrapped)) {
        boolean isOwned = memory != wrapped;
        frame.fillWrite(memory, 0, 16, 0, false);
        assertThat(frame.ownsInput()).isEqualTo(isOwned);
        frame.fillRead(memory, 0, 16, 0, false);
        assertThat(frame.ownsOutput()).isEqualTo(isOwned);
      }
      frame.fillWrite(wrapped, 0, 16, 0, true);
      assertThat(frame.ownsInput()).as("in a buffer").isTrue();
      frame.fillRead(wrapped, 0, 16, 0, true);
      assertThat(frame.ownsOutput()).as("in a buffer").isTrue();
      frame.release();
      pooled.close();
    }
  }
}
