package dev.ioreq;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Clears and copies what is mostly a number or two, as the structures of controls are: there the
/// operations for any length cost more than what they do.
final class FewBytes {
  private static final long FEW = 64;

  private FewBytes() {}

  /// Clears a part of a buffer in whole words, and so up to 7 bytes before it as well; behind it
  /// only what lies within the first word.
  ///
  /// @param buffer at least a word
  /// @param from the first byte to clear
  /// @param to behind the last one
  static void clear(MemorySegment buffer, long from, long to) { // hot path
    if (to - from > FEW) {
      buffer.asSlice(from, to - from).fill((byte) 0);
      return;
    }
    long last = Math.max(0, to - Long.BYTES);
    for (long at = from; at < to; at += Long.BYTES) {
      buffer.set(ValueLayout.JAVA_LONG_UNALIGNED, Math.min(at, last), 0);
    }
  }

  /// Copies bytes. hot path
  static void copy(
      MemorySegment from, long fromOffset, MemorySegment to, long toOffset, long lengthBytes) {
    if (lengthBytes == Integer.BYTES) {
      to.set(
          ValueLayout.JAVA_INT_UNALIGNED,
          toOffset,
          from.get(ValueLayout.JAVA_INT_UNALIGNED, fromOffset));
    } else if (lengthBytes == Long.BYTES) {
      to.set(
          ValueLayout.JAVA_LONG_UNALIGNED,
          toOffset,
          from.get(ValueLayout.JAVA_LONG_UNALIGNED, fromOffset));
    } else {
      MemorySegment.copy(from, fromOffset, to, toOffset, lengthBytes);
    }
  }
}
