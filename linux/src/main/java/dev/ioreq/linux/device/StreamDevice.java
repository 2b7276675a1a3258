package dev.ioreq.linux.device;

import dev.ioreq.ControlCode;
import dev.ioreq.DeviceInfo;
import dev.ioreq.Frame;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.IoctlNumber;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.control.LinuxControl;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.ring.SubmissionQueue;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A character device, terminal or pipe: no offsets. A read gives what is there, and waits for the
/// first byte; a write gives all its bytes away, and waits for room.
///
/// *Already there? Then here and now:* what a pipe or device can do without waiting is done on the
/// calling thread. What would wait goes to the ring, and so does what is sent in the same direction
/// while it waits there: done here it would always come first. The engine's thread leaves all to
/// the ring, whose submission does the same.
///
/// How a transfer is kept from waiting depends on the device. A named pipe does not know
/// `RWF_NOWAIT`, and the ring would have a thread of the kernel's wait at it, for 50 µs each; so
/// its descriptor, which nobody else has, is made one that never waits. Of other devices nobody
/// knows whether they heed that, and terminals give it a meaning (it takes `VMIN` and `VTIME` from
/// them): they are asked with the flag, and those that do not know it are left to the ring.
class StreamDevice extends DescriptorDevice {
  private static final int TERMIOS_BYTES = 64;

  private static final long NO_OFFSET = -1;

  private final String kind;
  private final NoWait noWait;
  private final int flags;

  // In the ring's hands, each way. Added to by the sender, before the packet goes there; taken from
  // by the engine's thread,
  // before the packet is completed: so who sends behind a send that he knows of, sees that one
  // counted until it is over.
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicInteger writes = new AtomicInteger();

  StreamDevice(String kind, int fd, OpenOptions options, RingEngine engine, int flags) {
    super(fd, options, engine);
    this.kind = kind;
    this.flags = flags;
    noWait = new NoWait(fd, !options.handOver());
  }

  /// A named pipe, or one end of a pipe. Its descriptor must be the device's own, opened anew.
  static StreamDevice pipe(int fd, OpenOptions options, RingEngine engine) {
    int before = DescriptorCalls.fcntl(fd, DescriptorCalls.F_GETFL, 0);
    boolean neverWaits =
        before >= 0
            && DescriptorCalls.fcntl(fd, DescriptorCalls.F_SETFL, before | FileCalls.O_NONBLOCK)
                >= 0;
    return new StreamDevice("pipe", fd, options, engine, neverWaits ? 0 : TransferCalls.RWF_NOWAIT);
  }

  /// A character device.
  static StreamDevice character(int fd, OpenOptions options, RingEngine engine) {
    return new StreamDevice("char", fd, options, engine, TransferCalls.RWF_NOWAIT);
  }

  @Override
  boolean isStorage() {
    return false;
  }

  @Override
  boolean isCarriedOn(boolean isRead) {
    return !isRead;
  }

  @Override
  long tryAtOnce(Packet packet, Frame frame) { // hot path
    boolean isRead = frame.type() == RequestType.READ;
    AtomicInteger inRing = isRead ? reads : writes;
    if (isWorthATry(isRead, inRing)) {
      long moved = moveAtOnce(packet, frame, isRead);
      if (moved != NOT_AT_ONCE) {
        return moved;
      }
    }
    inRing.incrementAndGet();
    return NOT_AT_ONCE;
  }

  private boolean isWorthATry(boolean isRead, AtomicInteger inRing) {
    return noWait.isPossible(isRead)
        && inRing.get() == 0
        && !engine.isHere()
        && !Packet.isDeepInRoutines();
  }

  private long moveAtOnce(Packet packet, Frame frame, boolean isRead) {
    long address = isRead ? frame.outputAddress() : frame.inputAddress();
    long length = isRead ? frame.outputLength() : frame.inputLength();
    long moved;
    do {
      moved = noWait.move(isRead, address, length, NO_OFFSET, flags);
    } while (moved == -Errno.EINTR && !packet.isCancelRequested());
    if (moved < 0) {
      return noWait.isWaitNeeded(isRead, (int) -moved) ? NOT_AT_ONCE : moved;
    }
    if (moved > 0 && moved < length && !isRead) { // the rest has to wait for room
      packet.word1 = moved;
      return NOT_AT_ONCE;
    }
    return moved;
  }

  @Override
  void leftRing(boolean isRead) {
    (isRead ? reads : writes).decrementAndGet();
  }

  @Override
  int transferFlags() {
    return 0;
  }

  @Override
  boolean hasOtherFlags(int flags) {
    return false;
  }

  @Override
  boolean discardsByRing() {
    return false;
  }

  @Override
  boolean prepareDiscard(SubmissionQueue queue, long offset, long length, long userData) {
    throw new AssertionError("a stream is not asked to discard");
  }

  @Override
  int discardBlocking(long offset, long length) {
    return -Errno.EOPNOTSUPP;
  }

  @Override
  public DeviceInfo info() {
    return new DeviceInfo(
        kind, "ring", DeviceInfo.UNKNOWN, 1, 1, 1, options.direct(), false, codes());
  }

  private List<ControlCode> codes() {
    try (Arena arena = Arena.ofConfined()) {
      long termios = arena.allocate(TERMIOS_BYTES, Long.BYTES).address();
      if (DescriptorCalls.ioctl(fd, IoctlNumber.TCGETS, termios) >= 0) {
        return LinuxControl.TERMINAL;
      }
      if (DescriptorCalls.ioctl(fd, IoctlNumber.RNDGETENTCNT, termios) >= 0) {
        return List.of(LinuxControl.RNDGETENTCNT);
      }
      return List.of();
    }
  }
}
