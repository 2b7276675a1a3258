package dev.ioreq.linux.engine;

import dev.ioreq.Packet;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Which packet each number stands for, and which of them have no entry in the ring yet. The engine
/// thread's.
///
/// It also keeps the packets, and the buffers they own, reachable while the kernel works on them.
final class RingTable {
  /*
   * A number is free, waiting for its entry to be written, or in the ring. The free ones are a stack and the waiting ones a
   * queue, both linked through next: so a packet that waits costs two stores of an int, where a list of packets would cost
   * the garbage collector's barrier for each of its links.
   *
   *   free ──addWaiting──▶ waiting ──endWait──▶ in the ring ──remove──▶ free
   *     └───────────────────add────────────────────▲
   *
   * In the ring one answer is due, or two: the entry's, and that of the follower behind it, which says that the kernel has let
   * go of the request. They come in this order. If not, because the stack ended before the two were tied together, the
   * entry's own answer counts.
   *
   *   IN_RING ──follow──▶ FOLLOWED ──the entry's answer──▶ KEPT ──the follower's──▶ answered, with the result that was kept
   *      ▲                   └──the follower's──▶ IN_RING
   *      └── the entry's answer ──▶ answered
   *
   * A free number keeps the packet that it stood for: a routine mostly sends its request again, which gets the number that
   * was freed last, its own, and so no reference is stored. Numbers that keep one lie on top of the stack, above all that do
   * not. letGo() clears them, all at a time, at the end of a turn.
   */
  static final int NONE = -1;

  // in next; what is in the ring has one of these
  private static final int IN_RING = -2;
  private static final int FOLLOWED = -3;
  private static final int KEPT = -4;

  private @Nullable Packet[] packets = {};
  private int[] next = {};
  private int[] results = {}; // of those that are KEPT
  private int firstFree = NONE;
  private int oldest = NONE; // of those that wait
  private int newest = NONE;
  private int used;
  private int waiting;

  RingTable() {
    grow(256);
  }

  /// Gives a packet a number.
  ///
  /// @return a number, or [#NONE] if there is no memory for more
  int add(Packet packet) { // hot path
    int number = firstFree;
    if (number == NONE) {
      number = addFromMore();
    }
    if (number != NONE) {
      stand(number, packet);
      firstFree = next[number];
      next[number] = IN_RING;
      used++;
    }
    return number;
  }

  @SuppressWarnings("ReferenceEquality") // the packet of before, not an equal one
  private void stand(int number, Packet packet) { // hot path
    if (packets[number] != packet) {
      packets[number] = packet;
    }
  }

  /// Gives a packet a number, with which it waits behind the others. Where the stack ends in here,
  /// it has not happened: nothing is called between the first step that counts and the last.
  ///
  /// @return false if there is no memory for more
  boolean addWaiting(Packet packet) { // hot path
    if (firstFree == NONE && addFromMore() == NONE) {
      return false;
    }
    int number = firstFree;
    stand(number, packet);
    firstFree = next[number];
    used++;
    next[number] = NONE;
    if (newest == NONE) {
      oldest = number;
    } else {
      next[newest] = number;
    }
    newest = number;
    waiting++;
    return true;
  }

  /// Whether a number is this packet's, and in the ring.
  ///
  /// @param number any value
  boolean hasInRing(long number, Packet packet) {
    return number >= 0
        && number < packets.length
        && next[(int) number] <= IN_RING
        && packets[(int) number] == packet;
  }

  /// A follower was written behind the entry of a number.
  void follow(int number) {
    next[number] = FOLLOWED;
  }

  /// Takes the kernel's answer to an entry.
  ///
  /// @return whether that was all; if not, [#isFollowerAnswered(int)] will say so
  boolean isAnswered(int number, int result) { // hot path
    if (next[number] == IN_RING) {
      return true;
    }
    if (next[number] != FOLLOWED) {
      throw new AssertionError(
          "the kernel completed number " + number + ", which is not in the ring");
    }
    next[number] = KEPT;
    results[number] = result;
    return false;
  }

  /// Takes the kernel's answer to a follower.
  ///
  /// @return whether that was all: then [#result(int)] is the entry's
  boolean isFollowerAnswered(int number) {
    if (next[number] == FOLLOWED) {
      next[number] = IN_RING;
    }
    return next[number] == KEPT;
  }

  /// What the kernel answered to the entry of a number, before its follower's.
  int result(int number) {
    return results[number];
  }

  /// The packet of a number that is not free.
  Packet get(int number) { // hot path
    return Objects.requireNonNull(packets[number]);
  }

  /// Takes a number back that does not wait.
  void remove(int number) { // hot path
    next[number] = firstFree;
    firstFree = number;
    used--;
  }

  /// Keeps the packets of free numbers no longer reachable.
  void letGo() {
    for (int number = firstFree; number != NONE && packets[number] != null; number = next[number]) {
      packets[number] = null;
    }
  }

  /// Which number has waited longest.
  ///
  /// @return a number, or [#NONE]
  int oldest() {
    return oldest;
  }

  /// That one waits no longer.
  void endWait() { // hot path
    int number = oldest;
    oldest = next[number];
    next[number] = IN_RING;
    if (oldest == NONE) {
      newest = NONE;
    }
    waiting--;
  }

  /// How many wait.
  int waiting() {
    return waiting;
  }

  /// How many wait or are in the ring.
  int used() {
    return used;
  }

  /// How many are in the ring.
  int inRing() {
    return used - waiting;
  }

  private int addFromMore() {
    try {
      grow(packets.length * 2);
    } catch (OutOfMemoryError e) {
      return NONE;
    }
    return firstFree;
  }

  private void grow(int size) {
    int old = packets.length;
    int[] links = Arrays.copyOf(next, size);
    int[] more = Arrays.copyOf(results, size);
    packets = Arrays.copyOf(packets, size);
    next = links;
    results = more;
    for (int number = size - 1; number >= old; number--) {
      next[number] = firstFree;
      firstFree = number;
    }
  }
}
