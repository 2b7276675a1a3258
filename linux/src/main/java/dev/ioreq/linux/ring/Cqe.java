package dev.ioreq.linux.ring;

/// Where the fields of a completion queue entry lie.
///
/// ```
///   struct io_uring_cqe (linux/io_uring.h, Linux 6.18, unchanged since 5.1), byte numbers
///
///   0                                   8                 12                16
///   │ user_data: as in the submission   │ res: a value    │ flags           │
///   │                                   │ or -errno       │ IORING_CQE_F_…  │
/// ```
final class Cqe {
  static final long USER_DATA = 0;
  static final long RES = 8;
  static final long FLAGS = 12;
  static final int BYTES = 16;

  private Cqe() {}
}
