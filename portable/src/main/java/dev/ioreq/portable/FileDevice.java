package dev.ioreq.portable;

import dev.ioreq.ControlCode;
import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import dev.ioreq.StorageControl;
import dev.ioreq.log.Log;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.util.List;

/// A file or a block device: whole windows at positions, by the pool.
///
/// A request that waits for a thread can be cancelled. One that is being carried out cannot: NIO
/// has no way to leave a transfer but to close the channel for everybody. A transfer of several
/// pieces looks between them whether it was asked to end, and ends [IoStatus#CANCELLED] with the
/// bytes moved so far.
///
/// Memory of the Java heap goes through the packet's buffer. NIO would copy it all the same, into a
/// buffer of the thread's, and takes no arrays but those of bytes.
final class FileDevice implements Device, Carrier {
  private static final Log LOG = new Log("dev.ioreq.portable");

  /// The most that one call transfers: below 2 GiB, and short enough to be asked to end.
  private static final long PIECE_BYTES = 8 << 20;

  private static final int SECTOR_BYTES = 512;

  /// Zeroes for WRITE_ZEROES.
  private static final class Zeroes {
    static final long BYTES = 1 << 20;
    static final MemorySegment SEGMENT = Arena.global().allocate(BYTES, 1 << 16).asReadOnly();
  }

  private final PathKind kind;
  private final FileChannel channel;
  private final OpenOptions options;
  private final int blockSizeBytes;
  private final boolean isReadOnly;
  private final Workers workers;

  FileDevice(
      PathKind kind,
      FileChannel channel,
      OpenOptions options,
      int blockSizeBytes,
      boolean isReadOnly,
      Workers workers) {
    this.kind = kind;
    this.channel = channel;
    this.options = options;
    this.blockSizeBytes = blockSizeBytes;
    this.isReadOnly = isReadOnly;
    this.workers = workers;
  }

  @Override
  public int stackSize() {
    return 1;
  }

  // ------------------------------------------------------------------ what needs no thread

  @Override
  public void dispatch(Packet packet) {
    Frame frame = packet.frame();
    switch (frame.type()) {
      case READ -> dispatchTransfer(packet, frame, options.access().canRead());
      case WRITE -> dispatchTransfer(packet, frame, options.access().canWrite());
      case DEVICE_CONTROL -> dispatchControl(packet, frame);
      default -> packet.complete(IoStatus.INVALID_DEVICE_REQUEST, 0);
    }
  }

  private void dispatchTransfer(Packet packet, Frame frame, boolean isAllowed) {
    if (!isAllowed) {
      packet.complete(IoStatus.ACCESS_DENIED, 0);
    } else if (frame.length() == 0) {
      packet.complete(IoStatus.SUCCESS, 0);
    } else if (options.direct() && !isAligned(frame)) {
      packet.complete(Errors.EINVAL, 0);
    } else {
      workers.execute(packet, this);
    }
  }

  private boolean isAligned(Frame frame) {
    long address =
        frame.type() == RequestType.READ
            ? frame.outputSegment().address() + frame.outputBase()
            : frame.inputSegment().address() + frame.inputBase();
    return isAligned(frame.deviceOffset() | frame.length() | address);
  }

  private boolean isAligned(long value) {
    return (value & blockSizeBytes - 1) == 0;
  }

  private void dispatchControl(Packet packet, Frame frame) {
    ControlCode code = frame.controlCode();
    boolean isUnknownToNio =
        code.equals(StorageControl.DISCARD) || code.equals(StorageControl.WRITE_OUT);
    if (code.equals(StorageControl.FLUSH)) {
      workers.execute(packet, this);
    } else if (!isUnknownToNio && !code.equals(StorageControl.WRITE_ZEROES)) {
      boolean isIoctl = code.kind() != ControlCode.Kind.CTL_CODE;
      packet.complete(isIoctl ? IoStatus.NOT_SUPPORTED : IoStatus.INVALID_DEVICE_REQUEST, 0);
    } else if (!options.access().canWrite()) {
      packet.complete(IoStatus.ACCESS_DENIED, 0);
    } else if (frame.inputLength() < StorageControl.RANGE_BYTES) {
      packet.complete(IoStatus.BUFFER_TOO_SMALL, 0);
    } else if (rangeOffset(frame) < 0
        || rangeLength(frame) < 0
        || rangeOffset(frame) > Long.MAX_VALUE - rangeLength(frame)) {
      packet.complete(IoStatus.INVALID_PARAMETER, 0);
    } else if (rangeLength(frame) == 0) {
      packet.complete(IoStatus.SUCCESS, 0);
    } else if (isUnknownToNio) {
      packet.complete(IoStatus.NOT_SUPPORTED, 0);
    } else {
      workers.execute(packet, this);
    }
  }

  private static long rangeOffset(Frame frame) {
    return frame.inputSegment().get(ValueLayout.JAVA_LONG_UNALIGNED, frame.inputBase());
  }

  private static long rangeLength(Frame frame) {
    return frame
        .inputSegment()
        .get(ValueLayout.JAVA_LONG_UNALIGNED, frame.inputBase() + Long.BYTES);
  }

