package dev.ioreq.several;

import dev.ioreq.IoMemory;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How a [ContinuousReader] reads. Immutable; made by [#of(long)] and the `with…` methods.
///
/// @param reads how many reads are kept pending; 0 means 2, more than 10 means 10
/// @param headerBytes room in each buffer before the data, 0 or more
/// @param dataBytes the most that one read moves, at least 1
/// @param trailerBytes room in each buffer after the data, 0 or more
/// @param isOrdered whether data is delivered in the order in which the reads were sent, one
///   callback at a time; else as it comes
/// @param firstOffset where on the device the first read begins, each further one where the one
///   before it ends; [#NO_POSITIONS] for devices without
/// @param memory gives the buffers; null for a pool of the reader's own
/// @param context is handed to the callbacks
/// @see "WDF_USB_CONTINUOUS_READER_CONFIG"
public record ReaderConfig(
    int reads,
    long headerBytes,
    long dataBytes,
    long trailerBytes,
    boolean isOrdered,
    long firstOffset,
    @Nullable Supplier<@Nullable IoMemory> memory,
    @Nullable Object context) {

  /// The device has no positions: a pipe, a terminal.
  public static final long NO_POSITIONS = -1;

  private static final int DEFAULT_READS = 2;
  private static final int MOST_READS = 10;

  /// Checks, and puts the number of reads into its range.
  public ReaderConfig {
    if (reads < 0) {
      throw new IllegalArgumentException(reads + " reads; 0 means " + DEFAULT_READS);
    }
    reads = reads == 0 ? DEFAULT_READS : Math.min(reads, MOST_READS);
    if (headerBytes < 0 || dataBytes < 1 || trailerBytes < 0) {
      throw new IllegalArgumentException(
          "buffers of %d + %d + %d bytes; header and trailer may be 0, the data is 1 at least"
              .formatted(headerBytes, dataBytes, trailerBytes));
    }
    Math.addExact(Math.addExact(headerBytes, dataBytes), trailerBytes);
    if (firstOffset < NO_POSITIONS) {
      throw new IllegalArgumentException(
          "device offset " + firstOffset + " is negative; the first byte is at 0");
    }
    if (firstOffset != NO_POSITIONS && !isOrdered) {
      throw new IllegalArgumentException(
          "reads at positions are delivered in order: what failed is read again from there");
    }
  }

  /// One read pending, which keeps the bytes of every stream in order; buffers of the data alone
  /// from a pool of the reader's own, no positions, no context.
  ///
  /// @param dataBytes the most that one read moves, at least 1
  /// @return the configuration
  public static ReaderConfig of(long dataBytes) {
    return new ReaderConfig(1, 0, dataBytes, 0, true, NO_POSITIONS, null, null);
  }

  /// This with a number of reads. More than one keep a device busy while data is delivered. They
  /// fit devices with positions, and streams that carry reads out in the order in which they were
  /// sent. A stream that gives its bytes to any of the reads needs [#inAnyOrder()] besides: in
  /// order, data of a later read would wait until an earlier one has got some.
  ///
  /// @param reads 0 means 2, more than 10 means 10
  /// @return a new configuration
  public ReaderConfig withReads(int reads) {
    return new ReaderConfig(
        reads, headerBytes, dataBytes, trailerBytes, isOrdered, firstOffset, memory, context);
  }

  /// This with room around the data in each buffer, for the callback to fill.
  ///
  /// @param headerBytes before the data
  /// @param trailerBytes after it
  /// @return a new configuration
  public ReaderConfig withRoom(long headerBytes, long trailerBytes) {
    return new ReaderConfig(
        reads, headerBytes, dataBytes, trailerBytes, isOrdered, firstOffset, memory, context);
  }

  /// This with data delivered as it comes, on the threads that complete the reads: callbacks may
  /// run at the same time, and must not block.
  ///
  /// @return a new configuration
  public ReaderConfig inAnyOrder() {
    return new ReaderConfig(
        reads, headerBytes, dataBytes, trailerBytes, false, firstOffset, memory, context);
  }

  /// This for a device with positions, a file say: each read begins where the one before it ends.
  ///
  /// @param offset where the first one begins, in bytes from 0
  /// @return a new configuration
  public ReaderConfig withPositions(long offset) {
    return new ReaderConfig(
        reads, headerBytes, dataBytes, trailerBytes, isOrdered, offset, memory, context);
  }

  /// This with buffers of the caller's: [dev.ioreq.IoMemoryPool#tryTake()], say.
  ///
  /// @param memory gives a buffer of [#bufferBytes()] or more, with one reference, the reader's;
  ///   null is a failure of the reader, [dev.ioreq.IoStatus#INSUFFICIENT_RESOURCES]. Is called on
  ///   the reader's thread, one call at a time
  /// @return a new configuration
  public ReaderConfig withMemory(Supplier<@Nullable IoMemory> memory) {
    return new ReaderConfig(
        reads,
        headerBytes,
        dataBytes,
        trailerBytes,
        isOrdered,
        firstOffset,
        Objects.requireNonNull(memory, "memory"),
        context);
  }

  /// This with a context.
  ///
  /// @param context is handed to the callbacks
  /// @return a new configuration
  public ReaderConfig withContext(@Nullable Object context) {
    return new ReaderConfig(
        reads, headerBytes, dataBytes, trailerBytes, isOrdered, firstOffset, memory, context);
  }

  /// Whether the device has positions.
  ///
  /// @return whether reads begin where the one before them ends
  public boolean hasPositions() {
    return firstOffset != NO_POSITIONS;
  }

  /// How large each buffer is: header, data and trailer.
  ///
  /// @return bytes
  public long bufferBytes() {
    return headerBytes + dataBytes + trailerBytes;
  }
}
