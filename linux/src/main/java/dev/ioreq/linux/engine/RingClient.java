package dev.ioreq.linux.engine;

import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import dev.ioreq.linux.ring.SubmissionQueue;

/// What the engine asks the device of a packet. Called on the engine's thread only, but for
/// [#cancelKept(Packet)].
public interface RingClient {
  /*
   * A request that would have to wait, such as a buffered write to most file systems, is carried out by a thread of the
   * kernel's. Request and file are then held by two: that thread, until a moment after it has handed over the end, and the
   * completion, until the engine's thread has taken it inside an enter. Whoever of them is the second frees the request;
   * the kernel's thread does not do it itself, but leaves it to the engine's next enter. An engine with nothing in its ring
   * parks, and enters no more. So a file whose every request had ended, and which was closed, could stay open for as long
   * as nobody sent anything: a file system not to be unmounted, a loop device not to be detached, a program not to be run.
   *
   * An entry that is linked to another is begun by the kernel when both have let go of the first. So the completion of a
   * no-op behind the entry is the proof, and a packet completes when it has come. Before Linux 6.5 who begins the no-op has
   * put the file away before; since then that may wait for the engine's thread, but before it takes the no-op's completion:
   * with DEFER_TASKRUN both are that thread's to do, in this order. A hard link: the no-op shall come however the first
   * ends. It costs an entry, a completion, and where it is alone one more enter: little beside a thread of the kernel's.
   */

  /// What [#prepare] has written.
  enum Prepared {
    /// Nothing: the queue is full.
    NOT,

    /// Nothing: the client keeps the packet, and sends it again later.
    LATER,

    /// An entry that the kernel carries out where it is submitted, or by an interrupt of the
    /// device.
    WHOLE,

    /// An entry that the kernel may have a thread of its own carry out; there is room for one more,
    /// but in a queue for one.
    TO_BE_FOLLOWED
  }

  /// Writes the entry for what is left to do of a packet.
  ///
  /// @param packet a packet that the device gave to the engine
  /// @param queue where to
  /// @param userData what the entry must carry
  /// @return what was written; if nothing was, the engine makes room and asks again
  Prepared prepare(Packet packet, SubmissionQueue queue, long userData);

  /// How many entries may wait for the next call of the kernel, the one included that was prepared
  /// last.
  ///
  /// @return entries, 8 or more
  int mostHeldBack();

  /// Takes the kernel's answer to an entry that was prepared.
  ///
  /// @param packet the packet
  /// @param result a value from 0, or `-errno`
  /// @return true if more is to be done: the engine calls [#prepare] again; false if the packet was
  ///   completed here, or is kept and will be sent again
  boolean finished(Packet packet, int result);

  /// Sends a packet again that the client keeps, because its cancel was asked for: the engine ends
  /// it. Does nothing for any other. Unlike the other methods this one may be called on the thread
  /// of another engine, for a packet that was the client's in an earlier send.
  ///
  /// @param packet any packet
  void cancelKept(Packet packet);

  /// Completes a packet for which the engine has nothing to ask of the kernel any more: its cancel
  /// came first, or memory has run out.
  ///
  /// @param packet the packet
  /// @param status how it ends
  void withdrawn(Packet packet, IoStatus status);
}
