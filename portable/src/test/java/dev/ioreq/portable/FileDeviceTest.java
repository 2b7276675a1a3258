package dev.ioreq.portable;

import static dev.ioreq.portable.Targets.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.BufferMethod;
import dev.ioreq.ControlCode;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.Pattern;
import dev.ioreq.RequestType;
import dev.ioreq.StorageControl;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Requirement;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileDeviceTest {
  private static final long SEED = 42;

  @TempDir private Path directory;

  @Test
  void whatIsWrittenIsReadBackInPieces() throws IOException {
    long size = (20 << 20) + 4321; // more than two pieces
    try (IoTarget target = open(new byte[0], Access.READ_WRITE);
        IoMemory out = IoMemory.allocate(size);
        IoMemory in = IoMemory.allocate(size)) {
      Pattern.fill(SEED, 7, out.segment(), 0, size);
      assertThat(target.sendWriteSynchronously(out, 7)).isEqualTo(size);
      assertThat(target.sendReadSynchronously(in, 7)).isEqualTo(size);
      assertThat(Pattern.agreeing(SEED, 7, in.segment(), 0, size)).isEqualTo(size);
    }
  }

  @Test
  void aReadOverTheEndIsShortAndOneBehindItIsEndOfFile() throws IOException {
    try (IoTarget target = open(new byte[1000], Access.READ);
        IoMemory memory = IoMemory.allocate(512)) {
      assertThat(target.sendReadSynchronously(memory, 900)).isEqualTo(100);
      for (long offset : new long[] {1000, 1 << 20}) {
        assertThat(failure(() -> target.sendReadSynchronously(memory, offset)).status())
            .isEqualTo(IoStatus.END_OF_FILE);
      }
    }
  }

  @Test
  void aPlaceBeyondWhatTheKernelCountsIsItsError() throws IOException {
    try (IoTarget target = open(new byte[10], Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(512)) {
      assertThat(failure(() -> target.sendWriteSynchronously(memory, 1L << 60)).status().name())
          .isEqualTo("EFBIG");
      assertThat(
              failure(() -> target.sendWriteSynchronously(memory, Long.MAX_VALUE)).status().name())
          .isEqualTo("EINVAL");
    }
  }

  @Test
  void accessThatWasNotGivenIsDenied() throws IOException {
    try (IoTarget reading = open(new byte[10], Access.READ);
        IoTarget writing = open(new byte[10], Access.WRITE);
        IoMemory memory = IoMemory.allocate(4)) {
      assertThat(failure(() -> reading.sendWriteSynchronously(memory, 0)).status())
          .isEqualTo(IoStatus.ACCESS_DENIED);
      assertThat(failure(() -> writing.sendReadSynchronously(memory, 0)).status())
          .isEqualTo(IoStatus.ACCESS_DENIED);
      assertThat(control(reading, StorageControl.WRITE_ZEROES, 0, 1))
          .isEqualTo(IoStatus.ACCESS_DENIED);
      assertThat(writing.sendWriteSynchronously(memory, 3)).isEqualTo(4);
    }
  }

  @Test
  void nothingIsMovedSuccessfullyAnywhere() throws IOException {
    try (IoTarget target = open(new byte[10], Access.READ_WRITE)) {
      assertThat(target.sendReadSynchronously(IoMemory.none(), 1000)).isZero();
      assertThat(target.sendWriteSynchronously(IoMemory.none(), 1000)).isZero();
      assertThat(target.info().sizeBytes()).isEqualTo(10);
    }
  }

  @Test
  void memoryOfTheHeapOfEveryKindServes() throws IOException {
    try (IoTarget target = open(new byte[0], Access.READ_WRITE)) {
      long[] words = new long[100];
      Arrays.setAll(words, i -> Pattern.word(SEED, i));
      try (IoMemory memory = IoMemory.wrap(MemorySegment.ofArray(words))) {
        assertThat(target.sendWriteSynchronously(memory, 0)).isEqualTo(800);
      }
      ByteBuffer buffer = ByteBuffer.allocate(800);
      try (IoMemory memory = IoMemory.wrap(buffer)) {
        assertThat(target.sendReadSynchronously(memory, 0)).isEqualTo(800);
        assertThat(Pattern.agreeing(SEED, 0, memory.segment(), 0, 800)).isEqualTo(800);
      }
    }
  }

  @Test
  void memoryThatIsFreedIsABadAddress() throws IOException {
    try (IoTarget target = open(new byte[1000], Access.READ_WRITE);
        IoRequest request = IoRequest.create(target)) {
      IoMemory memory;
      try (Arena arena = Arena.ofShared()) {
        memory = IoMemory.wrap(arena.allocate(100));
      }
      target.formatWrite(request, memory, 0);
      assertThat(Targets.await(request, target).status().name()).isEqualTo("EFAULT");
      target.formatRead(request, memory, 0);
      assertThat(Targets.await(request, target).status().name()).isEqualTo("EFAULT");
      request.reuse();
    }
  }

  @Test
  void controlCodesEndAsTheEngineCan() throws IOException {
    byte[] ones = new byte[10_000];
    Arrays.fill(ones, (byte) 1);
    try (IoTarget target = open(ones, Access.READ_WRITE);
        IoMemory back = IoMemory.allocate(12_000)) {
      assertThat(control(target, StorageControl.WRITE_ZEROES, 100, 5000))
          .isEqualTo(IoStatus.SUCCESS);
      Arrays.fill(ones, 100, 5100, (byte) 0);
      assertThat(target.sendReadSynchronously(back, 0)).isEqualTo(10_000);
      assertThat(back.segment().asSlice(0, 10_000).mismatch(MemorySegment.ofArray(ones)))
          .isEqualTo(-1);
      assertThat(control(target, StorageControl.WRITE_ZEROES, 9_000, 3_000_000))
          .isEqualTo(IoStatus.SUCCESS);
      assertThat(target.info().sizeBytes()).isEqualTo(3_009_000);

      assertThat(control(target, StorageControl.FLUSH, 0, 0)).isEqualTo(IoStatus.SUCCESS);
      assertThat(control(target, StorageControl.DISCARD, 0, 10)).isEqualTo(IoStatus.NOT_SUPPORTED);
      assertThat(control(target, StorageControl.WRITE_OUT, 0, 10))
          .isEqualTo(IoStatus.NOT_SUPPORTED);
      assertThat(control(target, StorageControl.WRITE_ZEROES, -1, 10))
          .isEqualTo(IoStatus.INVALID_PARAMETER);
      assertThat(control(target, StorageControl.WRITE_ZEROES, Long.MAX_VALUE, 10))
          .isEqualTo(IoStatus.INVALID_PARAMETER);
      assertThat(control(target, StorageControl.WRITE_ZEROES, 5, 0)).isEqualTo(IoStatus.SUCCESS);
      assertThat(
              failure(() ->
                      target.sendDeviceControlSynchronously(
                          StorageControl.WRITE_ZEROES, IoMemory.none(), IoMemory.none()))
                  .status())
          .isEqualTo(IoStatus.BUFFER_TOO_SMALL);
      assertThat(control(target, ControlCode.linux("BLKFLSBUF", 0x1261), 0, 0))
          .isEqualTo(IoStatus.NOT_SUPPORTED);
      assertThat(control(target, ControlCode.of("X", 77, 7, BufferMethod.BUFFERED, 0), 0, 0))
          .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    }
  }

  @Test
  void internalDeviceControlIsNoRequestForAFile() throws IOException {
    ControlCode code = StorageControl.FLUSH;
    try (IoTarget target = open(new byte[10], Access.READ_WRITE);
        IoRequest request = IoRequest.create(target)) {
      target.formatInternalDeviceControl(request, code, IoMemory.none(), IoMemory.none());
      assertThat(Targets.await(request, target).status())
          .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
      target.formatInternalDeviceControlOthers(request, code, "a", null, "b");
      Recorder.Call call = Targets.await(request, target);
      assertThat(call.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
      assertThat(call.type()).isEqualTo(RequestType.INTERNAL_DEVICE_CONTROL_OTHERS);
    }
  }

  @Test
  void directTransfersMustBeAligned() throws IOException {
    Path file = Files.write(directory.resolve("direct"), pattern(10_000));
    OpenOptions options = OpenOptions.of(Access.READ_WRITE).withEngine("portable").withDirect();
    IoTarget opened = null;
    try {
      opened = IoTarget.open("file:" + file, options);
    } catch (dev.ioreq.IoRequestException e) {
      throw Requirement.missing("direct I/O in " + directory, e.toString());
    }
    try (IoTarget target = opened;
        IoMemory memory = IoMemory.allocate(32_768)) {
      assertThat(target.info().isDirect()).isTrue();
      int unit = target.info().offsetAlignmentBytes();
      assertThat(unit).isGreaterThan(1).isEqualTo(target.info().memoryAlignmentBytes());
      assertThat(target.sendReadSynchronously(memory, 0)).isEqualTo(10_000);
      assertThat(Pattern.agreeing(SEED, 0, memory.segment(), 0, 10_000)).isEqualTo(10_000);
      assertThat(failure(() -> target.sendReadSynchronously(memory, 3L * unit)).status())
          .isEqualTo(IoStatus.END_OF_FILE);
      assertThat(failure(() -> target.sendReadSynchronously(memory, 1)).status().name())
          .isEqualTo("EINVAL");
      try (IoRequest request = IoRequest.create(target)) {
        target.formatRead(request, memory, 0, unit - 1L, 0);
        assertThat(Targets.await(request, target).status().name()).isEqualTo("EINVAL");
        target.formatWrite(request, memory, 8, unit, 0);
        assertThat(Targets.await(request, target).status().name()).isEqualTo("EINVAL");
      }
      assertThat(target.sendWriteSynchronously(memory, unit)).isEqualTo(32_768);
      assertThat(control(target, StorageControl.WRITE_ZEROES, 1, unit).name()).isEqualTo("EINVAL");
      assertThat(control(target, StorageControl.WRITE_ZEROES, unit, unit))
          .isEqualTo(IoStatus.SUCCESS);
    }
  }

  @Test
  void tenThousandReadsAtRandomPlacesGetTheirBytes() throws IOException {
    int size = 8 << 20;
    int reads = 10_000;
    int inFlight = 64;
    int window = 8192;
    Random places = new Random(SEED);
    AtomicInteger left = new AtomicInteger(reads);
    AtomicInteger wrong = new AtomicInteger();
    Semaphore idle = new Semaphore(0);
    try (IoTarget target = open(pattern(size), Access.READ);
        IoMemory memory = IoMemory.allocate((long) inFlight * window)) {
      IoRequest[] requests = new IoRequest[inFlight];
      for (int i = 0; i < inFlight; i++) {
        requests[i] = IoRequest.create(target);
        next(target, requests[i], memory, i * window, window, places, left, wrong, idle, size);
      }
      dev.ioreq.testkit.Waiting.forPermits("all reads", idle, inFlight);
      for (IoRequest request : requests) {
        request.close();
      }
    }
    assertThat(wrong).as("with seed %d", SEED).hasValue(0);
    assertThat(left.get()).isEqualTo(-inFlight);
  }

  private static void next(
      IoTarget target,
      IoRequest request,
      IoMemory memory,
      int base,
      int window,
      Random places,
      AtomicInteger left,
      AtomicInteger wrong,
      Semaphore idle,
      int size) {
    if (left.decrementAndGet() < 0) {
      idle.release();
      return;
    }
    int at = places.nextInt(size - 1);
    int length = 1 + places.nextInt(window);
    int expected = Math.min(length, size - at);
    target.formatRead(request, memory, base, length, at);
    request.setCompletionRoutine((ended, from, result) -> {
      boolean isRight =
          result.status().equals(IoStatus.SUCCESS)
              && result.information() == expected
              && Pattern.agreeing(SEED, at, memory.segment(), base, expected) == expected;
      if (!isRight) {
        wrong.incrementAndGet();
      }
      next(target, request, memory, base, window, places, left, wrong, idle, size);
    });
    if (!request.send(target)) {
      throw new AssertionError("refused: " + request.status());
    }
  }

  private IoTarget open(byte[] bytes, Access access) throws IOException {
    Path file = Files.write(Files.createTempFile(directory, "file", ""), bytes);
    return Targets.open("file:" + file, access);
  }

  private static byte[] pattern(int size) {
    byte[] bytes = new byte[size];
    Pattern.fill(SEED, 0, MemorySegment.ofArray(bytes), 0, size);
    return bytes;
  }

  private static IoStatus control(IoTarget target, ControlCode code, long offset, long length) {
    try (IoRequest request = IoRequest.create(target);
        IoMemory range = IoMemory.allocate(StorageControl.RANGE_BYTES)) {
      StorageControl.putRange(range, offset, length);
      target.formatDeviceControl(request, code, range, IoMemory.none());
      Recorder.Call call = Targets.await(request, target);
      assertThat(call.information()).isZero();
      return call.status();
    }
  }
}
