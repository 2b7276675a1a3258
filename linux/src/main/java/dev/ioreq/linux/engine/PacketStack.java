package dev.ioreq.linux.engine;

import dev.ioreq.Packet;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Packets on their way from any thread to the engine's: pushed one by one, taken all at once.
///
/// Two of them exist, over different links of the packet, because a packet can be on its way in and
/// be cancelled at the same time.
abstract class PacketStack {
  /*
   * A stack by CAS on its top. Nothing is ever popped singly, so a top that was seen cannot come back with another
   * successor (no ABA). The pusher's CAS releases the packet's fields, the taker's exchange acquires them. The taker turns
   * the chain round: first pushed, first out.
   */
  private final AtomicReference<@Nullable Packet> top = new AtomicReference<>();

  abstract @Nullable Packet next(Packet packet);

  abstract void next(Packet packet, @Nullable Packet next);

  void push(Packet packet) {
    Packet seen;
    do {
      seen = top.get();
      next(packet, seen);
    } while (!top.compareAndSet(seen, packet));
  }

  boolean isEmpty() {
    return top.get() == null;
  }

  /// Takes everything, oldest first.
  @Nullable Packet takeAll() {
    Packet newest = top.get() == null ? null : top.getAndSet(null);
    Packet oldest = null;
    while (newest != null) {
      Packet older = next(newest);
      next(newest, oldest);
      oldest = newest;
      newest = older;
    }
    return oldest;
  }

  /// Packets to be carried out.
  static final class Incoming extends PacketStack {
    @Override
    @Nullable Packet next(Packet packet) {
      return packet.link;
    }

    @Override
    void next(Packet packet, @Nullable Packet next) {
      packet.link = next;
    }
  }

  /// Packets to be cancelled.
  static final class Cancels extends PacketStack {
    @Override
    @Nullable Packet next(Packet packet) {
      return packet.cancelLink;
    }

    @Override
    void next(Packet packet, @Nullable Packet next) {
      packet.cancelLink = next;
    }
  }
}
