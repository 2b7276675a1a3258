package dev.ioreq.examples;

import dev.ioreq.BufferMethod;
import dev.ioreq.ControlCode;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import java.util.function.BiConsumer;

/// A filter that handles device control only, in two builds.
///
/// **Build A** sends the request on and forgets it: nothing is formatted, no frame is used, and the
/// completion goes past the filter straight to the layer above. It is the cheapest way down.
///
/// **Build B** wants to see the completion: it repeats its own frame for the device below,
/// registers a routine, sends, and completes what it received.
///
/// Reads, writes and the other types have no handler, and a filter passes down by itself what it
/// has no handler for. Both builds look at what send returns: false means that the request is still
/// the filter's to complete.
///
/// @see "general/toaster/toastDrv/kmdf/filter/generic/filter.c"
public final class GenericFilter {
  static final ControlCode PING = ControlCode.of("PING", 0x22, 1, BufferMethod.BUFFERED, 0);

  private GenericFilter() {}

  /// Build A.
  ///
  /// @param name of the device
  /// @param lower what it is put above
  /// @return the device
  static IoDevice forgetting(String name, IoTarget lower) {
    return IoDevice.filter(name)
        .queue(
            IoQueue.parallel()
                .onDeviceControl((queue, request, out, in, code) -> forget(request, lower)))
        .above(lower);
  }

  static void forget(ReceivedRequest request, IoTarget lower) {
    if (!request.send(lower, SendOptions.sendAndForget())) {
      request.complete(request.status(), 0);
    }
  }

  /// Build B.
  ///
  /// @param name of the device
  /// @param lower what it is put above
  /// @param seen told of each completion: the filter's name, and how the request ended
  /// @return the device
  static IoDevice watching(String name, IoTarget lower, BiConsumer<String, IoStatus> seen) {
    return IoDevice.filter(name)
        .queue(
            IoQueue.parallel()
                .onDeviceControl((queue, request, out, in, code) -> {
                  request.formatUsingCurrentType();
                  request.setCompletionRoutine((sent, target, result) -> {
                    seen.accept(name, result.status());
                    request.complete(result.status()); // with the information from below
                  });
                  if (!request.send(lower)) {
                    request.complete(request.status(), 0);
                  }
                }))
        .above(lower);
  }

  /// Three filters above a device that answers pings.
  ///
  /// @param args none
  /// @throws IoRequestException if the ping fails
  public static void main(String[] args) throws IoRequestException {
    BiConsumer<String, IoStatus> print =
        (name, status) -> System.out.println(name + " saw " + status.name());
    IoDevice pong =
        IoDevice.function("pong")
            .queue(
                IoQueue.parallel()
                    .onDeviceControl((queue, request, outputLength, inputLength, code) -> {
                      request.retrieveOutput(1).segment().fill((byte) 42);
                      request.complete(IoStatus.SUCCESS, outputLength);
                    }))
            .alone();
    try (pong;
        IoDevice bottom = watching("bottom", IoTarget.to(pong), print);
        IoDevice middle = forgetting("middle", IoTarget.to(bottom));
        IoDevice top = watching("top", IoTarget.to(middle), print);
        IoTarget target = IoTarget.to(top);
        IoMemory answer = IoMemory.allocate(1)) {
      target.sendDeviceControlSynchronously(PING, IoMemory.none(), answer);
      System.out.println("answer: " + answer.asByteBuffer().get(0));
    }
  }
}
