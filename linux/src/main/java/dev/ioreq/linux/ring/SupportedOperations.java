package dev.ioreq.linux.ring;

import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.abi.RingCalls;
import java.lang.foreign.Arena;
import java.util.BitSet;

/// Which operations the kernel knows. Immutable.
final class SupportedOperations {
  private static final int MAX_OPERATIONS = 256;

  private final BitSet known;

  private SupportedOperations(BitSet known) {
    this.known = known;
  }

  /// Asks the kernel (`IORING_REGISTER_PROBE`).
  static SupportedOperations probe(int ringFd) {
    BitSet known = new BitSet(MAX_OPERATIONS);
    try (Arena arena = Arena.ofConfined()) {
      long probe =
          arena
              .allocate(
                  SetupLayout.PROBE_OPS + (long) MAX_OPERATIONS * SetupLayout.PROBE_OP_BYTES,
                  Long.BYTES)
              .address();
      int result = RingCalls.register(ringFd, IoUring.IORING_REGISTER_PROBE, probe, MAX_OPERATIONS);
      if (result >= 0) {
        int last = Memory.getByte(probe + SetupLayout.PROBE_LAST_OP) & 0xFF;
        for (int opcode = 0; opcode <= last; opcode++) {
          long operation =
              probe + SetupLayout.PROBE_OPS + (long) opcode * SetupLayout.PROBE_OP_BYTES;
          int flags = Memory.getShort(operation + SetupLayout.PROBE_OP_FLAGS);
          known.set(opcode, (flags & IoUring.IO_URING_OP_SUPPORTED) != 0);
        }
      }
    }
    return new SupportedOperations(known);
  }

  boolean contains(int opcode) {
    return known.get(opcode);
  }
}
