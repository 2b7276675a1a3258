package dev.ioreq.portable;

import dev.ioreq.Packet;
import org.jspecify.annotations.Nullable;

/// Packets in the order of arrival, any of which can be taken out at once.
///
/// Guarded by the lock of whoever has it.
final class PacketQueue {
  /*
   *   slots (a power of two)   … null │ P │ P │ null │ P │ null …
   *                                    ▲head       removed    ▲tail
   *
   * The number of a packet's slot stands in its word1. It may be stale, or another device's, where a cancel asks for a
   * packet that is not here; so the slot is believed only if it is in use and holds that very packet.
   *
   * Not linked through the packets: those in the middle must come out in constant time, and be free for their next send.
   */
  private static final int LEAST_SLOTS = 64;

  private @Nullable Packet[] slots = new Packet[LEAST_SLOTS];
  private long head;
  private long tail;
  private int size;

  int size() {
    return size;
  }

  void add(Packet packet) {
    if (tail - head == slots.length) {
      makeRoom();
    }
    append(packet);
  }

  /// The oldest packet, taken out.
  @Nullable Packet poll() {
    while (head < tail) {
      Packet packet = slots[index(head)];
      slots[index(head)] = null;
      head++;
      if (packet != null) {
        size--;
        return packet;
      }
    }
    return null;
  }

  /// Takes a packet out.
  ///
  /// @return whether it was in
  boolean remove(Packet packet) {
    long at = packet.word1;
    if (at < head || at >= tail || slots[index(at)] != packet) {
      return false;
    }
    slots[index(at)] = null;
    size--;
    return true;
  }

  private void append(Packet packet) {
    packet.word1 = tail;
    slots[index(tail)] = packet;
    tail++;
    size++;
  }

  /// Closes the gaps, and doubles the slots if few were gaps.
  private void makeRoom() {
    @Nullable Packet[] before = slots;
    long first = head;
    slots = new Packet[size > before.length / 2 ? before.length * 2 : before.length];
    head = 0;
    tail = 0;
    size = 0;
    for (int i = 0; i < before.length; i++) {
      Packet packet = before[(int) (first + i) & before.length - 1];
      if (packet != null) {
        append(packet);
      }
    }
  }

  private int index(long at) {
    return (int) at & slots.length - 1;
  }
}
