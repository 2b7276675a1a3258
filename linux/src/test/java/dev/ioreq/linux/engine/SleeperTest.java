package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SleeperTest {
  private final Sleeper sleeper = new Sleeper();

  @Test
  void whoIsAwakeIsNotWoken() {
    assertThat(sleeper.mustWake()).isFalse();
  }

  @Test
  void aSleeperIsWokenOnce() {
    assertThat(sleeper.fallAsleep(() -> false)).isTrue();
    assertThat(sleeper.mustWake()).isTrue();
    assertThat(sleeper.mustWake()).isFalse();
  }

  @Test
  void whoFindsWorkStaysAwakeAndIsNotWoken() {
    assertThat(sleeper.fallAsleep(() -> true)).isFalse();
    assertThat(sleeper.mustWake()).isFalse();
  }

  @Test
  void workIsLookedForAfterSleepWasAnnounced() {
    boolean[] isWoken = new boolean[1];
    sleeper.fallAsleep(() -> {
      isWoken[0] = sleeper.mustWake(); // a sender between the two
      return true;
    });
    assertThat(isWoken[0]).isTrue();
  }

  @Test
  void whoWokeByItselfIsNotWoken() {
    sleeper.fallAsleep(() -> false);
    sleeper.awake();
    assertThat(sleeper.mustWake()).isFalse();
  }
}
