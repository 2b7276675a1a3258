package dev.ioreq.linux.device;

import dev.ioreq.ControlCode;
import dev.ioreq.DeviceInfo;
import dev.ioreq.OpenOptions;
import dev.ioreq.StorageControl;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.Statx;
import dev.ioreq.linux.control.LinuxControl;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.ring.SubmissionQueue;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// A regular file. Discarding a range makes a hole in it.
final class FileDevice extends StorageDevice {
  private static final int PUNCH = FileCalls.FALLOC_FL_PUNCH_HOLE | FileCalls.FALLOC_FL_KEEP_SIZE;
  private static final int SECTOR_BYTES = 512;

  FileDevice(int fd, OpenOptions options, RingEngine engine) {
    super(fd, options, engine);
  }

  @Override
  boolean isRegularFile() {
    return true;
  }

  @Override
  boolean discardsByRing() {
    return true;
  }

  @Override
  boolean prepareDiscard(SubmissionQueue queue, long offset, long length, long userData) {
    return queue.prepareFallocate(0, fd, PUNCH, offset, length, userData);
  }

  @Override
  int discardBlocking(long offset, long length) {
    return FileCalls.fallocate(fd, PUNCH, offset, length);
  }

  @Override
  public DeviceInfo info() {
    List<ControlCode> codes = new ArrayList<>(StorageControl.ALL);
    codes.addAll(LinuxControl.FILE);
    try (Arena arena = Arena.ofConfined()) {
      Statx statx = Descriptors.statx(fd, arena);
      int block = Math.max(1, statx.blockSizeBytes());
      boolean knowsAlignment =
          statx.has(Statx.STATX_DIOALIGN) && statx.directOffsetAlignmentBytes() != 0;
      int memoryAlignment =
          knowsAlignment ? statx.directMemoryAlignmentBytes() : Math.max(block, SECTOR_BYTES);
      int offsetAlignment =
          knowsAlignment ? statx.directOffsetAlignmentBytes() : Math.max(block, SECTOR_BYTES);
      return new DeviceInfo(
          "file",
          "ring",
          statx.sizeBytes(),
          block,
          options.direct() ? memoryAlignment : 1,
          options.direct() ? offsetAlignment : 1,
          options.direct(),
          false,
          codes);
    }
  }
}
