package dev.ioreq.testkit;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// How much the virtual machine allocated on its heap, for tests of paths that must allocate
/// nothing.
public final class Allocations {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocations() {}

  /// By the calling thread, a platform thread, so far.
  ///
  /// @return bytes
  public static long ofThisThread() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }

  /// By all threads so far, those that ended included.
  ///
  /// @return bytes
  public static long ofAllThreads() {
    return THREADS.getTotalThreadAllocatedBytes();
  }
}
