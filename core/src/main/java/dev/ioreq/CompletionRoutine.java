package dev.ioreq;

/// Called exactly once for every send that was accepted asynchronously, when the request has ended.
///
/// **Effect.** When the routine is entered the request belongs to the sender again: it may be
/// reused, formatted, sent to this or another target, or closed, here or later. The routine was
/// taken off the request; the next send needs a new one.
///
/// **Threading.** It runs on the thread that completed the request: the sender's own, before `send`
/// returns, when the answer was there at once (with [OpenOptions#withHandOver()] that is seldom
/// so); else a thread of the engine, or the one that cancels, purges, starts the target, or notices
/// a timeout. No lock is held. It must not block: no waiting sends, no waiting stop, purge or close
/// (they throw). A routine that has to block is registered through [#mayBlock(CompletionRoutine)].
/// At most 16 routines run inside one another on one stack; then they are deferred until the
/// outermost has returned, in order.
///
/// **Errors.** What it throws, an error of the virtual machine included, is logged and counted, and
/// disturbs nobody: below it on the stack may be an engine, or the requests of others.
///
/// @see "EVT_WDF_REQUEST_COMPLETION_ROUTINE"
@FunctionalInterface
public interface CompletionRoutine {
  /// The request has ended.
  ///
  /// @param request the request that was sent
  /// @param target the target it was sent to
  /// @param result how it ended; a view that belongs to the request and is valid until the request
  ///   is formatted or reused
  void completed(IoRequest request, IoTarget target, CompletionParameters result);

  /// A routine that may block: it is handed to a virtual thread.
  ///
  /// @param routine what runs there
  /// @return the routine to register; sharing one between requests is fine
  static CompletionRoutine mayBlock(CompletionRoutine routine) {
    return new BlockingRoutine(routine);
  }

  /// Whether the calling thread must not wait for requests: a completion routine runs on it, or an
  /// engine. For code that is about to wait, and would rather throw than wait for itself.
  ///
  /// @return true inside a routine, one that may block excepted
  static boolean isRunningHere() {
    return Nesting.current().isInRoutine();
  }
}
