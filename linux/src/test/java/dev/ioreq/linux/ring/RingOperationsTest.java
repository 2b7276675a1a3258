package dev.ioreq.linux.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.ring.TestRing.Completion;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RingOperationsTest {
  private static final int BLOCK = 4096;
  private static final long SEED = 20;

  @TempDir private Path folder;
  private final MemorySegment segment = Arena.ofAuto().allocate(4 * BLOCK, BLOCK);
  private final long memory = segment.address();
  private TestRing test;
  private byte[] content;
  private Path file;
  private int fd;
  private long pipe;

  @BeforeEach
  void open() throws IOException {
    test = TestRing.open();
    content = new byte[4 * BLOCK];
    new Random(SEED).nextBytes(content);
    file = folder.resolve("content");
    Files.write(file, content);
    fd = FileCalls.open(file.toString(), FileCalls.O_RDWR | FileCalls.O_CLOEXEC, 0);
    pipe = DescriptorCalls.pipe2(FileCalls.O_CLOEXEC);
  }

  @AfterEach
  void close() {
    test.close();
    FileCalls.close(fd);
    FileCalls.close(DescriptorCalls.readEnd(pipe));
    FileCalls.close(DescriptorCalls.writeEnd(pipe));
  }

  @Test
  void readsAFile() {
    test.submissions.prepareRead(0, fd, BLOCK, memory, 2 * BLOCK, 0, 1);
    assertThat(test.awaitResult()).isEqualTo(2 * BLOCK);
    assertMemoryHolds(BLOCK, 2 * BLOCK);
  }

  @Test
  void readsAFileThroughAWorker() {
    test.submissions.prepareRead(IoUring.IOSQE_ASYNC, fd, 0, memory, BLOCK, 0, 1);
    assertThat(test.awaitResult()).isEqualTo(BLOCK);
    assertMemoryHolds(0, BLOCK);
  }

  @Test
  void readsOnlyWhatIsThere() {
    test.submissions.prepareRead(0, fd, 4 * BLOCK - 100, memory, BLOCK, 0, 1);
    assertThat(test.awaitResult()).isEqualTo(100);
    test.submissions.prepareRead(0, fd, 4 * BLOCK, memory, BLOCK, 0, 2);
    assertThat(test.awaitResult()).isZero();
  }

  @Test
  void writesAFileAndFlushesItAfterThat() throws IOException {
    segment.fill((byte) 7);
    test.submissions.prepareWrite(IoUring.IOSQE_IO_LINK, fd, BLOCK, memory, BLOCK, 0, 1);
    test.submissions.prepareFsync(0, fd, IoUring.IORING_FSYNC_DATASYNC, 2);
    assertThat(test.await(2)).containsExactly(new Completion(1, BLOCK, 0), new Completion(2, 0, 0));
    byte[] written = Files.readAllBytes(file);
    assertThat(written[BLOCK - 1]).isEqualTo(content[BLOCK - 1]);
    assertThat(written[BLOCK]).isEqualTo((byte) 7);
    assertThat(written[2 * BLOCK - 1]).isEqualTo((byte) 7);
    assertThat(written[2 * BLOCK]).isEqualTo(content[2 * BLOCK]);
  }

  @Test
  void readsAndWritesThroughRegisteredFileAndBuffer() throws IOException {
    Registrations registrations = test.ring.registrations();
    assertThat(registrations.registerFiles(8)).isZero();
    assertThat(registrations.registerBuffers(8)).isZero();
    assertThat(registrations.updateFile(5, fd)).isZero();
    assertThat(registrations.updateBuffer(3, memory, segment.byteSize())).isZero();

    test.submissions.prepareReadFixed(
        IoUring.IOSQE_FIXED_FILE, 5, 0, memory + BLOCK, BLOCK, 0, 3, 1);
    assertThat(test.awaitResult()).isEqualTo(BLOCK);
    test.submissions.prepareWriteFixed(
        IoUring.IOSQE_FIXED_FILE, 5, 2 * BLOCK, memory + BLOCK, BLOCK, 0, 3, 2);
    assertThat(test.awaitResult()).isEqualTo(BLOCK);
    byte[] written = Files.readAllBytes(file);
    assertThat(written).startsWith(content[0], content[1]);
    assertThat(written[2 * BLOCK]).isEqualTo(content[0]);
    assertThat(written[3 * BLOCK - 1]).isEqualTo(content[BLOCK - 1]);
  }

  @Test
  void aSlotThatIsEmptyOrMissingIsRefused() {
    Registrations registrations = test.ring.registrations();
    test.submissions.prepareRead(IoUring.IOSQE_FIXED_FILE, 0, 0, memory, BLOCK, 0, 1);
    assertThat(test.awaitResult()).isEqualTo(-Errno.EBADF);
    assertThat(registrations.updateFile(0, fd)).isEqualTo(-Errno.ENXIO);
    assertThat(registrations.registerFiles(2)).isZero();
    assertThat(registrations.registerFiles(2)).isEqualTo(-Errno.EBUSY);
    assertThat(registrations.updateFile(2, fd)).isEqualTo(-Errno.EINVAL);
    assertThat(registrations.updateFile(1, fd)).isZero();
    assertThat(registrations.updateFile(1, Registrations.NO_FILE)).isZero();
    test.submissions.prepareRead(IoUring.IOSQE_FIXED_FILE, 1, 0, memory, BLOCK, 0, 1);
    assertThat(test.awaitResult()).isEqualTo(-Errno.EBADF);
    assertThat(registrations.unregisterFiles()).isZero();
  }

  @Test
  void aBufferSlotGuardsItsEnds() {
    Registrations registrations = test.ring.registrations();
    assertThat(registrations.registerBuffers(2)).isZero();
    assertThat(registrations.updateBuffer(0, memory, BLOCK)).isZero();
    test.submissions.prepareReadFixed(0, fd, 0, memory + 1, BLOCK, 0, 0, 1);
    assertThat(test.awaitResult()).isEqualTo(-Errno.EFAULT);
    assertThat(registrations.updateBuffer(0, 0, 0)).isZero();
    test.submissions.prepareReadFixed(0, fd, 0, memory, BLOCK, 0, 0, 2);
    assertThat(test.awaitResult()).isEqualTo(-Errno.EFAULT);
    assertThat(registrations.unregisterBuffers()).isZero();
  }

  @Test
  void allocatesAndPunches() throws IOException {
    int punch = FileCalls.FALLOC_FL_PUNCH_HOLE | FileCalls.FALLOC_FL_KEEP_SIZE;
    test.submissions.prepareFallocate(0, fd, 0, 0, 8L * BLOCK, 1);
    assertThat(test.awaitResult()).isZero();
    test.submissions.prepareFallocate(0, fd, punch, BLOCK, BLOCK, 2);
    assertThat(test.awaitResult()).isZero();
    byte[] shaped = Files.readAllBytes(file);
    assertThat(shaped).hasSize(8 * BLOCK);
    assertThat(shaped[BLOCK - 1]).isEqualTo(content[BLOCK - 1]);
    assertThat(shaped[BLOCK]).isZero();
    assertThat(shaped[2 * BLOCK - 1]).isZero();
    assertThat(shaped[2 * BLOCK]).isEqualTo(content[2 * BLOCK]);
  }

  @Test
  void aCancelledReadOfAnEmptyPipeCompletesOnceAsCancelled() {
    test.submissions.prepareRead(0, DescriptorCalls.readEnd(pipe), -1, memory, 8, 0, 1);
    test.submit();
    assertThat(test.reap()).isEmpty();
    test.submissions.prepareCancel(1, 0, 2);
    assertThat(test.await(2))
        .containsExactlyInAnyOrder(new Completion(1, -Errno.ECANCELED, 0), new Completion(2, 0, 0));
  }

  @Test
  void cancellingWhatIsNotThereGivesEnoent() {
    test.submissions.prepareCancel(77, 0, 2);
    assertThat(test.awaitResult()).isEqualTo(-Errno.ENOENT);
  }

  @Test
  void cancelsEverythingOnAFile() {
    int readEnd = DescriptorCalls.readEnd(pipe);
    test.submissions.prepareRead(0, readEnd, -1, memory, 8, 0, 1);
    test.submissions.prepareRead(0, readEnd, -1, memory + 8, 8, 0, 2);
    test.submit();
    test.submissions.prepareCancelOfFile(readEnd, IoUring.IORING_ASYNC_CANCEL_ALL, 3);
    List<Completion> reaped = test.await(3);
    assertThat(reaped)
        .contains(
            new Completion(1, -Errno.ECANCELED, 0),
            new Completion(2, -Errno.ECANCELED, 0),
            new Completion(3, 2, 0));
  }

  @Test
  void aReadOfAPipeWaitsForItsData() {
    Memory.putLong(memory + 8, SEED);
    test.submissions.prepareRead(0, DescriptorCalls.readEnd(pipe), -1, memory, 8, 0, 1);
    test.submit();
    assertThat(test.reap()).isEmpty();
    assertThat(TransferCalls.write(DescriptorCalls.writeEnd(pipe), memory + 8, 8)).isEqualTo(8);
    assertThat(test.awaitResult()).isEqualTo(8);
    assertThat(Memory.getLong(memory)).isEqualTo(SEED);
  }

  @Test
  void pollSaysWhatAPipeIsReadyFor() {
    test.submissions.preparePollAdd(
        0, DescriptorCalls.writeEnd(pipe), DescriptorCalls.POLLOUT, 0, 1);
    assertThat(test.awaitResult()).isEqualTo(DescriptorCalls.POLLOUT);
  }

  @Test
  void anEventWakesItsReader() {
    int event = DescriptorCalls.eventfd(0, DescriptorCalls.EFD_CLOEXEC);
    try {
      test.submissions.prepareEventRead(0, event, memory, 1);
      test.submit();
      assertThat(test.reap()).isEmpty();
      assertThat(DescriptorCalls.signalEvent(event)).isTrue();
      assertThat(test.awaitResult()).isEqualTo(8);
      assertThat(Memory.getLong(memory)).isEqualTo(1);
    } finally {
      FileCalls.close(event);
    }
  }

  @Test
  void aTimeoutEndsWithEtime() {
    Memory.putLong(memory, 0);
    Memory.putLong(memory + 8, 1_000_000);
    test.submissions.prepareTimeout(memory, 0, 0, 1);
    assertThat(test.awaitResult()).isEqualTo(-Errno.ETIME);
  }

  @Test
  void aTimeoutEndsEarlyAfterOtherCompletions() {
    Memory.putLong(memory, 3600);
    Memory.putLong(memory + 8, 0);
    test.submissions.prepareTimeout(memory, 1, 0, 1);
    test.submissions.prepareNop(2);
    assertThat(test.await(2))
        .containsExactlyInAnyOrder(new Completion(1, 0, 0), new Completion(2, 0, 0));
  }

  @Test
  void aMessageAppearsInTheOtherRing() {
    try (TestRing other = TestRing.open()) {
      test.submissions.prepareMessage(other.ring.fd(), 55, 0x1_0000_0002L, 1);
      assertThat(test.awaitResult()).isZero();
      assertThat(other.await(1)).containsExactly(new Completion(0x1_0000_0002L, 55, 0));
    }
  }

  @Test
  void aCommandItsDriverDoesNotKnowIsRefused() {
    test.submissions.prepareBlockDiscard(0, fd, 0, BLOCK, 1);
    assertThat(test.awaitResult()).isEqualTo(-Errno.EOPNOTSUPP);
  }

  private void assertMemoryHolds(int from, int lengthBytes) {
    MemorySegment expected = MemorySegment.ofArray(content).asSlice(from, lengthBytes);
    assertThat(segment.asSlice(0, lengthBytes).mismatch(expected)).isEqualTo(-1);
  }
}
