package dev.ioreq.linux.device;

import dev.ioreq.Frame;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.engine.RingEngine;

/// A character device that is no terminal. A transfer gives or takes what the driver makes of it in
/// one piece, and transfers need no order among themselves.
///
/// Whether its driver heeds a descriptor that never waits nobody knows, so it is asked with
/// `RWF_NOWAIT`, which only drivers take that can tell; the others are left to the ring.
final class CharacterDevice extends SequentialDevice {
  CharacterDevice(int fd, OpenOptions options, RingEngine engine) {
    super("char", fd, options, engine, TransferCalls.RWF_NOWAIT);
  }

  @Override
  boolean isCarriedOn(boolean isRead) {
    return false;
  }

  @Override
  long tryAtOnce(Packet packet, Frame frame) { // hot path
    return isWorthATry(packet, frame.type() == RequestType.READ)
        ? moveAtOnce(packet, frame)
        : NOT_AT_ONCE;
  }
}
