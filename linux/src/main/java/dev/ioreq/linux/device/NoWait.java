package dev.ioreq.linux.device;

import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.TransferCalls;

/// Transfers of one open file that end rather than wait, and whether its driver or file system can
/// do that.
///
/// Any thread. The fields are hints, racy on purpose: a thread that has not seen one tries once
/// more, and learns the same.
final class NoWait {
  private final int fd;
  private final boolean isTried;
  private boolean canRead;
  private boolean canWrite;
  private boolean knowsReads; // that it works: a read has said EAGAIN once
  private boolean knowsWrites;
  private boolean cannotRead; // that it does not
  private boolean cannotWrite;

  NoWait(int fd, boolean isTried) {
    this.fd = fd;
    this.isTried = isTried;
    canRead = isTried;
    canWrite = isTried;
  }

  /// Whether a transfer is to be tried where it was sent: nothing is known against it.
  boolean isPossible(boolean isRead) {
    return isRead ? canRead : canWrite;
  }

  /// Moves what is at hand.
  ///
  /// @param offsetBytes where to start; -1 for a file without positions
  /// @param flags `RWF_…`: with `RWF_NOWAIT`, but for a descriptor that never waits
  /// @return the bytes moved, or `-errno`: to be shown to [#isWaitNeeded(boolean, int)]
  long move(boolean isRead, long address, long lengthBytes, long offsetBytes, int flags) {
    // hot path: see FileReadBenchmark
    long moved =
        isRead
            ? TransferCalls.tryRead(fd, address, lengthBytes, offsetBytes, flags)
            : TransferCalls.tryWrite(fd, address, lengthBytes, offsetBytes, flags);
    if (moved >= 0) {
      return moved;
    }
    if (isRead ? knowsReads : knowsWrites) {
      return -Errno.EAGAIN; // or what it is: the ring will say so
    }
    // a failed transfer has moved nothing; the slower call says why
    return isRead
        ? TransferCalls.preadv2(fd, address, lengthBytes, offsetBytes, flags)
        : TransferCalls.pwritev2(fd, address, lengthBytes, offsetBytes, flags);
  }

  /// Whether a transfer has failed because it would have had to wait, or may have to: then it is
  /// the ring's. Remembers which of the two.
  boolean isWaitNeeded(boolean isRead, int errno) {
    if (errno == Errno.EAGAIN) {
      if (isRead) {
        knowsReads = true;
      } else {
        knowsWrites = true;
      }
      return true;
    }
    if (isUnknown(errno)) {
      if (isRead) {
        canRead = false;
        cannotRead = true;
      } else {
        canWrite = false;
        cannotWrite = true;
      }
      return true;
    }
    return false;
  }

  /// Whether a transfer is known not to end rather than wait.
  boolean isRefused(boolean isRead) {
    return isRead ? cannotRead : cannotWrite;
  }

  /// Whether an error says that the flag is not known.
  static boolean isUnknown(int errno) {
    return errno == Errno.EOPNOTSUPP || errno == Errno.ENOSYS;
  }

  /// Forgets what is known against it.
  void tryAgain() {
    canRead = isTried;
    canWrite = isTried;
    cannotRead = false;
    cannotWrite = false;
  }
}
