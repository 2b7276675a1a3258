package dev.ioreq.linux.device;

import static dev.ioreq.linux.device.Wholes.MEBIBYTE;
import static dev.ioreq.linux.device.Wholes.expectPattern;
import static dev.ioreq.linux.device.Wholes.failure;
import static dev.ioreq.linux.device.Wholes.pattern;
import static dev.ioreq.linux.device.Wholes.read;
import static dev.ioreq.linux.device.Wholes.write;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
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
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.Statx;
import dev.ioreq.linux.control.LinuxControl;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.LoopDevice;
import dev.ioreq.testkit.Recorder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("device")
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class BlockDeviceTargetIT {
  private static final long SIZE = 80 * MEBIBYTE;
  private static final int SECTOR = 512;

  private final LoopDevice loop;

  BlockDeviceTargetIT() throws IOException {
    RingTargets.needsRing();
    loop = LoopDevice.create(SIZE);
  }

  @BeforeEach
  void isThere() {
    assertThat(loop.path()).exists();
  }

  @AfterEach
  void close() throws IOException {
    loop.close();
  }

  private IoTarget open(boolean isDirect) throws IoRequestException {
    OpenOptions options = OpenOptions.of(Access.READ_WRITE);
    return RingTargets.open("block:" + loop.path(), isDirect ? options.withDirect() : options);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneRequestMovesSixtyFourMebibytes(boolean isDirect) throws IoRequestException {
    try (IoTarget target = open(isDirect);
        IoMemory written = pattern(4096, 64 * MEBIBYTE);
        IoMemory read = IoMemory.allocate(64 * MEBIBYTE)) {
      assertThat(target.sendWriteSynchronously(written, 4096)).isEqualTo(64 * MEBIBYTE);
      assertThat(target.sendReadSynchronously(read, 4096)).isEqualTo(64 * MEBIBYTE);
      expectPattern(read, 4096, 64 * MEBIBYTE);
    }
  }

  /// Its node is in a file system in memory, its bytes are not: who sends does not wait for them.
  @Test
  void whatItCannotDoAtOnceIsLeftToTheRing() throws IOException, InterruptedException {
    RingEngine engine = RingTargets.engine(RingConfig.defaults());
    String name = "block:" + loop.path();
    try (IoTarget target = RingTargets.open(name, OpenOptions.of(Access.READ_WRITE), engine);
        IoMemory memory = pattern(0, MEBIBYTE)) {
      for (int sent = 1; sent <= 3; sent++) {
        assertThat(write(target, memory, 0).information()).isEqualTo(MEBIBYTE);
        assertThat(engine.taken()).isEqualTo(sent);
      }
    } finally {
      engine.end();
    }
  }

  @Test
  void aBarePathIsTheBlockDevice() throws IoRequestException {
    try (IoTarget target = IoTarget.open(loop.path().toString(), Access.READ)) {
      assertThat(target.info().kind()).isEqualTo("block");
      assertThat(target.info().engine()).isEqualTo("ring");
      assertThat(target.info().sizeBytes()).isEqualTo(SIZE);
    }
  }

  @Test
  void theAlignmentIsWhatTheKernelSays() throws IoRequestException {
    try (IoTarget target = open(true);
        IoMemory answer = IoMemory.allocate(4);
        Arena arena = Arena.ofConfined()) {
      Statx statx = new Statx(arena);
      int result =
          FileCalls.statx(
              FileCalls.AT_FDCWD,
              loop.path().toString(),
              0,
              Statx.STATX_BASIC_STATS | Statx.STATX_DIOALIGN,
              statx);
      assertThat(result).isZero();
      out(target, LinuxControl.BLKSSZGET, answer);
      DeviceInfo info = target.info();
      assertThat(info.blockSizeBytes()).isEqualTo(answer.segment().get(JAVA_INT, 0));
      boolean isTold = statx.has(Statx.STATX_DIOALIGN) && statx.directOffsetAlignmentBytes() != 0;
      assertThat(info.offsetAlignmentBytes())
          .isEqualTo(isTold ? statx.directOffsetAlignmentBytes() : info.blockSizeBytes());
      assertThat(info.memoryAlignmentBytes())
          .isEqualTo(isTold ? statx.directMemoryAlignmentBytes() : info.blockSizeBytes());
    }
  }

  @Test
  void directTransfersAreAlignedOrInvalid() throws IoRequestException {
    try (IoTarget target = open(true);
        IoMemory memory = IoMemory.allocate(8192, 4096);
        IoRequest request = IoRequest.create(target)) {
      int offset = target.info().offsetAlignmentBytes();
      int address = target.info().memoryAlignmentBytes();
      target.formatRead(request, memory, address, offset, offset);
      assertThat(Wholes.outcome(request, target).information()).isEqualTo(offset);
      target.formatRead(request, memory, 0, offset, 1);
      assertThat(Wholes.outcome(request, target).status().errno()).isEqualTo(Errno.EINVAL);
      target.formatWrite(request, memory, 0, offset - 1, 0);
      assertThat(Wholes.outcome(request, target).status().errno()).isEqualTo(Errno.EINVAL);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void transfersStopAtTheEnd(boolean isDirect) throws IoRequestException {
    try (IoTarget target = open(isDirect);
        IoMemory memory = pattern(0, 4 * SECTOR)) {
      Recorder.Call read = read(target, memory, SIZE - SECTOR);
      assertThat(read.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(read.information()).isEqualTo(SECTOR);
      for (long offset : new long[] {SIZE, SIZE + SECTOR, 1L << 40}) {
        assertThat(read(target, memory, offset).status()).isEqualTo(IoStatus.END_OF_FILE);
        Recorder.Call write = write(target, memory, offset);
        assertThat(write.status().errno()).isEqualTo(Errno.ENOSPC);
        assertThat(write.information()).isZero();
      }
      Recorder.Call write = write(target, memory, SIZE - SECTOR);
      assertThat(write.status().errno()).isEqualTo(Errno.ENOSPC);
      assertThat(write.information()).isEqualTo(SECTOR);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"DISCARD", "WRITE_ZEROES"})
  void aRangeBecomesZero(String name) throws IoRequestException {
    ControlCode code =
        name.equals("DISCARD") ? StorageControl.DISCARD : StorageControl.WRITE_ZEROES;
    try (IoTarget target = open(true);
        IoMemory written = IoMemory.allocate(MEBIBYTE);
        IoMemory read = IoMemory.allocate(MEBIBYTE);
        IoMemory range = IoMemory.allocate(StorageControl.RANGE_BYTES)) {
      written.segment().fill((byte) 9);
      target.sendWriteSynchronously(written, 0);
      target.sendDeviceControlSynchronously(StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
      StorageControl.putRange(range, 4096, 65536);
      target.sendDeviceControlSynchronously(code, range, IoMemory.none());
      assertThat(target.sendReadSynchronously(read, 0)).isEqualTo(MEBIBYTE);
      assertThat(read.segment().get(JAVA_BYTE, 4095)).isEqualTo((byte) 9);
      assertThat(read.segment().asSlice(4096, 65536).toArray(JAVA_BYTE)).containsOnly(0);
      assertThat(read.segment().get(JAVA_BYTE, 4096 + 65536)).isEqualTo((byte) 9);
    }
  }

  @Test
  void aRangeThatIsNotOfSectorsIsRefusedByTheDevice() throws IoRequestException {
    try (IoTarget target = open(false);
        IoMemory range = IoMemory.allocate(StorageControl.RANGE_BYTES)) {
      StorageControl.putRange(range, 1, 7);
      for (ControlCode code : List.of(StorageControl.DISCARD, StorageControl.WRITE_ZEROES)) {
        IoStatus status =
            failure(() -> target.sendDeviceControlSynchronously(code, range, IoMemory.none()));
        assertThat(status.errno()).isEqualTo(Errno.EINVAL);
      }
    }
  }

  @Test
  void numbersComeOut() throws IoRequestException {
    try (IoTarget target = open(false);
        IoMemory answer = IoMemory.allocate(8)) {
      assertThat(out(target, LinuxControl.BLKGETSIZE64, answer)).isEqualTo(8);
      assertThat(answer.segment().get(JAVA_LONG, 0)).isEqualTo(SIZE);
      assertThat(out(target, LinuxControl.BLKSSZGET, answer)).isEqualTo(4);
      assertThat(answer.segment().get(JAVA_INT, 0)).isEqualTo(SECTOR);
    }
  }

  @Test
  void aNumberGoesIn() throws IoRequestException {
    try (IoTarget target = open(true);
        IoMemory flag = IoMemory.allocate(4);
        IoMemory memory = IoMemory.allocate(SECTOR)) {
      flag.segment().set(JAVA_INT, 0, 1);
      target.sendDeviceControlSynchronously(LinuxControl.BLKROSET, flag, IoMemory.none());
      assertThat(target.info().isReadOnly()).isTrue();
      assertThat(out(target, LinuxControl.BLKROGET, flag)).isEqualTo(4);
      assertThat(flag.segment().get(JAVA_INT, 0)).isEqualTo(1);
      assertThat(write(target, memory, 0).status().errno()).isEqualTo(Errno.EPERM);
      flag.segment().set(JAVA_INT, 0, 0);
      target.sendDeviceControlSynchronously(LinuxControl.BLKROSET, flag, IoMemory.none());
      assertThat(target.info().isReadOnly()).isFalse();
      assertThat(write(target, memory, 0).information()).isEqualTo(SECTOR);
    }
  }

  @Test
  void codesThatMayBlockRunOnWorkers() throws IoRequestException {
    try (IoTarget target = open(false);
        IoRequest request = IoRequest.create(target)) {
      target.formatDeviceControl(request, LinuxControl.BLKFLSBUF, IoMemory.none(), IoMemory.none());
      Recorder.Call call = Wholes.outcome(request, target);
      assertThat(call.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(call.thread().getName()).startsWith("ioreq-control-");
    }
  }

  @Test
  @DisplayName("R-022 a device opened exclusively is busy for others")
  void aDeviceOpenedExclusivelyIsBusyForOthers() throws IoRequestException {
    OpenOptions exclusive = OpenOptions.of(Access.READ_WRITE).withExclusive();
    String name = "block:" + loop.path();
    try (IoTarget target = IoTarget.open(name, exclusive)) {
      assertThat(target.info().kind()).isEqualTo("block");
      assertThat(failure(() -> IoTarget.open(name, exclusive)).errno()).isEqualTo(Errno.EBUSY);
    }
  }

  private static long out(IoTarget target, ControlCode code, IoMemory output)
      throws IoRequestException {
    return target.sendDeviceControlSynchronously(code, IoMemory.none(), output);
  }
}
