package dev.ioreq;

/// Takes a device control over; the rules of [RequestHandler] apply.
///
/// @see "EvtIoDeviceControl, EvtIoInternalDeviceControl"
@FunctionalInterface
public interface ControlHandler {
  /// A device control is the driver's now.
  ///
  /// @param queue delivers it
  /// @param request the request
  /// @param outputLength bytes that the sender takes
  /// @param inputLength bytes that the sender gives
  /// @param code what to do
  /// @throws IoRequestException to end it with that status
  void handle(
      IoQueue queue, ReceivedRequest request, long outputLength, long inputLength, ControlCode code)
      throws IoRequestException;
}
