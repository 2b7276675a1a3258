package dev.ioreq;

/// Called once when a request that was marked cancelable is cancelled.
///
/// It stops the work and completes the request, usually as [IoStatus#CANCELLED]; it may also leave
/// it and complete it later. Runs on the cancelling thread, or, under a synchronization scope, on
/// the thread whose callback runs now. It must not block unless the queue's callbacks may.
///
/// @see "EvtRequestCancel"
@FunctionalInterface
public interface CancelRoutine {
  /// The request's originator wants it to end.
  ///
  /// @param request the marked request; the driver owns it
  void cancelled(ReceivedRequest request);
}
