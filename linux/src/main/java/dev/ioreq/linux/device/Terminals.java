package dev.ioreq.linux.device;

import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.IoctlNumber;
import dev.ioreq.linux.abi.Memory;
import java.lang.foreign.Arena;

/// What terminals say of themselves.
///
/// @see "man 3 termios"
final class Terminals {
  /*
   *   struct termios (asm/termbits.h)    byte 0    4    8    12    16   17                    36
   *                                           │ i  │ o  │ c  │ l   │ld  │ 19 control characters │
   */
  private static final int TERMIOS_BYTES = 64; // more than any of them
  private static final int LOCAL_MODES = 12;
  private static final int CONTROL_CHARACTERS = 17;
  private static final int VMIN = 6;
  private static final int ICANON = 2;

  private Terminals() {}

  /// Whether a descriptor is a terminal's, or the master's of one.
  static boolean isTerminal(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      return DescriptorCalls.ioctl(fd, IoctlNumber.TCGETS, termios(arena)) >= 0;
    }
  }

  /// How many bytes must be there before the terminal calls itself readable.
  ///
  /// @return `VMIN`; 1 where lines are read, and where it does not say
  static int leastBytes(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      long termios = termios(arena);
      boolean isRaw =
          DescriptorCalls.ioctl(fd, IoctlNumber.TCGETS, termios) >= 0
              && (Memory.getInt(termios + LOCAL_MODES) & ICANON) == 0;
      return isRaw ? Memory.getByte(termios + CONTROL_CHARACTERS + VMIN) & 0xFF : 1;
    }
  }

  /// Whether a read would find as much as the terminal calls enough, its end, or an error.
  static boolean hasBytes(int fd) {
    int events;
    do {
      events = DescriptorCalls.poll(fd, DescriptorCalls.POLLIN, 0);
    } while (events == -Errno.EINTR);
    return events != 0; // an error is the read's to find
  }

  private static long termios(Arena arena) {
    return arena.allocate(TERMIOS_BYTES, Long.BYTES).address();
  }
}
