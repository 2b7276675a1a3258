package dev.ioreq.linux.abi;

import java.lang.foreign.Arena;

/// Forbids the calling thread, and every thread it starts from then on, one system call, as the
/// profile of a container does. It cannot be taken back: for a [ChildJvm].
///
/// ```
///   struct sock_filter (linux/filter.h)   0 code (16 bits)  2 jump if true  3 jump if false  4 operand
///   struct sock_fprog                     0 count (16 bits) 8 address of the filters
/// ```
///
/// @see "man 2 seccomp"
public final class SeccompFilter {
  private static final int PR_SET_SECCOMP = 22;
  private static final int SECCOMP_MODE_FILTER = 2;

  private static final long LOAD_NUMBER = 0x20; // BPF_LD | BPF_W | BPF_ABS, of seccomp_data.nr
  private static final long SKIP_UNLESS_EQUAL = 0x15 | 1L << 24; // BPF_JMP | BPF_JEQ, 0 or 1 ahead
  private static final long RETURN = 0x06; // BPF_RET
  private static final long SECCOMP_RET_ERRNO = 0x0005_0000L;
  private static final long SECCOMP_RET_ALLOW = 0x7fff_0000L;

  private SeccompFilter() {}

  /// Installs the filter.
  ///
  /// @param callNumber the system call, by its number on this processor
  /// @param errno what it fails with
  public static void refuse(int callNumber, int errno) {
    try (Arena arena = Arena.ofConfined()) {
      long filters = arena.allocate(4 * 8, 8).address();
      Memory.putLong(filters, LOAD_NUMBER);
      Memory.putLong(filters + 8, SKIP_UNLESS_EQUAL | (long) callNumber << 32);
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
      throw new IllegalStateException("prctl gives " + Errno.describe(-result));
    }
  }
}
