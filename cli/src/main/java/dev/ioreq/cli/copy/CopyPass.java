package dev.ioreq.cli.copy;

import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The pass that reads the source once and writes every destination. Holds what the slots share.
final class CopyPass extends Pass {
  /// Why the source could not be read to its end.
  ///
  /// @param offset where
  /// @param status how the read ended
  /// @param what which read, for a person
  record SourceFailure(long offset, IoStatus status, String what) {}

  private final CopyPlan plan;
  private final List<Destination> destinations;
  private final SendOptions sendOptions;
  private final @Nullable InOrderHasher hasher;
  private final @Nullable BlockDigests digests;
  private final @Nullable Pacer pacer;
  private final SkippedRanges skipped = new SkippedRanges();
  private final List<Optional<WriteOut>> writeOuts; // of each destination
  private final List<Slot> slots;

  private final AtomicLong nextBlock = new AtomicLong();
  private final AtomicLong sourceEnd; // lowered when the source turns out to be shorter
  private final LongAdder bytesRead = new LongAdder();
  private final AtomicInteger living;
  private final AtomicReference<@Nullable SourceFailure> sourceFailure = new AtomicReference<>();
  private final AtomicBoolean isReadGivenUp = new AtomicBoolean(); // a stream's, by an interrupt

  CopyPass(CopyPlan plan, @Nullable BlockDigests digests) {
    super(plan.depth());
    this.plan = plan;
    this.digests = digests;
    destinations = plan.destinations();
    CopyOptions options = plan.options();
    sendOptions =
        options.timeout().isZero() ? SendOptions.none() : SendOptions.timeout(options.timeout());
    hasher = options.hash() ? new InOrderHasher(plan.depth(), this::failed) : null;
    pacer =
        options.bytesPerSecond().isPresent()
            ? new Pacer(options.bytesPerSecond().getAsLong(), System.nanoTime())
            : null;
    sourceEnd = new AtomicLong(plan.lengthBytes());
    living =
        new AtomicInteger((int) destinations.stream().filter(d -> d.failure().isEmpty()).count());
    long lag = Math.multiplyExact(plan.blockSizeBytes(), plan.depth());
    writeOuts = destinations.stream().map(d -> WriteOut.of(d, lag)).toList();
    slots =
        IntStream.range(0, plan.depth())
            .mapToObj(i -> new Slot(this, take(plan.pool()), destinations))
            .toList();
  }

  private static IoMemory take(IoMemoryPool pool) {
    return Objects.requireNonNull(pool.tryTake(), "the pool has a block for each slot");
  }

  @Override
  String name() {
    return "copy";
  }

  @Override
  long totalBytes() {
    return plan.lengthBytes();
  }

  @Override
  void start() {
    if (hasher != null) {
      hasher.start();
    }
    for (Slot slot : slots) {
      hands().execute(slot::next);
    }
  }

  /// What was read from a stream is nowhere else any more: the first interrupt only ends the
  /// reading, and what was read is written. A further one cancels that, too.
  @Override
  void interrupt() {
    if (plan.isStream() && isReadGivenUp.compareAndSet(false, true)) {
      stop();
      slots.forEach(Slot::cancelRead);
    } else {
      super.interrupt();
    }
  }

  @Override
  void cancelRequests() {
    slots.forEach(Slot::cancel);
    writeOuts.forEach(w -> w.ifPresent(WriteOut::cancel));
  }

  @Override
  void endDelays() {
    if (hasher != null) {
      hasher.abort();
    }
    slots.forEach(Slot::endDelay);
  }

  @Override
  List<IoTarget> targets() {
    return Stream.concat(
            Stream.of(plan.source(), plan.salvageSource()),
            destinations.stream().flatMap(d -> Stream.of(d.target(), d.tailTarget())))
        .filter(Objects::nonNull)
        .toList();
  }

  // ------------------------------------------------------------------ what the slots share

  CopyOptions options() {
    return plan.options();
  }

