package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.linux.engine.Sleeper.Place;
import org.junit.jupiter.api.Test;

class SleeperTest {
  private final Sleeper sleeper = new Sleeper();

  @Test
  void whoIsAwakeIsNotWoken() {
    assertThat(sleeper.wake()).isEqualTo(Place.AWAKE);
  }

  @Test
  void aSleeperIsWokenOnce() {
    assertThat(sleeper.fallAsleep(Place.PARKED, () -> false)).isTrue();
    assertThat(sleeper.wake()).isEqualTo(Place.PARKED);
    assertThat(sleeper.wake()).isEqualTo(Place.AWAKE);
  }

  @Test
  void whoFindsWorkStaysAwakeAndIsNotWoken() {
    assertThat(sleeper.fallAsleep(Place.PARKED, () -> true)).isFalse();
    assertThat(sleeper.wake()).isEqualTo(Place.AWAKE);
  }

  @Test
  void workIsLookedForAfterSleepWasAnnounced() {
    Place[] woken = new Place[1];
    sleeper.fallAsleep(
        Place.PARKED,
        () -> {
          woken[0] = sleeper.wake(); // a sender between the two
          return true;
        });
    assertThat(woken[0]).isEqualTo(Place.PARKED);
  }

  @Test
  void whoWokeByItselfIsNotWoken() {
    sleeper.fallAsleep(Place.PARKED, () -> false);
    sleeper.awake();
    assertThat(sleeper.wake()).isEqualTo(Place.AWAKE);
  }

  @Test
  void whoWakesLearnsWhereItSleeps() {
    sleeper.fallAsleep(Place.IN_KERNEL, () -> false);
    assertThat(sleeper.isAsleep()).isTrue();
    assertThat(sleeper.wake()).isEqualTo(Place.IN_KERNEL);
    assertThat(sleeper.isAsleep()).isFalse();
  }

  @Test
  void whoeverCouldNotWakeItLeavesThatToTheNext() {
    Sleeper sleeper = new Sleeper();
    assertThat(sleeper.fallAsleep(Sleeper.Place.IN_KERNEL, () -> false)).isTrue();
    assertThat(sleeper.wake()).isEqualTo(Sleeper.Place.IN_KERNEL);
    assertThat(sleeper.wake()).isEqualTo(Sleeper.Place.AWAKE);
    sleeper.notWoken(Sleeper.Place.IN_KERNEL);
    assertThat(sleeper.wake()).isEqualTo(Sleeper.Place.IN_KERNEL);
  }
}
