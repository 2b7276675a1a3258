package dev.ioreq.linux.device;

import dev.ioreq.ControlCode;
import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import dev.ioreq.StorageControl;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.engine.Workers;
import dev.ioreq.linux.ring.SubmissionQueue;

/// Device control of a device over a file descriptor: codes of Linux by `ioctl`, those for storage
/// by the ring, where it can.
///
/// word1 of a packet is how many bytes have been written out so far.
///
/// Any thread; what the ring asks for, the engine's.
final class DeviceControl {
  /// Where control codes run that may block for long. A bounded number: more of them wait for one
  /// another.
  private static final Workers BLOCKING = new Workers("ioreq-control", 8);

  private static final int SUCCESS = IoStatus.SUCCESS.code();

  private final DescriptorDevice device;
  private final int fd;

  DeviceControl(DescriptorDevice device) {
    this.device = device;
    this.fd = device.fd;
  }

  /// Whether a code is one of Linux, for `ioctl`.
  static boolean isIoctl(ControlCode code) { // hot path
    return code.kind() != ControlCode.Kind.CTL_CODE;
  }

  /// Carries out what is not [#ioctl] here and now.
  ///
  /// @return whether the packet has ended: [Packet#end]; if not it is completed later
  boolean serve(Packet packet, Frame frame, ControlCode code) {
    return isIoctl(code)
        ? endsElsewhere(packet, () -> ioctl(packet, frame, code))
        : serveStorage(packet, frame, code);
  }

  /// Has a worker do what may block for long, and complete the packet as that has said.
  ///
  /// @return false
  private static boolean endsElsewhere(Packet packet, Runnable work) {
    BLOCKING.execute(() -> {
      try {
        work.run();
      } catch (VirtualMachineError e) {
        packet.end(IoStatus.INSUFFICIENT_RESOURCES, 0);
      }
      packet.complete();
    });
    return false;
  }

  /// Carries out a code of Linux on the calling thread.
  ///
  /// @return true: the packet has ended
  boolean ioctl(Packet packet, Frame frame, ControlCode code) { // hot path
    if (packet.isCancelRequested()) {
      return packet.end(IoStatus.CANCELLED, 0);
    }
    if (device.isForbidden(code.value())) {
      return packet.end(IoStatus.NOT_SUPPORTED, 0);
    }
    long argument;
    if (code.kind() == ControlCode.Kind.LINUX_IOCTL_VALUE) {
      argument = value(frame);
    } else {
      boolean hasBuffer =
          frame.inputLength() > 0 || frame.outputLength() > 0 || code.sizeBytes() > 0;
      argument = hasBuffer ? frame.inputAddress() : 0;
    }
    int result;
    do {
      result = DescriptorCalls.ioctl(fd, Integer.toUnsignedLong(code.value()), argument);
    } while (result == -Errno.EINTR && !packet.isCancelRequested());
    if (result < 0) {
      return packet.end(DescriptorDevice.failure(packet, result), 0);
    }
    if (frame.outputLength() == 0) {
      return packet.end(SUCCESS, result);
    }
    long filled = code.sizeBytes() > 0 ? code.sizeBytes() : frame.outputLength();
    return packet.end(SUCCESS, Math.min(filled, frame.outputLength()));
  }

  private static long value(Frame frame) {
    long value = 0;
    long length = Math.min(frame.inputLength(), Long.BYTES);
    for (int i = 0; i < length; i++) {
      value |= (Memory.getByte(frame.inputAddress() + i) & 0xFFL) << (Byte.SIZE * i);
    }
    return value;
  }

  private boolean serveStorage(Packet packet, Frame frame, ControlCode code) {
    boolean isFlush = code.equals(StorageControl.FLUSH);
    boolean isDiscard = code.equals(StorageControl.DISCARD);
    boolean isWriteOut = code.equals(StorageControl.WRITE_OUT);
    if (!isFlush && !isDiscard && !isWriteOut && !code.equals(StorageControl.WRITE_ZEROES)) {
      return packet.end(IoStatus.INVALID_DEVICE_REQUEST, 0);
    } else if (!device.isStorage()) {
      return packet.end(IoStatus.NOT_SUPPORTED, 0);
    } else if (!isFlush && !device.options.access().canWrite()) {
      return packet.end(IoStatus.ACCESS_DENIED, 0);
    } else if (!isFlush && frame.inputLength() < StorageControl.RANGE_BYTES) {
      return packet.end(IoStatus.BUFFER_TOO_SMALL, 0);
    } else if (!isFlush && !isRange(frame)) {
      return packet.end(IoStatus.INVALID_PARAMETER, 0);
    } else if (!isFlush && rangeLength(frame) == 0) {
      return packet.end(SUCCESS, 0);
    } else if (isDiscard && !device.discardsByRing()) {
      return endsElsewhere(packet, () -> discard(packet, frame));
    } else {
      packet.word1 = 0;
      packet.word3 = 0;
      packet.attachment = device;
      device.engine.send(packet);
      return false;
    }
  }

  private static boolean isRange(Frame frame) {
    long offset = rangeOffset(frame);
    long length = rangeLength(frame);
    return offset >= 0 && length >= 0 && offset <= Long.MAX_VALUE - length;
  }

  private static long rangeOffset(Frame frame) {
    return Memory.getLong(frame.inputAddress());
  }

  private static long rangeLength(Frame frame) {
    return Memory.getLong(frame.inputAddress() + Long.BYTES);
  }

  private void discard(Packet packet, Frame frame) {
    int result = device.discardBlocking(rangeOffset(frame), rangeLength(frame));
    packet.end(result < 0 ? DescriptorDevice.failure(packet, result) : IoStatus.SUCCESS, 0);
  }

  // ------------------------------------------------------------------ the ring's side

  /// Writes the entry for what is left to do of a code for storage.
  ///
  /// @return false if the queue is full
  boolean prepare(Packet packet, SubmissionQueue queue, long userData) {
    Frame frame = packet.frame();
    ControlCode code = frame.controlCode();
    if (code.equals(StorageControl.FLUSH)) {
      return queue.prepareFsync(0, fd, 0, userData);
    }
    long offset = rangeOffset(frame);
    long length = rangeLength(frame);
    if (code.equals(StorageControl.WRITE_OUT)) {
      long done = packet.word1;
      int piece = (int) Math.min(length - done, DescriptorDevice.MOST_AT_ONCE);
      return queue.prepareSyncFileRange(
          0, fd, offset + done, piece, FileCalls.SYNC_FILE_RANGE_WRITE, userData);
    }
    if (code.equals(StorageControl.DISCARD)) {
      return device.prepareDiscard(queue, offset, length, userData);
    }
    return queue.prepareFallocate(0, fd, FileCalls.FALLOC_FL_ZERO_RANGE, offset, length, userData);
  }

  /// Takes the kernel's answer to an entry.
  ///
  /// @param result a value from 0, or `-errno`
  /// @return true if more is to be done; false if the packet was completed
  static boolean finished(Packet packet, int result) {
    if (result == -Errno.EINTR && !packet.isCancelRequested()) {
      return true;
    }
    if (result < 0) {
      packet.complete(DescriptorDevice.failure(packet, result), 0);
      return false;
    }
    Frame frame = packet.frame();
    if (frame.controlCode().equals(StorageControl.WRITE_OUT)) {
      long length = rangeLength(frame);
      packet.word1 += Math.min(length - packet.word1, DescriptorDevice.MOST_AT_ONCE);
      if (packet.word1 < length) {
        return true;
      }
    }
    packet.complete(IoStatus.SUCCESS, 0);
    return false;
  }
}
