package dev.ioreq.linux.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.abi.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The queues alone, over plain memory, with the test in the kernel's part: what would take four
/// billion requests.
class QueueIndexTest {
  private static final int ENTRIES = 4;
  private static final int BEFORE_THE_WRAP = -2;

  private final MemorySegment memory = Arena.ofAuto().allocate(1024, 64);
  private final long head = memory.address();
  private final long tail = head + 4;
  private final long flags = head + 8;
  private final long dropped = head + 12;
  private final long entries = head + 64;

  @BeforeEach
  void startJustBeforeTheWrap() {
    Memory.putInt(head, BEFORE_THE_WRAP);
    Memory.putInt(tail, BEFORE_THE_WRAP);
  }

  @Test
  void submissionsGoOnAcrossTheWrapOfTheirCounter() {
    SubmissionQueue queue =
        new SubmissionQueue(Thread.currentThread(), head, tail, entries, ENTRIES);
    for (int number = 0; number < 5 * ENTRIES; number++) {
      assertThat(queue.prepareNop(number)).isTrue();
      assertThat(queue.flush()).isEqualTo(1);
      int place = (BEFORE_THE_WRAP + number) & (ENTRIES - 1);
      assertThat(Memory.getInt(tail)).isEqualTo(BEFORE_THE_WRAP + number + 1);
      assertThat(Memory.getLong(entries + (long) place * Sqe.BYTES + Sqe.USER_DATA))
          .isEqualTo(number);
      Memory.putInt(head, BEFORE_THE_WRAP + number + 1); // the kernel took it
    }
  }

  @Test
  void aFullQueueStaysFullAcrossTheWrapUntilTheKernelTakesOne() {
    SubmissionQueue queue =
        new SubmissionQueue(Thread.currentThread(), head, tail, entries, ENTRIES);
    for (int number = 0; number < ENTRIES; number++) {
      assertThat(queue.prepareNop(number)).isTrue();
    }
    assertThat(queue.prepareNop(99)).isFalse();
    assertThat(queue.room()).isZero();
    assertThat(queue.flush()).isEqualTo(ENTRIES);
    Memory.putInt(head, BEFORE_THE_WRAP + 1);
    assertThat(queue.pending()).isEqualTo(ENTRIES - 1);
    assertThat(queue.prepareNop(99)).isTrue();
    assertThat(queue.prepareNop(100)).isFalse();
  }

  @Test
  void nothingIsBeforeTheKernelUntilFlushed() {
    SubmissionQueue queue =
        new SubmissionQueue(Thread.currentThread(), head, tail, entries, ENTRIES);
    queue.prepareNop(1);
    queue.prepareNop(2);
    assertThat(Memory.getInt(tail)).isEqualTo(BEFORE_THE_WRAP);
    assertThat(queue.flush()).isEqualTo(2);
    assertThat(Memory.getInt(tail)).isEqualTo(0);
  }

  @Test
  void anEntryLeavesNothingOfTheOneBeforeInItsPlace() {
    memory.fill((byte) 0xff);
    Memory.putInt(head, 0);
    Memory.putInt(tail, 0);
    SubmissionQueue queue =
        new SubmissionQueue(Thread.currentThread(), head, tail, entries, ENTRIES);
    queue.prepare(IoUring.IORING_OP_READ, 0x21, -1, -2, 3, -4, -5, -6, 0xFFFF, 7);
    assertThat(Memory.getByte(entries + Sqe.OPCODE)).isEqualTo((byte) IoUring.IORING_OP_READ);
    assertThat(Memory.getByte(entries + Sqe.FLAGS)).isEqualTo((byte) 0x21);
    assertThat(Memory.getShort(entries + Sqe.IOPRIO)).isZero();
    assertThat(Memory.getInt(entries + Sqe.FD)).isEqualTo(-1);
    assertThat(Memory.getLong(entries + Sqe.OFF)).isEqualTo(-2);
    assertThat(Memory.getLong(entries + Sqe.ADDR)).isEqualTo(3);
    assertThat(Memory.getInt(entries + Sqe.LEN)).isEqualTo(-4);
    assertThat(Memory.getInt(entries + Sqe.OP_FLAGS)).isEqualTo(-5);
    assertThat(Memory.getLong(entries + Sqe.USER_DATA)).isEqualTo(-6);
    assertThat(Memory.getShort(entries + Sqe.BUF_INDEX)).isEqualTo((short) 0xFFFF);
    assertThat(Memory.getShort(entries + Sqe.PERSONALITY)).isZero();
    assertThat(Memory.getInt(entries + Sqe.FILE_INDEX)).isZero();
    assertThat(Memory.getLong(entries + Sqe.ADDR3)).isEqualTo(7);
    assertThat(Memory.getLong(entries + Sqe.PAD)).isZero();
  }

  @Test
  void completionsGoOnAcrossTheWrapOfTheirCounter() {
    CompletionQueue queue = completionQueue();
    for (int number = 0; number < 5 * ENTRIES; number++) {
      complete(number);
      assertThat(queue.isEmpty()).isFalse();
      assertThat(queue.userData()).isEqualTo(number);
      assertThat(queue.result()).isEqualTo(-number);
      assertThat(queue.flags()).isEqualTo(number + 1);
      queue.advance();
      assertThat(queue.isEmpty()).isTrue();
      assertThat(Memory.getInt(head)).isEqualTo(BEFORE_THE_WRAP + number + 1);
    }
  }

  @Test
  void placesAreGivenBackOnceTheKnownCompletionsAreUsedUp() {
    CompletionQueue queue = completionQueue();
    complete(0);
    complete(1);
    assertThat(queue.ready()).isEqualTo(2);
    queue.advance();
    assertThat(queue.isEmpty()).isFalse();
    assertThat(Memory.getInt(head)).isEqualTo(BEFORE_THE_WRAP);
    queue.advance();
    assertThat(queue.isEmpty()).isTrue();
    assertThat(Memory.getInt(head)).isEqualTo(0);
  }

  @Test
  void tellsWhatTheKernelHoldsBackAndWhatItDropped() {
    CompletionQueue queue = completionQueue();
    assertThat(queue.isOverflowed()).isFalse();
    Memory.putInt(flags, IoUring.IORING_SQ_CQ_OVERFLOW);
    Memory.putInt(dropped, 3);
    assertThat(queue.isOverflowed()).isTrue();
    assertThat(queue.dropped()).isEqualTo(3);
  }

  private CompletionQueue completionQueue() {
    return new CompletionQueue(
        Thread.currentThread(), head, tail, entries, flags, dropped, ENTRIES);
  }

  private void complete(int number) {
    int at = Memory.getInt(tail);
    long entry = entries + (long) (at & (ENTRIES - 1)) * Cqe.BYTES;
    Memory.putLong(entry + Cqe.USER_DATA, number);
    Memory.putInt(entry + Cqe.RES, -number);
    Memory.putInt(entry + Cqe.FLAGS, number + 1);
    Memory.putInt(tail, at + 1);
  }
}
