package dev.ioreq.examples;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.PurgeAction;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.TargetState;
import dev.ioreq.Verifier;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// What `send` answers to each combination of options, for a created and for a received request,
/// formatted and not, in each state of the target.
///
/// Prints `sent`, `held` for a request that a stopped target keeps until it starts, or the status
/// of the refusal.
///
/// @see "WdfRequestSend; WDF_REQUEST_SEND_OPTIONS_FLAGS"
public final class SendOptionMatrix {
  static final int TIMEOUT = 1;
  static final int SYNCHRONOUS = 2;
  static final int IGNORE_STATE = 4;
  static final int FORGET = 8;

  static final String HELD = "held";
  static final String SENT = "sent";
  static final List<TargetState> STATES =
      List.of(TargetState.STARTED, TargetState.STOPPED, TargetState.PURGED, TargetState.CLOSED);

  private SendOptionMatrix() {}

  /// Sends once, from a filter above a small disk.
  ///
  /// @param flags the options, as bits
  /// @param isReceived whether the request comes from the filter's queue
  /// @param isFormatted whether it is formatted
  /// @param state of the target
  /// @return `sent`, `held` or the name of a status
  static String outcome(int flags, boolean isReceived, boolean isFormatted, TargetState state) {
    CompletableFuture<ReceivedRequest> arrived = new CompletableFuture<>();
    CompletableFuture<Boolean> answered = new CompletableFuture<>();
    try (IoDevice disk = RamDisk.create(64);
        IoTarget target = IoTarget.to(disk);
        IoDevice filter =
            IoDevice.filter("sender")
                .queue(IoQueue.parallel().onRead((queue, read, length) -> arrived.complete(read)))
                .above(disk);
        IoTarget top = IoTarget.to(filter);
        IoMemory memory = IoMemory.allocate(8);
        IoRequest created = IoRequest.create()) {
      if (!isReceived) {
        return send(created, target, memory, flags, isFormatted, state);
      }
      top.formatRead(created, memory, 0);
      created.setCompletionRoutine((sent, to, result) -> answered.complete(true));
      if (!created.send(top)) {
        return created.status().name();
      }
      ReceivedRequest received = arrived.join();
      String outcome = send(received, target, memory, flags, isFormatted, state);
      if ((flags & FORGET) == 0 || !outcome.equals(SENT)) {
        received.complete(received.status(), 0); // sent or refused, it is the filter's again
      }
      answered.join();
      return outcome;
    }
  }

  private static String send(
      IoRequest request,
      IoTarget target,
      IoMemory memory,
      int flags,
      boolean isFormatted,
      TargetState state) {
    if (isFormatted) {
      target.formatRead(request, memory, 0);
    }
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    if ((flags & FORGET) != 0) {
      ended.complete(true);
    } else {
      request.setCompletionRoutine((sent, to, result) -> ended.complete(true));
    }
    switch (state) {
      case STOPPED -> target.stop(SentIoAction.LEAVE_PENDING);
      case PURGED -> target.purge(PurgeAction.PURGE);
      case CLOSED -> target.close();
      default -> {}
    }
    // on a thread of its own, because a synchronous send to a stopped target waits for its start
    CompletableFuture<Boolean> accepted =
        CompletableFuture.supplyAsync(
            () -> request.send(target, options(flags)), task -> Thread.ofVirtual().start(task));
    while (!accepted.isDone() && target.requestsHeld() == 0) {
      Thread.onSpinWait();
    }
    boolean isHeld = target.requestsHeld() > 0;
    if (isHeld) {
      target.start();
    }
    if (!accepted.join()) {
      return request.status().name();
    }
    ended.join();
    return isHeld ? HELD : SENT;
  }

  private static SendOptions options(int flags) {
    return new SendOptions(
        (flags & TIMEOUT) != 0 ? Duration.ofHours(1).toNanos() : 0,
        null,
        (flags & SYNCHRONOUS) != 0,
        (flags & IGNORE_STATE) != 0,
        (flags & FORGET) != 0);
  }

  /// Prints the matrix.
  ///
  /// @param args none
  public static void main(String[] args) {
    Verifier.mode(Verifier.Mode.OFF); // it would report the combinations that break a rule
    for (int kind = 0; kind < 4; kind++) {
      boolean isReceived = kind >= 2;
      boolean isFormatted = kind % 2 == 1;
      System.out.printf(
          "%-8s, %-19s",
          isReceived ? "received" : "created", isFormatted ? "formatted" : "not formatted");
      STATES.forEach(state -> System.out.printf(" %-22s", state));
      System.out.println();
      for (int flags = 0; flags < 16; flags++) {
        System.out.printf(
            "  %-8s%-6s%-7s%-7s",
            (flags & TIMEOUT) != 0 ? "timeout" : "",
            (flags & SYNCHRONOUS) != 0 ? "sync" : "",
            (flags & IGNORE_STATE) != 0 ? "ignore" : "",
            (flags & FORGET) != 0 ? "forget" : "");
        for (TargetState state : STATES) {
          System.out.printf(" %-22s", outcome(flags, isReceived, isFormatted, state));
        }
        System.out.println();
      }
    }
  }
}
