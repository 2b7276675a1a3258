package dev.ioreq.linux.device;

import static dev.ioreq.linux.device.Wholes.MEBIBYTE;
import static dev.ioreq.linux.device.Wholes.expectPattern;
import static dev.ioreq.linux.device.Wholes.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.testkit.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A file whose file system is in memory, and refuses `RWF_NOWAIT`.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class InMemoryFileTest {
  private static final Path MEMORY = Path.of("/dev/shm");

  private Path file;

  @BeforeEach
  void make() throws IOException {
    Requirement.needs("a tmpfs", Files.isWritable(MEMORY), MEMORY + " is not there to be written");
    file = Files.createTempFile(MEMORY, "ioreq", ".data");
    int fd = FileCalls.open(file.toString(), FileCalls.O_RDWR, 0);
    try (IoMemory memory = IoMemory.allocate(1)) {
      long isWritten =
          TransferCalls.pwritev2(fd, memory.segment().address(), 1, 0, TransferCalls.RWF_NOWAIT);
      Requirement.needs(
          "a tmpfs that does not know RWF_NOWAIT",
          FileCalls.fileSystem(fd) == FileCalls.TMPFS_MAGIC && isWritten == -Errno.EOPNOTSUPP,
          "%s says %d".formatted(MEMORY, isWritten));
    } finally {
      FileCalls.close(fd);
    }
  }

  @AfterEach
  void delete() throws IOException {
    Files.delete(file);
  }

  private IoTarget open(OpenOptions options) throws IOException {
    return RingTargets.open("file:" + file, options);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void transfersAreCopiesOnTheCallingThread(boolean dropsBehind) throws IOException {
    OpenOptions options = OpenOptions.of(Access.READ_WRITE);
    try (IoTarget target = open(dropsBehind ? options.withDropBehind() : options);
        IoMemory written = pattern(0, MEBIBYTE);
        IoMemory read = IoMemory.allocate(MEBIBYTE)) {
      for (int i = 0; i < 2; i++) { // while the refusals are learned the ring has them
        assertThat(Wholes.write(target, written, 0).information()).isEqualTo(MEBIBYTE);
        assertThat(Wholes.read(target, read, 0).information()).isEqualTo(MEBIBYTE);
      }
      expectPattern(read, 0, MEBIBYTE);
      assertThat(Wholes.write(target, written, MEBIBYTE).thread())
          .isEqualTo(Thread.currentThread());
      assertThat(Wholes.read(target, read, MEBIBYTE).thread()).isEqualTo(Thread.currentThread());
      expectPattern(read, 0, MEBIBYTE);
    }
  }

  @Test
  void itsEndIsTheEnd() throws IOException {
    try (IoTarget target = open(OpenOptions.of(Access.READ_WRITE));
        IoMemory memory = IoMemory.allocate(8)) {
      for (int i = 0; i < 3; i++) {
        assertThat(Wholes.read(target, memory, 0).status()).isEqualTo(IoStatus.END_OF_FILE);
      }
      Wholes.write(target, memory, 0);
      assertThat(Wholes.read(target, memory, 4).information()).isEqualTo(4);
    }
  }
}
