package dev.ioreq.builtin;

import dev.ioreq.ControlCode;
import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.StorageControl;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A device of a fixed size that does everything at once: checks the range, then asks the subclass
/// to move the bytes.
///
/// Any number of threads may be in [#serve(Packet)] at the same time; overlapping transfers are the
/// senders' affair.
abstract class BuiltinDevice implements Device {
  private static final IoStatus NO_SPACE =
      IoStatus.ofErrno(28); // ENOSPC, as a block device answers at its end
  private static final int BLOCK_BYTES = 512;

  private final String kind;
  private final long sizeBytes;
  private final OpenOptions options;

  BuiltinDevice(String kind, long sizeBytes, OpenOptions options) {
    this.kind = kind;
    this.sizeBytes = sizeBytes;
    this.options = options;
  }

  /// Moves bytes of the device into memory; the range is inside.
  abstract void read(long offset, MemorySegment to, long base, long length);

  /// Takes bytes of memory.
  ///
  /// @return how many were taken; fewer than the length mean [IoStatus] EIO
  abstract long write(long offset, MemorySegment from, long base, long length);

  /// Makes a range zero.
  ///
  /// @return whether it can
  abstract boolean zero(long offset, long length);

  @Override
  public final int stackSize() {
    return 1;
  }

  @Override
  public final boolean takesHeapMemory() {
    return true;
  }

  @Override
  public final void dispatch(Packet packet) {
    serve(packet);
    packet.complete();
  }

  @Override
  public final boolean serve(Packet packet) { // hot path: see RequestBenchmark
    if (packet.isCancelRequested()) { // before it came here; afterwards there is nothing to cancel
      return packet.end(IoStatus.CANCELLED, 0);
    }
    Frame frame = packet.frame();
    return switch (frame.type()) {
      case READ -> serveRead(packet, frame);
      case WRITE -> serveWrite(packet, frame);
      case DEVICE_CONTROL -> serveControl(packet, frame);
      default -> packet.end(IoStatus.INVALID_DEVICE_REQUEST, 0);
    };
  }

  private boolean serveRead(Packet packet, Frame frame) {
    if (!options.access().canRead()) {
      return packet.end(IoStatus.ACCESS_DENIED, 0);
    }
    long offset = frame.deviceOffset();
    long length = Math.min(frame.outputLength(), sizeBytes - offset);
    if (length <= 0) {
      return packet.end(frame.outputLength() == 0 ? IoStatus.SUCCESS : IoStatus.END_OF_FILE, 0);
    }
    read(offset, frame.outputSegment(), frame.outputBase(), length);
    return packet.end(IoStatus.SUCCESS, length);
  }

  private boolean serveWrite(Packet packet, Frame frame) {
    if (!options.access().canWrite()) {
      return packet.end(IoStatus.ACCESS_DENIED, 0);
    }
    long offset = frame.deviceOffset();
    long length = frame.inputLength();
    long fitting = Math.clamp(sizeBytes - offset, 0, length);
    long taken = fitting == 0 ? 0 : write(offset, frame.inputSegment(), frame.inputBase(), fitting);
    if (taken < fitting) {
      return packet.end(IoStatus.ofErrno(5), taken);
    } else {
      return packet.end(fitting < length ? NO_SPACE : IoStatus.SUCCESS, taken);
    }
  }

  private boolean serveControl(Packet packet, Frame frame) {
    ControlCode code = frame.controlCode();
    if (code.equals(StorageControl.FLUSH)) {
      return packet.end(IoStatus.SUCCESS, 0);
    } else if (code.equals(StorageControl.DISCARD) || code.equals(StorageControl.WRITE_ZEROES)) {
      return packet.end(zeroRange(frame), 0);
    } else if (code.equals(StorageControl.WRITE_OUT)) {
      return packet.end(checkRange(frame), 0); // no cache, so nothing to be done
    } else {
      return packet.end(IoStatus.INVALID_DEVICE_REQUEST, 0);
    }
  }

  private IoStatus checkRange(Frame frame) {
    if (!options.access().canWrite()) {
      return IoStatus.ACCESS_DENIED;
    }
    if (frame.inputLength() < StorageControl.RANGE_BYTES) {
      return IoStatus.BUFFER_TOO_SMALL;
    }
    long offset = rangeOffset(frame);
    long length = rangeLength(frame);
    if (offset < 0 || length < 0 || offset > sizeBytes || length > sizeBytes - offset) {
      return IoStatus.INVALID_PARAMETER;
    }
    return IoStatus.SUCCESS;
  }

  private IoStatus zeroRange(Frame frame) {
    IoStatus status = checkRange(frame);
    if (!status.isSuccess()) {
      return status;
    }
    return zero(rangeOffset(frame), rangeLength(frame)) ? IoStatus.SUCCESS : IoStatus.NOT_SUPPORTED;
  }

  private static long rangeOffset(Frame frame) {
    return frame.inputSegment().get(ValueLayout.JAVA_LONG_UNALIGNED, frame.inputBase());
  }

  private static long rangeLength(Frame frame) {
    return frame.inputSegment().get(ValueLayout.JAVA_LONG_UNALIGNED, frame.inputBase() + 8);
  }

  @Override
  public final CancelResult cancel(Packet packet) {
    return CancelResult.NOT_DELIVERED; // by the time anybody asks it is done
  }

  @Override
  public final DeviceInfo info() {
    return new DeviceInfo(
        kind,
        "core",
        sizeBytes,
        BLOCK_BYTES,
        1,
        1,
        false,
        false,
        canWrite() ? StorageControl.ALL : List.of(StorageControl.FLUSH));
  }

  /// Whether writes change anything, and so whether a range can be zeroed.
  boolean canWrite() {
    return true;
  }
}
