package dev.ioreq.cli.copy;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.StorageControl;
import org.jspecify.annotations.Nullable;

/// One slot's way of writing to one destination: a request, used again for every block.
///
/// Belongs to whoever the slot belongs to; between [#begin] and the [Slot#leave()] that it calls
/// exactly once, to the completion of its own request.
final class SlotWrite {
  private static final IoStatus NOTHING_TAKEN = IoStatus.ofErrno(5); // EIO

  private final CopyPass pass;
  private final Slot slot;
  private final Destination destination;
  private final IoRequest request = IoRequest.create();
  private final CompletionRoutine written;
  private final CompletionRoutine zeroed;
  private final @Nullable WriteOut writeOut;
  private final @Nullable IoMemory range; // for zeroing, if that can happen

  private long length; // of the block under way
  private long at; // how much of it is written
  private int retriesLeft;
  private long doneBlock = -1; // the last that is on the destination

  SlotWrite(CopyPass pass, Slot slot, Destination destination, @Nullable WriteOut writeOut) {
    this.pass = pass;
    this.slot = slot;
    this.destination = destination;
    this.writeOut = writeOut;
    written = pass.guarded(this::written);
    zeroed = pass.guarded(this::zeroed);
    range =
        pass.options().sparse() && !destination.isFile()
            ? IoMemory.allocate(StorageControl.RANGE_BYTES)
            : null;
  }

  /// Whether the slot's block is on the destination.
  boolean isDone() {
    return doneBlock == slot.block();
  }

  void begin(long length, boolean isZero) {
    this.length = length;
    at = 0;
    retriesLeft = pass.options().retries();
    if (!destination.takes(slot.block()) || pass.isInterrupted()) {
      slot.leave();
    } else if (isZero && destination.isFile()) {
      doneBlock =
          slot.block(); // the file was empty: what is not written is a hole, and reads as zero
      slot.leave();
    } else if (isZero && range != null && destination.takesZeroing()) {
      sendZeroing(range);
    } else {
      send();
    }
  }

  private void send() { // hot path
    IoTarget target = destination.takerOf(length);
    target.formatWrite(request, slot.memory(), at, length - at, slot.offset() + at);
    request.setCompletionRoutine(written);
    if (!request.send(target, pass.sendOptions())) {
      ended(request.status(), 0);
    }
  }

  private void sendZeroing(IoMemory range) {
    StorageControl.putRange(range, slot.offset(), length);
    IoTarget target = destination.requireTarget();
    target.formatDeviceControl(request, StorageControl.WRITE_ZEROES, range, IoMemory.none());
    request.setCompletionRoutine(zeroed);
    if (!request.send(target, pass.sendOptions())) {
      ended(request.status(), 0);
    }
  }

  private void zeroed(IoRequest request, IoTarget target, CompletionParameters result) {
    IoStatus status = result.status();
    if (status.isSuccess()) {
      at = length;
      ended(status, 0);
    } else if (status.equals(IoStatus.CANCELLED)) {
      ended(status, 0);
    } else {
      // Whatever the reason is, zeroes can still be written as bytes; a real failure shows again
      // there.
      destination.refusesZeroing();
      send();
    }
  }

  private void written(IoRequest request, IoTarget target, CompletionParameters result) {
    ended(result.status(), result.information());
  }

  private void ended(IoStatus status, long information) {
    at += information;
    destination.wrote(information);
    if (at > 0 && information > 0) {
      destination.reached(slot.offset() + at);
    }
    if (status.isSuccess()) {
      if (at == length) {
        doneBlock = slot.block();
        if (writeOut != null) {
          writeOut.reached(slot.offset() + length);
        }
        slot.leave();
        return;
      }
      if (information > 0) {
        send(); // a device may take less than it is given
        return;
      }
    }
    failed(status.isSuccess() ? NOTHING_TAKEN : status);
  }

  private void failed(IoStatus status) {
    if (pass.isGivenUp(status)) {
      slot.leave();
      return;
    }
    String what =
        "write of %d bytes at offset %d of %s"
            .formatted(length - at, slot.offset() + at, destination.name());
    if (retriesLeft > 0 && !pass.isInterrupted()) {
      retriesLeft--;
      pass.message(
          "%s: %s; sent again, %d more %s left"
              .formatted(what, status, retriesLeft, retriesLeft == 1 ? "retry" : "retries"));
      send();
      return;
    }
    pass.destinationFailed(
        destination, new Destination.Failure(slot.block(), slot.offset() + at, status, what));
    slot.leave();
  }

  void cancel() {
    request.cancelSent();
  }

  void close() {
    request.close();
    if (range != null) {
      range.close();
    }
  }
}
