package dev.ioreq;

import java.util.concurrent.locks.ReentrantLock;

/// A lock that is held for some dozen instructions at a time, and that two threads seldom want at
/// once.
///
/// Who finds it taken tries again for a while, in which it is given back as a rule, before he waits
/// as for any lock. A wait allocates a place to wait in, and costs two system calls; a request
/// shall cost neither because another one passed at the same moment.
final class BriefLock extends ReentrantLock {
  private static final long serialVersionUID = 1L;

  /// Some microseconds; on one processor nobody gives it back meanwhile.
  private static final int MOST_TRIES = Runtime.getRuntime().availableProcessors() > 1 ? 256 : 1;

  @Override
  public void lock() { // hot path
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      if (tryLock()) {
        return;
      }
      Thread.onSpinWait();
    }
    super.lock();
  }
}
