package dev.ioreq.examples;

import dev.ioreq.Access;
import dev.ioreq.BufferMethod;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.ControlCode;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;

/// A device whose hardware moves little at a time: each request is sent down in stages, one after
/// another, always the same received request with the next window of its own buffer.
///
/// No request is created and nothing is reused: the routine formats the next window and sends
/// again. A stage that fails ends the transfer; first the pipe is reset, which waits, and so
/// happens on another thread. A stage that moves less than its window is followed by what is left.
///
/// Between two stages nobody below could notice a cancel, so the driver asks.
///
/// `StagedTransfers FILE` writes 1 MiB to a file in stages of 64 KiB.
///
/// @see "usb/usbsamp/sys/bulkrwr.c"
public final class StagedTransfers {
  /// What brings the hardware back after a failure.
  static final ControlCode RESET = ControlCode.of("RESET", 0x22, 9, BufferMethod.BUFFERED, 0);

  private final IoTarget lower;
  private final long stageBytes;

  private StagedTransfers(IoTarget lower, long stageBytes) {
    this.lower = lower;
    this.stageBytes = stageBytes;
  }

  /// Makes the device.
  ///
  /// @param lower moves the bytes
  /// @param stageBytes the most it moves at once
  /// @return the device
  static IoDevice above(IoTarget lower, long stageBytes) {
    StagedTransfers driver = new StagedTransfers(lower, stageBytes);
    return IoDevice.function("bulk")
        .queue(
            IoQueue.parallel()
                .onRead((queue, request, length) ->
                    driver.new Transfer(request, request.retrieveOutput(length), length).next())
                .onWrite((queue, request, length) ->
                    driver.new Transfer(request, request.retrieveInput(length), length).next()))
        .above(lower);
  }

  /// One received request on its way through the stages.
  private final class Transfer implements CompletionRoutine {
    private final ReceivedRequest request;
    private final IoMemory buffer;
    private final long total;
    private long done;

    Transfer(ReceivedRequest request, IoMemory buffer, long total) {
      this.request = request;
      this.buffer = buffer;
      this.total = total;
    }

    void next() {
      long window = Math.min(stageBytes, total - done);
      if (request.isCanceled()) {
        request.complete(IoStatus.CANCELLED, done);
        return;
      }
      if (request.type() == RequestType.READ) {
        lower.formatRead(request, buffer, done, window, request.deviceOffset() + done);
      } else {
        lower.formatWrite(request, buffer, done, window, request.deviceOffset() + done);
      }
      request.setCompletionRoutine(this);
      if (!request.send(lower)) {
        request.complete(request.status(), done);
      }
    }

    @Override
    public void completed(IoRequest sent, IoTarget target, CompletionParameters result) {
      IoStatus status = result.status();
      if (!status.isSuccess()) {
        Thread.ofVirtual().name("reset").start(() -> resetAndFail(status));
        return;
      }
      done += result.information();
      if (done < total && result.information() > 0) {
        next(); // a lower device that answers at once does not make the stack grow: see Nesting
      } else {
        request.complete(status, done);
      }
    }

    private void resetAndFail(IoStatus status) {
      try {
        lower.sendDeviceControlSynchronously(RESET, IoMemory.none(), IoMemory.none());
      } catch (IoRequestException e) {
        System.err.println("not reset: " + e.getMessage()); // the transfer's own failure counts
      }
      request.complete(status, done);
    }
  }

  /// Writes to a file in stages.
  ///
  /// @param args the file's path
  /// @throws IoRequestException if it cannot be opened or written
  public static void main(String[] args) throws IoRequestException {
    OpenOptions options = OpenOptions.of(Access.READ_WRITE).withCreate();
    try (IoDevice device = above(IoTarget.open(args[0], options), 64 * 1024);
        IoTarget target = IoTarget.to(device);
        IoMemory image = IoMemory.allocate(1 << 20)) {
      System.out.println("moved " + target.sendWriteSynchronously(image, 0) + " bytes");
    }
  }
}
