package dev.ioreq.examples;

import dev.ioreq.DeviceConfig;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.several.FanOut;
import dev.ioreq.several.Gathering;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A device that writes everything to several disks at the same time, and reads from the first: the
/// helper [FanOut] does what [Stripe] does by hand.
///
/// All disks write from the memory of the one request that was received; none is copied. What is
/// left to the driver is the cancel: when all writes have ended, a cancel routine may be on its way
/// that has not begun, and the request must not be completed before it has run.
///
/// @see "WdfIoTargetFormatRequestForWrite with one memory and several requests"
public final class Mirror {
  private final List<IoTarget> disks;

  private Mirror(List<IoTarget> disks) {
    this.disks = List.copyOf(disks);
  }

  /// Makes the device.
  ///
  /// @param disks where everything is written
  /// @return the device
  static IoDevice over(List<IoTarget> disks) {
    Mirror driver = new Mirror(disks);
    DeviceConfig config = IoDevice.function("mirror").forwardsTo(disks.getFirst());
    return config
        .queue(
            IoQueue.parallel()
                .onWrite((queue, request, length) -> driver.write(request))
                .onRead((queue, request, length) -> driver.read(request)))
        .alone();
  }

  private void read(ReceivedRequest request) {
    request.formatUsingCurrentType();
    request.setCompletionRoutine((sent, disk, result) -> request.complete(result.status()));
    if (!request.send(disks.getFirst())) {
      request.complete(request.status(), 0);
    }
  }

  private void write(ReceivedRequest request) throws IoRequestException {
    IoMemory data = request.retrieveInput(1);
    FanOut writes = new FanOut(disks.size(), Gathering.LEAST);
    try {
      for (IoTarget disk : disks) {
        writes.addWrite(disk, data, 0, 0, request.deviceOffset());
      }
    } catch (IoMisuseException e) { // a disk was closed: then nothing is written anywhere
      writes.close();
      request.complete(e.status(), 0);
      return;
    }
    AtomicInteger leaving = new AtomicInteger(2); // the writes, the cancel routine
    request.markCancelable(cancelled -> {
      writes.cancel();
      complete(leaving, request, writes);
    });
    writes.start((status, information) -> {
      if (request.unmarkCancelable()) {
        leaving.decrementAndGet(); // the cancel routine will not come
      }
      complete(leaving, request, writes);
    });
  }

  private static void complete(AtomicInteger leaving, ReceivedRequest request, FanOut writes) {
    if (leaving.decrementAndGet() == 0) {
      IoStatus status = IoStatus.SUCCESS;
      long least = Long.MAX_VALUE;
      for (int i = 0; i < writes.count(); i++) {
        least = Math.min(least, writes.information(i));
        status = status.isSuccess() ? writes.status(i) : status;
      }
      writes.close();
      request.complete(status, least);
    }
  }

  /// Writes to two disks, and reads back.
  ///
  /// @param args none
  /// @throws IoRequestException if it fails
  public static void main(String[] args) throws IoRequestException {
    try (IoDevice a = RamDisk.create(4096);
        IoDevice b = RamDisk.create(4096);
        IoTarget left = IoTarget.to(a);
        IoTarget right = IoTarget.to(b);
        IoDevice mirror = over(List.of(left, right));
        IoTarget target = IoTarget.to(mirror);
        IoMemory block = IoMemory.allocate(512)) {
      block.segment().fill((byte) 9);
      System.out.println("wrote " + target.sendWriteSynchronously(block, 1024) + " bytes");
      for (IoTarget disk : List.of(left, right, target)) {
        block.segment().fill((byte) 0);
        disk.sendReadSynchronously(block, 1024);
        System.out.println(disk.name() + " has " + block.asByteBuffer().get(0));
      }
    }
  }
}
