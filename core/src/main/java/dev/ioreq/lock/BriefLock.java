package dev.ioreq.lock;

import java.util.concurrent.locks.ReentrantLock;

/// A lock that is held for some microseconds at the most, and that two threads seldom want at once.
///
/// Who finds it taken tries again for a while, in which it is given back as a rule, before he waits
/// as for any lock. A wait allocates a place to wait in, and costs two system calls; a request
/// shall cost neither because another one passed at the same moment, or the wheel of timeouts was
/// turned.
public final class BriefLock extends ReentrantLock {
  private static final long serialVersionUID = 1L;

  /// On one processor nobody gives it back meanwhile.
  private static final int MOST_TRIES = Runtime.getRuntime().availableProcessors() > 1 ? 1024 : 1;

  /// A lock that nobody holds.
  public BriefLock() {}

  @Override
  public void lock() {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      if (tryLock()) {
        return;
      }
      Thread.onSpinWait();
    }
    super.lock();
  }
}
