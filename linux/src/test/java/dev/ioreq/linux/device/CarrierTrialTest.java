package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CarrierTrialTest {
  private static final long SHORT = 1_000;
  private static final long LONG = 1_000_000;

  private final CarrierTrial trial = new CarrierTrial();

  private int untilTheNextTry() {
    int elsewhere = 0;
    while (!trial.begin()) {
      elsewhere++;
    }
    return elsewhere;
  }

  @Test
  void whatIsShortGoesOn() {
    for (int i = 0; i < 3; i++) {
      assertThat(trial.begin()).isTrue();
      trial.end(SHORT, 4096);
    }
  }

  private void threeLongOnes() {
    for (int i = 0; i < 3; i++) {
      trial.end(LONG, 4096);
      assertThat(untilTheNextTry()).isZero();
    }
  }

  @Test
  void aFewLongOnesSayNothing() {
    for (int i = 0; i < 3; i++) {
      threeLongOnes();
      trial.end(SHORT, 4096);
    }
  }

  @Test
  void whatIsLongIsTriedLessAndLess() {
    threeLongOnes();
    for (int expected = 16; expected < 1024; expected *= 2) {
      trial.end(LONG, 4096);
      assertThat(untilTheNextTry()).isEqualTo(expected);
    }
    for (int i = 0; i < 2; i++) {
      trial.end(LONG, 4096);
      assertThat(untilTheNextTry()).isEqualTo(1024);
    }
  }

  @Test
  void aShortOneForgetsTheLongOnes() {
    threeLongOnes();
    for (int i = 0; i < 3; i++) {
      trial.end(LONG, 4096);
      untilTheNextTry();
    }
    trial.end(SHORT, 4096);
    threeLongOnes();
    trial.end(LONG, 4096);
    assertThat(untilTheNextTry()).isEqualTo(16);
  }

  @Test
  void manyBytesMayTakeLonger() {
    for (int i = 0; i < 5; i++) {
      trial.end(LONG, 2 * LONG);
      assertThat(trial.begin()).isTrue();
    }
  }
}
