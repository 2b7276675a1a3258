package dev.ioreq;

/// Sees every request that comes to a device before a queue does.
///
/// The driver owns the request: it calls [ReceivedRequest#enqueue()], completes it, or sends it on,
/// here or later. What it throws ends the request as with [RequestHandler].
///
/// **Threading.** The sender's thread; several at a time.
///
/// @see "EvtIoInCallerContext"
@FunctionalInterface
public interface CallerContextHandler {
  /// A request has come.
  ///
  /// @param device to which it has come
  /// @param request no queue has had it yet
  /// @throws IoRequestException to end it with that status
  void handle(IoDevice device, ReceivedRequest request) throws IoRequestException;
}
