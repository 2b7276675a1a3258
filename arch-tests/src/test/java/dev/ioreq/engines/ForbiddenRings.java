package dev.ioreq.engines;

import dev.ioreq.Access;
import dev.ioreq.ControlCode;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.abi.ProcessCalls;
import java.lang.foreign.Arena;

/// Forbids itself rings, then writes and reads a file, and prints how it went. For a process of its
/// own: the filter cannot be taken back.
///
/// ```
///   struct sock_filter (linux/filter.h)   0 code (16 bits)  2 jump if true  3 jump if false  4 operand
///   struct sock_fprog                     0 count (16 bits) 8 address of the filters
/// ```
///
/// @see "man 2 seccomp"
final class ForbiddenRings {
  private static final int SIZE = 1 << 16;
  private static final long IO_URING_SETUP = 425;
  private static final int PR_SET_SECCOMP = 22;
  private static final int SECCOMP_MODE_FILTER = 2;
  private static final long LOAD_NUMBER = 0x20;
  private static final long SKIP_UNLESS_EQUAL = 0x15 | 1L << 24;
  private static final long RETURN = 0x06;
  private static final long SECCOMP_RET_ERRNO = 0x0005_0000L;
  private static final long SECCOMP_RET_ALLOW = 0x7fff_0000L;

  private ForbiddenRings() {}

  public static void main(String[] arguments) throws IoRequestException {
    forbid(Integer.parseInt(arguments[0]));
    String name = "file:" + arguments[1];
    OpenOptions options = OpenOptions.of(Access.READ_WRITE).withCreate();
    try (IoTarget target = IoTarget.open(name, options);
        IoMemory written = IoMemory.allocate(SIZE);
        IoMemory read = IoMemory.allocate(SIZE)) {
      System.out.println("engine " + target.info().engine());
      written.segment().fill((byte) 0x5A);
      System.out.println("wrote " + target.sendWriteSynchronously(written, 0));
      long count = target.sendReadSynchronously(read, 0);
      boolean isSame = written.segment().mismatch(read.segment()) == -1;
      System.out.println("read " + count + (isSame ? " as written" : " otherwise"));
      ControlCode code = ControlCode.linux("FIONREAD", 0x541B, ControlCode.Direction.OUT, 4);
      try {
        target.sendDeviceControlSynchronously(code, IoMemory.none(), read);
        System.out.println("ioctl SUCCESS");
      } catch (IoRequestException e) {
        System.out.println("ioctl " + e.status().name());
      }
    }
    System.out.println("engines " + IoTarget.engines());
    try (IoTarget target = IoTarget.open(name, options.withEngine("ring"))) {
      System.out.println("asked for ring: " + target);
    } catch (IoRequestException e) {
      System.out.println("asked for ring: " + e.status().name());
    }
  }

  private static void forbid(int errno) {
    try (Arena arena = Arena.ofConfined()) {
      long filters = arena.allocate(4 * 8, 8).address();
      Memory.putLong(filters, LOAD_NUMBER);
      Memory.putLong(filters + 8, SKIP_UNLESS_EQUAL | IO_URING_SETUP << 32);
      Memory.putLong(filters + 16, RETURN | (SECCOMP_RET_ERRNO | errno) << 32);
      Memory.putLong(filters + 24, RETURN | SECCOMP_RET_ALLOW << 32);
      long program = arena.allocate(16, 8).address();
      Memory.putShort(program, (short) 4);
      Memory.putLong(program + 8, filters);
      check(ProcessCalls.prctl(ProcessCalls.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
      check(ProcessCalls.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0));
    }
  }

  private static void check(int result) {
    if (result < 0) {
      throw new IllegalStateException("prctl gives " + -result);
    }
  }
}
