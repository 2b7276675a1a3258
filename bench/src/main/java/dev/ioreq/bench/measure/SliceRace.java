package dev.ioreq.bench.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Contenders in one process that take turns in short slices, in reversed order every other round,
/// so that what the neighbours of the machine do hits all of them alike.
public final class SliceRace {
  private static final double PERCENT = 10;
  private static final int CALIBRATIONS = 3;
  private static final long SETTLE_NANOS = 300_000;

  private final int rounds;
  private final long sliceNanos;
  private final long warmUpNanos;

  /// A race.
  ///
  /// @param rounds slices for each contender
  /// @param sliceNanos about how long each slice takes
  /// @param warmUpNanos how long each contender runs before
  public SliceRace(int rounds, long sliceNanos, long warmUpNanos) {
    this.rounds = rounds;
    this.sliceNanos = sliceNanos;
    this.warmUpNanos = warmUpNanos;
  }

  /// The 10th percentile of a contender's slices.
  ///
  /// @param name whose
  /// @param nanos by the clock, for each request
  /// @param cpuNanos processor time of the process, for each request
  public record Cost(String name, double nanos, double cpuNanos) {}

  /// Runs it.
  ///
  /// @param contenders at least one
  /// @return costs in the order of the contenders
  /// @throws Exception if a request fails
  public List<Cost> run(List<Contender> contenders) throws Exception {
    int count = contenders.size();
    long[] requests = new long[count];
    for (int i = 0; i < count; i++) {
      warmUp(contenders.get(i));
    }
    for (int i = 0; i < count; i++) {
      requests[i] = requestsPerSlice(contenders.get(i));
    }
    double[][] nanos = new double[count][rounds];
    double[][] cpuNanos = new double[count][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int turn = 0; turn < count; turn++) {
        int i = round % 2 == 0 ? turn : count - 1 - turn;
        long cpuBefore = CpuClock.nanos();
        long before = System.nanoTime();
        contenders.get(i).work().run(requests[i]);
        nanos[i][round] = (double) (System.nanoTime() - before) / requests[i];
        long settling = settle();
        cpuNanos[i][round] = (double) (CpuClock.nanos() - cpuBefore - settling) / requests[i];
      }
    }
    List<Cost> costs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      costs.add(
          new Cost(
              contenders.get(i).name(),
              Statistics.percentile(nanos[i], PERCENT),
              Statistics.percentile(cpuNanos[i], PERCENT)));
    }
    return costs;
  }

  /// Lets other threads go to sleep. What they did would else be counted later, for the next
  /// contender; see [CpuClock].
  ///
  /// @return processor time that this took
  private static long settle() {
    long before = CpuClock.ofThisThread();
    LockSupport.parkNanos(SETTLE_NANOS);
    return CpuClock.ofThisThread() - before;
  }

  private void warmUp(Contender contender) throws Exception {
    long start = System.nanoTime();
    long requests = contender.least();
    while (System.nanoTime() - start < warmUpNanos) {
      long before = System.nanoTime();
      contender.work().run(requests);
      if (System.nanoTime() - before < sliceNanos / 2) {
        requests *= 2;
      }
    }
  }

  private long requestsPerSlice(Contender contender) throws Exception {
    long requests = contender.least();
    for (int i = 0; i < CALIBRATIONS; ) {
      long before = System.nanoTime();
      contender.work().run(requests);
      long taken = Math.max(System.nanoTime() - before, 1);
      if (taken < sliceNanos / 4) {
        requests *= 2;
      } else {
        requests = Math.max(contender.least(), Math.round((double) requests * sliceNanos / taken));
        i++;
      }
    }
    return requests;
  }
}
