package dev.ioreq.linux.device;

import dev.ioreq.Packet;
import org.jspecify.annotations.Nullable;

/// Direct transfers that a device has no room for: a disk's queue takes so many, a loop device's
/// 128. The kernel would keep a thread waiting for each of the others; here they wait until one
/// that is under way has ended. One for each open target, since each finds out by itself.
///
/// One that is cancelled while it waits ends when its turn comes, as one in a disk's queue does.
///
/// The engine's thread only.
final class Backlog {
  /*
   *   a transfer is refused, k others are under way ──▶ limit = k, it waits
   *   while some wait:  who comes while as many as the limit are under way waits behind them
   *                     one has ended ──▶ as many go as there is room for; after each 64 the limit is one higher
   *   none waits ──▶ no limit
   *
   * "Under way" are those that were tried without a thread of the kernel's, and those that have just been let go and are
   * about to be. So as long as one waits and there is no room, one is under way, which lets it go when it ends.
   *
   * A transfer can be refused for other reasons: the device would have to split it, a file to find blocks for it, the cache
   * to write out what the disk has not. The kernel does not say which. So only small ones wait here, and only where many are
   * under way; and who is refused again from here is given to a thread of the kernel's.
   */
  static final int LEAST_UNDER_WAY = 16;
  static final long MOST_BYTES = 64 << 10;

  private static final int ENDS_UNTIL_RAISED = 64;

  private @Nullable Packet first;
  private @Nullable Packet last;
  private int limit = Integer.MAX_VALUE;
  private int ends;

  /// Whether a transfer that comes now is to wait.
  boolean isToWait(int underWay) { // hot path
    return first != null && underWay >= limit;
  }

  /// Notes how many the device takes.
  ///
  /// @param underWay how many it has, while it refuses another
  void refused(int underWay) {
    limit = underWay;
    ends = 0;
  }

  /// Lets one wait, behind the others.
  void add(Packet packet) {
    packet.link = null;
    Packet before = last;
    if (before == null) {
      first = packet;
    } else {
      before.link = packet;
    }
    last = packet;
  }

  /// Lets one wait, before the others.
  void putBack(Packet packet) {
    packet.link = first;
    first = packet;
    if (last == null) {
      last = packet;
    }
  }

  /// A transfer has ended.
  ///
  /// @return whether any waits
  boolean ended() { // hot path
    if (first == null) {
      return false;
    }
    if (++ends == ENDS_UNTIL_RAISED) {
      ends = 0;
      limit++;
    }
    return true;
  }

  /// Who goes now.
  ///
  /// @return null if none waits, or there is no room
  @Nullable Packet next(int underWay) {
    Packet packet = first;
    if (packet == null || underWay >= limit) {
      return null;
    }
    first = packet.link;
    packet.link = null;
    if (first == null) {
      last = null;
    }
    return packet;
  }
}
