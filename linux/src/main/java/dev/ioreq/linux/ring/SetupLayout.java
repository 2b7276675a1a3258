package dev.ioreq.linux.ring;

/// Where the fields of the structures that set a ring up lie.
///
/// ```
///   struct io_uring_params (linux/io_uring.h, Linux 6.18, size since 5.1), byte numbers
///     0 sq_entries    4 cq_entries    8 flags        12 sq_thread_cpu   16 sq_thread_idle
///    20 features     24 wq_fd        28 three words of zero
///    40 sq_off: head, tail, ring_mask, ring_entries, flags, dropped, array, zero; user_addr at 72
///    80 cq_off: head, tail, ring_mask, ring_entries, overflow, cqes, flags, zero; user_addr at 112
///
///   struct io_uring_getevents_arg         0 sigmask   8 sigmask_sz   12 min_wait_usec   16 ts
///   struct __kernel_timespec              0 tv_sec    8 tv_nsec
///   struct io_uring_probe                 0 last_op   1 ops_len   16 ops of 8 bytes: flags at 2
///   struct io_uring_rsrc_update           0 offset    8 data
///   struct io_uring_rsrc_update2          0 offset    8 data   16 tags   24 nr
///   struct io_uring_rsrc_register         0 nr        4 flags   16 data   24 tags
/// ```
///
/// A name in `sq_off` and `cq_off` is a number of bytes from the start of the mapped rings.
final class SetupLayout {
  static final long SQ_ENTRIES = 0;
  static final long CQ_ENTRIES = 4;
  static final long FLAGS = 8;
  static final long FEATURES = 20;
  static final long SQ_HEAD = 40;
  static final long SQ_TAIL = 44;
  static final long SQ_RING_MASK = 48;
  static final long SQ_FLAGS = 56;
  static final long SQ_ARRAY = 64;
  static final long CQ_HEAD = 80;
  static final long CQ_TAIL = 84;
  static final long CQ_RING_MASK = 88;
  static final long CQ_OVERFLOW = 96;
  static final long CQ_CQES = 100;
  static final int PARAMS_BYTES = 120;

  static final long GETEVENTS_TS = 16;
  static final int GETEVENTS_BYTES = 24;

  static final long TV_SEC = 0;
  static final long TV_NSEC = 8;
  static final int TIMESPEC_BYTES = 16;

  static final long PROBE_LAST_OP = 0;
  static final long PROBE_OPS = 16;
  static final long PROBE_OP_FLAGS = 2;
  static final int PROBE_OP_BYTES = 8;

  static final long UPDATE_OFFSET = 0;
  static final long UPDATE_DATA = 8;
  static final int UPDATE_BYTES = 16;
  static final long UPDATE2_NR = 24;
  static final int UPDATE2_BYTES = 32;

  static final long REGISTER_NR = 0;
  static final long REGISTER_FLAGS = 4;
  static final int REGISTER_BYTES = 32;

  private SetupLayout() {}
}
