package dev.ioreq.portable;

import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import dev.ioreq.log.Log;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One direction of a device whose transfers may wait for long: packets are carried out one after
/// another, in the order of arrival, by a thread of its own.
///
/// Every packet here can be cancelled at any time, and then ends at once. Any method may be called
/// from any thread.
abstract class Lane {
  /*
   *                 the thread polls      enter()               leave(): still mine
   *   add ─▶ WAITING ──────────────▶ TAKEN ──────▶ CURRENT ─────────────────────────▶ completed by the thread
   *             │                      │ flag set     │ the thread is in read(2) or write(2)
   *             │ cancel               │ by then      │ cancel
   *             └────────▶ CANCELLED ◀─┴──────────────┘ completed by who took it out
   *
   * WAITING is membership in the queue, CURRENT is the field; both change only under the lock, so one party takes a
   * packet out and completes it, after the lock. TAKEN lasts for a copy at the most; enter() reads the cancel flag
   * under the lock. A cancel sets the flag, then takes the lock: if it comes first, enter() sees the flag, if later, it
   * finds the packet in the field. A write of several pieces is TAKEN again after each.
   *
   * A transfer that waits in the kernel cannot be called back in NIO but by closing the channel, and closing it would
   * hang up the terminal, or lose a device that is new with each open. So the call is left alone: it works on memory of
   * the lane, never on the sender's, and a cancelled packet need not wait for it.
   *
   *   - A read that was left and later gets bytes keeps them for the next packet: nothing that the device gave is lost
   *     while the target is open. An end or an error it got is dropped; the next read asks again.
   *   - A write that was left may still put its bytes out, before those of the next packet: the order is that of the
   *     sends. What that call wrote is not counted, what earlier ones did is (word2).
   *   - Closing the device closes the channel, which brings the thread out of the kernel.
   *
   * A packet that comes back while the call that was left is still out is not taken for the old one: cancel emptied the
   * field, and it stands in the queue.
   *
   * The lane's memory belongs to its thread; from one thread to the next it passes through the lock.
   */
  private static final Log LOG = new Log("dev.ioreq.portable");

  /// The most that one call moves. Such devices give and take far less at once.
  static final int MOST_BYTES = 16 << 20;

  private static final int LEAST_BYTES = 4096;
  private static final long IDLE_NANOS = 5_000_000_000L;

  final FileChannel channel;
  private final String name;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();

  // guarded by lock
  private final PacketQueue waiting = new PacketQueue();
  private @Nullable Packet current;
  private boolean hasThread;
  private boolean isClosed;

  private @Nullable MemorySegment memory; // the thread's

  /// A lane.
  ///
  /// @param name for thread dumps
  Lane(String name, FileChannel channel) {
    this.name = name;
    this.channel = channel;
  }

  /// Carries a packet out: calls [#enter] before the transfer and [#leave] behind it, and completes
  /// the packet if these say so.
  abstract void serve(Packet packet);

  /// Whether the lane's memory holds something that must not be lost.
  abstract boolean holdsBytes();

  final void add(Packet packet) {
    boolean isCancelled;
    boolean starts = false;
    lock.lock();
    try {
      isCancelled = packet.isCancelRequested();
      if (!isCancelled) {
        waiting.add(packet);
        work.signal();
        starts = !hasThread;
        hasThread = true;
      }
    } finally {
      lock.unlock();
    }
    if (isCancelled) {
      packet.complete(IoStatus.CANCELLED, 0);
    } else if (starts) {
      start();
    }
  }

  /// Ends a packet that is here.
  ///
  /// @return whether it was; then it is completed
  final boolean cancel(Packet packet) {
    lock.lock();
    try {
      if (current == packet) {
        current = null;
      } else if (!waiting.remove(packet)) {
        return false;
      }
    } finally {
      lock.unlock();
    }
    packet.complete(IoStatus.CANCELLED, packet.word2);
    return true;
  }

  /// Begins the transfer for a packet.
  ///
  /// @return false if the packet was cancelled: it is completed
  final boolean enter(Packet packet) {
    lock.lock();
    try {
      if (!packet.isCancelRequested()) {
        current = packet;
        return true;
      }
    } finally {
      lock.unlock();
    }
    packet.complete(IoStatus.CANCELLED, packet.word2);
    return false;
  }

  /// Ends the transfer for a packet.
  ///
  /// @return false if the packet was cancelled meanwhile, and must not be touched
  final boolean leave(Packet packet) {
    lock.lock();
    try {
      boolean isMine = current == packet;
      current = null;
      return isMine;
    } finally {
      lock.unlock();
    }
  }

  /// Closes the channel and ends the thread, which may still be in a transfer that was left.
  final void close() {
    lock.lock();
    try {
      isClosed = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
    FileDevice.close(channel);
  }

  /// Memory for a transfer, with what it held if it is large enough.
  final MemorySegment memory(int bytes) {
    MemorySegment held = memory;
    if (held == null || held.byteSize() < bytes) {
      int size = Integer.highestOneBit(Math.max(LEAST_BYTES, bytes) - 1) << 1;
      held = Arena.ofAuto().allocate(size);
      memory = held;
    }
    return held;
  }

  private void start() {
    try {
      new Worker(name, this::work).start();
    } catch (OutOfMemoryError e) { // the system gives no thread
      LOG.error("cannot start the thread " + name, e);
      for (Packet packet = pollOrEnd(); packet != null; packet = pollOrEnd()) {
        packet.complete(IoStatus.INSUFFICIENT_RESOURCES, 0);
      }
    }
  }

  private @Nullable Packet pollOrEnd() {
    lock.lock();
    try {
      Packet packet = waiting.poll();
      hasThread = packet != null;
      return packet;
    } finally {
      lock.unlock();
    }
  }

  private void work() {
    boolean isDone = false;
    try {
      for (Packet packet = next(); packet != null; packet = next()) {
        serve(packet);
      }
      isDone = true;
    } finally {
      if (!isDone) { // an error that nobody held back
        start();
      }
    }
  }

  /// The next packet, waited for.
  ///
  /// @return null if the lane was closed, or none came for long: then it has no thread any more
  private @Nullable Packet next() {
    lock.lock();
    try {
      long left = IDLE_NANOS;
      while (true) {
        Packet packet = waiting.poll();
        if (packet != null) {
          return packet;
        }
        if (isClosed || left <= 0) {
          hasThread = false;
          if (!holdsBytes()) {
            memory = null;
          }
          return null;
        }
        left = work.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      throw new AssertionError("a worker ignores interrupts", e);
    } finally {
      lock.unlock();
    }
  }
}
