package dev.ioreq.examples;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// A read that would wait for ever, ended in three ways: cancelled, timed out, timed out in a call
/// that waits.
///
/// It reads from a terminal of its own, where nobody types. Whatever ends the request, its
/// completion routine is called exactly once.
///
/// @see "WdfRequestCancelSentRequest; WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT"
public final class CancelAndTimeout {
  private static final Duration SOON = Duration.ofMillis(50);

  private CancelAndTimeout() {}

  /// Sends three reads.
  ///
  /// @param args none
  /// @throws IoRequestException if there is no terminal to be had
  public static void main(String[] args) throws IoRequestException {
    try (Terminal terminal = Terminal.open();
        IoMemory key = IoMemory.allocate(1);
        IoRequest request = IoRequest.create(terminal.user())) {
      System.out.println("cancelled: " + cancelled(terminal.user(), request, key));
      request.reuse();
      System.out.println("timed out: " + timedOut(terminal.user(), request, key));
      System.out.println("waited: " + waited(terminal.user(), key));
    }
  }

  static IoStatus cancelled(IoTarget terminal, IoRequest request, IoMemory key) {
    CompletableFuture<IoStatus> ended = new CompletableFuture<>();
    terminal.formatRead(request, key, 0);
    request.setCompletionRoutine((sent, target, result) -> ended.complete(result.status()));
    if (!request.send(terminal)) {
      return request.status();
    }
    // True says that the cancel was delivered, not that the read is lost: a key that was pressed
    // at the same moment may still win. The routine tells.
    request.cancelSent();
    return ended.join();
  }

  static IoStatus timedOut(IoTarget terminal, IoRequest request, IoMemory key) {
    CompletableFuture<IoStatus> ended = new CompletableFuture<>();
    terminal.formatRead(request, key, 0);
    request.setCompletionRoutine((sent, target, result) -> ended.complete(result.status()));
    if (!request.send(terminal, SendOptions.timeout(SOON))) {
      return request.status();
    }
    return ended.join();
  }

  static IoStatus waited(IoTarget terminal, IoMemory key) {
    try {
      terminal.sendReadSynchronously(Optional.empty(), key, 0, 0, 0, SendOptions.timeout(SOON));
      return IoStatus.SUCCESS;
    } catch (IoRequestException e) {
      return e.status();
    }
  }

  /// A pseudo-terminal: whatever is written to the keyboard is read by the user's side.
  record Terminal(IoTarget keyboard, IoTarget user) implements AutoCloseable {
    static Terminal open() throws IoRequestException {
      IoTarget keyboard = IoTarget.open("char:/dev/ptmx", Access.READ_WRITE);
      return new Terminal(keyboard, TerminalSize.userSide(keyboard));
    }

    @Override
    public void close() {
      user.close();
      keyboard.close();
    }
  }
}
