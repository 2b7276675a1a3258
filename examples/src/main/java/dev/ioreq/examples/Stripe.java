package dev.ioreq.examples;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A device that cuts each write into equal parts and sends all of them at the same time, each to a
/// disk of its own: one received request, a created request per disk over a window of its memory.
///
/// Three things decide whether this is right. **Who is last:** a counter that begins one above the
/// number of parts, because a part may end before the next is sent. **Who completes:** the one who
/// was last, unless the cancel routine is still going through the parts; then whichever of the two
/// ends later. **When the memory is free:** every part gives it back, by being closed, before the
/// received request is completed.
///
/// Gathered is by this rule: the first part, in the order of the bytes, that failed gives the
/// status; the bytes moved in one piece from the beginning are the information.
///
/// @see "Sending I/O requests to several targets; WdfRequestMarkCancelable"
public final class Stripe {
  private final List<IoTarget> disks;
  private final SendOptions options;

  private Stripe(List<IoTarget> disks, SendOptions options) {
    this.disks = List.copyOf(disks);
    this.options = options;
  }

  /// Makes the device.
  ///
  /// @param disks one for each part
  /// @param options how each part is sent
  /// @return the device
  static IoDevice over(List<IoTarget> disks, SendOptions options) {
    Stripe driver = new Stripe(disks, options);
    return IoDevice.function("stripe")
        .queue(
            IoQueue.parallel().onWrite((queue, request, length) -> driver.write(request, length)))
        .alone();
  }

  private void write(ReceivedRequest request, long length) throws IoRequestException {
    if (length % disks.size() != 0) {
      request.complete(IoStatus.INVALID_PARAMETER, 0);
      return;
    }
    new Parts(request, length / disks.size()).send();
  }

  /// One write's parts.
  private final class Parts implements CompletionRoutine {
    private final ReceivedRequest received;
    private final long partBytes;
    private final List<IoRequest> parts = disks.stream().map(disk -> IoRequest.create()).toList();
    private final AtomicInteger open = new AtomicInteger(parts.size() + 1); // and the sender
    private final AtomicInteger leaving = new AtomicInteger(2); // the parts, the cancel routine

    Parts(ReceivedRequest received, long partBytes) {
      this.received = received;
      this.partBytes = partBytes;
    }

    void send() throws IoRequestException {
      IoMemory data = received.retrieveInput(parts.size());
      received.markCancelable(this::cancel);
      for (int i = 0; i < parts.size(); i++) {
        if (!isSent(parts.get(i), disks.get(i), data, i * partBytes)) {
          ended(); // no routine will be called; its status says why
        }
      }
      ended();
    }

    private boolean isSent(IoRequest part, IoTarget disk, IoMemory data, long windowOffset) {
      try {
        disk.formatWrite(
            part, data, windowOffset, partBytes, received.deviceOffset() / parts.size());
      } catch (IoMisuseException e) { // the disk was closed
        part.reuse(e.status());
        return false;
      }
      part.setCompletionRoutine(this);
      return part.send(disk, options);
    }

    @Override
    public void completed(IoRequest part, IoTarget disk, CompletionParameters result) {
      ended();
    }

    private void ended() {
      if (open.decrementAndGet() == 0
          && (received.unmarkCancelable() || leaving.decrementAndGet() == 0)) {
        complete();
      }
    }

    private void cancel(ReceivedRequest request) {
      parts.forEach(IoRequest::cancelSent); // none is closed yet: that is done at the end
      if (leaving.decrementAndGet() == 0) {
        complete();
      }
    }

    private void complete() {
      IoStatus status = IoStatus.SUCCESS;
      long inOnePiece = 0;
      for (IoRequest part : parts) {
        if (status.isSuccess()) {
          status = part.status();
          inOnePiece += part.information();
        }
        part.close();
      }
      received.complete(status, inOnePiece);
    }
  }

  /// Writes to three disks.
  ///
  /// @param args none
  /// @throws IoRequestException if it fails
  public static void main(String[] args) throws IoRequestException {
    try (IoDevice a = RamDisk.create(4096);
        IoDevice b = RamDisk.create(4096);
        IoDevice c = RamDisk.create(4096);
        IoTarget first = IoTarget.to(a);
        IoTarget second = IoTarget.to(b);
        IoTarget third = IoTarget.to(c);
        IoDevice stripe = over(List.of(first, second, third), SendOptions.none());
        IoTarget target = IoTarget.to(stripe);
        IoMemory data = IoMemory.allocate(3 * 512)) {
      System.out.println("wrote " + target.sendWriteSynchronously(data, 0) + " bytes to 3 disks");
    }
  }
}
