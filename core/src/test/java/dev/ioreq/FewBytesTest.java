package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FewBytesTest {
  private static final int SIZE = 256;

  /// Every part of the first words, and some that are no few bytes any more.
  @Test
  void clearsItsPartAndNothingBehindTheWord() {
    MemorySegment buffer = Arena.ofAuto().allocate(SIZE, Long.BYTES);
    for (int from = 0; from < 80; from++) {
      for (int to = from; to < 160; to++) {
        buffer.fill((byte) 7);
        FewBytes.clear(buffer, from, to);
        for (int at = 0; at < SIZE; at++) {
          byte value = buffer.get(ValueLayout.JAVA_BYTE, at);
          if (at >= from && at < to) {
            assertThat(value).as("%d of %d to %d", at, from, to).isZero();
          } else if (at <= from - Long.BYTES || at >= Math.max(to, Long.BYTES)) {
            assertThat(value).as("%d outside %d to %d", at, from, to).isEqualTo((byte) 7);
          }
        }
      }
    }
  }

  @Test
  void clearsToTheLastByteOfABuffer() {
    MemorySegment buffer = Arena.ofAuto().allocate(SIZE, Long.BYTES);
    buffer.fill((byte) 7);
    FewBytes.clear(buffer, SIZE - 3, SIZE);
    assertThat(buffer.get(ValueLayout.JAVA_BYTE, SIZE - 1)).isZero();
  }

  @Test
  void copiesAnyLengthFromAnywhereToAnywhere() {
    byte[] numbers = new byte[64];
    Pattern.fill(1, 0, MemorySegment.ofArray(numbers), 0, numbers.length);
    MemorySegment from = Arena.ofAuto().allocate(numbers.length);
    MemorySegment.copy(numbers, 0, from, ValueLayout.JAVA_BYTE, 0, numbers.length);
    for (int length = 0; length < 20; length++) {
      for (int offset = 0; offset < 9; offset++) {
        byte[] to = new byte[40];
        FewBytes.copy(from, offset, MemorySegment.ofArray(to), offset + 1L, length);
        byte[] expected = new byte[40];
        System.arraycopy(numbers, offset, expected, offset + 1, length);
        assertThat(to).isEqualTo(expected);
      }
    }
    assertThat(Arrays.equals(from.toArray(ValueLayout.JAVA_BYTE), numbers)).isTrue();
  }
}
