package dev.ioreq.bench.rivals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/// The reads all of them do: number by number, the same blocks of the same file.
///
/// @param file a file of [TestFile], or a stream
/// @param blockBytes what one read moves
/// @param blocks how many blocks the file has, a power of two; 0 if it is a stream
/// @param depth how many are in flight
/// @param isDirect whether past the cache
/// @param verified counts the blocks that were compared with what they must hold, below 0 while
///   nothing is to be compared
public record ReadWork(
    Path file, int blockBytes, long blocks, int depth, boolean isDirect, AtomicLong verified) {
  /// Scatters the blocks: odd, so that each block has its turn.
  static final long STRIDE = 7919;

  /// Work that is not compared.
  public ReadWork(Path file, int blockBytes, long blocks, int depth, boolean isDirect) {
    this(file, blockBytes, blocks, depth, isDirect, new AtomicLong(-1));
  }

  /// Where a read begins.
  ///
  /// @param number of the read, from 0
  /// @return bytes
  public long offset(long number) {
    return blocks == 0 ? 0 : (number * STRIDE & (blocks - 1)) * blockBytes;
  }

  /// A buffer as every way of reading takes it: aligned native memory.
  ///
  /// @return a new buffer of one block
  ByteBuffer buffer() {
    return ByteBuffer.allocateDirect(blockBytes + TestFile.PAGE_BYTES)
        .alignedSlice(TestFile.PAGE_BYTES)
        .slice(0, blockBytes)
        .order(ByteOrder.nativeOrder());
  }

  /// To be called for each read that has completed.
  ///
  /// @param moved what the read said
  /// @param buffer what it filled
  /// @param number of the read
  void completed(long moved, ByteBuffer buffer, long number) {
    if (moved != blockBytes) {
      throw new IllegalStateException("read %d gives %d".formatted(number, moved));
    }
    if (verified.getPlain() >= 0) {
      TestFile.check(buffer, offset(number));
      verified.incrementAndGet();
    }
  }
}
