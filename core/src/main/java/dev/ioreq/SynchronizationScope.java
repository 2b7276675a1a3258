package dev.ioreq;

/// Which callbacks of a device never run at the same time: handlers, cancel routines, state
/// callbacks, stop and resume. Completion routines are not covered.
///
/// @see "WDF_SYNCHRONIZATION_SCOPE"
public enum SynchronizationScope {
  /// None: every callback runs when it is due.
  NONE,
  /// Those of one queue.
  QUEUE,
  /// Those of all queues of one device.
  DEVICE
}
