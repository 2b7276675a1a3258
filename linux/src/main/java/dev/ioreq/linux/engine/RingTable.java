package dev.ioreq.linux.engine;

import dev.ioreq.Packet;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Which packet each number in the ring stands for. The engine thread's.
///
/// It also keeps the packets, and the buffers they own, reachable while the kernel works on them.
final class RingTable {
  private @Nullable Packet[] packets = new Packet[256];
  private int[] free = new int[256];
  private int freeCount;
  private int used;

  RingTable() {
    addFree(0);
  }

  /// Gives a packet a number.
  int add(Packet packet) {
    if (freeCount == 0) {
      int old = packets.length;
      packets = Arrays.copyOf(packets, old * 2);
      free = new int[old * 2];
      addFree(old);
    }
    int number = free[--freeCount];
    packets[number] = packet;
    used++;
    return number;
  }

  Packet get(int number) {
    Packet packet = packets[number];
    if (packet == null) {
      throw new AssertionError(
          "the kernel completed number " + number + ", which is not in the ring");
    }
    return packet;
  }

  void remove(int number) {
    packets[number] = null;
    free[freeCount++] = number;
    used--;
  }

  int used() {
    return used;
  }

  private void addFree(int from) {
    for (int number = packets.length - 1; number >= from; number--) {
      free[freeCount++] = number;
    }
  }
}
