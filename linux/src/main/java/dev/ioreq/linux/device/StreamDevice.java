package dev.ioreq.linux.device;

import dev.ioreq.ControlCode;
import dev.ioreq.DeviceInfo;
import dev.ioreq.Frame;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.IoctlNumber;
import dev.ioreq.linux.control.LinuxControl;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.ring.SubmissionQueue;
import java.lang.foreign.Arena;
import java.util.List;

/// A character device, terminal or pipe: no offsets; a transfer gives or takes what it can at once,
/// and a read waits for the first byte.
final class StreamDevice extends DescriptorDevice {
  private static final int TERMIOS_BYTES = 64;

  private final String kind;

  StreamDevice(String kind, int fd, OpenOptions options, RingEngine engine) {
    super(fd, options, engine);
    this.kind = kind;
  }

  @Override
  boolean isStorage() {
    return false;
  }

  @Override
  long tryAtOnce(Packet packet, Frame frame) {
    // a driver may hold its own lock for long; the ring waits for it without a thread of ours
    return NOT_AT_ONCE;
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
