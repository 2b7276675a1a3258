package dev.ioreq.cli.copy;

import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The pass that reads the destinations back, all at the same pace, and digests what it reads.
final class VerifyPass extends Pass {
  /// A destination as it is read back.
  static final class Candidate {
    final Destination destination;
    final IoTarget target;
    final boolean isFromDevice; // not from a cache
    final BlockDigests digests;
    final long unitBytes;

    private volatile @Nullable String failure;

    Candidate(
        Destination destination, IoTarget target, boolean isFromDevice, BlockDigests digests) {
      this.destination = destination;
      this.target = target;
      this.isFromDevice = isFromDevice;
      this.digests = digests;
      unitBytes = target.info().offsetAlignmentBytes();
    }

    boolean isReadable() {
      return failure == null;
    }

    @Nullable String failure() {
      return failure;
    }
  }

  private final CopyPlan plan;
  private final List<Candidate> candidates;
  private final long endBytes;
  private final long blocks;
  private final SendOptions sendOptions;
  private final List<VerifySlot> slots;
  private final AtomicLong nextUnit = new AtomicLong(); // block × candidates + candidate

  VerifyPass(CopyPlan plan, List<Candidate> candidates, long endBytes) {
    super(plan.depth());
    this.plan = plan;
    this.candidates = candidates;
    this.endBytes = endBytes;
    blocks = Math.ceilDiv(endBytes, plan.blockSizeBytes());
    sendOptions =
        plan.options().timeout().isZero()
            ? SendOptions.none()
            : SendOptions.timeout(plan.options().timeout());
    slots =
        IntStream.range(0, plan.depth())
            .mapToObj(i -> new VerifySlot(this, takeFrom(plan.pool())))
            .toList();
  }

  private static IoMemory takeFrom(IoMemoryPool pool) {
    return Objects.requireNonNull(pool.tryTake(), "the pool has a block for each slot");
  }

  @Override
  String name() {
    return "verify";
  }

  @Override
  long totalBytes() {
    return endBytes * candidates.size();
  }

  @Override
  void start() {
    for (VerifySlot slot : slots) {
      hands().execute(slot::next);
    }
  }

  @Override
  void cancelRequests() {
    slots.forEach(VerifySlot::cancel);
  }

  @Override
  void endDelays() {} // nothing waits for a moment in time here

  @Override
  List<IoTarget> targets() {
    return candidates.stream().map(candidate -> candidate.target).toList();
  }

  // --- what the slots share

  /// The next unit of work, or -1.
  long take() {
    if (isStopping()) {
      return -1;
    }
    long unit = nextUnit.getAndIncrement();
    return unit < blocks * candidates.size() ? unit : -1;
  }

  Candidate candidateOf(long unit) {
    return candidates.get((int) (unit % candidates.size()));
  }

  long blockOf(long unit) {
    return unit / candidates.size();
  }

  long blockSizeBytes() {
    return plan.blockSizeBytes();
  }

  long endBytes() {
    return endBytes;
  }

  SendOptions sendOptions() {
    return sendOptions;
  }

  int retries() {
    return plan.options().retries();
  }

  void failed(Candidate candidate, String what, IoStatus status) {
    candidate.failure = what + ": " + status;
    message(what + ": " + status);
  }

  void close() {
    slots.forEach(VerifySlot::close);
  }
}
