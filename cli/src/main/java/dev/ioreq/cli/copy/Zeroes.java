package dev.ioreq.cli.copy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Recognises blocks of zeroes. Safe from any thread.
final class Zeroes {
  private static final long PIECE_BYTES = 64 << 10;
  private static final MemorySegment PIECE = Arena.global().allocate(PIECE_BYTES);

  private Zeroes() {}

  /// Whether the first bytes are all zero. Ends at the first that is not.
  static boolean fill(MemorySegment segment, long length) {
    for (long at = 0; at < length; at += PIECE_BYTES) {
      long piece = Math.min(PIECE_BYTES, length - at);
      if (MemorySegment.mismatch(segment, at, at + piece, PIECE, 0, piece) >= 0) {
        return false;
      }
    }
    return true;
  }
}
