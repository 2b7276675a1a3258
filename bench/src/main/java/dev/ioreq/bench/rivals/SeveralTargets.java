package dev.ioreq.bench.rivals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;

/// Ours, over several targets at the same time, so that several engines have something to do: each
/// target keeps as many requests in flight as the work says.
public final class SeveralTargets implements Rival {
  private final List<IoreqRival> targets = new ArrayList<>();

  /// Opens.
  ///
  /// @param work what to read; its depth is that of each target
  /// @param targetCount how many targets
  /// @throws Exception if one cannot be opened
  public SeveralTargets(ReadWork work, int targetCount) throws Exception {
    for (int i = 0; i < targetCount; i++) {
      targets.add(new IoreqRival(work, false, UnaryOperator.identity()));
    }
  }

  @Override
  public void read(long first, long count) throws Exception {
    List<FutureTask<Boolean>> shares = new ArrayList<>();
    long share = Math.ceilDiv(count, targets.size());
    long begin = first;
    for (IoreqRival target : targets) {
      long from = begin;
      long length = Math.min(share, first + count - from);
      FutureTask<Boolean> reading =
          new FutureTask<>(() -> {
            target.read(from, length);
            return true;
          });
      Thread.ofPlatform().daemon().start(reading);
      shares.add(reading);
      begin += length;
    }
    for (FutureTask<Boolean> reading : shares) {
      reading.get();
    }
  }

  @Override
  public void close() {
    targets.forEach(IoreqRival::close);
  }
}
