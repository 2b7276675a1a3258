package dev.ioreq.examples;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// A driver that takes its requests itself: everything is forwarded to a manual queue, and when
/// that says that there is something, the driver takes one after another until it is empty.
///
/// The queue tells only when it was empty and is not any more, so the loop has to go on until
/// [IoStatus#NO_MORE_ENTRIES]; one that takes a single request for each call would leave the others
/// lying there.
///
/// @see "usb/usbsamp/sys/isorwr.c; WdfIoQueueReadyNotify, WdfIoQueueRetrieveNextRequest"
public final class ReadyNotifyLoop {
  private final IoDevice device =
      IoDevice.function("collector")
          .queue(IoQueue.parallel().onDefault((queue, request) -> put(request)))
          .alone();
  private final IoQueue collected = device.createQueue("collected", IoQueue.manual());
  private final AtomicInteger notifications = new AtomicInteger();
  private final Consumer<? super ReceivedRequest> worker;

  /// @param worker completes each request it is given
  ReadyNotifyLoop(Consumer<? super ReceivedRequest> worker) {
    this.worker = worker;
    collected.readyNotify(this::drain);
  }

  IoDevice device() {
    return device;
  }

  IoQueue collected() {
    return collected;
  }

  int notifications() {
    return notifications.get();
  }

  private void put(ReceivedRequest request) {
    IoStatus status = request.forwardTo(collected);
    if (!status.isSuccess()) { // it takes nothing now: the request is still ours
      request.complete(status, 0);
    }
  }

  private void drain(IoQueue queue) {
    notifications.incrementAndGet();
    IoStatus status;
    do {
      status = queue.retrieveNext(worker);
    } while (status.isSuccess());
  }

  /// Sends some writes.
  ///
  /// @param args none
  /// @throws IoRequestException if one fails
  public static void main(String[] args) throws IoRequestException {
    ReadyNotifyLoop loop =
        new ReadyNotifyLoop(request -> request.complete(IoStatus.SUCCESS, request.inputLength()));
    try (IoDevice device = loop.device();
        IoTarget target = IoTarget.to(device);
        IoMemory block = IoMemory.allocate(16)) {
      for (int i = 0; i < 3; i++) {
        System.out.println("wrote " + target.sendWriteSynchronously(block, 0) + " bytes");
      }
      System.out.println("notified " + loop.notifications() + " times");
    }
  }
}
