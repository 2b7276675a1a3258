package dev.ioreq;

/// Whether purging a target waits for the requests whose cancel it asked for.
///
/// @see "WDF_IO_TARGET_PURGE_IO_ACTION"
public enum PurgeAction {
  /// Return at once.
  PURGE,
  /// Return when all have completed and their completion routines have returned.
  PURGE_AND_WAIT
}
