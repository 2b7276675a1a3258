package dev.ioreq.cli.copy;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// One block's worth of memory and the requests that carry blocks through it, one after another.
///
/// Nothing here waits. At any moment a slot belongs to one thread, or to the requests it has in
/// flight.
final class Slot {
  /*
   *            no more blocks
   *   ┌─▶ TAKE ───────────────▶ RETIRED ◀───────────────┐
   *   │    │ the next block                             │ stopped, cancelled, or not readable,
   *   │    ▼             a rate: a hand goes on later   │ and no stream's: the block stays unfinished
   *   │  (delay)                                        │
   *   │    │                                            │
   *   │    ▼       again: retry, rest, smaller piece    │
   *   │  READING ──┐                                    │
   *   │    │  ▲    ├────────────────────────────────────┘
   *   │    │  └────┘
   *   │    ▼ the read's routine; of a stream also with a part of the block, where it ends, fails or is cancelled
   *   │  WRITING   parties = 1 for itself + one per destination + 1 for the hash
   *   │    │ │ │   each write ends on its own; retries and rests are its own affair
   *   └────┴─┴─┘   the party that leaves last goes on
   *
   * One thread owns the slot in TAKE and in the read's routine. From WRITING on, its fields and its memory are only read,
   * except for each SlotWrite, which is its own request's. Whoever leaves last owns the slot again.
   *
   * Order: parties is an AtomicInteger, set before the first write is sent, because a write may complete inside send().
   * Each decrement releases what the leaver wrote (doneBlock, the destination's counters), and the last one acquires it all.
   * A request orders by itself what came before its send with what its routine sees. The slot's own party keeps the block
   * from ending while the rest of the writes are still being sent, and lets the digest be computed in that time: the
   * writes only read the memory, too.
   *
   * How far a destination is whole follows from the slots: blocks are taken in order, so every block below all those
   * under way, and below those not yet taken, is done. No list of blocks is needed, whatever the size of the disk. It is
   * asked for only when the pass has ended. A block of which a stream gave only a part is the last: where that part is
   * done, all before its end is.
   *
   * What a step throws ends the pass (see there), and this slot stays where it was: the block that it has taken counts as
   * unfinished for every destination that has not said otherwise.
   *
   * Recursion: a chain of requests that complete at once is a chain of routines inside one another, which the library
   * cuts at 16. Between blocks there is always a send, so this class adds no depth of its own.
   */
  private final CopyPass pass;
  private final IoTarget source;
  private final @Nullable IoTarget salvageSource;
  private final IoMemory memory;
  private final ByteBuffer bytesToHash;
  private final ByteBuffer bytesToDigest; // of its own, because digesting moves position and limit
  private final IoRequest read = IoRequest.create();
  private final CompletionRoutine readEnded;
  private final List<SlotWrite> writes;
  private final AtomicInteger parties = new AtomicInteger();
  private final BlockDigests.@Nullable Digester digester;
  private final Salvage salvage;
  private final boolean isStream;
  private final long unitBytes; // reads are multiples of it
  private final long salvageUnitBytes; // the smallest piece

  private volatile @Nullable ScheduledFuture<?> delay;

  private long block = -1; // the block under way; constant from WRITING on
  private long offset; // of it, on the source and the destinations
  private int wanted; // how long it is to be
  private int length; // how long it turned out to be
  private boolean isFinished; // nothing of it is left to be done
  private int got; // READING: bytes in memory
  private long askedAt; // READING: the window of the last request
  private long askedLength;
  private int retriesLeft;
  private long lostBytes; // of the block: skipped
  private long skippedFrom; // the last range of the block that is lost and not yet told
  private long skippedBytes; // 0 for none
  private IoStatus skippedStatus = IoStatus.SUCCESS;

