package dev.ioreq.linux.device;

import dev.ioreq.Packet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Direct transfers that a device has no room for: a disk's queue takes so many, a loop device's
/// 128. The kernel would keep a thread waiting for each of the others; here they wait until one
/// that is under way has ended. One for each open target, since each finds out by itself.
///
/// word2 of a packet that waits is its place.
///
/// The engine's thread only.
final class Backlog {
  /*
   *   a transfer is refused, k others were tried ──▶ limit = k, it waits
   *   while some wait:  who comes while as many as the limit are under way waits behind them
   *                     one has ended ──▶ as many go as there is room for; after each 64 the limit is one higher
   *                     one is cancelled ──▶ it goes, and ends before it comes to the kernel
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
   *     └────────────▶ AGAIN: waits ── its turn, or its cancel ──▶ AGAIN: going ── tried ──▶ TRIED | LAST_TRY
   *                                                                     │ └── given to a thread ──▶ LAST_TRY
   *                                                                     └─ withdrawn ──▶ 0
   *
   * Who waits is in a ring of places, [head, tail), so that a cancel finds its packet at once, whatever their number. One that
   * was taken out of the middle leaves a hole.
   */

  /// What word3 says of a packet that waits here, or that was let go and is on its way to the ring.
  static final int AGAIN = 1 << 28;

  static final int LEAST_UNDER_WAY = 16;
  static final long MOST_BYTES = 64 << 10;

  // in word3, beside the flags of the kernel's that a packet was tried with
  private static final int TRIED = 1 << 29;
  private static final int LAST_TRY = 1 << 30;

  private static final int ENDS_UNTIL_RAISED = 64;
  private static final int LEAST_PLACES = 64;

  private final Consumer<Packet> engine;

  private @Nullable Packet[] places = {}; // as many as a power of two, or none
  private long head;
  private long tail;
  private int waiting; // the holes do not
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
    return waiting != 0 && packet.word3 != AGAIN && tried + going >= limit && add(packet);
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
    return (packet.word3 & TRIED) != 0;
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
    if (tried < LEAST_UNDER_WAY
        || packet.frame().length() - packet.word1 > MOST_BYTES
        || (packet.word3 & LAST_TRY) != 0
        || packet.isCancelRequested()
        || !add(packet)) {
      return false;
    }
    limit = tried;
    ends = 0;
    return true;
  }

  /// A transfer has ended: lets those go that wait for room, as many as there is room for.
  void letNextGo() { // hot path
    if (waiting != 0) {
      if (++ends == ENDS_UNTIL_RAISED) {
        ends = 0;
        limit++;
      }
      letGo();
    }
  }

  /// A transfer does not get to the ring, for the first time or again: others have its room.
  void withdrawn(Packet packet) {
    if (packet.word3 == AGAIN) {
      packet.word3 = 0;
      going--;
    }
    letGo();
  }

  /// Lets a packet go, if it waits here, because its cancel was asked for: the engine will end it.
  void letGoCancelled(Packet packet) {
    long place = packet.word2;
    if (place >= head && place < tail && packet == places[indexOf(place)]) {
      takeOut(place);
      boolean ignored = isGone(packet, place);
    }
  }

  private void letGo() {
    while (waiting != 0 && tried + going < limit) {
      Packet packet = places[indexOf(head)];
      if (packet == null) {
        head++;
      } else {
        long place = head;
        takeOut(place);
        if (!isGone(packet, place)) {
          return;
        }
      }
    }
  }

  /// Sends a packet that was taken out.
  ///
  /// @param place where it was
  /// @return false if it waits again: the next that ends lets it go
  private boolean isGone(Packet packet, long place) {
    going++;
    try {
      engine.accept(packet);
      return true;
    } catch (VirtualMachineError e) {
      if (packet.word3 == AGAIN) { // it was not taken; no call here, there may be no room for one
        going--;
        long back = place >= head && place < tail ? place : --head;
        places[(int) back & (places.length - 1)] = packet;
        packet.word2 = back;
        waiting++;
      }
      return false;
    }
  }

  // ------------------------------------------------------------------ places

  /// How many places there are, free ones and holes included.
  int places() {
    return places.length;
  }

  /// Adds a packet behind the others.
  ///
  /// @return false if there is no memory for its place
  private boolean add(Packet packet) {
    // one is left, for who was taken out and cannot go
    if (tail - head + 1 >= places.length && !hasMadeRoom()) {
      return false;
    }
    places[(int) tail & (places.length - 1)] = packet; // from here on no call: the stack may end
    packet.word2 = tail;
    packet.word3 = AGAIN;
    tail++;
    waiting++;
    return true;
  }

  /// Moves the packets together, into more places if they need them.
  private boolean hasMadeRoom() {
    int size = waiting < places.length / 2 ? places.length : places.length * 2;
    @Nullable Packet[] made;
    try {
      made = new Packet[Math.max(LEAST_PLACES, size)];
    } catch (OutOfMemoryError e) {
      return false;
    }
    int moved = 0;
    for (long place = head; place < tail; place++) {
      Packet packet = places[(int) place & (places.length - 1)];
      if (packet != null) {
        made[moved] = packet;
        packet.word2 = moved;
        moved++;
      }
    }
    places = made;
    head = 0;
    tail = moved;
    return true;
  }

  private void takeOut(long place) {
    places[indexOf(place)] = null;
    waiting--;
    if (waiting == 0) {
      head = tail;
    } else if (place == head) {
      head++;
    }
  }

  private int indexOf(long place) {
    return (int) place & (places.length - 1);
  }
}
