package dev.ioreq.linux.ring;

import dev.ioreq.linux.abi.IoUring;

/// What a ring is wished to be. The kernel rounds both lengths up to a power of two and cuts them
/// to its own limit (32 768 and 65 536); [Ring] tells what it became.
///
/// @param sqEntries how many entries can be written between two calls of the kernel, from 1
/// @param cqEntries how many completions can wait, from `sqEntries`; more than that are kept by the
///   kernel at a price
/// @param setupFlags `IORING_SETUP_…` wished for; those the kernel does not know are done without,
///   the newest first
public record RingConfig(int sqEntries, int cqEntries, int setupFlags) {
  private static final int DEFAULT_ENTRIES = 256;
  private static final int CQ_PER_SQ = 4;

  private static final int DEFAULT_FLAGS =
      IoUring.IORING_SETUP_CQSIZE
          | IoUring.IORING_SETUP_CLAMP
          | IoUring.IORING_SETUP_SUBMIT_ALL
          | IoUring.IORING_SETUP_SINGLE_ISSUER
          | IoUring.IORING_SETUP_DEFER_TASKRUN
          | IoUring.IORING_SETUP_NO_SQARRAY;

  /// Flags that change what entries look like, who reads them or who owns the ring.
  private static final int OTHER_RINGS =
      IoUring.IORING_SETUP_SQPOLL
          | IoUring.IORING_SETUP_SQ_AFF
          | IoUring.IORING_SETUP_ATTACH_WQ
          | IoUring.IORING_SETUP_R_DISABLED
          | IoUring.IORING_SETUP_SQE128
          | IoUring.IORING_SETUP_CQE32
          | IoUring.IORING_SETUP_NO_MMAP
          | IoUring.IORING_SETUP_REGISTERED_FD_ONLY
          | IoUring.IORING_SETUP_CQE_MIXED
          | IoUring.IORING_SETUP_SQE_MIXED;

  /// Checks lengths and flags.
  public RingConfig {
    if (sqEntries < 1) {
      throw new IllegalArgumentException("sqEntries is " + sqEntries + "; a ring needs at least 1");
    }
    if (cqEntries < sqEntries) {
      throw new IllegalArgumentException(
          "cqEntries is %d, less than sqEntries, which is %d".formatted(cqEntries, sqEntries));
    }
    if ((setupFlags & OTHER_RINGS) != 0) {
      throw new IllegalArgumentException(
          "setupFlags contain 0x%x, which make rings of a kind this class does not drive"
              .formatted(setupFlags & OTHER_RINGS));
    }
  }

  /// A ring for one thread that submits and reaps: 256 submissions, 1024 completions.
  public static RingConfig defaults() {
    return new RingConfig(DEFAULT_ENTRIES, CQ_PER_SQ * DEFAULT_ENTRIES, DEFAULT_FLAGS);
  }

  /// The same with other lengths: the completion queue four times the submission queue.
  public RingConfig withSqEntries(int entries) {
    return new RingConfig(entries, Math.multiplyExact(CQ_PER_SQ, entries), setupFlags);
  }

  /// The same with another length of the completion queue.
  public RingConfig withCqEntries(int entries) {
    return new RingConfig(sqEntries, entries, setupFlags);
  }

  /// The same with other flags wished for.
  public RingConfig withSetupFlags(int flags) {
    return new RingConfig(sqEntries, cqEntries, flags);
  }
}
