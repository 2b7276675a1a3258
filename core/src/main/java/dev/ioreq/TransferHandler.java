package dev.ioreq;

/// Takes a read or a write over; the rules of [RequestHandler] apply.
///
/// @see "EvtIoRead, EvtIoWrite"
@FunctionalInterface
public interface TransferHandler {
  /// A read or write is the driver's now.
  ///
  /// @param queue delivers it
  /// @param request the request
  /// @param length bytes to be moved; 0 only if the queue allows it
  /// @throws IoRequestException to end it with that status
  void handle(IoQueue queue, ReceivedRequest request, long length) throws IoRequestException;
}
