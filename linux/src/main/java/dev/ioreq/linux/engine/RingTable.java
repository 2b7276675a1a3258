package dev.ioreq.linux.engine;

import dev.ioreq.Packet;
import java.util.Arrays;
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
   */
  static final int NONE = -1;

  private @Nullable Packet[] packets = {};
  private int[] next = {};
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
      firstFree = next[number];
      packets[number] = packet;
      used++;
    }
    return number;
  }

  /// Gives a packet a number, with which it waits behind the others. Where the stack ends in here,
  /// it has not happened: nothing is called between the first step and the last.
  ///
  /// @return false if there is no memory for more
  boolean addWaiting(Packet packet) { // hot path
    if (firstFree == NONE && addFromMore() == NONE) {
      return false;
    }
    int number = firstFree;
    firstFree = next[number];
    packets[number] = packet;
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

  /// Whether a number is this packet's.
  ///
  /// @param number any value
  boolean has(long number, Packet packet) {
    return number >= 0 && number < packets.length && packets[(int) number] == packet;
  }

  Packet get(int number) {
    Packet packet = packets[number];
    if (packet == null) {
      throw new AssertionError(
          "the kernel completed number " + number + ", which is not in the ring");
    }
    return packet;
  }

  /// Takes a number back that does not wait.
  void remove(int number) { // hot path
    packets[number] = null;
    next[number] = firstFree;
    firstFree = number;
    used--;
  }

  /// Which number has waited longest.
  ///
  /// @return a number, or [#NONE]
  int oldest() {
    return oldest;
  }

  /// That one waits no longer.
  void endWait() { // hot path
    oldest = next[oldest];
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
    packets = Arrays.copyOf(packets, size);
    next = links;
    for (int number = size - 1; number >= old; number--) {
      next[number] = firstFree;
      firstFree = number;
    }
  }
}
