package dev.ioreq.portable;

import dev.ioreq.Packet;

/// Who knows how to carry a packet out.
interface Carrier {
  /// Does what the packet's frame says, and completes it exactly once, whatever happens.
  ///
  /// @param packet this device's; nobody else will complete it
  void carryOut(Packet packet);
}
