package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransferCallsTest {
  private static final long PATTERN = 0x0123_4567_89ab_cdefL;

  @TempDir private Path folder;
  private final MemorySegment segment = Arena.ofAuto().allocate(16, 8);
  private final long memory = segment.address();
  private int fd;
  private long pipe;

  @BeforeEach
  void open() {
    fd =
        FileCalls.open(
            folder.resolve("data").toString(), FileCalls.O_RDWR | FileCalls.O_CREAT, 0644);
    pipe = DescriptorCalls.pipe2(FileCalls.O_CLOEXEC);
    assertThat(fd).isNotNegative();
    assertThat(pipe).isNotNegative();
  }

  @AfterEach
  void close() {
    FileCalls.close(fd);
    FileCalls.close(DescriptorCalls.readEnd(pipe));
    FileCalls.close(DescriptorCalls.writeEnd(pipe));
  }

  @Test
  void readsBackWhatWasWrittenAtAnOffset() {
    Memory.putLong(memory, PATTERN);
    assertThat(TransferCalls.pwrite(fd, memory, 8, 4096)).isEqualTo(8);
    assertThat(TransferCalls.pread(fd, memory + 8, 8, 4096)).isEqualTo(8);
    assertThat(Memory.getLong(memory + 8)).isEqualTo(PATTERN);
  }

  @Test
  void readsBackWhatWasWrittenWithFlags() {
    Memory.putLong(memory, PATTERN);
    assertThat(TransferCalls.pwritev2(fd, memory, 8, 0, TransferCalls.RWF_DSYNC)).isEqualTo(8);
    assertThat(TransferCalls.preadv2(fd, memory + 8, 8, 0, 0)).isEqualTo(8);
    assertThat(Memory.getLong(memory + 8)).isEqualTo(PATTERN);
  }

  @Test
  void readsThroughAPipe() {
    Memory.putLong(memory, PATTERN);
    assertThat(TransferCalls.write(DescriptorCalls.writeEnd(pipe), memory, 8)).isEqualTo(8);
    assertThat(TransferCalls.read(DescriptorCalls.readEnd(pipe), memory + 8, 8)).isEqualTo(8);
    assertThat(Memory.getLong(memory + 8)).isEqualTo(PATTERN);
  }

  @Test
  void theEndOfAFileGivesZero() {
    assertThat(TransferCalls.pread(fd, memory, 8, 0)).isZero();
    assertThat(TransferCalls.preadv2(fd, memory, 8, 0, TransferCalls.RWF_NOWAIT)).isZero();
  }

  @Test
  void anEmptyPipeWouldBlock() {
    assertThat(
            TransferCalls.preadv2(
                DescriptorCalls.readEnd(pipe), memory, 8, -1, TransferCalls.RWF_NOWAIT))
        .isEqualTo(-Errno.EAGAIN);
  }

  @Test
  void badMemoryGivesEfault() {
    assertThat(TransferCalls.write(DescriptorCalls.writeEnd(pipe), 8, 8)).isEqualTo(-Errno.EFAULT);
  }

  @Test
  void aDescriptorForReadingCannotBeWritten() {
    assertThat(TransferCalls.write(DescriptorCalls.readEnd(pipe), memory, 8))
        .isEqualTo(-Errno.EBADF);
  }

  /// The two kinds of handles that make the same calls: one in the first thousand, the other later.
  @Nested
  class WithoutReason {
    @AfterEach
    void later() {
      PlainHandles.Early.calls = PlainHandles.Early.CALLS;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, PlainHandles.Early.CALLS})
    void readsBackWhatWasWritten(int callsBefore) {
      PlainHandles.Early.calls = callsBefore;
      Memory.putLong(memory, PATTERN);
      assertThat(TransferCalls.tryWrite(fd, memory, 8, 4096)).isEqualTo(8);
      assertThat(TransferCalls.tryRead(fd, memory + 8, 8, 4096)).isEqualTo(8);
      assertThat(Memory.getLong(memory + 8)).isEqualTo(PATTERN);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, PlainHandles.Early.CALLS})
    void readsBackWhatWasWrittenWithFlags(int callsBefore) {
      PlainHandles.Early.calls = callsBefore;
      Memory.putLong(memory, PATTERN);
      assertThat(TransferCalls.tryWrite(fd, memory, 8, 0, TransferCalls.RWF_DSYNC)).isEqualTo(8);
      assertThat(TransferCalls.tryRead(fd, memory + 8, 8, 0, TransferCalls.RWF_HIPRI)).isEqualTo(8);
      assertThat(Memory.getLong(memory + 8)).isEqualTo(PATTERN);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, PlainHandles.Early.CALLS})
    void aFailureGivesMinusOneWhateverTheReason(int callsBefore) {
      PlainHandles.Early.calls = callsBefore;
      int none = DescriptorCalls.readEnd(pipe);
      assertThat(TransferCalls.tryRead(none, memory, 8, 0)).isEqualTo(-1);
      assertThat(TransferCalls.tryWrite(none, memory, 8, 0)).isEqualTo(-1);
      assertThat(TransferCalls.tryRead(none, memory, 8, -1, TransferCalls.RWF_NOWAIT))
          .isEqualTo(-1);
      assertThat(TransferCalls.tryWrite(none, memory, 8, 0, 0)).isEqualTo(-1);
      assertThat(DescriptorCalls.signalEvent(-1)).isFalse();
    }

    @Test
    void theFirstThousandOfAProcessCount() {
      PlainHandles.Early.calls = PlainHandles.Early.CALLS - 1;
      assertThat(PlainHandles.Early.isEarly()).isTrue();
      assertThat(PlainHandles.Early.isEarly()).isFalse();
    }
  }
}
