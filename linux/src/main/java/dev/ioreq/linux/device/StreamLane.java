package dev.ioreq.linux.device;

import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.log.Log;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One direction of a pipe or terminal: one transfer at a time, in the order of arrival. The kernel
/// keeps no order among those that wait in a ring: the last one is served first, and a write that
/// goes on has others' bytes inside it.
///
/// Any thread.
final class StreamLane {
  /*
   *                    tryEnter                    leave: done at once, finished, withdrawn
   *   none waits ─────────────────────▶ CURRENT ────────────────────────────────────────────▶ over
   *                                      ▲   │ handOver: to the ring
   *   handOver ─▶ WAITING ── sendNext ───┘   └─▶
   *                  │
   *                  └─ remove: who cancels has taken it out, and completes it
   *
   * current is set from null by a compare-and-set: by who enters, or by who sends the next of those that wait. The list
   * and someWait change under the lock.
   *
   * Nobody waits in vain: who leaves writes current, then reads someWait; who adds writes someWait, then reads current. Both are
   * volatile, so one of the two sees the other and sends the next. If the compare-and-set of sendNext fails, somebody has
   * entered meanwhile, and will leave.
   *
   * A cancel sets the packet's flag, then reads someWait to see whether to look for it; who adds writes someWait, then reads
   * the flag. Again one of the two sees the other: a cancelled packet is found in the list, or was not put there. One that has
   * been sent on is the engine's to cancel, which looks at the flag as well.
   *
   * A packet that the engine ends inside a send leaves inside that send. Then the loop that sent it goes on, and not a new
   * one inside it, however many end so.
   *
   * An engine whose send fails, because stack or heap has ended, has not taken the packet: it waits again, first, until
   * somebody adds or leaves. If it was over by then it is current no more, and left alone.
   */
  private static final Log LOG = new Log("dev.ioreq.linux");

  private final RingEngine engine;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicReference<@Nullable Packet> current = new AtomicReference<>();
  private volatile boolean someWait; // written under the lock

  // guarded by lock; linked by Packet.link
  private @Nullable Packet first;
  private @Nullable Packet last;

  private boolean isSending; // the engine thread's

  StreamLane(RingEngine engine) {
    this.engine = engine;
  }

  /// Makes a packet the current one, if nobody is and none waits.
  boolean tryEnter(Packet packet) { // hot path
    return !someWait && current.compareAndSet(null, packet);
  }

  /// The current packet is over. Does nothing for any other.
  void leave(Packet packet) { // hot path
    if (current.compareAndSet(packet, null) && someWait) {
      try {
        sendNext();
      } catch (VirtualMachineError e) {
        // another's misfortune: this packet is still to be completed, and the other waits again
        LOG.error("the next transfer of a stream could not be sent", e);
      }
    }
  }

  /// Gives a packet to the engine: now, if it is the current one or can be, else when its turn has
  /// come.
  @SuppressWarnings("ReferenceEquality")
  void handOver(Packet packet) {
    if (current.get() == packet || tryEnter(packet)) {
      boolean isTaken = false;
      try {
        engine.send(packet);
        isTaken = true;
      } finally {
        if (!isTaken) {
          leave(packet);
        }
      }
    } else if (add(packet)) {
      sendNext();
    } else {
      packet.complete(IoStatus.CANCELLED, packet.word1);
    }
  }

  private boolean add(Packet packet) {
    lock.lock();
    try {
      someWait = true; // before the flag is read
      if (packet.isCancelRequested()) {
        someWait = first != null;
        return false;
      }
      packet.link = null;
      if (last == null) {
        first = packet;
      } else {
        last.link = packet;
      }
      last = packet;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Takes a packet out that waits.
  ///
  /// @return false if it does not wait here
  @SuppressWarnings("ReferenceEquality")
  boolean remove(Packet packet) {
    if (!someWait) {
      return false;
    }
    lock.lock();
    try {
      Packet before = null;
      for (Packet each = first; each != null; each = each.link) {
        if (each == packet) {
          unlink(before, each);
          return true;
        }
        before = each;
      }
      return false;
    } finally {
      lock.unlock();
    }
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
    someWait = first != null;
  }

  private void sendNext() {
    if (!someWait) {
      return;
    }
    boolean isEngine = engine.isHere();
    if (isEngine) {
      if (isSending) {
        return;
      }
      isSending = true;
    }
    try {
      for (Packet next = takeNext(); next != null; next = takeNext()) {
        send(next);
      }
    } finally {
      if (isEngine) {
        isSending = false;
      }
    }
  }

  private @Nullable Packet takeNext() {
    if (!someWait || current.get() != null) {
      return null;
    }
    lock.lock();
    try {
      Packet next = first;
      if (next == null || !current.compareAndSet(null, next)) {
        return null;
      }
      unlink(null, next);
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void send(Packet next) {
    boolean isTaken = false;
    try {
      engine.send(next);
      isTaken = true;
    } finally {
      if (!isTaken) {
        putBack(next);
      }
    }
  }

  @SuppressWarnings("ReferenceEquality")
  private void putBack(Packet packet) {
    lock.lock();
    try {
      if (current.get() != packet) {
        return;
      }
      packet.link = first;
      first = packet;
      if (last == null) {
        last = packet;
      }
      someWait = true;
      current.set(null);
    } finally {
      lock.unlock();
    }
  }
}
