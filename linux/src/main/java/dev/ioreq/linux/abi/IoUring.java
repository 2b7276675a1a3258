package dev.ioreq.linux.abi;

/// The numbers of io_uring, under the kernel's names.
///
/// Taken from linux/io_uring.h of Linux 6.1; what came later carries the version that brought it.
///
/// @see "man 7 io_uring"
public final class IoUring {
  public static final int IORING_SETUP_IOPOLL = 1 << 0;
  public static final int IORING_SETUP_SQPOLL = 1 << 1;
  public static final int IORING_SETUP_SQ_AFF = 1 << 2;
  public static final int IORING_SETUP_CQSIZE = 1 << 3;
  public static final int IORING_SETUP_CLAMP = 1 << 4;
  public static final int IORING_SETUP_ATTACH_WQ = 1 << 5;
  public static final int IORING_SETUP_R_DISABLED = 1 << 6;
  public static final int IORING_SETUP_SUBMIT_ALL = 1 << 7;
  public static final int IORING_SETUP_COOP_TASKRUN = 1 << 8;
  public static final int IORING_SETUP_TASKRUN_FLAG = 1 << 9;
  public static final int IORING_SETUP_SQE128 = 1 << 10;
  public static final int IORING_SETUP_CQE32 = 1 << 11;
  public static final int IORING_SETUP_SINGLE_ISSUER = 1 << 12;
  public static final int IORING_SETUP_DEFER_TASKRUN = 1 << 13;
  public static final int IORING_SETUP_NO_MMAP = 1 << 14; // 6.5
  public static final int IORING_SETUP_REGISTERED_FD_ONLY = 1 << 15; // 6.5
  public static final int IORING_SETUP_NO_SQARRAY = 1 << 16; // 6.6
  public static final int IORING_SETUP_HYBRID_IOPOLL = 1 << 17; // 6.13
  public static final int IORING_SETUP_CQE_MIXED = 1 << 18; // 6.18
  public static final int IORING_SETUP_SQE_MIXED = 1 << 19; // 6.19

  public static final int IORING_FEAT_SINGLE_MMAP = 1 << 0;
  public static final int IORING_FEAT_NODROP = 1 << 1;
  public static final int IORING_FEAT_SUBMIT_STABLE = 1 << 2;
  public static final int IORING_FEAT_RW_CUR_POS = 1 << 3;
  public static final int IORING_FEAT_FAST_POLL = 1 << 5;
  public static final int IORING_FEAT_EXT_ARG = 1 << 8;

  /// Linux 6.14.
  public static final int IORING_FEAT_RW_ATTR = 1 << 16;

  public static final long IORING_OFF_SQ_RING = 0L;
  public static final long IORING_OFF_SQES = 0x10000000L;

  public static final int IORING_SQ_CQ_OVERFLOW = 1 << 1;
  public static final int IORING_SQ_TASKRUN = 1 << 2;

  public static final int IORING_ENTER_GETEVENTS = 1 << 0;
  public static final int IORING_ENTER_EXT_ARG = 1 << 3;
  public static final int IORING_ENTER_REGISTERED_RING = 1 << 4;

  public static final int IORING_REGISTER_FILES = 2;
  public static final int IORING_UNREGISTER_BUFFERS = 1;
  public static final int IORING_UNREGISTER_FILES = 3;
  public static final int IORING_REGISTER_FILES_UPDATE = 6;
  public static final int IORING_REGISTER_PROBE = 8;
  public static final int IORING_REGISTER_BUFFERS2 = 15;
  public static final int IORING_REGISTER_BUFFERS_UPDATE = 16;
  public static final int IORING_REGISTER_RING_FDS = 20;
  public static final int IORING_UNREGISTER_RING_FDS = 21;
  public static final int IORING_RSRC_REGISTER_SPARSE = 1 << 0;
  public static final int IO_URING_OP_SUPPORTED = 1 << 0;

