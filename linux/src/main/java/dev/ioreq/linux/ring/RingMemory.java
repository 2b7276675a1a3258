package dev.ioreq.linux.ring;

import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.abi.MemoryCalls;

/// The memory a ring shares with the kernel: one mapping for both queues, one for the submission
/// entries.
///
/// ```
///   IORING_OFF_SQ_RING  │ heads and tails, masks, flags │ CQEs … │ SQ array, if there is one │
///   IORING_OFF_SQES     │ SQEs …                                                             │
/// ```
///
/// The SQ array says in which order the entries are meant. It is filled once so that place n means
/// entry n; with `IORING_SETUP_NO_SQARRAY` that is so by itself.
final class RingMemory {
  private final long queues;
  private final long queuesBytes;
  private final long sqes;
  private final long sqesBytes;
  private final int sqEntries;
  private final int cqEntries;

  // Addresses within the first mapping.
  private final long sqHead;
  private final long sqTail;
  private final long sqFlags;
  private final long cqHead;
  private final long cqTail;
  private final long cqOverflow;
  private final long cqes;

  /// Takes over two mappings of the sizes below.
  ///
  /// @param params what the kernel answered to the set-up; not kept
  RingMemory(long queues, long sqes, long params) {
    this.queues = queues;
    this.queuesBytes = queuesBytes(params);
    this.sqes = sqes;
    this.sqesBytes = sqesBytes(params);
    this.sqEntries = Memory.getInt(params + SetupLayout.SQ_ENTRIES);
    this.cqEntries = Memory.getInt(params + SetupLayout.CQ_ENTRIES);
    this.sqHead = queues + uint32(params, SetupLayout.SQ_HEAD);
    this.sqTail = queues + uint32(params, SetupLayout.SQ_TAIL);
    this.sqFlags = queues + uint32(params, SetupLayout.SQ_FLAGS);
    this.cqHead = queues + uint32(params, SetupLayout.CQ_HEAD);
    this.cqTail = queues + uint32(params, SetupLayout.CQ_TAIL);
    this.cqOverflow = queues + uint32(params, SetupLayout.CQ_OVERFLOW);
    this.cqes = queues + uint32(params, SetupLayout.CQ_CQES);
    if (hasArray(params)) {
      long array = queues + uint32(params, SetupLayout.SQ_ARRAY);
      for (int place = 0; place < sqEntries; place++) {
        Memory.putInt(array + (long) place * Integer.BYTES, place);
      }
    }
  }

  static long queuesBytes(long params) {
    long completionsEnd =
        uint32(params, SetupLayout.CQ_CQES) + uint32(params, SetupLayout.CQ_ENTRIES) * Cqe.BYTES;
    if (!hasArray(params)) {
      return completionsEnd;
    }
    long arrayEnd =
        uint32(params, SetupLayout.SQ_ARRAY)
            + uint32(params, SetupLayout.SQ_ENTRIES) * Integer.BYTES;
    return Math.max(completionsEnd, arrayEnd);
  }

  static long sqesBytes(long params) {
    return uint32(params, SetupLayout.SQ_ENTRIES) * Sqe.BYTES;
  }

  SubmissionQueue submissionQueue(Thread owner) {
    return new SubmissionQueue(owner, sqHead, sqTail, sqes, sqEntries);
  }

  CompletionQueue completionQueue(Thread owner) {
    return new CompletionQueue(owner, cqHead, cqTail, cqes, sqFlags, cqOverflow, cqEntries);
  }

  void unmap() {
    MemoryCalls.munmap(sqes, sqesBytes);
    MemoryCalls.munmap(queues, queuesBytes);
  }

  private static boolean hasArray(long params) {
    return (Memory.getInt(params + SetupLayout.FLAGS) & IoUring.IORING_SETUP_NO_SQARRAY) == 0;
  }

  private static long uint32(long params, long field) {
    return Memory.getInt(params + field) & 0xFFFF_FFFFL;
  }
}
