package dev.ioreq.cli.copy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PacerTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void spreadsBytesOverTime() {
    Pacer pacer = new Pacer(1000, 0);

    assertThat(pacer.reserve(500, 0)).isEqualTo(SECOND / 2);
    assertThat(pacer.reserve(500, 0)).isEqualTo(SECOND);
    assertThat(pacer.reserve(1000, SECOND / 4)).isEqualTo(SECOND * 7 / 4);
  }

  @Test
  void theFirstBytesAreNotFree() {
    assertThat(new Pacer(1 << 10, 0).reserve(1 << 20, 0)).isEqualTo(1024 * SECOND);
  }

  @Test
  void idleTimeIsNotMadeUpFor() {
    Pacer pacer = new Pacer(1000, 0);

    assertThat(pacer.reserve(1000, 100 * SECOND)).isEqualTo(SECOND);
    assertThat(pacer.reserve(1000, 100 * SECOND)).isEqualTo(2 * SECOND);
  }

  @Test
  void clockMayPassItsOverflow() {
    Pacer pacer = new Pacer(1000, Long.MAX_VALUE - 10);

    assertThat(pacer.reserve(1000, Long.MAX_VALUE - 10)).isEqualTo(SECOND);
    assertThat(pacer.reserve(1000, Long.MIN_VALUE)).isEqualTo(2 * SECOND - 11);
  }
}
