package dev.ioreq.linux.ring;

/// Where the fields of a submission queue entry lie. What a field means depends on the operation.
///
/// ```
///   struct io_uring_sqe (linux/io_uring.h, Linux 6.18; the first 48 bytes since 5.1), byte numbers
///
///    0        1        2                 4                                   8
///    │ opcode │ flags  │ ioprio          │ fd: file, slot or ring             │
///    8                                                                      16
///    │ off: offset · addr2 · user data of a message │ cmd_op (32) · zero (32)│
///   16                                                                      24
///    │ addr: memory · user data to cancel · length to allocate · timespec    │
///   24                                   28                                 32
///    │ len: bytes · mode · result        │ the operation's own flags          │
///   32                                                                      40
///    │ user_data: comes back in the completion                               │
///   40                 42                44                                 48
///    │ buf_index        │ personality     │ file_index                         │
///   48                                                                      56
///    │ addr3: length to discard                                              │
///   56                                                                      64
///    │ zero                                                                  │
/// ```
final class Sqe {
  static final long OPCODE = 0;
  static final long FLAGS = 1;
  static final long IOPRIO = 2;
  static final long FD = 4;
  static final long OFF = 8;
  static final long ADDR = 16;
  static final long LEN = 24;
  static final long OP_FLAGS = 28;
  static final long USER_DATA = 32;
  static final long BUF_INDEX = 40;
  static final long PERSONALITY = 42;
  static final long FILE_INDEX = 44;
  static final long ADDR3 = 48;
  static final long PAD = 56;
  static final int BYTES = 64;

  private Sqe() {}
}