  public static final int IOSQE_FIXED_FILE = 1 << 0;
  public static final int IOSQE_IO_DRAIN = 1 << 1;
  public static final int IOSQE_IO_LINK = 1 << 2;
  public static final int IOSQE_IO_HARDLINK = 1 << 3;
  public static final int IOSQE_ASYNC = 1 << 4;
  public static final int IOSQE_BUFFER_SELECT = 1 << 5;
  public static final int IOSQE_CQE_SKIP_SUCCESS = 1 << 6;

  public static final int IORING_OP_NOP = 0;
  public static final int IORING_OP_READV = 1;
  public static final int IORING_OP_WRITEV = 2;
  public static final int IORING_OP_FSYNC = 3;
  public static final int IORING_OP_READ_FIXED = 4;
  public static final int IORING_OP_WRITE_FIXED = 5;
  public static final int IORING_OP_POLL_ADD = 6;
  public static final int IORING_OP_POLL_REMOVE = 7;
  public static final int IORING_OP_SYNC_FILE_RANGE = 8;
  public static final int IORING_OP_SENDMSG = 9;
  public static final int IORING_OP_RECVMSG = 10;
  public static final int IORING_OP_TIMEOUT = 11;
  public static final int IORING_OP_TIMEOUT_REMOVE = 12;
  public static final int IORING_OP_ACCEPT = 13;
  public static final int IORING_OP_ASYNC_CANCEL = 14;
  public static final int IORING_OP_LINK_TIMEOUT = 15;
  public static final int IORING_OP_CONNECT = 16;
  public static final int IORING_OP_FALLOCATE = 17;
  public static final int IORING_OP_OPENAT = 18;
  public static final int IORING_OP_CLOSE = 19;
  public static final int IORING_OP_FILES_UPDATE = 20;
  public static final int IORING_OP_STATX = 21;
  public static final int IORING_OP_READ = 22;
  public static final int IORING_OP_WRITE = 23;
  public static final int IORING_OP_FADVISE = 24;
  public static final int IORING_OP_MADVISE = 25;
  public static final int IORING_OP_SEND = 26;
  public static final int IORING_OP_RECV = 27;
  public static final int IORING_OP_SPLICE = 30;
  public static final int IORING_OP_SHUTDOWN = 34;
  public static final int IORING_OP_MSG_RING = 40;
  public static final int IORING_OP_SOCKET = 45;
  public static final int IORING_OP_URING_CMD = 46;

  public static final int IORING_FSYNC_DATASYNC = 1 << 0;
  public static final int IORING_TIMEOUT_ABS = 1 << 0;
  public static final int IORING_TIMEOUT_ETIME_SUCCESS = 1 << 5;
  public static final int IORING_POLL_ADD_MULTI = 1 << 0;
  public static final int IORING_ASYNC_CANCEL_ALL = 1 << 0;
  public static final int IORING_ASYNC_CANCEL_FD = 1 << 1;
  public static final int IORING_ASYNC_CANCEL_ANY = 1 << 2;
  public static final int IORING_ASYNC_CANCEL_FD_FIXED = 1 << 3;
  public static final int IORING_ASYNC_CANCEL_USERDATA = 1 << 4;
  public static final int IORING_ASYNC_CANCEL_OP = 1 << 5;
  public static final int IORING_MSG_DATA = 0;

  /// Block discard as an asynchronous command: `_IO(0x12, 0)` of linux/blkdev.h; 6.12.
  public static final int BLOCK_URING_CMD_DISCARD = 0x1200;

  public static final int IORING_CQE_F_BUFFER = 1 << 0;
  public static final int IORING_CQE_F_MORE = 1 << 1;
  public static final int IORING_CQE_F_SOCK_NONEMPTY = 1 << 2;
  public static final int IORING_CQE_F_NOTIF = 1 << 3;

  private IoUring() {}
}
