package dev.ioreq.linux.ring;

import static dev.ioreq.linux.abi.MemoryCalls.MAP_POPULATE;
import static dev.ioreq.linux.abi.MemoryCalls.MAP_SHARED;
import static dev.ioreq.linux.abi.MemoryCalls.PROT_READ;
import static dev.ioreq.linux.abi.MemoryCalls.PROT_WRITE;

import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.abi.MemoryCalls;
import dev.ioreq.linux.abi.NativeAccess;
import dev.ioreq.linux.abi.RingCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Opens rings, step by step, and takes back what was done when a step fails.
///
/// ```
///   io_uring_setup ──▶ features there? ──▶ map the queues ──▶ map the entries ──▶ Ring
///      │  ▲ EINVAL: without the newest flag
///      └──┘
/// ```
///
/// Flags have ever been given the next higher bit, and a later one may need an earlier one
/// (`DEFER_TASKRUN` needs `SINGLE_ISSUER`). So dropping the highest bit drops the newest flag, and
/// never leaves one that lacks what it needs.
final class RingSetup {
  /// All of them are in Linux 5.11: one mapping (5.4), no completion lost (5.5), entries free after
  /// enter (5.5), waiting for a time (5.11).
  private static final int REQUIRED =
      IoUring.IORING_FEAT_SINGLE_MMAP
          | IoUring.IORING_FEAT_NODROP
          | IoUring.IORING_FEAT_SUBMIT_STABLE
          | IoUring.IORING_FEAT_EXT_ARG;

  private static final Path SWITCH = Path.of("/proc/sys/kernel/io_uring_disabled");

  private RingSetup() {}

  static RingOpening open(RingConfig config) {
    Optional<String> problem = NativeAccess.problem();
    if (problem.isPresent()) {
      return new RingOpening.Refused(Errno.ENOSYS, "no io_uring: " + problem.get());
    }
    try (Arena arena = Arena.ofConfined()) {
      long params = arena.allocate(SetupLayout.PARAMS_BYTES, Long.BYTES).address();
      int flags = config.setupFlags();
      int fd = setUp(config, flags, params);
      while (fd == -Errno.EINVAL && flags != 0) {
        flags &= ~Integer.highestOneBit(flags);
        fd = setUp(config, flags, params);
      }
      return fd < 0 ? refused("io_uring_setup", -fd) : openMapped(fd, params);
    }
  }

  private static int setUp(RingConfig config, int flags, long params) {
    Memory.clear(params, SetupLayout.PARAMS_BYTES);
    Memory.putInt(params + SetupLayout.CQ_ENTRIES, config.cqEntries());
    Memory.putInt(params + SetupLayout.FLAGS, flags);
    return RingCalls.setup(config.sqEntries(), params);
  }

  private static RingOpening openMapped(int fd, long params) {
    int features = Memory.getInt(params + SetupLayout.FEATURES);
    if ((features & REQUIRED) != REQUIRED) {
      FileCalls.close(fd);
      return new RingOpening.Refused(
          Errno.ENOSYS,
          "the io_uring of this kernel lacks features 0x%x; Linux 5.11 or later has them"
              .formatted(REQUIRED & ~features));
    }
    long queues = map(fd, RingMemory.queuesBytes(params), IoUring.IORING_OFF_SQ_RING);
    if (queues < 0) {
      FileCalls.close(fd);
      return refused("mmap of the queues", (int) -queues);
    }
    long sqes = map(fd, RingMemory.sqesBytes(params), IoUring.IORING_OFF_SQES);
    if (sqes < 0) {
      MemoryCalls.munmap(queues, RingMemory.queuesBytes(params));
      FileCalls.close(fd);
      return refused("mmap of the entries", (int) -sqes);
    }
    int flags = Memory.getInt(params + SetupLayout.FLAGS);
    return new RingOpening.Opened(
        new Ring(fd, new RingMemory(queues, sqes, params), flags, features));
  }

  private static long map(int fd, long lengthBytes, long offsetBytes) {
    return MemoryCalls.mmap(
        lengthBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offsetBytes);
  }

  private static RingOpening refused(String call, int errno) {
    return new RingOpening.Refused(
        errno, call + " gives " + Errno.describe(errno) + "; " + explain(errno));
  }

  private static String explain(int errno) {
    return switch (errno) {
      case Errno.EPERM ->
          isSwitchedOff()
              ? "io_uring is switched off; set kernel.io_uring_disabled to 0 with sysctl"
              : "io_uring is forbidden here, as a rule by the seccomp filter of a container:"
                  + " allow io_uring_setup, io_uring_enter and io_uring_register in its profile";
      case Errno.EACCES -> "io_uring is forbidden here by a security module of the kernel";
      case Errno.ENOSYS ->
          "the kernel has no io_uring (Linux 5.11 or later does), or a seccomp filter hides it";
      case Errno.ENOMEM ->
          "no memory for the ring: raise the limit of locked memory (ulimit -l) or of the cgroup,"
              + " or ask for fewer entries";
      case Errno.EMFILE -> "raise the limit of open files of the process (ulimit -n)";
      case Errno.ENFILE -> "raise the limit of open files of the system (sysctl fs.file-max)";
      case Errno.EINVAL -> "the kernel takes none of the flags and lengths asked for";
      default -> "no ring can be had";
    };
  }

  private static boolean isSwitchedOff() {
    try {
      return !Files.readString(SWITCH).strip().equals("0");
    } catch (IOException e) {
      return false; // kernels before Linux 6.6 have no such switch
    }
  }
}
