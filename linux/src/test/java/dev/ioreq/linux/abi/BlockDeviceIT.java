package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("device")
class BlockDeviceIT {
  @TempDir private Path folder;

  @Test
  void aBlockDeviceTellsItsGeometry() throws IOException {
    Path file = folder.resolve("disk");
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(8 << 20);
    }
    try (LoopDevice loop = LoopDevice.of(file);
        Arena arena = Arena.ofConfined()) {
      long answer = arena.allocate(8, 8).address();
      assertThat(DescriptorCalls.ioctl(loop.fd(), IoctlNumber.BLKGETSIZE64, answer)).isZero();
      assertThat(Memory.getLong(answer)).isEqualTo(8 << 20);
      assertThat(DescriptorCalls.ioctl(loop.fd(), IoctlNumber.BLKSSZGET, answer)).isZero();
      assertThat(Memory.getInt(answer)).isEqualTo(512);
      assertThat(DescriptorCalls.ioctl(loop.fd(), IoctlNumber.BLKROGET, answer)).isZero();
      assertThat(Memory.getInt(answer)).isZero();

      Statx statx = new Statx(arena);
      assertThat(
              FileCalls.statx(FileCalls.AT_FDCWD, loop.path(), 0, Statx.STATX_BASIC_STATS, statx))
          .isZero();
      assertThat(statx.isBlockDevice()).isTrue();
      assertThat(statx.deviceMajor()).isEqualTo(7);
      assertThat(statx.sizeBytes()).isZero();
    }
  }
}
