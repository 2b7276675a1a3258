package dev.ioreq.linux.device;

import dev.ioreq.Packet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Direct transfers that a device has no room for: a disk's queue takes so many, a loop device's
/// 128. The kernel would keep a thread waiting for each of the others; here they wait until one
/// that is under way has ended. One for each open target, since each finds out by itself.
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
   *
   * What a packet's word3 says of it:
   *
   *     0 ── tried ──▶ TRIED ── answered ──▶ over, or to be tried otherwise
   *     │                │ refused for want of room
   *     │ others wait    ▼
   *     └────────────▶ AGAIN: waits ── let go ──▶ AGAIN: going ── tried ──▶ TRIED | LAST_TRY
   *                      └─ taken back: its cancel ──▶ 0    └─ withdrawn ──▶ 0
   */

  /// What word3 says of a packet that waits here, or that was let go and is on its way to the ring.
  static final int AGAIN = -3;

  static final int LEAST_UNDER_WAY = 16;
  static final long MOST_BYTES = 64 << 10;

  // in word3, beside the flags of the kernel's that a packet was tried with
  private static final int TRIED = 1 << 29;
  private static final int LAST_TRY = 1 << 30;

  private static final int ENDS_UNTIL_RAISED = 64;

  private final Consumer<Packet> engine;

  private @Nullable Packet first;
  private @Nullable Packet last;
  private int tried; // in the ring, without a thread of the kernel's
  private int going; // to the ring, from here
  private int limit = Integer.MAX_VALUE; // of both together
  private int ends;

  /// @param engine takes a packet to be prepared again; after an error it has not, unless the
  ///   packet is already prepared or withdrawn
  Backlog(Consumer<Packet> engine) {
    this.engine = engine;
  }

  /// Whether a transfer that is to be tried waits here first. Then it does, behind the others.
  boolean keeps(Packet packet) { // hot path
    if (first == null || packet.word3 == AGAIN || tried + going < limit) {
      return false;
    }
    add(packet);
    return true;
  }

  /// An entry was written for a transfer.
  ///
  /// @param flags those it is tried with, `RWF_…`
  /// @param isTried whether the kernel must fail rather than use a thread
  void isPrepared(Packet packet, int flags, boolean isTried) { // hot path
    int marks = 0;
    if (isTried) {
      tried++;
      marks = TRIED;
    }
    if (packet.word3 == AGAIN) {
      going--;
      marks |= LAST_TRY;
    }
    packet.word3 = flags | marks;
  }

  /// Whether a transfer was tried without a thread of the kernel's.
  static boolean wasTried(Packet packet) { // hot path
    return packet.word3 > 0 && (packet.word3 & TRIED) != 0;
  }

  /// The flags that a transfer was last tried with.
  static int flags(Packet packet) {
    return packet.word3 & ~(TRIED | LAST_TRY);
  }

  /// The kernel has answered to a transfer that was tried.
  void answered() { // hot path
    tried--;
  }

  /// Whether a transfer that was tried, and refused, is to wait for others to end. Then it does.
  boolean keepsRefused(Packet packet) {
    if (tried + going < LEAST_UNDER_WAY
        || packet.frame().length() - packet.word1 > MOST_BYTES
        || (packet.word3 & LAST_TRY) != 0
        || packet.isCancelRequested()) {
      return false;
    }
    limit = tried + going;
    ends = 0;
    add(packet);
    return true;
  }

  /// A transfer has ended: lets those go that wait for room, as many as there is room for.
  void letNextGo() { // hot path
    if (first != null) {
      if (++ends == ENDS_UNTIL_RAISED) {
        ends = 0;
        limit++;
      }
      letGo();
    }
  }

  private void letGo() {
    for (Packet next = takeNext(); next != null; next = takeNext()) {
      going++;
      try {
        engine.accept(next);
      } catch (VirtualMachineError e) {
        if (next.word3 == AGAIN) { // it was not taken; the next that ends lets it go
          going--;
          putBack(next);
        }
        return;
      }
    }
  }

  /// A transfer that was let go does not get to the ring.
  void withdrawn(Packet packet) {
    if (packet.word3 == AGAIN) {
      packet.word3 = 0;
      going--;
    }
  }

  /// Takes a packet out that waits.
  ///
  /// @return false if it does not wait here
  @SuppressWarnings("ReferenceEquality")
  boolean takeBack(Packet packet) {
    Packet before = null;
    for (Packet each = first; each != null; each = each.link) {
      if (each == packet) {
        unlink(before, each);
        packet.word3 = 0;
        return true;
      }
      before = each;
    }
    return false;
  }

  private void add(Packet packet) {
    packet.word3 = AGAIN;
    packet.link = null;
    Packet before = last;
    if (before == null) {
      first = packet;
    } else {
      before.link = packet;
    }
    last = packet;
  }

  private void putBack(Packet packet) {
    packet.link = first;
    first = packet;
    if (last == null) {
      last = packet;
    }
  }

  private @Nullable Packet takeNext() {
    Packet packet = first;
    if (packet == null || tried + going >= limit) {
      return null;
    }
    unlink(null, packet);
    return packet;
  }

  private void unlink(@Nullable Packet before, Packet packet) {
    Packet after = packet.link;
    packet.link = null;
    if (before == null) {
      first = after;
    } else {
      before.link = after;
    }
    if (after == null) {
      last = before;
    }
  }
}
