package dev.ioreq.linux.device;

/// Whether transfers of one direction are to be tried without a thread of the kernel's. A try that
/// fails costs some hundred nanoseconds, so after each that fails more go without one, up to 1024;
/// after one that does not, the next is tried again.
///
/// The engine's thread only.
final class ThreadTrial {
  private static final int MOST = 1024;

  private int left; // that are not to be tried
  private int next = 1;

  /// Counts a transfer.
  ///
  /// @return whether to try it
  boolean isDue() { // hot path
    if (left == 0) {
      return true;
    }
    left--;
    return false;
  }

  /// One that was tried would have needed a thread.
  void failed() {
    if (left == 0) { // else one of several that were tried at the same time
      left = next;
      next = Math.min(2 * next, MOST);
    }
  }

  /// One that was tried needed none.
  void succeeded() { // hot path
    if (next != 1) {
      next = 1;
      left = 0;
    }
  }
}
