package dev.ioreq;

/// What stopping a target does with the requests that are in flight.
///
/// @see "WDF_IO_TARGET_SENT_IO_ACTION"
public enum SentIoAction {
  /// Ask for their cancel, then wait until all have completed and their completion routines have
  /// returned.
  CANCEL,
  /// Wait, without cancel.
  WAIT,
  /// Neither: they complete when they complete.
  LEAVE_PENDING
}
