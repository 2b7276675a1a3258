package dev.ioreq.examples;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.ioreq.BufferMethod;
import dev.ioreq.ControlCode;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A function device: a disk in memory that answers reads, writes and one control code itself.
///
/// Its queue is sequential, so the driver has one request at a time and its state needs no lock.
/// Handlers that throw an `IoRequestException` end the request with that status. A target leads to
/// it as to any file, so programs, filters and other drivers use it without knowing.
///
/// @see "storage/ramdisk; EvtIoRead, EvtIoWrite, EvtIoDeviceControl"
public final class RamDisk {
  /// Gives the size in bytes as one 64-bit number.
  static final ControlCode GET_SIZE = ControlCode.of("GET_SIZE", 7, 1, BufferMethod.BUFFERED, 0);

  private final MemorySegment disk;

  private RamDisk(long sizeBytes) {
    disk = Arena.ofAuto().allocate(sizeBytes);
  }

  /// Makes the disk.
  ///
  /// @param sizeBytes how large
  /// @return the device
  static IoDevice create(long sizeBytes) {
    RamDisk ram = new RamDisk(sizeBytes);
    return IoDevice.function("ram")
        .queue(
            IoQueue.sequential()
                .onRead(ram::read)
                .onWrite(ram::write)
                .onDeviceControl(ram::control))
        .info(new DeviceInfo("ram", "core", sizeBytes, 1, 1, 1, false, false, List.of(GET_SIZE)))
        .alone();
  }

  private void read(IoQueue queue, ReceivedRequest request, long length) throws IoRequestException {
    long moved = Math.min(length, disk.byteSize() - request.deviceOffset());
    if (moved <= 0) {
      request.complete(IoStatus.END_OF_FILE, 0);
      return;
    }
    MemorySegment output = request.retrieveOutput(moved).segment();
    MemorySegment.copy(disk, request.deviceOffset(), output, 0, moved);
    request.complete(IoStatus.SUCCESS, moved);
  }

  private void write(IoQueue queue, ReceivedRequest request, long length)
      throws IoRequestException {
    if (request.deviceOffset() > disk.byteSize() - length) {
      request.complete(IoStatus.INVALID_PARAMETER, 0);
      return;
    }
    MemorySegment input = request.retrieveInput(length).segment();
    MemorySegment.copy(input, 0, disk, request.deviceOffset(), length);
    request.complete(IoStatus.SUCCESS, length);
  }

  private void control(
      IoQueue queue, ReceivedRequest request, long outputLength, long inputLength, ControlCode code)
      throws IoRequestException {
    if (!code.equals(GET_SIZE)) {
      request.complete(IoStatus.INVALID_DEVICE_REQUEST, 0);
      return;
    }
    request.retrieveOutput(Long.BYTES).segment().set(JAVA_LONG, 0, disk.byteSize());
    request.complete(IoStatus.SUCCESS, Long.BYTES);
  }

  /// Uses a small disk.
  ///
  /// @param args none
  /// @throws IoRequestException if it fails
  public static void main(String[] args) throws IoRequestException {
    try (IoDevice disk = create(1 << 20);
        IoTarget target = IoTarget.to(disk);
        IoMemory block = IoMemory.allocate(4096)) {
      block.segment().fill((byte) 7);
      target.sendWriteSynchronously(block, 8192);
      block.segment().fill((byte) 0);
      long read = target.sendReadSynchronously(block, 8192);
      System.out.printf(
          "read %d bytes, the first is %d%n", read, block.segment().get(JAVA_BYTE, 0));
      target.sendDeviceControlSynchronously(GET_SIZE, IoMemory.none(), block);
      System.out.printf("the disk has %d bytes%n", block.segment().get(JAVA_LONG, 0));
    }
  }
}
