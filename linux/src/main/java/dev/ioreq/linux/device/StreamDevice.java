package dev.ioreq.linux.device;

import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.IoctlNumber;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.engine.RingEngine;

/// A pipe or terminal: a stream of bytes each way. A read gives what is there; a write gives all
/// its bytes away. Transfers of one direction are carried out one after another, in the order of
/// arrival ([StreamLane]).
///
/// Its descriptor, which nobody else has, is made one that never waits. Otherwise a driver would
/// wait inside the ring's submission, and with it the engine and all its requests: a terminal for
/// as long as the other side takes nothing. The ring waits until the descriptor is ready instead.
///
/// Of the two terminal settings that say when a read is satisfied, `VMIN` is heeded while `VTIME`
/// is 0: a read of at least so many bytes waits until they are there. For that terminals are not
/// read on the calling thread. With `VTIME`, a time to wait, a read ends with what is there, for
/// nobody waits; requests have timeouts of their own.
class StreamDevice extends SequentialDevice {
  private final boolean isTerminal;
  private final StreamLane reads;
  private final StreamLane writes;

  StreamDevice(
      String kind, int fd, OpenOptions options, RingEngine engine, int flags, boolean isTerminal) {
    super(kind, fd, options, engine, flags);
    this.isTerminal = isTerminal;
    reads = new StreamLane(engine);
    writes = new StreamLane(engine);
  }

  /// A named pipe, or one end of a pipe. The descriptor must be the device's own, opened anew.
  static StreamDevice pipe(int fd, OpenOptions options, RingEngine engine) {
    return new StreamDevice("pipe", fd, options, engine, neverToWait(fd), false);
  }

  /// A terminal, or the master of one. The same of its descriptor.
  static StreamDevice terminal(int fd, OpenOptions options, RingEngine engine) {
    return new StreamDevice("char", fd, options, engine, neverToWait(fd), true);
  }

  private static int neverToWait(int fd) {
    int flags = DescriptorCalls.fcntl(fd, DescriptorCalls.F_GETFL, 0);
    boolean isDone =
        flags >= 0
            && DescriptorCalls.fcntl(fd, DescriptorCalls.F_SETFL, flags | FileCalls.O_NONBLOCK)
                >= 0;
    return isDone ? 0 : TransferCalls.RWF_NOWAIT;
  }

  /// None is given a transfer of a descriptor that never waits.
  @Override
  final boolean isGivenToThread(boolean isRead) {
    return flags != 0;
  }

  @Override
  final int flagsAgainstThread() {
    return 0;
  }

  @Override
  final boolean isCarriedOn(boolean isRead) {
    return !isRead;
  }

  @Override
  final long tryAtOnce(Packet packet, Frame frame) { // hot path: see PipeBenchmark
    boolean isRead = frame.type() == RequestType.READ;
    StreamLane lane = isRead ? reads : writes;
    if (isRead && isTerminal) {
      packet.word3 = frame.outputLength() < Terminals.leastBytes(fd) ? 0 : UNTIL_READY;
    } else if (isWorthATry(packet, isRead) && lane.tryEnter(packet)) {
      return moveInLane(packet, frame, lane);
    }
    return NOT_AT_ONCE;
  }

  private long moveInLane(Packet packet, Frame frame, StreamLane lane) {
    boolean isOver = true;
    try {
      long moved = moveAtOnce(packet, frame);
      isOver = moved != NOT_AT_ONCE;
      return moved;
    } finally {
      if (isOver) { // or failed: the packet is nobody's here
        lane.leave(packet);
      }
    }
  }

  @Override
  final void handOver(Packet packet, boolean isRead) {
    (isRead ? reads : writes).handOver(packet);
  }

  @Override
  final void leavesRing(Packet packet, boolean isRead) {
    (isRead ? reads : writes).leave(packet);
  }

  @Override
  final boolean isTakenBack(Packet packet) {
    if (!reads.remove(packet) && !writes.remove(packet)) {
      return false;
    }
    packet.complete(IoStatus.CANCELLED, packet.word1);
    return true;
  }

  @Override
  final boolean isReady() {
    // each byte that comes to a terminal wakes the ring's poll, even if VMIN asks for more
    return !isTerminal || Terminals.hasBytes(fd);
  }

  @Override
  final boolean isForbidden(int request) {
    return request == IoctlNumber.FIONBIO; // that is how the engine can tell
  }
}
