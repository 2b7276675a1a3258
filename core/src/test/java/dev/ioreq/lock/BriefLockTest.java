package dev.ioreq.lock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BriefLockTest {
  private static final int TURNS = 100_000;

  private final BriefLock lock = new BriefLock();
  private int count; // guarded by lock

  @Test
  void oneThreadAtATimeHasIt() throws InterruptedException {
    Thread other = Thread.ofPlatform().start(this::countOften);
    countOften();
    other.join();
    assertThat(count).isEqualTo(2 * TURNS);
  }

  private void countOften() {
    for (int i = 0; i < TURNS; i++) {
      lock.lock();
      try {
        count++;
      } finally {
        lock.unlock();
      }
    }
  }

  @Test
  void whoTriesInVainWaitsAsForAnyLock() throws InterruptedException {
    AtomicBoolean hasHadIt = new AtomicBoolean();
    Thread waiter;
    lock.lock();
    try {
      waiter = Thread.ofPlatform().start(() -> take(hasHadIt));
      while (!lock.hasQueuedThread(waiter)) {
        assertThat(hasHadIt).isFalse();
        Thread.onSpinWait();
      }
      assertThat(hasHadIt).isFalse();
    } finally {
      lock.unlock();
    }
    waiter.join();
    assertThat(hasHadIt).isTrue();
    assertThat(lock.isLocked()).isFalse();
  }

  private void take(AtomicBoolean hasHadIt) {
    lock.lock();
    try {
      hasHadIt.set(true);
    } finally {
      lock.unlock();
    }
  }
}
