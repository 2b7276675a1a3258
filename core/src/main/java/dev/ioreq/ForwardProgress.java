package dev.ioreq;

/// The driver's resources for requests of a queue that guarantees forward progress.
///
/// **Errors.** What [#allocate(ReceivedRequest)] or [#mayUseReserved(ReceivedRequest)] throws
/// counts as false, and the verifier reports it. What [#prepareReserved(ReceivedRequest)] throws
/// reaches whoever makes the queue.
///
/// @see "WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY"
public interface ForwardProgress {
  /// Gives a reserved request what it needs, once, when the queue is made.
  ///
  /// @param request reserved; it stands for no operation yet, and its contexts are there
  void prepareReserved(ReceivedRequest request);

  /// Gives a usual request what it needs, before it is delivered. Must not block.
  ///
  /// @param request the request
  /// @return whether it could; if not, a reserved request takes its place
  boolean allocate(ReceivedRequest request);

  /// Says whether a reserved request may take the place of one that could not have what it needs.
  ///
  /// @param request the request that could not
  /// @return true to use a reserved one, false to end it with [IoStatus#INSUFFICIENT_RESOURCES]
  default boolean mayUseReserved(ReceivedRequest request) {
    return true;
  }
}
