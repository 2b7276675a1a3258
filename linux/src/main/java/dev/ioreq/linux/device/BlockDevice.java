package dev.ioreq.linux.device;

import dev.ioreq.ControlCode;
import dev.ioreq.DeviceInfo;
import dev.ioreq.OpenOptions;
import dev.ioreq.StorageControl;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.IoctlNumber;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.abi.Statx;
import dev.ioreq.linux.control.LinuxControl;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.ring.SubmissionQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A block device. What it cannot transfer beyond its end is `ENOSPC` for a write and the end of
/// file for a read.
final class BlockDevice extends StorageDevice {
  private static final int SECTOR_BYTES = 512;

  BlockDevice(int fd, OpenOptions options, RingEngine engine) {
    super(fd, options, engine);
  }

  @Override
  boolean isRegularFile() {
    return false;
  }

  @Override
  boolean discardsByRing() {
    return false; // the ring's own command came with Linux 6.12 and is not told apart from other
    // commands by the probe
  }

  @Override
  boolean prepareDiscard(SubmissionQueue queue, long offset, long length, long userData) {
    return queue.prepareBlockDiscard(0, fd, offset, length, userData);
  }

  @Override
  int discardBlocking(long offset, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment range = arena.allocate(2L * Long.BYTES, Long.BYTES);
      Memory.putLong(range.address(), offset);
      Memory.putLong(range.address() + Long.BYTES, length);
      return DescriptorCalls.ioctl(fd, IoctlNumber.BLKDISCARD, range.address());
    }
  }

  @Override
  public DeviceInfo info() {
    List<ControlCode> codes = new ArrayList<>(StorageControl.ALL);
    codes.addAll(LinuxControl.BLOCK);
    try (Arena arena = Arena.ofConfined()) {
      long answer = arena.allocate(Long.BYTES, Long.BYTES).address();
      int logical = (int) Math.max(SECTOR_BYTES, ask(IoctlNumber.BLKSSZGET, answer, Integer.BYTES));
      Statx statx = Descriptors.statx(fd, arena);
      boolean knowsAlignment =
          statx.has(Statx.STATX_DIOALIGN) && statx.directOffsetAlignmentBytes() != 0;
      int memoryAlignment = knowsAlignment ? statx.directMemoryAlignmentBytes() : logical;
      int offsetAlignment = knowsAlignment ? statx.directOffsetAlignmentBytes() : logical;
      return new DeviceInfo(
          "block",
          "ring",
          ask(IoctlNumber.BLKGETSIZE64, answer, Long.BYTES),
          logical,
          options.direct() ? memoryAlignment : 1,
          options.direct() ? offsetAlignment : 1,
          options.direct(),
          ask(IoctlNumber.BLKROGET, answer, Integer.BYTES) != 0,
          codes);
    }
  }

  private long ask(long number, long answer, int bytes) {
    Memory.putLong(answer, 0);
    int result = DescriptorCalls.ioctl(fd, number, answer);
    if (result < 0) {
      return 0; // gone: a size of 0 says so
    }
    return bytes == Long.BYTES ? Memory.getLong(answer) : Memory.getInt(answer);
  }
}
