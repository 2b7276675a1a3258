package dev.ioreq.linux.engine;

import dev.ioreq.Packet;
import org.jspecify.annotations.Nullable;

/// Packets that were sent on the engine's thread and have no entry in the ring yet, oldest first.
/// The engine thread's.
final class PacketQueue {
  private @Nullable Packet oldest;
  private @Nullable Packet newest;
  private int size;

  void add(Packet packet) { // hot path
    if (newest == null) {
      oldest = packet;
    } else {
      newest.link = packet;
    }
    newest = packet;
    size++;
  }

  /// Looks at the oldest.
  @Nullable Packet peek() { // hot path
    return oldest;
  }

  /// Takes the oldest.
  @Nullable Packet poll() { // hot path
    Packet packet = oldest;
    if (packet != null) {
      oldest = packet.link;
      if (oldest == null) {
        newest = null;
      }
      packet.link = null;
      size--;
    }
    return packet;
  }

  boolean isEmpty() {
    return oldest == null;
  }

  int size() {
    return size;
  }
}
