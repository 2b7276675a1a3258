package dev.ioreq.portable;

import static dev.ioreq.portable.Targets.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.Pattern;
import dev.ioreq.StorageControl;
import dev.ioreq.testkit.LoopDevice;
import dev.ioreq.testkit.Recorder;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("device")
final class LoopDeviceIT {
  private static final long SEED = 5;
  private static final int SIZE = 1 << 20;

  @Test
  void aBlockDeviceIsReadAndWrittenUpToItsEnd() throws IOException {
    try (LoopDevice loop = LoopDevice.create(SIZE);
        IoTarget target = Targets.open(loop.path().toString(), Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(64 << 10);
        IoRequest request = IoRequest.create(target)) {
      DeviceInfo info = target.info();
      assertThat(info.kind()).isEqualTo("block");
      assertThat(info.engine()).isEqualTo("portable");
      assertThat(info.sizeBytes()).isEqualTo(SIZE);
      Pattern.fill(SEED, 1000, memory.segment(), 0, memory.sizeBytes());
      assertThat(target.sendWriteSynchronously(memory, 1000)).isEqualTo(memory.sizeBytes());
      memory.segment().fill((byte) 0);
      assertThat(target.sendReadSynchronously(memory, 1000)).isEqualTo(memory.sizeBytes());
      assertThat(Pattern.agreeing(SEED, 1000, memory.segment(), 0, memory.sizeBytes()))
          .isEqualTo(memory.sizeBytes());

      target.formatWrite(request, memory, SIZE - 4096);
      Recorder.Call over = Targets.await(request, target);
      assertThat(over.status().name()).isEqualTo("ENOSPC");
      assertThat(over.information()).isEqualTo(4096);
      target.formatWrite(request, memory, SIZE);
      Recorder.Call behind = Targets.await(request, target);
      assertThat(behind.status().name()).isEqualTo("ENOSPC");
      assertThat(behind.information()).isZero();
      assertThat(target.sendReadSynchronously(memory, SIZE - 4096)).isEqualTo(4096);
      assertThat(failure(() -> target.sendReadSynchronously(memory, SIZE)).status())
          .isEqualTo(IoStatus.END_OF_FILE);

      assertThat(control(target, request, 512, 1024)).isEqualTo(IoStatus.SUCCESS);
      assertThat(control(target, request, 1, 1024).name()).isEqualTo("EINVAL");
      assertThat(control(target, request, SIZE - 512, 1024).name()).isEqualTo("EINVAL");
      assertThat(
              target.sendDeviceControlSynchronously(
                  StorageControl.FLUSH, IoMemory.none(), IoMemory.none()))
          .isZero();
    }
  }

  @Test
  void directTransfersOfABlockDevice() throws IOException {
    OpenOptions direct = OpenOptions.of(Access.READ_WRITE).withEngine("portable").withDirect();
    try (LoopDevice loop = LoopDevice.create(SIZE);
        IoTarget target = IoTarget.open("block:" + loop.path(), direct);
        IoMemory memory = IoMemory.allocate(64 << 10)) {
      int unit = target.info().offsetAlignmentBytes();
      Pattern.fill(SEED, unit, memory.segment(), 0, memory.sizeBytes());
      assertThat(target.sendWriteSynchronously(memory, unit)).isEqualTo(memory.sizeBytes());
      memory.segment().fill((byte) 0);
      assertThat(target.sendReadSynchronously(memory, unit)).isEqualTo(memory.sizeBytes());
      assertThat(Pattern.agreeing(SEED, unit, memory.segment(), 0, memory.sizeBytes()))
          .isEqualTo(memory.sizeBytes());
      assertThat(failure(() -> target.sendReadSynchronously(memory, 1)).status().name())
          .isEqualTo("EINVAL");
      assertThat(target.sendReadSynchronously(memory, SIZE - unit)).isEqualTo(unit);
    }
  }

  @Test
  void whatTheDeviceRefusesIsTold() throws IOException {
    OpenOptions exclusive = OpenOptions.of(Access.READ).withEngine("portable").withExclusive();
    try (LoopDevice loop = LoopDevice.create(SIZE)) {
      IoRequestException refused = failure(() -> IoTarget.open("block:" + loop.path(), exclusive));
      assertThat(refused.status()).isEqualTo(IoStatus.NOT_SUPPORTED);
      assertThat(failure(() -> Targets.open("char:" + loop.path(), Access.READ)).status().name())
          .isEqualTo("ENODEV");
    }
  }

  private static IoStatus control(IoTarget target, IoRequest request, long offset, long length) {
    try (IoMemory range = IoMemory.allocate(StorageControl.RANGE_BYTES)) {
      StorageControl.putRange(range, offset, length);
      target.formatDeviceControl(request, StorageControl.WRITE_ZEROES, range, IoMemory.none());
      return Targets.await(request, target).status();
    }
  }
}