  Slot(CopyPass pass, IoMemory memory, List<Destination> destinations) {
    this.pass = pass;
    this.memory = memory;
    source = pass.source();
    salvageSource = pass.salvageSource();
    readEnded = pass.guarded(this::readEnded);
    DeviceInfo info = source.info();
    isStream = pass.isStream();
    unitBytes = info.offsetAlignmentBytes();
    salvageUnitBytes = unitOf(salvageSource, info);
    salvage = new Salvage(salvageUnitBytes);
    bytesToHash = memory.asByteBuffer();
    bytesToDigest = memory.asByteBuffer();
    digester = pass.digests() == null ? null : new BlockDigests.Digester();
    writes =
        IntStream.range(0, destinations.size())
            .mapToObj(i -> new SlotWrite(pass, this, destinations.get(i), pass.writeOut(i)))
            .toList();
  }

  /// The smallest piece: past the cache what device and memory need, else the device's block.
  private static long unitOf(@Nullable IoTarget salvageSource, DeviceInfo source) {
    if (salvageSource == null) {
      return Math.max(source.blockSizeBytes(), source.offsetAlignmentBytes());
    }
    DeviceInfo direct = salvageSource.info();
    return Math.max(direct.offsetAlignmentBytes(), direct.memoryAlignmentBytes());
  }

  // ------------------------------------------------------------------ TAKE

  void next() {
    long taken = pass.take();
    if (taken < 0) {
      pass.slotRetires();
      return;
    }
    block = taken;
    offset = taken * pass.blockSizeBytes();
    wanted = (int) Math.min(pass.blockSizeBytes(), pass.lengthBytes() - offset);
    length = 0;
    isFinished = false;
    long waitNanos = pass.reserve(wanted);
    if (waitNanos > 0) {
      delay = pass.hands().schedule(this::readFirst, waitNanos, TimeUnit.NANOSECONDS);
      if (pass.isStopping()) {
        endDelay();
      }
    } else {
      readFirst();
    }
  }

  /// Goes on at once if it waits for its time. From any thread.
  void endDelay() {
    ScheduledFuture<?> delay = this.delay;
    if (delay != null && delay.cancel(false)) {
      pass.hands().execute(this::readFirst);
    }
  }

  // ------------------------------------------------------------------ READING

  private void readFirst() {
    got = 0;
    lostBytes = 0;
    retriesLeft = pass.options().retries();
    salvage.reset();
    send(0, Math.ceilDiv(wanted, unitBytes) * unitBytes);
  }

  private void send(long windowOffset, long windowLength) { // hot path
    if (pass.isStopping()) {
      endsEarly();
      return;
    }
    askedAt = windowOffset;
    askedLength = windowLength;
    IoTarget from = salvageSource != null && salvage.isActive() ? salvageSource : source;
    from.formatRead(read, memory, windowOffset, windowLength, offset + windowOffset);
    read.setCompletionRoutine(readEnded);
    if (!read.send(from, pass.sendOptions())) {
      ended(read.status(), 0);
    }
  }

  private void readEnded(IoRequest request, IoTarget target, CompletionParameters result) {
    ended(result.status(), result.information());
  }

  private void ended(IoStatus status, long information) {
    if (status.isSuccess()) {
      arrived(information);
    } else if (status.equals(IoStatus.END_OF_FILE)) {
      pass.sourceEnded(offset + got);
      distribute(got);
    } else if (pass.isReadGivenUp(status)) {
      endsEarly();
    } else {
      failed(status);
    }
  }

  /// No more of the block is read. What a stream gave is nowhere else any more, so that is written.
  private void endsEarly() {
    if (isStream && got > 0) {
      distribute(got);
    } else {
      tellSkipped();
      pass.slotRetires();
    }
  }

  private void arrived(long information) {
    got = (int) Math.min(wanted, askedAt + information);
    if (information < askedLength && got < wanted && !(isStream && information > 0)) {
      pass.sourceEnded(offset + got);
      distribute(got);
    } else if (got == wanted) {
      distribute(got);
    } else if (salvage.isActive()) {
      salvage.succeeded();
      sendPiece();
    } else {
      send(got, wanted - got); // a stream gives what there is
    }
  }

