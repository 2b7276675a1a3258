package dev.ioreq.linux.device;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The threads on which control codes run that may block for long. A bounded pool: more of them
/// wait for one another.
final class ControlWorkers {
  private static final int MOST_THREADS = 8;
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final ThreadPoolExecutor POOL = pool();

  private ControlWorkers() {}

  static void execute(Runnable work) {
    POOL.execute(work);
  }

  private static ThreadPoolExecutor pool() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            MOST_THREADS,
            MOST_THREADS,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work ->
                Thread.ofPlatform()
                    .daemon()
                    .name("ioreq-control-" + NUMBER.incrementAndGet())
                    .unstarted(work));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}
