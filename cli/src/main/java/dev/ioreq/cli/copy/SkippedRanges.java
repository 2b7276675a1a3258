package dev.ioreq.cli.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/// The ranges of the source that could not be read, neighbours merged. Safe from any thread.
final class SkippedRanges {
  private final ReentrantLock lock = new ReentrantLock();
  private final TreeMap<Long, Long> endByOffset = new TreeMap<>(); // guarded by lock

  void add(long offset, long length) {
    lock.lock();
    try {
      long from = offset;
      long end = offset + length;
      Map.Entry<Long, Long> before = endByOffset.floorEntry(offset);
      if (before != null && before.getValue() >= offset) {
        from = before.getKey();
        end = Math.max(end, before.getValue());
      }
      Map.Entry<Long, Long> after = endByOffset.ceilingEntry(offset);
      while (after != null && after.getKey() <= end) {
        end = Math.max(end, after.getValue());
        endByOffset.remove(after.getKey());
        after = endByOffset.ceilingEntry(offset);
      }
      endByOffset.put(from, end);
    } finally {
      lock.unlock();
    }
  }

  /// What was skipped, in order.
  List<Range> list() {
    lock.lock();
    try {
      List<Range> ranges = new ArrayList<>();
      endByOffset.forEach((offset, end) -> ranges.add(new Range(offset, end - offset)));
      return List.copyOf(ranges);
    } finally {
      lock.unlock();
    }
  }
}
