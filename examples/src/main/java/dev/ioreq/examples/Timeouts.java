package dev.ioreq.examples;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/// What a timeout means: when it is over, the request's cancel is asked for, and no more than that.
///
/// Sends reads with each kind of timeout to a device that never answers by itself, and prints how
/// they ended. Only what the device ends as cancelled becomes `IO_TIMEOUT`; a device that succeeds
/// in spite of the cancel, or does not look at it for a while, has succeeded. A timeout of zero is
/// none: that request is cancelled here, or it would never end.
///
/// @see "WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT"
public final class Timeouts {
  private static final Duration SOON = Duration.ofMillis(20);

  /// The kinds of timeout.
  enum Kind {
    RELATIVE,
    ABSOLUTE,
    ABSOLUTE_PAST,
    ZERO;

    SendOptions options() {
      return switch (this) {
        case RELATIVE -> SendOptions.timeout(SOON);
        case ABSOLUTE -> SendOptions.none().withDeadline(Instant.now().plus(SOON));
        case ABSOLUTE_PAST -> SendOptions.none().withDeadline(Instant.EPOCH);
        case ZERO -> SendOptions.timeout(Duration.ZERO);
      };
    }
  }

  /// What the device makes of a cancel.
  enum OnCancel {
    /// It ends the request as cancelled.
    HONOUR {
      @Override
      void hold(ReceivedRequest request) {
        request.markCancelable(cancelled -> cancelled.complete(IoStatus.CANCELLED, 0));
      }
    },
    /// It has just finished.
    SUCCEED {
      @Override
      void hold(ReceivedRequest request) {
        request.markCancelable(cancelled -> cancelled.complete(IoStatus.SUCCESS, 1));
      }
    },
    /// It cannot stop, and finishes later.
    IGNORE {
      @Override
      void hold(ReceivedRequest request) {
        Thread.ofVirtual()
            .start(() -> {
              while (!request.isCanceled()) {
                LockSupport.parkNanos(1_000_000);
              }
              request.complete(IoStatus.SUCCESS, 1);
            });
      }
    };

    abstract void hold(ReceivedRequest request);
  }

  private Timeouts() {}

  /// Sends one read and says how it ended.
  static IoStatus outcome(Kind kind, OnCancel onCancel, boolean isSynchronous) {
    CountDownLatch arrived = new CountDownLatch(1);
    CompletableFuture<IoStatus> ended = new CompletableFuture<>();
    try (IoDevice device =
            IoDevice.function("slow")
                .queue(
                    IoQueue.parallel()
                        .onRead((queue, request, length) -> {
                          onCancel.hold(request);
                          arrived.countDown();
                        }))
                .alone();
        IoTarget target = IoTarget.to(device);
        IoMemory output = IoMemory.allocate(1);
        IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, output, 0);
      request.setCompletionRoutine((sent, to, result) -> ended.complete(result.status()));
      SendOptions options = kind.options();
      if (kind == Kind.ZERO) {
        Thread.ofVirtual().start(() -> cancelAfter(arrived, request));
      }
      if (!request.send(target, isSynchronous ? options.withSynchronous() : options)) {
        return request.status();
      }
      return ended.join(); // of a synchronous send it has been called already
    }
  }

  private static void cancelAfter(CountDownLatch arrived, IoRequest request) {
    try {
      arrived.await();
      request.cancelSent();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Prints the matrix.
  ///
  /// @param args none
  public static void main(String[] args) {
    System.out.printf("%-14s %-13s %s%n", "timeout", "on cancel", "ends as");
    for (Kind kind : Kind.values()) {
      for (OnCancel onCancel : OnCancel.values()) {
        IoStatus status = outcome(kind, onCancel, false);
        System.out.printf("%-14s %-13s %s%n", kind, onCancel, status.name());
      }
    }
  }
}
