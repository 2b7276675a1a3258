package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.sendAndAwait;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.ControlCode;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Pattern;
import dev.ioreq.RequestType;
import dev.ioreq.StorageControl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The bytes: what a storage target moves, from where and to where.
public interface TransferConformance extends TargetUnderTest {
  @Test
  @DisplayName("R-159, R-160 what is written is read back, with the length as information")
  default void whatIsWrittenIsReadBack() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    IoMemory out = pattern(0, SIZE);
    target.formatWrite(request, out, 0);
    Recorder.Call written = sendAndAwait(request, target);
    assertThat(written.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(written.information()).isEqualTo(SIZE);
    assertThat(written.type()).isEqualTo(RequestType.WRITE);

    IoMemory in = made().memory(SIZE);
    target.formatRead(request, in, 0);
    Recorder.Call read = sendAndAwait(request, target);
    assertThat(read.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(read.information()).isEqualTo(SIZE);
    assertThat(read.type()).isEqualTo(RequestType.READ);
    expectPattern(in, 0, 0, SIZE);
  }

  @Test
  @DisplayName("a flush succeeds and moves nothing")
  default void aFlushSucceeds() throws IoRequestException {
    IoTarget target = patterned();
    assertThat(
            target.sendDeviceControlSynchronously(
                StorageControl.FLUSH, IoMemory.none(), IoMemory.none()))
        .isZero();
  }

  @Test
  @DisplayName("a range is written out, or the target says that it cannot; its bytes stay")
  default void writeOutLeavesTheBytesAlone() throws IoRequestException {
    IoTarget target = patterned();
    IoMemory range = made().memory(StorageControl.RANGE_BYTES);
    StorageControl.putRange(range, 0, SIZE);
    IoRequest request = made().request();
    target.formatDeviceControl(request, StorageControl.WRITE_OUT, range, IoMemory.none());
    Recorder.Call call = sendAndAwait(request, target);
    boolean isKnown = target.info().controlCodes().contains(StorageControl.WRITE_OUT);
    assertThat(call.status()).isEqualTo(isKnown ? IoStatus.SUCCESS : IoStatus.NOT_SUPPORTED);
    assertThat(call.information()).isZero();
    IoMemory in = made().memory(SIZE);
    assertThat(target.sendReadSynchronously(in, 0)).isEqualTo(SIZE);
    expectPattern(in, 0, 0, SIZE);
  }

  @Test
  @DisplayName("R-144 only the window is moved; bytes beside it stay as they are")
  default void onlyTheWindowIsMoved() throws IoRequestException {
    IoTarget target = patterned();
    int unit = unitBytes();
    IoMemory memory = made().memory(8L * unit);
    memory.segment().fill((byte) 0x5A);
    IoRequest request = made().request();
    target.formatRead(request, memory, 2L * unit, 3L * unit, 5L * unit);
    assertThat(sendAndAwait(request, target).information()).isEqualTo(3L * unit);
    expectFilled(memory, 0, 2L * unit, 0x5A);
    expectPattern(memory, 2L * unit, 5L * unit, 3L * unit);
    expectFilled(memory, 5L * unit, 8L * unit, 0x5A);

    memory.segment().fill((byte) 0x11);
    target.formatWrite(request, memory, unit, 2L * unit, 8L * unit);
    assertThat(sendAndAwait(request, target).information()).isEqualTo(2L * unit);
    IoMemory whole = made().memory(SIZE);
    target.sendReadSynchronously(whole, 0);
    expectPattern(whole, 0, 0, 8L * unit);
    expectFilled(whole, 8L * unit, 10L * unit, 0x11);
    expectPattern(whole, 10L * unit, 10L * unit, SIZE - 10L * unit);
  }

  @Test
  @DisplayName("R-134, R-135 a window of length 0 is the rest from its offset on")
  default void aWindowOfLengthZeroIsTheRest() throws IoRequestException {
    IoTarget target = patterned();
    int unit = unitBytes();
    IoMemory memory = made().memory(4L * unit);
    IoRequest request = made().request();
    target.formatRead(request, memory, 0, 0, 0);
    assertThat(sendAndAwait(request, target).information()).isEqualTo(4L * unit);
    target.formatRead(request, memory, unit, 0, 7L * unit);
    assertThat(sendAndAwait(request, target).information()).isEqualTo(3L * unit);
    expectPattern(memory, 0, 0, unit);
    expectPattern(memory, unit, 7L * unit, 3L * unit);
  }

  @Test
  @DisplayName("R-161 no memory is a transfer of no bytes, anywhere")
  default void noMemoryIsATransferOfNoBytes() throws IoRequestException {
    IoTarget target = patterned();
    IoRequest request = made().request();
    for (long offset : new long[] {0, SIZE}) {
      target.formatRead(request, IoMemory.none(), offset);
      Recorder.Call read = sendAndAwait(request, target);
      assertThat(read.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(read.information()).isZero();
      target.formatWrite(request, IoMemory.none(), offset);
      Recorder.Call written = sendAndAwait(request, target);
      assertThat(written.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(written.information()).isZero();
    }
    IoMemory whole = made().memory(SIZE);
    target.sendReadSynchronously(whole, 0);
    expectPattern(whole, 0, 0, SIZE);
  }

  @Test
  @DisplayName("a read over the end is short, one at or behind it is END_OF_FILE")
  default void aReadOverTheEndIsShort() throws IoRequestException {
    IoTarget target = patterned();
    int unit = unitBytes();
    IoMemory memory = made().memory(4L * unit);
    memory.segment().fill((byte) 0x5A);
    IoRequest request = made().request();
    target.formatRead(request, memory, SIZE - unit);
    Recorder.Call call = sendAndAwait(request, target);
    assertThat(call.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(call.information()).isEqualTo(unit);
    expectPattern(memory, 0, SIZE - unit, unit);
    for (long offset : new long[] {SIZE, SIZE + 100L * unit}) {
      target.formatRead(request, memory, offset);
      Recorder.Call behind = sendAndAwait(request, target);
      assertThat(behind.status()).isEqualTo(IoStatus.END_OF_FILE);
      assertThat(behind.information()).isZero();
    }
  }

  @Test
  @DisplayName("sizes and offsets of every kind are read and written")
  default void randomPlacesAndSizes() throws IoRequestException {
    Random random = new Random(SEED);
    IoTarget target = patterned();
    IoRequest request = made().request();
    IoMemory memory = made().memory(SIZE);
    long units = SIZE / unitBytes();
    for (int i = 0; i < 300; i++) {
      long at = random.nextLong(units) * unitBytes();
      long length = (1 + random.nextLong(units - at / unitBytes())) * unitBytes();
      long base = random.nextLong((SIZE - length) / unitBytes() + 1) * unitBytes();
      memory.segment().asSlice(base, length).fill((byte) 0);
      if (random.nextInt(3) == 0) {
        Pattern.fill(SEED, at, memory.segment(), base, length);
        target.formatWrite(request, memory, base, length, at);
      } else {
        target.formatRead(request, memory, base, length, at);
      }
      Recorder.Call call = sendAndAwait(request, target);
      assertThat(call.status()).as("seed %d, turn %d", SEED, i).isEqualTo(IoStatus.SUCCESS);
      assertThat(call.information()).isEqualTo(length);
      expectPattern(memory, base, at, length);
    }
  }

  @Test
  @DisplayName("R-168 buffers on the heap, direct buffers and segments serve as memory")
  default void everyKindOfBufferServes() throws IoRequestException {
    IoTarget target = patterned();
    int length = 16 * unitBytes();
    List<MemorySegment> segments = new ArrayList<>();
    segments.add(MemorySegment.ofBuffer(ByteBuffer.allocate(length)));
    segments.add(MemorySegment.ofBuffer(ByteBuffer.allocate(length + 7).position(7).slice()));
    try (Arena arena = Arena.ofShared()) {
      segments.add(arena.allocate(length, 4096));
      segments.add(
          MemorySegment.ofBuffer(ByteBuffer.allocateDirect(length + 8192).alignedSlice(4096))
              .asSlice(0, length));
      for (MemorySegment segment : segments) {
        try (IoMemory memory = IoMemory.wrap(segment)) {
          assertThat(target.sendReadSynchronously(memory, unitBytes())).isEqualTo(length);
          expectPattern(memory, 0, unitBytes(), length);
          segment.fill((byte) 0x33);
          assertThat(target.sendWriteSynchronously(memory, 0)).isEqualTo(length);
          segment.fill((byte) 0);
          target.sendReadSynchronously(memory, 0);
          expectFilled(memory, 0, length, 0x33);
          target.sendWriteSynchronously(pattern(0, 17L * unitBytes()), 0);
        }
      }
    }
  }

  @Test
  @DisplayName("a buffer that may only be read serves for writing")
  default void readOnlyBuffersAreWritten() throws IoRequestException {
    IoTarget target = target();
    byte[] bytes = new byte[4 * unitBytes()];
    Arrays.fill(bytes, (byte) 0x44);
    try (IoMemory memory = IoMemory.wrap(ByteBuffer.wrap(bytes).asReadOnlyBuffer())) {
      assertThat(target.sendWriteSynchronously(memory, 0)).isEqualTo(bytes.length);
    }
    IoMemory back = made().memory(bytes.length);
    target.sendReadSynchronously(back, 0);
    expectFilled(back, 0, bytes.length, 0x44);
  }

  @Test
  @DisplayName("R-145 a hundred requests in flight read into windows of one memory")
  default void aHundredRequestsInFlight() throws IoRequestException {
    IoTarget target = patterned();
    Random random = new Random(SEED + 1);
    int requests = 100;
    long window = SIZE / 64;
    IoMemory memory = made().memory(requests * window);
    long[] places = new long[requests];
    Recorder recorder = new Recorder();
    for (int i = 0; i < requests; i++) {
      places[i] = random.nextLong((SIZE - window) / unitBytes() + 1) * unitBytes();
      IoRequest request = made().request();
      target.formatRead(request, memory, i * window, window, places[i]);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
    }
    recorder.await(requests);
    assertThat(recorder.count()).isEqualTo(requests);
    assertThat(recorder.order()).doesNotHaveDuplicates();
    for (int i = 0; i < requests; i++) {
      assertThat(recorder.calls().get(i).status()).isEqualTo(IoStatus.SUCCESS);
      expectPattern(memory, i * window, places[i], window);
    }
  }

  @Test
  @DisplayName("R-357, R-145 one memory is written to several targets at the same time")
  default void oneMemoryIsWrittenToSeveralTargets() throws IoRequestException {
    IoMemory memory = pattern(0, SIZE);
    List<IoTarget> targets = List.of(target(), target(), target());
    Recorder recorder = new Recorder();
    for (IoTarget target : targets) {
      IoRequest request = made().request();
      target.formatWrite(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
    }
    recorder.await(targets.size());
    assertThat(recorder.calls())
        .allMatch(call -> call.status().equals(IoStatus.SUCCESS))
        .allMatch(call -> call.information() == SIZE)
        .extracting(Recorder.Call::target)
        .containsExactlyInAnyOrderElementsOf(targets);
    for (IoTarget target : targets) {
      IoMemory back = made().memory(SIZE);
      assertThat(target.sendReadSynchronously(back, 0)).isEqualTo(SIZE);
      expectPattern(back, 0, 0, SIZE);
    }
  }

  @Test
  @DisplayName("a transfer of some MiB is moved whole")
  default void aLargeTransferIsMovedWhole() throws IoRequestException {
    long size = (5L << 20) + 4096;
    IoTarget target = made().track(open(size));
    assertThat(target.sendWriteSynchronously(pattern(0, size), 0)).isEqualTo(size);
    IoMemory back = made().memory(size);
    assertThat(target.sendReadSynchronously(back, 0)).isEqualTo(size);
    expectPattern(back, 0, 0, size);
  }

  @Test
  @DisplayName("R-138, R-139 memory closed after the format still serves, and is freed by reuse")
  default void memoryClosedAfterTheFormatStillServes() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    IoMemory memory = IoMemory.allocate(4096);
    MemorySegment.Scope scope = memory.segment().scope();
    memory.segment().fill((byte) 0x77);
    target.formatWrite(request, memory, 0);
    memory.close();
    assertThat(sendAndAwait(request, target).information()).isEqualTo(4096);
    assertThat(scope.isAlive()).as("completion alone does not release").isTrue();
    request.reuse();
    assertThat(scope.isAlive()).isFalse();
    IoMemory back = made().memory(4096);
    target.sendReadSynchronously(back, 0);
    expectFilled(back, 0, 4096, 0x77);
  }

  @Test
  @DisplayName("a control code that the target does not know ends with an error, once")
  default void anUnknownControlCodeEndsWithAnError() throws IoRequestException {
    IoTarget target = target();
    IoRequest request = made().request();
    ControlCode code = ControlCode.of("UNKNOWN", 0x7FFE, 0x7A5, BufferMethod.BUFFERED, 0);
    target.formatDeviceControl(request, code, IoMemory.none(), IoMemory.none());
    Recorder.Call call = sendAndAwait(request, target);
    assertThat(call.status().isError()).as("%s", call.status()).isTrue();
    assertThat(call.type()).isEqualTo(RequestType.DEVICE_CONTROL);
    target.formatInternalDeviceControl(request, code, IoMemory.none(), IoMemory.none());
    assertThat(sendAndAwait(request, target).status().isError()).isTrue();
    target.formatInternalDeviceControlOthers(request, code, "a", null, 4);
    assertThat(sendAndAwait(request, target).status().isError()).isTrue();
  }
}
