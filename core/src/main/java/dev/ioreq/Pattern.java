package dev.ioreq;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Bytes whose value follows from their offset and a seed, so that what was transferred can be
/// checked anywhere.
///
/// The word of 8 bytes, little-endian, at offset `8 * i` is a bijective mix of `i` and the seed: no
/// two words of one seed are equal, so that bytes at a wrong place are noticed.
public final class Pattern {
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Pattern() {}

  /// The word that holds the bytes `8 * index … 8 * index + 7`.
  ///
  /// @param seed any number
  /// @param index which word
  /// @return its 8 bytes, the first in the lowest bits
  public static long word(long seed, long index) {
    // additions, odd factors and xor-shifts are each invertible: a permutation of the indices
    long mixed = index * 0x9E3779B97F4A7C15L + seed;
    mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
    return mixed ^ mixed >>> 29;
  }

  /// The byte at an offset.
  ///
  /// @param seed any number
  /// @param deviceOffset bytes from 0
  /// @return its value
  public static byte byteAt(long seed, long deviceOffset) {
    return (byte) (word(seed, deviceOffset >>> 3) >>> ((deviceOffset & 7) << 3));
  }

  /// Fills memory with the pattern.
  ///
  /// @param seed any number
  /// @param deviceOffset the offset that the first byte stands for
  /// @param segment where to
  /// @param base where in it to begin
  /// @param length how many bytes
  public static void fill(
      long seed, long deviceOffset, MemorySegment segment, long base, long length) {
    long at = 0;
    for (; at < length && (deviceOffset + at & 7) != 0; at++) {
      segment.set(ValueLayout.JAVA_BYTE, base + at, byteAt(seed, deviceOffset + at));
    }
    long index = (deviceOffset + at) >>> 3;
    for (; at + 8 <= length; at += 8) {
      segment.set(WORD, base + at, word(seed, index++));
    }
    for (; at < length; at++) {
      segment.set(ValueLayout.JAVA_BYTE, base + at, byteAt(seed, deviceOffset + at));
    }
  }

  /// Compares memory with the pattern.
  ///
  /// @param seed any number
  /// @param deviceOffset the offset that the first byte stands for
  /// @param segment what to compare
  /// @param base where in it to begin
  /// @param length how many bytes
  /// @return how many bytes agree before the first that differs; the length if all do
  public static long agreeing(
      long seed, long deviceOffset, MemorySegment segment, long base, long length) {
    long at = 0;
    while (at < length) {
      boolean isWhole = (deviceOffset + at & 7) == 0 && at + 8 <= length;
      if (isWhole && segment.get(WORD, base + at) == word(seed, (deviceOffset + at) >>> 3)) {
        at += 8;
      } else if (segment.get(ValueLayout.JAVA_BYTE, base + at) == byteAt(seed, deviceOffset + at)) {
        at++;
      } else {
        return at;
      }
    }
    return at;
  }
}
