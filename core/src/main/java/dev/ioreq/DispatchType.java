package dev.ioreq;

/// How a queue gives requests to the driver.
///
/// @see "WDF_IO_QUEUE_DISPATCH_TYPE"
public enum DispatchType {
  /// One after another: the next when the driver has completed, forwarded or forgotten the last.
  SEQUENTIAL,
  /// As soon as they come, as many at a time as the configuration allows.
  PARALLEL,
  /// When the driver asks for one.
  MANUAL
}
