package dev.ioreq.linux.engine;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Daemon threads for what must not keep an engine's thread, or its callers', from their work. They
/// end when there has been nothing to do for some seconds.
///
/// **Threading.** Safe from any thread.
public final class Workers {
  private static final int SECONDS_IDLE = 5;

  private final ThreadPoolExecutor pool;

  /// Starts no thread yet.
  ///
  /// @param name what the threads are called, with a number
  /// @param mostThreads how many work at a time at the most; beyond, work waits, in order
  public Workers(String name, int mostThreads) {
    AtomicInteger number = new AtomicInteger();
    pool =
        new ThreadPoolExecutor(
            mostThreads,
            mostThreads,
            SECONDS_IDLE,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work ->
                Thread.ofPlatform()
                    .daemon()
                    .name(name + "-" + number.incrementAndGet())
                    .unstarted(work));
    pool.allowCoreThreadTimeOut(true);
  }

  /// Has a thread do something, soon.
  ///
  /// @param work must not throw
  /// @throws OutOfMemoryError if no thread can be had; then it is not done
  public void execute(Runnable work) {
    pool.execute(work);
  }
}
