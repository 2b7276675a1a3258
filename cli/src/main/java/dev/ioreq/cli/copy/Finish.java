package dev.ioreq.cli.copy;

import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.StorageControl;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// What comes after the last block: a file that ends in a hole gets its length, and everything is
/// flushed, all destinations at the same time, the failed ones too: what they have shall be safe.
///
/// What a step throws is a fault of this program. It fails the destination that it was about; the
/// others are finished all the same.
final class Finish {
  private final List<Flush> flushes = new ArrayList<>();
  private @Nullable Throwable fault;

  /// One request for one opening of a destination.
  private record Flush(Destination destination, IoTarget target, IoRequest request) {}

  private Finish() {}

  /// Finishes all destinations and waits.
  ///
  /// @param whole how far each is whole
  /// @return what a step threw, the first that did
  static Optional<Throwable> finish(List<Destination> destinations, List<Long> whole) {
    Finish finish = new Finish();
    for (int i = 0; i < destinations.size(); i++) {
      Destination destination = destinations.get(i);
      try {
        finish.prepare(destination, whole.get(i));
      } catch (RuntimeException | Error e) {
        finish.failed(destination, e);
      }
    }
    finish.flush();
    return Optional.ofNullable(finish.fault);
  }

  private void failed(Destination destination, Throwable thrown) {
    fault = fault == null ? thrown : fault;
    fail(destination, IoStatus.UNSUCCESSFUL);
  }

  private void prepare(Destination destination, long whole) {
    IoTarget target = destination.target();
    if (target == null) {
      return;
    }
    if (destination.isFile() && destination.highestEnd() < whole) {
      extend(destination, whole);
    }
    destination.isFlushed = true; // unless one of these says otherwise
    add(destination, target);
    IoTarget tail = destination.tailTarget();
    if (tail != null) {
      add(destination, tail);
    }
  }

  private static void extend(Destination destination, long length) {
    IoTarget tail = destination.tailTarget();
    IoTarget target = tail == null ? destination.requireTarget() : tail;
    try (IoMemory zero = IoMemory.allocate(1)) {
      target.sendWriteSynchronously(zero, length - 1);
    } catch (IoRequestException e) {
      String what = "extension of " + destination.name() + " to " + length + " bytes";
      destination.fail(new Destination.Failure(-1, destination.highestEnd(), e.status(), what));
    }
  }

  private void add(Destination destination, IoTarget target) {
    flushes.add(new Flush(destination, target, IoRequest.create(target)));
  }

  private void flush() {
    CountDownLatch ended = new CountDownLatch(flushes.size());
    for (Flush flush : flushes) {
      try {
        send(flush, ended);
      } catch (RuntimeException | Error e) {
        failed(flush.destination, e);
        ended.countDown();
      }
    }
    awaitAll(ended);
    for (Flush flush : flushes) {
      judge(flush.destination, flush.request.status());
      flush.request.close();
    }
  }

  private static void send(Flush flush, CountDownLatch ended) {
    IoRequest request = flush.request;
    flush.target.formatDeviceControl(
        request, StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
    request.setCompletionRoutine((sent, target, result) -> ended.countDown());
    if (!request.send(flush.target)) {
      ended.countDown();
    }
  }

  private static void judge(Destination destination, IoStatus status) {
    boolean hasNothingToFlush =
        status.equals(IoStatus.NOT_SUPPORTED) || status.equals(IoStatus.INVALID_DEVICE_REQUEST);
    if (!status.isSuccess() && !hasNothingToFlush) {
      fail(destination, status);
    }
  }

  /// What did not reach the device is not known, so nothing can be said to be whole.
  private static void fail(Destination destination, IoStatus status) {
    destination.isFlushed = false;
    destination.fail(new Destination.Failure(-1, 0, status, "flush of " + destination.name()));
  }

  private static void awaitAll(CountDownLatch ended) {
    boolean isInterrupted = false;
    while (true) {
      try {
        ended.await();
        break;
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
