package dev.ioreq;

/// Told, for each request the driver holds, that the device is about to leave its working state.
///
/// For each the driver completes it, or cancels what it waits for, or calls
/// [ReceivedRequest#stopAcknowledge(boolean)]. The transition waits for that.
///
/// @see "EvtIoStop"
@FunctionalInterface
public interface IoStopHandler {
  /// Why the device stops.
  enum Reason {
    /// It is suspended and will come back.
    SUSPEND,
    /// It is being removed.
    REMOVE
  }

  /// The device stops.
  ///
  /// @param queue delivered the request
  /// @param request the driver holds it
  /// @param reason why
  /// @param isCancelable whether it is marked cancelable now
  void stopping(IoQueue queue, ReceivedRequest request, Reason reason, boolean isCancelable);
}
