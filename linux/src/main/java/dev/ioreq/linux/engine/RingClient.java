package dev.ioreq.linux.engine;

import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import dev.ioreq.linux.ring.SubmissionQueue;

/// What the engine asks the device of a packet. Called on the engine's thread only.
public interface RingClient {
  /// Writes the entry for what is left to do of a packet.
  ///
  /// @param packet a packet that the device gave to the engine
  /// @param queue where to
  /// @param userData what the entry must carry
  /// @return false if the queue is full; the engine makes room and asks again
  boolean prepare(Packet packet, SubmissionQueue queue, long userData);

  /// How many entries may wait for the next call of the kernel, the one included that was prepared
  /// last.
  ///
  /// @return entries, 1 or more
  int mostHeldBack();

  /// Takes the kernel's answer to an entry that was prepared.
  ///
  /// @param packet the packet
  /// @param result a value from 0, or `-errno`
  /// @return true if more is to be done: the engine calls [#prepare] again; false if the packet was
  ///   completed here
  boolean finished(Packet packet, int result);

  /// Completes a packet for which the engine has nothing to ask of the kernel any more: its cancel
  /// came first, or memory has run out.
  ///
  /// @param packet the packet
  /// @param status how it ends
  void withdrawn(Packet packet, IoStatus status);
}
