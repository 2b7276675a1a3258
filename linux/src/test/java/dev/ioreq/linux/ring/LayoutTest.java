package dev.ioreq.linux.ring;

import dev.ioreq.linux.abi.KernelHeaders;
import org.junit.jupiter.api.Test;

class LayoutTest {
  @Test
  void submissionEntryIsTheKernels() {
    new KernelHeaders("linux/io_uring.h")
        .expect("sizeof(struct io_uring_sqe)", Sqe.BYTES)
        .expectOffset("io_uring_sqe", "opcode", Sqe.OPCODE)
        .expectOffset("io_uring_sqe", "flags", Sqe.FLAGS)
        .expectOffset("io_uring_sqe", "ioprio", Sqe.IOPRIO)
        .expectOffset("io_uring_sqe", "fd", Sqe.FD)
        .expectOffset("io_uring_sqe", "off", Sqe.OFF)
        .expectOffset("io_uring_sqe", "addr", Sqe.ADDR)
        .expectOffset("io_uring_sqe", "len", Sqe.LEN)
        .expectOffset("io_uring_sqe", "rw_flags", Sqe.OP_FLAGS)
        .expectOffset("io_uring_sqe", "fsync_flags", Sqe.OP_FLAGS)
        .expectOffset("io_uring_sqe", "cancel_flags", Sqe.OP_FLAGS)
        .expectOffset("io_uring_sqe", "poll32_events", Sqe.OP_FLAGS)
        .expectOffset("io_uring_sqe", "timeout_flags", Sqe.OP_FLAGS)
        .expectOffset("io_uring_sqe", "user_data", Sqe.USER_DATA)
        .expectOffset("io_uring_sqe", "buf_index", Sqe.BUF_INDEX)
        .expectOffset("io_uring_sqe", "personality", Sqe.PERSONALITY)
        .expectOffset("io_uring_sqe", "splice_fd_in", Sqe.FILE_INDEX)
        .compare(17);
  }

  @Test
  void newerPartsOfTheSubmissionEntryAreTheKernels() {
    new KernelHeaders("linux/io_uring.h")
        .expectIfDefined("IORING_SETUP_SQE128", "offsetof(struct io_uring_sqe, addr3)", Sqe.ADDR3)
        .expectIfDefined("IORING_SETUP_SQE128", "offsetof(struct io_uring_sqe, cmd_op)", Sqe.OFF)
        .compare(0);
  }

  @Test
  void completionEntryIsTheKernels() {
    new KernelHeaders("linux/io_uring.h")
        .expect("sizeof(struct io_uring_cqe)", Cqe.BYTES)
        .expectOffset("io_uring_cqe", "user_data", Cqe.USER_DATA)
        .expectOffset("io_uring_cqe", "res", Cqe.RES)
        .expectOffset("io_uring_cqe", "flags", Cqe.FLAGS)
        .compare(4);
  }

  @Test
  void setupParametersAreTheKernels() {
    new KernelHeaders("linux/io_uring.h")
        .expect("sizeof(struct io_uring_params)", SetupLayout.PARAMS_BYTES)
        .expectOffset("io_uring_params", "sq_entries", SetupLayout.SQ_ENTRIES)
        .expectOffset("io_uring_params", "cq_entries", SetupLayout.CQ_ENTRIES)
        .expectOffset("io_uring_params", "flags", SetupLayout.FLAGS)
        .expectOffset("io_uring_params", "features", SetupLayout.FEATURES)
        .expectOffset("io_uring_params", "sq_off.head", SetupLayout.SQ_HEAD)
        .expectOffset("io_uring_params", "sq_off.tail", SetupLayout.SQ_TAIL)
        .expectOffset("io_uring_params", "sq_off.flags", SetupLayout.SQ_FLAGS)
        .expectOffset("io_uring_params", "sq_off.array", SetupLayout.SQ_ARRAY)
        .expectOffset("io_uring_params", "cq_off.head", SetupLayout.CQ_HEAD)
        .expectOffset("io_uring_params", "cq_off.tail", SetupLayout.CQ_TAIL)
        .expectOffset("io_uring_params", "cq_off.overflow", SetupLayout.CQ_OVERFLOW)
        .expectOffset("io_uring_params", "cq_off.cqes", SetupLayout.CQ_CQES)
        .compare(13);
  }

  @Test
  void argumentsOfWaitingAndRegisteringAreTheKernels() {
    new KernelHeaders("linux/io_uring.h")
        .expect("sizeof(struct io_uring_getevents_arg)", SetupLayout.GETEVENTS_BYTES)
        .expectOffset("io_uring_getevents_arg", "ts", SetupLayout.GETEVENTS_TS)
        .expect("sizeof(struct __kernel_timespec)", SetupLayout.TIMESPEC_BYTES)
        .expectOffset("__kernel_timespec", "tv_sec", SetupLayout.TV_SEC)
        .expectOffset("__kernel_timespec", "tv_nsec", SetupLayout.TV_NSEC)
        .expectOffset("io_uring_probe", "last_op", SetupLayout.PROBE_LAST_OP)
        .expectOffset("io_uring_probe", "ops", SetupLayout.PROBE_OPS)
        .expect("sizeof(struct io_uring_probe_op)", SetupLayout.PROBE_OP_BYTES)
        .expectOffset("io_uring_probe_op", "flags", SetupLayout.PROBE_OP_FLAGS)
        .expect("sizeof(struct io_uring_rsrc_update)", SetupLayout.UPDATE_BYTES)
        .expectOffset("io_uring_rsrc_update", "offset", SetupLayout.UPDATE_OFFSET)
        .expectOffset("io_uring_rsrc_update", "data", SetupLayout.UPDATE_DATA)
        .expect("sizeof(struct io_uring_rsrc_update2)", SetupLayout.UPDATE2_BYTES)
        .expectOffset("io_uring_rsrc_update2", "nr", SetupLayout.UPDATE2_NR)
        .expect("sizeof(struct io_uring_rsrc_register)", SetupLayout.REGISTER_BYTES)
        .expectOffset("io_uring_rsrc_register", "nr", SetupLayout.REGISTER_NR)
        .compare(16);
  }
}
