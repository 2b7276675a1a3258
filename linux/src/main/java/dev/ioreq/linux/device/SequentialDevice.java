package dev.ioreq.linux.device;

import dev.ioreq.ControlCode;
import dev.ioreq.DeviceInfo;
import dev.ioreq.Frame;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.IoctlNumber;
import dev.ioreq.linux.control.LinuxControl;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.ring.SubmissionQueue;
import java.lang.foreign.Arena;
import java.util.List;

/// A file without positions: offsets mean nothing, and a read waits for the first byte.
///
/// *Already there? Then here and now:* what can be done without waiting is done on the calling
/// thread, and what would wait goes to the ring. The engine's thread leaves all to the ring.
abstract class SequentialDevice extends DescriptorDevice {
  private static final long NO_OFFSET = -1;

  private final String kind;
  final int flags;

  /// @param flags with which a transfer ends rather than waits: `RWF_NOWAIT`, or 0 if none waits at
  ///   this descriptor
  SequentialDevice(String kind, int fd, OpenOptions options, RingEngine engine, int flags) {
    super(fd, options, engine, !options.handOver());
    this.kind = kind;
    this.flags = flags;
  }

  @Override
  final boolean isStorage() {
    return false;
  }

  /// Whether a transfer is to be tried on this thread.
  final boolean isWorthATry(Packet packet, boolean isRead) { // hot path
    return noWait.isPossible(isRead)
        && !packet.isCancelRequested()
        && !engine.isHere()
        && !Packet.isDeepInRoutines();
  }

  /// Moves what can be moved without waiting.
  ///
  /// @return as [#tryAtOnce(Packet, Frame)]
  final long moveAtOnce(Packet packet, Frame frame) { // hot path
    boolean isRead = frame.type() == RequestType.READ;
    long address = isRead ? frame.outputAddress() : frame.inputAddress();
    long length = isRead ? frame.outputLength() : frame.inputLength();
    long moved;
    do {
      moved = noWait.move(isRead, address, length, NO_OFFSET, flags);
    } while (moved == -Errno.EINTR && !packet.isCancelRequested());
    if (moved < 0) {
      return noWait.isWaitNeeded(isRead, (int) -moved) ? NOT_AT_ONCE : moved;
    }
    if (moved > 0 && moved < length && isCarriedOn(isRead)) {
      packet.word1 = moved;
      return NOT_AT_ONCE;
    }
    return moved;
  }

  @Override
  int transferFlags() {
    return 0;
  }

  @Override
  final boolean isWaitedForByThread(boolean isRead) {
    return false;
  }

  @Override
  final boolean hasOtherFlags(int flags) {
    return false;
  }

  @Override
  final boolean discardsByRing() {
    return false;
  }

  @Override
  final boolean prepareDiscard(SubmissionQueue queue, long offset, long length, long userData) {
    throw new AssertionError("what has no positions is not asked to discard");
  }

  @Override
  final int discardBlocking(long offset, long length) {
    return -Errno.EOPNOTSUPP;
  }

  @Override
  public final DeviceInfo info() {
    return new DeviceInfo(
        kind, "ring", DeviceInfo.UNKNOWN, 1, 1, 1, options.direct(), false, codes());
  }

  private List<ControlCode> codes() {
    if (Terminals.isTerminal(fd)) {
      return LinuxControl.TERMINAL;
    }
    try (Arena arena = Arena.ofConfined()) {
      long count = arena.allocate(Long.BYTES, Long.BYTES).address();
      return DescriptorCalls.ioctl(fd, IoctlNumber.RNDGETENTCNT, count) >= 0
          ? List.of(LinuxControl.RNDGETENTCNT)
          : List.of();
    }
  }
}
