package dev.ioreq.linux.device;

import static dev.ioreq.linux.device.Wholes.MEBIBYTE;
import static dev.ioreq.linux.device.Wholes.expectPattern;
import static dev.ioreq.linux.device.Wholes.failure;
import static dev.ioreq.linux.device.Wholes.pattern;
import static dev.ioreq.linux.device.Wholes.read;
import static dev.ioreq.linux.device.Wholes.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.ControlCode;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.StorageControl;
import dev.ioreq.linux.abi.CacheState;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.Statx;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.engine.ThisProcess;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Requirement;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class FileDeviceTest {
  private static final int PAGE = 4096;

  @TempDir private Path folder;

  private OpenOptions options(boolean isDirect) {
    OpenOptions options = OpenOptions.of(Access.READ_WRITE).withCreate();
    return isDirect ? options.withDirect() : options;
  }

  private IoTarget open(boolean isDirect) throws IoRequestException {
    return RingTargets.open("file:" + folder.resolve("data"), options(isDirect));
  }

  private Path file(int sizeBytes) throws IOException {
    byte[] content = new byte[sizeBytes];
    Arrays.fill(content, (byte) 9);
    return Files.write(folder.resolve("data"), content);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneRequestMovesSixtyFourMebibytes(boolean isDirect) throws IoRequestException {
    try (IoTarget target = open(isDirect);
        IoMemory written = pattern(PAGE, 64 * MEBIBYTE);
        IoMemory read = IoMemory.allocate(64 * MEBIBYTE)) {
      assertThat(target.sendWriteSynchronously(written, PAGE)).isEqualTo(64 * MEBIBYTE);
      assertThat(target.sendReadSynchronously(read, PAGE)).isEqualTo(64 * MEBIBYTE);
      expectPattern(read, PAGE, 64 * MEBIBYTE);
      assertThat(target.info().sizeBytes()).isEqualTo(64 * MEBIBYTE + PAGE);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReadAcrossTheEndIsShort(boolean isDirect) throws IOException {
    file(PAGE + 904);
    try (IoTarget target = open(isDirect);
        IoMemory memory = IoMemory.allocate(4 * PAGE)) {
      memory.segment().fill((byte) 0x5A);
      Recorder.Call call = read(target, memory, 0);
      assertThat(call.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(call.information()).isEqualTo(PAGE + 904);
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, PAGE + 903)).isEqualTo((byte) 9);
      if (!isDirect) { // direct I/O may fill up the window
        assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, PAGE + 904)).isEqualTo((byte) 0x5A);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReadAtOrBehindTheEndIsEndOfFile(boolean isDirect) throws IOException {
    file(PAGE);
    try (IoTarget target = open(isDirect);
        IoMemory memory = IoMemory.allocate(PAGE)) {
      for (long offset : new long[] {PAGE, 100L * PAGE, 1L << 40}) {
        Recorder.Call call = read(target, memory, offset);
        assertThat(call.status()).isEqualTo(IoStatus.END_OF_FILE);
        assertThat(call.information()).isZero();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWriteBehindTheEndMakesTheFileLonger(boolean isDirect) throws IoRequestException {
    try (IoTarget target = open(isDirect);
        IoMemory memory = pattern(8L * PAGE, PAGE)) {
      assertThat(write(target, memory, 8L * PAGE).status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(target.info().sizeBytes()).isEqualTo(9L * PAGE);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTransferOfNothingSucceeds(boolean isDirect) throws IoRequestException {
    try (IoTarget target = open(isDirect)) {
      assertThat(read(target, IoMemory.none(), 0).status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(write(target, IoMemory.none(), 0).information()).isZero();
    }
  }

  @Test
  void memoryOfTheJavaHeapIsCarriedThrough() throws IoRequestException {
    byte[] content = {1, 2, 3, 4};
    byte[] read = new byte[4];
    try (IoTarget target = open(false);
        IoMemory from = IoMemory.wrap(ByteBuffer.wrap(content));
        IoMemory to = IoMemory.wrap(ByteBuffer.wrap(read))) {
      assertThat(target.sendWriteSynchronously(from, 1)).isEqualTo(4);
      assertThat(target.sendReadSynchronously(to, 1)).isEqualTo(4);
      assertThat(read).isEqualTo(content);
    }
  }

  @Test
  void theAlignmentIsWhatTheKernelSays() throws IOException {
    Path file = file(PAGE);
    try (IoTarget target = open(true);
        Arena arena = Arena.ofConfined()) {
      Statx statx = new Statx(arena);
      int result =
          FileCalls.statx(
              FileCalls.AT_FDCWD,
              file.toString(),
              0,
              Statx.STATX_BASIC_STATS | Statx.STATX_DIOALIGN,
              statx);
      assertThat(result).isZero();
      DeviceInfo info = target.info();
      assertThat(info.isDirect()).isTrue();
      assertThat(info.blockSizeBytes()).isEqualTo(statx.blockSizeBytes());
      Requirement.needs(
          "STATX_DIOALIGN",
          statx.has(Statx.STATX_DIOALIGN) && statx.directOffsetAlignmentBytes() > 0,
          "Linux before 6.1, or a file system that does not tell");
      assertThat(info.memoryAlignmentBytes()).isEqualTo(statx.directMemoryAlignmentBytes());
      assertThat(info.offsetAlignmentBytes()).isEqualTo(statx.directOffsetAlignmentBytes());
    }
    try (IoTarget cached = open(false)) {
      assertThat(cached.info().isDirect()).isFalse();
      assertThat(cached.info().memoryAlignmentBytes()).isEqualTo(1);
      assertThat(cached.info().offsetAlignmentBytes()).isEqualTo(1);
    }
  }

  @Test
  void directTransfersAreAlignedOrInvalid() throws IOException {
    file(4 * PAGE);
    try (IoTarget target = open(true);
        IoMemory memory = IoMemory.allocate(2 * PAGE, PAGE);
        IoRequest request = IoRequest.create(target)) {
      DeviceInfo info = target.info();
      int offset = info.offsetAlignmentBytes();
      int address = info.memoryAlignmentBytes();

      target.formatRead(request, memory, address, offset, offset);
      assertThat(Wholes.outcome(request, target).information()).isEqualTo(offset);

      target.formatRead(request, memory, 0, offset, 1);
      assertThat(Wholes.outcome(request, target).status().errno()).isEqualTo(Errno.EINVAL);
      target.formatRead(request, memory, 0, offset + 1, 0);
      assertThat(Wholes.outcome(request, target).status().errno()).isEqualTo(Errno.EINVAL);
      target.formatWrite(request, memory, 0, offset + 1, 0);
      assertThat(Wholes.outcome(request, target).status().errno()).isEqualTo(Errno.EINVAL);

      // some kernels take any address and copy
      target.formatRead(request, memory, 1, offset, 0);
      Recorder.Call call = Wholes.outcome(request, target);
      assertThat(call.status().errno() == Errno.EINVAL || call.information() == offset)
          .as("%s", call)
          .isTrue();
    }
  }

  @Test
  void flushSucceeds() throws IoRequestException {
    try (IoTarget target = open(false);
        IoMemory memory = pattern(0, PAGE)) {
      target.sendWriteSynchronously(memory, 0);
      assertThat(control(target, StorageControl.FLUSH, 0, 0).status()).isEqualTo(IoStatus.SUCCESS);
    }
  }

  @Test
  void writeOutBeginsWhatTheFlushWouldDo() throws IOException {
    int pages = (int) (MEBIBYTE / PAGE);
    Path file = file((int) MEBIBYTE);
    try (IoTarget target = open(false);
        IoMemory memory = IoMemory.allocate(MEBIBYTE)) {
      target.sendDeviceControlSynchronously(StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
      Requirement.needs(
          "a file system that writes back",
          CacheState.dirtyPages(file, 0, MEBIBYTE) == 0,
          "pages stay dirty after a flush, or the kernel is older than Linux 6.5");
      target.sendWriteSynchronously(memory, 0);
      assertThat(CacheState.dirtyPages(file, 0, MEBIBYTE)).isEqualTo(pages);
      Recorder.Call call = control(target, StorageControl.WRITE_OUT, 0, MEBIBYTE / 2);
      assertThat(call.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(call.information()).isZero();
      assertThat(CacheState.dirtyPages(file, 0, MEBIBYTE / 2)).isZero();
    }
  }

  /// The kernel takes at most 4 GiB less a byte at a time.
  @Test
  void writeOutOfALongRangeIsCarriedOnToItsEnd() throws IOException {
    long end = 9L << 30;
    Path file = file(PAGE);
    try (IoTarget target = open(false);
        IoMemory memory = IoMemory.allocate(PAGE)) {
      target.sendWriteSynchronously(memory, end - PAGE);
      Requirement.needs(
          "cachestat",
          CacheState.dirtyPages(file, end - PAGE, PAGE) == 1,
          "the kernel is older than Linux 6.5, or the file system does not write back");
      assertThat(control(target, StorageControl.WRITE_OUT, 0, end).status())
          .isEqualTo(IoStatus.SUCCESS);
      assertThat(CacheState.dirtyPages(file, end - PAGE, PAGE)).isZero();
    }
  }

  @Test
  void discardMakesAHole() throws IOException {
    Path file = file((int) MEBIBYTE);
    try (IoTarget target = open(false);
        IoMemory read = IoMemory.allocate(3 * PAGE)) {
      target.sendDeviceControlSynchronously(StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
      long before = blocks(file);
      Recorder.Call call = control(target, StorageControl.DISCARD, PAGE, MEBIBYTE / 2);
      assertThat(call.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(call.information()).isZero();
      assertThat(blocks(file)).isLessThanOrEqualTo(before - MEBIBYTE / 2 / 512);
      assertThat(Files.size(file)).isEqualTo(MEBIBYTE);
      target.sendReadSynchronously(read, 0);
      assertBytes(read, 0, PAGE, 9);
      assertBytes(read, PAGE, 3 * PAGE, 0);
    }
  }

  @Test
  void writeZeroesLeavesWhatIsAround() throws IOException {
    Path file = file(4 * PAGE);
    try (IoTarget target = open(false);
        IoMemory read = IoMemory.allocate(4 * PAGE)) {
      assertThat(control(target, StorageControl.WRITE_ZEROES, 100, PAGE).status())
          .isEqualTo(IoStatus.SUCCESS);
      target.sendReadSynchronously(read, 0);
      assertBytes(read, 0, 100, 9);
      assertBytes(read, 100, 100 + PAGE, 0);
      assertBytes(read, 100 + PAGE, 4 * PAGE, 9);
      assertThat(Files.size(file)).isEqualTo(4 * PAGE);
    }
  }

  @Test
  void aRangeThatIsNoneIsRefused() throws IOException {
    file(PAGE);
    try (IoTarget target = open(false);
        IoMemory small = IoMemory.allocate(8);
        IoRequest request = IoRequest.create(target)) {
      assertThat(control(target, StorageControl.DISCARD, -1, 8).status())
          .isEqualTo(IoStatus.INVALID_PARAMETER);
      assertThat(control(target, StorageControl.WRITE_ZEROES, 1, Long.MAX_VALUE).status())
          .isEqualTo(IoStatus.INVALID_PARAMETER);
      assertThat(control(target, StorageControl.DISCARD, 0, 0).status())
          .isEqualTo(IoStatus.SUCCESS);
      assertThat(control(target, StorageControl.WRITE_OUT, -1, 8).status())
          .isEqualTo(IoStatus.INVALID_PARAMETER);
      assertThat(control(target, StorageControl.WRITE_OUT, 0, 0).status())
          .isEqualTo(IoStatus.SUCCESS);
      target.formatDeviceControl(request, StorageControl.DISCARD, small, IoMemory.none());
      assertThat(Wholes.outcome(request, target).status()).isEqualTo(IoStatus.BUFFER_TOO_SMALL);
    }
  }

  @Test
  void whatTheTargetWasNotOpenedForIsDenied() throws IOException {
    Path file = file(PAGE);
    try (IoTarget reader = RingTargets.open("file:" + file, Access.READ);
        IoTarget writer = RingTargets.open("file:" + file, Access.WRITE);
        IoMemory memory = IoMemory.allocate(8)) {
      assertThat(write(reader, memory, 0).status()).isEqualTo(IoStatus.ACCESS_DENIED);
      assertThat(read(writer, memory, 0).status()).isEqualTo(IoStatus.ACCESS_DENIED);
      assertThat(control(reader, StorageControl.DISCARD, 0, 8).status())
          .isEqualTo(IoStatus.ACCESS_DENIED);
      assertThat(control(reader, StorageControl.WRITE_OUT, 0, 8).status())
          .isEqualTo(IoStatus.ACCESS_DENIED);
      assertThat(control(reader, StorageControl.FLUSH, 0, 0).status()).isEqualTo(IoStatus.SUCCESS);
    }
  }

  @Test
  void aFileSystemThatCannotSaysSo() throws IOException {
    Path memoryFolder = Path.of("/dev/shm");
    Requirement.needs("tmpfs", Files.isWritable(memoryFolder), "/dev/shm is not writable");
    Path file = Files.createTempFile(memoryFolder, "ioreq", ".img");
    try (IoTarget target = RingTargets.open("file:" + file, Access.READ_WRITE);
        IoMemory written = pattern(0, PAGE);
        IoMemory read = IoMemory.allocate(PAGE)) {
      assertThat(write(target, written, 0).information()).isEqualTo(PAGE);
      assertThat(read(target, read, 0).information()).isEqualTo(PAGE);
      expectPattern(read, 0, PAGE);
      assertThat(control(target, StorageControl.WRITE_ZEROES, 0, PAGE).status())
          .isEqualTo(IoStatus.NOT_SUPPORTED);
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void aNameThatDoesNotFitIsRefusedWithTheErrorNumber() throws IOException {
    RingTargets.needsRing();
    Path file = file(1);
    assertThat(failure(() -> IoTarget.open("file:" + folder, Access.READ)).errno())
        .isEqualTo(Errno.EISDIR);
    assertThat(failure(() -> IoTarget.open("file:" + folder + "/none", Access.READ)).errno())
        .isEqualTo(Errno.ENOENT);
    assertThat(failure(() -> IoTarget.open("block:" + file, Access.READ)).errno())
        .isEqualTo(Errno.ENOTBLK);
    assertThat(failure(() -> IoTarget.open("char:" + file, Access.READ)).errno())
        .isEqualTo(Errno.ENODEV);
    assertThat(failure(() -> IoTarget.open("pipe:" + file, Access.READ)).errno())
        .isEqualTo(Errno.ENODEV);
    assertThat(failure(() -> IoTarget.open("file:" + file, options(false).withExclusive())).errno())
        .isEqualTo(Errno.EEXIST);
  }

  @Test
  void anOpenThatIsRefusedLeavesNoDescriptor() throws IOException {
    RingTargets.needsRing();
    Path file = file(1);
    int before = ThisProcess.descriptors();
    for (int i = 0; i < 50; i++) {
      failure(() -> IoTarget.open("block:" + file, Access.READ));
      failure(() -> IoTarget.open("file:" + folder, Access.READ));
    }
    assertThat(ThisProcess.descriptors()).isEqualTo(before);
  }

  private static Recorder.Call control(
      IoTarget target, ControlCode code, long offset, long length) {
    try (IoMemory range = IoMemory.allocate(StorageControl.RANGE_BYTES);
        IoRequest request = IoRequest.create(target)) {
      StorageControl.putRange(range, offset, length);
      boolean isFlush = code.equals(StorageControl.FLUSH);
      target.formatDeviceControl(request, code, isFlush ? IoMemory.none() : range, IoMemory.none());
      return Wholes.outcome(request, target);
    }
  }

  private static long blocks(Path file) throws IOException {
    return Long.parseLong(Requirement.run("stat", List.of("stat", "-c", "%b", file.toString())));
  }

  private static void assertBytes(IoMemory memory, int from, int to, int value) {
    byte[] expected = new byte[to - from];
    Arrays.fill(expected, (byte) value);
    assertThat(memory.segment().asSlice(from, to - from).toArray(ValueLayout.JAVA_BYTE))
        .isEqualTo(expected);
  }
}
