package dev.ioreq.linux.device;

import dev.ioreq.Packet;
import org.jspecify.annotations.Nullable;

/// Direct transfers that a device has no room for: a disk's queue takes so many, a loop device's
/// 128. The kernel would keep a thread waiting for each of the others; here they wait until one
/// that is under way has ended.
///
/// The engine's thread only.
final class Backlog {
  /*
   *   a transfer is refused, k others are under way ──▶ limit = k, it waits
   *   while some wait:  who comes while as many as the limit are under way waits behind them
   *                     one has ended ──▶ the first goes; after each 64 the limit is one higher
   *   none waits ──▶ no limit
   *
   * Whoever goes from here goes past those that wait, and does not come back: if he is refused again, it is not for want of
   * room, and the kernel is to use a thread. So he ends, or is withdrawn, and then the next one goes. The first one waits
   * only while another is under way. So as long as one waits, one is under way.
   */
  private static final int ENDS_UNTIL_RAISED = 64;

  private @Nullable Packet first;
  private @Nullable Packet last;
  private int limit;
  private int ends;

  /// Whether a transfer that comes now is to wait.
  ///
  /// @param underWay how many the device has, not counting those that a thread of the kernel's has
  boolean isToWait(int underWay) { // hot path
    return first != null && underWay >= limit;
  }

  /// Whether the device takes more than these.
  boolean hasRoom(int underWay) {
    return underWay < limit;
  }

  /// Notes how many the device takes.
  ///
  /// @param underWay how many it has, 1 or more, while it refuses another
  void refused(int underWay) {
    limit = underWay;
    ends = 0;
  }

  /// Lets one wait, behind the others.
  void add(Packet packet) {
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

  /// One has left the ring.
  ///
  /// @return who goes now; null if none waits
  @Nullable Packet next() { // hot path
    Packet packet = first;
    if (packet == null) {
      return null;
    }
    if (++ends == ENDS_UNTIL_RAISED) {
      ends = 0;
      limit++;
    }
    first = packet.link;
    packet.link = null;
    if (first == null) {
      last = null;
    }
    return packet;
  }
}
