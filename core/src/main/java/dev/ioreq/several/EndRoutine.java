package dev.ioreq.several;

import dev.ioreq.IoStatus;

/// Called exactly once for every start of a [FanOut] or [StagedTransfer], when all of it has ended.
///
/// **Effect.** When it is entered no request of the transfer is in flight, none holds a reference
/// on memory, and the transfer may be used again, here or later.
///
/// **Threading.** It runs on the thread that ended the last part: inside a completion routine,
/// inside `cancel`, or inside `start` when nothing was accepted by a target. It must not block, as
/// a completion routine must not.
///
/// **Errors.** What it throws, an error of the virtual machine included, is logged and disturbs
/// nobody.
@FunctionalInterface
public interface EndRoutine {
  /// It has ended.
  ///
  /// @param status how, in one status
  /// @param information how much, in bytes, 0 or more
  void ended(IoStatus status, long information);
}