  @Override
  public CancelResult cancel(Packet packet) {
    return workers.cancel(packet) ? CancelResult.DELIVERED : CancelResult.NOT_DELIVERED;
  }

  // ------------------------------------------------------------------ on a thread of the pool

  @Override
  public void carryOut(Packet packet) {
    Frame frame = packet.frame();
    switch (frame.type()) {
      case READ -> read(packet, frame);
      case WRITE -> write(packet, frame);
      default -> {
        if (frame.controlCode().equals(StorageControl.FLUSH)) {
          packet.complete(flush(), 0);
        } else {
          writeZeroes(packet, frame);
        }
      }
    }
  }

  private void read(Packet packet, Frame frame) {
    MemorySegment memory = frame.outputSegment();
    long base = frame.outputBase();
    long offset = frame.deviceOffset();
    long length = frame.length();
    long moved = 0;
    IoStatus status = IoStatus.SUCCESS;
    try {
      while (moved < length) {
        if (packet.isCancelRequested()) {
          status = IoStatus.CANCELLED;
          break;
        }
        long piece = Math.min(length - moved, PIECE_BYTES);
        int count =
            channel.read(memory.asSlice(base + moved, piece).asByteBuffer(), offset + moved);
        if (count <= 0) {
          status = moved == 0 ? IoStatus.END_OF_FILE : IoStatus.SUCCESS;
          break;
        }
        moved += count;
        if (options.direct() && !isAligned(moved)) {
          break; // behind a part of a block there is nothing
        }
      }
    } catch (Throwable e) {
      status = Errors.of(e);
    }
    packet.complete(status, moved);
  }

  private void write(Packet packet, Frame frame) {
    MemorySegment memory = frame.inputSegment();
    long base = frame.inputBase();
    long offset = frame.deviceOffset();
    long length = frame.length();
    long moved = 0;
    IoStatus status = IoStatus.SUCCESS;
    try {
      while (moved < length) {
        if (packet.isCancelRequested()) {
          status = IoStatus.CANCELLED;
          break;
        }
        long piece = Math.min(length - moved, PIECE_BYTES);
        int count =
            channel.write(memory.asSlice(base + moved, piece).asByteBuffer(), offset + moved);
        if (count <= 0) {
          status = moved == 0 ? Errors.ENOSPC : IoStatus.SUCCESS; // it takes no more
          break;
        }
        moved += count;
        if (options.direct() && !isAligned(moved)) {
          status = Errors.EINVAL; // the rest cannot be written from there
          break;
        }
      }
    } catch (Throwable e) {
      status = Errors.of(e);
    }
    packet.complete(status, moved);
  }

  /// Writes zeroes; a file grows if the range leads beyond its end.
  private void writeZeroes(Packet packet, Frame frame) {
    long offset = rangeOffset(frame);
    long length = rangeLength(frame);
    IoStatus status;
    try {
      status = checkRange(offset, length);
      long zeroed = 0;
      while (status.isSuccess() && zeroed < length) {
        if (packet.isCancelRequested()) {
          status = IoStatus.CANCELLED;
          break;
        }
        long piece = Math.min(length - zeroed, Zeroes.BYTES);
        int count = channel.write(Zeroes.SEGMENT.asSlice(0, piece).asByteBuffer(), offset + zeroed);
        zeroed += count;
        if (count <= 0) {
          status = Errors.ENOSPC;
        }
      }
    } catch (Throwable e) {
      status = Errors.of(e);
    }
    packet.complete(status, 0);
  }

  /// What the kernel checks before it zeroes a range of a block device, and what direct I/O asks.
  private IoStatus checkRange(long offset, long length) throws IOException {
    boolean isOutside =
        kind == PathKind.BLOCK
            && (((offset | length) & SECTOR_BYTES - 1) != 0 || offset + length > channel.size());
    boolean isMisaligned = options.direct() && !isAligned(offset | length);
    return isOutside || isMisaligned ? Errors.EINVAL : IoStatus.SUCCESS;
  }

  private IoStatus flush() {
    try {
      channel.force(false);
      return IoStatus.SUCCESS;
    } catch (Throwable e) {
      return Errors.of(e);
    }
  }

  // ------------------------------------------------------------------ the rest

  @Override
  public DeviceInfo info() {
    int alignment = options.direct() ? blockSizeBytes : 1;
    boolean canZero = options.access().canWrite();
    return new DeviceInfo(
        kind.word(),
        "portable",
        size(),
        blockSizeBytes,
        alignment,
        alignment,
        options.direct(),
        isReadOnly,
        canZero
            ? List.of(StorageControl.FLUSH, StorageControl.WRITE_ZEROES)
            : List.of(StorageControl.FLUSH));
  }

  private long size() {
    try {
      return channel.size();
    } catch (IOException e) {
      LOG.say(System.Logger.Level.DEBUG, "size of a " + kind.word() + " device", e);
      return DeviceInfo.UNKNOWN;
    }
  }

  @Override
  public void close() {
    close(channel);
  }

  /// Closes a channel that nobody uses any more: a failure can only be told, not handled.
  static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.say(System.Logger.Level.WARNING, "close of a channel", e);
    }
  }
}