  IoTarget source() {
    return plan.source();
  }

  boolean isStream() {
    return plan.isStream();
  }

  @Nullable IoTarget salvageSource() {
    return plan.salvageSource();
  }

  String sourceName() {
    return plan.sourceName();
  }

  long blockSizeBytes() {
    return plan.blockSizeBytes();
  }

  long lengthBytes() {
    return plan.lengthBytes();
  }

  SendOptions sendOptions() {
    return sendOptions;
  }

  @Nullable InOrderHasher hasher() {
    return hasher;
  }

  @Nullable BlockDigests digests() {
    return digests;
  }

  /// The next block, or -1 if there is none or none is wanted.
  long take() { // hot path
    if (isStopping()) {
      return -1;
    }
    // first, so that nothing can throw between a block's count and its slot
    long blocks = Math.ceilDiv(sourceEnd.get(), plan.blockSizeBytes());
    long block = nextBlock.getAndIncrement();
    return block < blocks ? block : -1;
  }

  /// Whether a read was given up; see [Pass#isGivenUp].
  boolean isReadGivenUp(IoStatus status) {
    return isGivenUp(status) || (isReadGivenUp.get() && status.equals(IoStatus.CANCELLED));
  }

  @Nullable WriteOut writeOut(int destination) {
    return writeOuts.get(destination).orElse(null);
  }

  /// Reserves bytes of the rate; see [Pacer#reserve].
  long reserve(long bytes) {
    return pacer == null ? 0 : pacer.reserve(bytes, System.nanoTime());
  }

  // ------------------------------------------------------------------ what the slots find

  /// So many bytes of a block are read, and go to the destinations.
  void read(long bytes) {
    bytesRead.add(bytes);
  }

  void sourceEnded(long end) {
    sourceEnd.accumulateAndGet(end, Math::min);
  }

  void sourceFailed(long offset, IoStatus status, String what) {
    SourceFailure now = new SourceFailure(offset, status, what);
    sourceFailure.accumulateAndGet(
        now, (known, added) -> known == null || added.offset() < known.offset() ? added : known);
    stop();
  }

  void skipped(long offset, long length) {
    skipped.add(offset, length);
  }

  void tellSkipped(long offset, long length, IoStatus status) {
    message(
        "read of %d bytes at offset %d of %s: %s; skipped, zeroes are written"
            .formatted(length, offset, sourceName(), status));
  }

  void destinationFailed(Destination destination, Destination.Failure failure) {
    if (destination.fail(failure)) {
      message(failure.what() + ": " + failure.status());
      if (living.decrementAndGet() == 0) {
        stop();
      }
    }
  }

  // ------------------------------------------------------------------ when the pass has ended

  /// How much of the source was copied, or is to be: its end as it turned out.
  long endBytes() {
    return sourceEnd.get();
  }

  long bytesRead() {
    return bytesRead.sum();
  }

  Optional<SourceFailure> sourceFailure() {
    return Optional.ofNullable(sourceFailure.get());
  }

  List<Range> skippedRanges() {
    return skipped.list();
  }

  /// The hash of the source if all of it was read.
  Optional<String> hash() {
    if (hasher == null) {
      return Optional.empty();
    }
    Optional<String> hash = hasher.finish();
    return isStopping() ? Optional.empty() : hash;
  }

  /// How far a destination has everything from its beginning on.
  long wholeUntil(int index) {
    Destination destination = destinations.get(index);
    long taken = Math.min(nextBlock.get(), Long.MAX_VALUE / plan.blockSizeBytes());
    long whole = Math.min(endBytes(), taken * plan.blockSizeBytes());
    for (Slot slot : slots) {
      whole = Math.min(whole, slot.gapOn(index));
    }
    return Math.min(
        whole, destination.failure().map(Destination.Failure::wholeUntil).orElse(Long.MAX_VALUE));
  }

  void close() {
    slots.forEach(Slot::close);
    writeOuts.forEach(w -> w.ifPresent(WriteOut::close));
  }
}
