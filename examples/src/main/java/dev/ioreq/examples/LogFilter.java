package dev.ioreq.examples;

import dev.ioreq.Access;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// The smallest useful driver: a filter that says of every request what it was and how it ended.
///
/// It hands on what came, without touching it: format using the current type, routine, send; in the
/// routine it completes the request that it received with what the target gave.
///
/// `LogFilter FILE` puts one above a file and writes and reads a line through it.
///
/// @see "general/toaster/toastDrv/kmdf/filter/generic"
public final class LogFilter {
  private LogFilter() {}

  /// Makes the filter.
  ///
  /// @param lower what it is put above
  /// @param log gets one line for each request that ends
  /// @return the device
  static IoDevice above(IoTarget lower, Consumer<String> log) {
    return IoDevice.filter("log")
        .queue(IoQueue.parallel().onDefault((queue, request) -> passOn(request, lower, log)))
        .above(lower);
  }

  private static void passOn(ReceivedRequest request, IoTarget lower, Consumer<String> log) {
    String what = describe(request); // now: after completion the request is not ours
    request.formatUsingCurrentType();
    request.setCompletionRoutine((sent, target, result) -> {
      log.accept("%s: %d, %s".formatted(what, result.information(), result.status().name()));
      request.complete(result.status(), result.information());
    });
    if (!request.send(lower)) { // not sent, so no routine: it is still ours to complete
      log.accept("%s: not sent, %s".formatted(what, request.status().name()));
      request.complete(request.status(), 0);
    }
  }

  private static String describe(ReceivedRequest request) {
    return request.type() == RequestType.READ || request.type() == RequestType.WRITE
        ? "%s of %d at %d"
            .formatted(
                request.type(),
                Math.max(request.inputLength(), request.outputLength()),
                request.deviceOffset())
        : "%s %s".formatted(request.type(), request.controlCode());
  }

  /// Writes and reads a file through the filter.
  ///
  /// @param args the file's path
  /// @throws Exception if it cannot be opened, written or read
  public static void main(String[] args) throws Exception {
    byte[] line = "seen by a filter\n".getBytes(StandardCharsets.US_ASCII);
    IoTarget file = IoTarget.open(args[0], OpenOptions.of(Access.READ_WRITE).withCreate());
    Consumer<String> print = System.out::println;
    try (IoDevice filter = above(file, print); // closes the file too
        IoTarget top = IoTarget.to(filter);
        IoMemory block = IoMemory.allocate(line.length)) {
      block.copyFrom(0, line);
      top.sendWriteSynchronously(block, 100);
      top.sendReadSynchronously(block, 100);
    }
  }
}
