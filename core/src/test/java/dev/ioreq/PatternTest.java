package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PatternTest {
  private static final long SEED = 42;

  @Test
  void fillingAndTheByteAtAnOffsetAgreeWhateverTheAlignment() {
    for (int offset = 0; offset < 20; offset++) {
      for (int length = 0; length < 40; length++) {
        MemorySegment segment = MemorySegment.ofArray(new byte[64]);
        Pattern.fill(SEED, offset, segment, 3, length);
        for (int i = 0; i < 64; i++) {
          byte expected =
              i >= 3 && i < 3 + length ? Pattern.byteAt(SEED, (long) offset + i - 3) : 0;
          assertThat(segment.get(ValueLayout.JAVA_BYTE, i)).isEqualTo(expected);
        }
        assertThat(Pattern.agreeing(SEED, offset, segment, 3, length)).isEqualTo(length);
      }
    }
  }

  @Test
  void aByteThatDiffersIsFoundWhereverItIs() {
    for (int wrong = 0; wrong < 40; wrong++) {
      MemorySegment segment = MemorySegment.ofArray(new byte[40]);
      Pattern.fill(SEED, 5, segment, 0, 40);
      byte right = segment.get(ValueLayout.JAVA_BYTE, wrong);
      segment.set(ValueLayout.JAVA_BYTE, wrong, (byte) (right ^ 0x10));
      assertThat(Pattern.agreeing(SEED, 5, segment, 0, 40)).isEqualTo(wrong);
    }
  }

  @Test
  void noTwoWordsOfASeedAreEqual() {
    Set<Long> words = new HashSet<>();
    for (long index = 0; index < 100_000; index++) {
      assertThat(words.add(Pattern.word(SEED, index))).isTrue();
    }
    assertThat(Pattern.word(SEED, 1)).isNotEqualTo(Pattern.word(SEED + 1, 1));
  }

  @Test
  void bytesAtAWrongPlaceAreNoticed() {
    MemorySegment segment = MemorySegment.ofArray(new byte[64]);
    Pattern.fill(SEED, 512, segment, 0, 64);
    assertThat(Pattern.agreeing(SEED, 0, segment, 0, 64)).isLessThan(8);
    assertThat(Pattern.agreeing(SEED + 1, 512, segment, 0, 64)).isLessThan(8);
  }
}
