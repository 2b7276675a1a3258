package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ThreadTrialTest {
  private final ThreadTrial trial = new ThreadTrial();

  @Test
  void eachFailureDoublesWhatIsNotTriedUpToALimit() {
    for (int expected = 1; expected <= 1024; expected *= 2) {
      trial.failed();
      assertThat(untilDue()).isEqualTo(expected);
    }
    trial.failed();
    assertThat(untilDue()).isEqualTo(1024);
  }

  @Test
  void aSuccessBeginsAnew() {
    for (int expected = 1; expected <= 16; expected *= 2) {
      trial.failed();
      assertThat(untilDue()).isEqualTo(expected);
    }
    trial.succeeded();
    assertThat(trial.isDue()).isTrue();
    trial.failed();
    assertThat(untilDue()).isEqualTo(1);
  }

  @Test
  void severalThatFailTogetherAreOne() {
    trial.failed();
    trial.failed();
    trial.failed();
    assertThat(untilDue()).isEqualTo(1);
    trial.failed();
    trial.succeeded(); // it began before
    assertThat(trial.isDue()).isTrue();
  }

  private int untilDue() {
    int count = 0;
    while (!trial.isDue()) {
      count++;
    }
    return count;
  }
}
