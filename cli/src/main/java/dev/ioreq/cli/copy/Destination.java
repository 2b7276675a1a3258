package dev.ioreq.cli.copy;

import dev.ioreq.DeviceInfo;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// A destination: what it is, and how far it came. Slots on any thread report to it.
final class Destination {
  /// What went wrong at the lowest block that went wrong.
  ///
  /// @param block which block; -1 if it was no block's fault
  /// @param wholeUntil how far the destination can be whole at most
  /// @param status how the request ended
  /// @param what which request, for a person
  record Failure(long block, long wholeUntil, IoStatus status, String what) {}

  private final String name;
  private final @Nullable IoTarget target; // null if it could not be opened
  private final @Nullable IoTarget tailTarget; // see takerOf
  private final @Nullable DeviceInfo info;
  private final AtomicReference<@Nullable Failure> failure = new AtomicReference<>();
  private final LongAdder bytesWritten = new LongAdder();
  private final LongAccumulator highestEnd = new LongAccumulator(Long::max, 0);
  private volatile boolean isZeroingRefused;

  /// Between the copy and the report, by the thread that runs the passes.
  boolean isFlushed;

  /// Likewise.
  Verification verification = Verification.NOT_ASKED;

  /// Likewise: why it was not found equal, for a person.
  String verificationProblem = "";

  Destination(String name, IoTarget target, @Nullable IoTarget tailTarget) {
    this.name = name;
    this.target = target;
    this.tailTarget = tailTarget;
    info = target.info();
  }

  /// One that could not be opened.
  ///
  /// @param text why, for a person
  Destination(String name, IoStatus status, String text) {
    this.name = name;
    target = null;
    tailTarget = null;
    info = null;
    failure.set(new Failure(-1, 0, status, text));
  }

  String name() {
    return name;
  }

  @Nullable IoTarget target() {
    return target;
  }

  @Nullable IoTarget tailTarget() {
    return tailTarget;
  }

  Optional<DeviceInfo> info() {
    return Optional.ofNullable(info);
  }

  /// Whether it is a file that began empty: what is not written there is zero.
  boolean isFile() {
    return info != null && info.kind().equals("file");
  }

  boolean hasPositions() {
    return info != null && info.hasSize();
  }

  /// Where a block is written. A device or file that bypasses the cache takes whole units only; the
  /// last block, if it is not one, goes through a second, cached opening of the same thing.
  IoTarget takerOf(long length) {
    IoTarget whole = requireTarget();
    return tailTarget != null && length % requireInfo().offsetAlignmentBytes() != 0
        ? tailTarget
        : whole;
  }

  IoTarget requireTarget() {
    if (target == null) {
      throw new AssertionError(name + " is not open, and takes no block");
    }
    return target;
  }

  private DeviceInfo requireInfo() {
    if (info == null) {
      throw new AssertionError(name + " is not open, and takes no block");
    }
    return info;
  }

  // --- how it fares

  /// Whether a block is still to be written: nothing failed at it or before it.
  boolean takes(long block) {
    Failure known = failure.get();
    return known == null || block < known.block;
  }

  /// Takes a failure down if it is the lowest so far.
  ///
  /// @return whether this is its first failure
  boolean fail(Failure now) {
    while (true) {
      Failure known = failure.get();
      if (known != null && known.block <= now.block) {
        return false;
      }
      if (failure.compareAndSet(known, now)) {
        return known == null;
      }
    }
  }

  Optional<Failure> failure() {
    return Optional.ofNullable(failure.get());
  }

  void wrote(long bytes) {
    bytesWritten.add(bytes);
  }

  void reached(long end) {
    highestEnd.accumulate(end);
  }

  long bytesWritten() {
    return bytesWritten.sum();
  }

  /// The end of the last byte that was really written.
  long highestEnd() {
    return highestEnd.get();
  }

  /// Whether zeroes may be made by device control.
  boolean takesZeroing() {
    return !isZeroingRefused && hasPositions();
  }

  void refusesZeroing() {
    isZeroingRefused = true;
  }

  void close() {
    if (tailTarget != null) {
      tailTarget.close();
    }
    if (target != null) {
      target.close();
    }
  }
}
