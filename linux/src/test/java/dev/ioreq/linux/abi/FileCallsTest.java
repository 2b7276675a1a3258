package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCallsTest {
  @TempDir private Path folder;

  @Test
  void openingAMissingFileGivesEnoent() {
    assertThat(FileCalls.open(folder.resolve("missing").toString(), FileCalls.O_RDONLY, 0))
        .isEqualTo(-Errno.ENOENT);
  }

  @Test
  void creatingAnExistingFileExclusivelyGivesEexist() throws IOException {
    Path file = Files.createFile(folder.resolve("there"));
    assertThat(
            FileCalls.open(
                file.toString(), FileCalls.O_RDWR | FileCalls.O_CREAT | FileCalls.O_EXCL, 0600))
        .isEqualTo(-Errno.EEXIST);
  }

  @Test
  void createsAFileWithNameAndModeAsAsked() throws IOException {
    Path file = folder.resolve("größe");
    int fd = FileCalls.open(file.toString(), FileCalls.O_RDWR | FileCalls.O_CREAT, 0600);
    try (Arena arena = Arena.ofConfined()) {
      Statx statx = new Statx(arena);
      int result =
          FileCalls.statx(FileCalls.AT_FDCWD, file.toString(), 0, Statx.STATX_BASIC_STATS, statx);
      assertThat(result).isZero();
      assertThat(statx.mode() & 07777).isEqualTo(0600);
      assertThat(FileCalls.close(fd)).isZero();
    }
  }

  @Test
  void opensRelativeToADirectory() throws IOException {
    Files.writeString(folder.resolve("inside"), "x");
    int directory = FileCalls.open(folder.toString(), FileCalls.O_PATH | FileCalls.O_DIRECTORY, 0);
    int file = FileCalls.openat(directory, "inside", FileCalls.O_RDONLY, 0);
    assertThat(file).isNotNegative();
    assertThat(FileCalls.close(file)).isZero();
    assertThat(FileCalls.close(directory)).isZero();
  }

  @Test
  void aPathWithNulIsMisuse() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FileCalls.open("a\0b", FileCalls.O_RDONLY, 0))
        .withMessageContaining("index 1");
  }

  @Test
  void closingTwiceGivesEbadf() throws IOException {
    int fd = openNew("twice");
    assertThat(FileCalls.close(fd)).isZero();
    assertThat(FileCalls.close(-1)).isEqualTo(-Errno.EBADF);
  }

  @Test
  void tellsSizeAndKindOfAFile() throws IOException {
    int fd = openNew("sized");
    assertThat(FileCalls.ftruncate(fd, 10_000)).isZero();
    try (Arena arena = Arena.ofConfined()) {
      Statx statx = statxOf(fd, arena);
      assertThat(statx.sizeBytes()).isEqualTo(10_000);
      assertThat(statx.isRegularFile()).isTrue();
      assertThat(statx.isDirectory()).isFalse();
      assertThat(statx.blockSizeBytes()).isPositive();
      assertThat(statx.inode()).isEqualTo(Files.getAttribute(folder.resolve("sized"), "unix:ino"));
    } finally {
      FileCalls.close(fd);
    }
  }

  @Test
  void tellsACharacterDevice() {
    int fd = FileCalls.open("/dev/null", FileCalls.O_RDWR, 0);
    try (Arena arena = Arena.ofConfined()) {
      Statx statx = statxOf(fd, arena);
      assertThat(statx.isCharacterDevice()).isTrue();
      assertThat(statx.isBlockDevice()).isFalse();
      assertThat(statx.deviceMajor()).isEqualTo(1);
      assertThat(statx.deviceMinor()).isEqualTo(3);
    } finally {
      FileCalls.close(fd);
    }
  }

  @Test
  void tellsAPipe() {
    long pipe = DescriptorCalls.pipe2(FileCalls.O_CLOEXEC);
    try (Arena arena = Arena.ofConfined()) {
      Statx statx = statxOf(DescriptorCalls.readEnd(pipe), arena);
      assertThat(statx.isPipe()).isTrue();
      assertThat(statx.isSocket()).isFalse();
    } finally {
      FileCalls.close(DescriptorCalls.readEnd(pipe));
      FileCalls.close(DescriptorCalls.writeEnd(pipe));
    }
  }

  @Test
  void findsDataBehindAHole() throws IOException {
    int fd = openNew("holes");
    try (Arena arena = Arena.ofConfined()) {
      long block = arena.allocate(65_536).address();
      assertThat(TransferCalls.pwrite(fd, block, 65_536, 1 << 20)).isEqualTo(65_536);
      assertThat(FileCalls.lseek(fd, 0, FileCalls.SEEK_DATA)).isEqualTo(1 << 20);
      assertThat(FileCalls.lseek(fd, 0, FileCalls.SEEK_HOLE)).isZero();
      assertThat(FileCalls.lseek(fd, 2 << 20, FileCalls.SEEK_DATA)).isEqualTo(-Errno.ENXIO);
    } finally {
      FileCalls.close(fd);
    }
  }

  @Test
  void allocatesAndFlushes() throws IOException {
    int fd = openNew("flushed");
    try (Arena arena = Arena.ofConfined()) {
      assertThat(FileCalls.fallocate(fd, 0, 0, 8192)).isZero();
      assertThat(statxOf(fd, arena).sizeBytes()).isEqualTo(8192);
      assertThat(FileCalls.fdatasync(fd)).isZero();
      assertThat(FileCalls.fsync(fd)).isZero();
    } finally {
      FileCalls.close(fd);
    }
  }

  private int openNew(String name) {
    int fd =
        FileCalls.open(
            folder.resolve(name).toString(),
            FileCalls.O_RDWR | FileCalls.O_CREAT | FileCalls.O_CLOEXEC,
            0644);
    assertThat(fd).isNotNegative();
    return fd;
  }

  private static Statx statxOf(int fd, Arena arena) {
    Statx statx = new Statx(arena);
    int result =
        FileCalls.statx(
            fd, "", FileCalls.AT_EMPTY_PATH, Statx.STATX_BASIC_STATS | Statx.STATX_DIOALIGN, statx);
    assertThat(result).isZero();
    assertThat(statx.has(Statx.STATX_BASIC_STATS)).isTrue();
    return statx;
  }
}
