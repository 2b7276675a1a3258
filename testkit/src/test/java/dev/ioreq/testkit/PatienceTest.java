package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PatienceTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private long now = Long.MAX_VALUE; // a clock may begin anywhere
  private final Patience patience = new Patience(LIMIT, () -> now);

  private boolean isOverAfter(Duration pause) {
    now += pause.toNanos();
    return patience.isOver();
  }

  @Test
  @DisplayName("time that is looked at often counts as it is")
  void timeCounts() {
    for (int look = 0; look < 400; look++) {
      assertThat(isOverAfter(Duration.ofMillis(50))).as("after %d looks", look).isFalse();
    }
    assertThat(isOverAfter(Duration.ofMillis(50))).as("beyond the limit").isTrue();
  }

  @Test
  @DisplayName("a pause beyond the limit, in which nobody looked, is one look")
  void aPauseIsOneLook() {
    for (int look = 0; look < 200; look++) {
      assertThat(isOverAfter(Duration.ofHours(1))).as("after %d pauses", look).isFalse();
    }
    assertThat(isOverAfter(Duration.ofHours(1))).as("of 0.1 s each").isTrue();
  }
}