  private void failed(IoStatus status) {
    long missing = Math.min(askedLength, wanted - askedAt);
    String what =
        "read of %d bytes at offset %d of %s"
            .formatted(missing, offset + askedAt, pass.sourceName());
    if (retriesLeft > 0) {
      retriesLeft--;
      if (!salvage.isActive()) { // of thousands of pieces only the outcome is told
        pass.message(
            "%s: %s; sent again, %d more %s left"
                .formatted(what, status, retriesLeft, retriesLeft == 1 ? "retry" : "retries"));
      }
      send(askedAt, askedLength);
    } else if (!pass.options().skipErrors() || isStream) {
      pass.sourceFailed(offset + askedAt, status, what);
      endsEarly();
    } else if (salvageSource != null && !salvage.isActive()) {
      salvage.begin(askedLength);
      sendPiece();
    } else if (salvage.failed(askedLength)) {
      sendPiece();
    } else {
      memory.segment().asSlice(askedAt, missing).fill((byte) 0);
      skipped(offset + askedAt, missing, status);
      got = (int) (askedAt + missing);
      if (got == wanted) {
        distribute(got);
      } else {
        sendPiece();
      }
    }
  }

  private void skipped(long from, long missing, IoStatus status) {
    pass.skipped(from, missing);
    lostBytes += missing;
    if (skippedBytes > 0 && skippedFrom + skippedBytes == from && skippedStatus.equals(status)) {
      skippedBytes += missing;
    } else {
      tellSkipped();
      skippedFrom = from;
      skippedBytes = missing;
      skippedStatus = status;
    }
  }

  private void tellSkipped() {
    if (skippedBytes > 0) {
      pass.tellSkipped(skippedFrom, skippedBytes, skippedStatus);
      skippedBytes = 0;
    }
  }

  private void sendPiece() {
    long unit = salvageSource == null ? unitBytes : salvageUnitBytes;
    long left = Math.ceilDiv(wanted - got, unit) * unit;
    long piece = salvage.piece(left);
    // only the smallest pieces are worth asking for again: each larger one is asked for again in
    // parts
    retriesLeft = salvage.isSmallest(piece) ? pass.options().retries() : 0;
    send(got, piece);
  }

  // ------------------------------------------------------------------ WRITING

  private void distribute(int bytes) { // hot path
    length = bytes;
    pass.read(bytes - lostBytes);
    tellSkipped();
    if (bytes == 0) {
      isFinished = true; // it lies behind the end
      next();
      return;
    }
    InOrderHasher hasher = pass.hasher();
    boolean isZero = pass.options().sparse() && Zeroes.fill(memory.segment(), bytes);
    parties.set(1 + writes.size() + (hasher == null ? 0 : 1));
    if (hasher != null) {
      hasher.offer(this);
    }
    for (int i = 0; i < writes.size(); i++) {
      writes.get(i).begin(bytes, isZero);
    }
    BlockDigests digests = pass.digests();
    if (digests != null && digester != null) {
      digests.add(block, bytes, digester.digest(bytesToDigest, bytes));
    }
    leave();
  }

  /// A party leaves: a write has ended, in whatever way.
  void leave() {
    if (parties.decrementAndGet() == 0) {
      blockEnded();
    }
  }

  /// The hash has ended. Where it was the last, a hand goes on: the hashing thread only hashes.
  void hashed() {
    if (parties.decrementAndGet() == 0) {
      pass.hands().execute(this::blockEnded);
    }
  }

  private void blockEnded() {
    pass.done(length);
    next();
  }

  // ------------------------------------------------------------------ what others see

  long block() {
    return block;
  }

  long offset() {
    return offset;
  }

  IoMemory memory() {
    return memory;
  }

  /// The block's bytes, for the hasher.
  ByteBuffer bytes() {
    return bytesToHash.slice(0, length);
  }

  /// Where on a destination this slot's last block left a gap, or the largest number. When all the
  /// pass has ended.
  long gapOn(int destination) {
    if (block < 0 || isFinished) {
      return Long.MAX_VALUE;
    }
    if (!writes.get(destination).isDone()) {
      return offset;
    }
    return length < wanted ? offset + length : Long.MAX_VALUE;
  }

  void cancelRead() {
    read.cancelSent();
  }

  void cancel() {
    cancelRead();
    writes.forEach(SlotWrite::cancel);
  }

  void close() {
    read.close();
    writes.forEach(SlotWrite::close);
    memory.close();
  }
}
