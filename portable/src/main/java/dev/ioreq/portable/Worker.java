package dev.ioreq.portable;

/// A daemon thread of this engine, on which requests complete and completion routines run.
final class Worker extends Thread {
  Worker(String name, Runnable loop) {
    super(null, loop, name, 0, false);
    setDaemon(true);
  }

  /// Does nothing. A channel closes itself, for all its users, when a thread with a pending
  /// interrupt enters it; a completion routine that leaves one behind must not do that to a target.
  @Override
  public void interrupt() {}
}
