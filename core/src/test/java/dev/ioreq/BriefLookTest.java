package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BriefLookTest {
  private static final int MOST = 256;

  private final BriefLook look = new BriefLook(MOST, false);

  @Test
  void nobodyLooksUntilOnceInAWhile() {
    for (int i = 1; i < BriefLook.EXPLORED; i++) {
      assertThat(look.begin()).isZero();
    }
    assertThat(look.begin()).isEqualTo(MOST);
    look.end(false);
    assertThat(look.begin()).isZero();
  }

  @Test
  void whoFoundSomethingLooksAgainAtOnce() {
    explore(true);
    for (int i = 0; i < 10; i++) {
      assertThat(look.begin()).isEqualTo(MOST);
      look.end(true);
    }
  }

  @Test
  void threeVainLooksEndIt() {
    explore(true);
    assertThat(look.begin()).isEqualTo(MOST);
    look.end(false);
    assertThat(look.begin()).isEqualTo(MOST / 4);
    look.end(false);
    assertThat(look.begin()).isEqualTo(MOST / 16);
    look.end(false);
    assertThat(look.begin()).isZero();
  }

  @Test
  void oneSuccessMakesUpForFailures() {
    explore(true);
    assertThat(look.begin()).isEqualTo(MOST);
    look.end(false);
    assertThat(look.begin()).isEqualTo(MOST / 4);
    look.end(true);
    assertThat(look.begin()).isEqualTo(MOST);
  }

  @Test
  void waitsInVainCostNextToNothing() {
    explore(true);
    int waits = 1000 * BriefLook.EXPLORED;
    long looks = 0;
    for (int i = 0; i < waits; i++) {
      int most = look.begin();
      looks += most;
      if (most > 0) {
        look.end(false);
      }
    }
    assertThat(looks).isLessThanOrEqualTo(1002L * MOST);
  }

  @Test
  void onOneProcessorNobodyLooks() {
    BriefLook alone = new BriefLook(MOST, true);
    for (int i = 0; i < 3 * BriefLook.EXPLORED; i++) {
      assertThat(alone.begin()).isZero();
    }
  }

  @Test
  void anEnginesThreadLooksUntilThereIsWork() {
    Engine engine = new Engine();
    AtomicInteger looks = new AtomicInteger();
    int waits = 0;
    boolean hasFound = false;
    while (!hasFound && waits < BriefLook.EXPLORED) {
      waits++;
      hasFound = engine.hasWorkSoon(() -> looks.incrementAndGet() == 3);
    }
    boolean mayLook = Runtime.getRuntime().availableProcessors() > 1;
    assertThat(hasFound).isEqualTo(mayLook);
    assertThat(waits).isEqualTo(BriefLook.EXPLORED);
    assertThat(looks).hasValue(mayLook ? 3 : 0);
  }

  @Test
  void anEnginesThreadGivesUpAfterSoManyLooks() {
    Engine engine = new Engine();
    AtomicInteger looks = new AtomicInteger();
    for (int i = 0; i < BriefLook.EXPLORED; i++) {
      assertThat(
              engine.hasWorkSoon(() -> {
                looks.incrementAndGet();
                return false;
              }))
          .isFalse();
    }
    boolean mayLook = Runtime.getRuntime().availableProcessors() > 1;
    assertThat(looks).hasValue(mayLook ? BriefLook.MOST_FOR_WORK : 0);
  }

  private void explore(boolean hasFound) {
    while (look.begin() == 0) {
      // waits that go to sleep at once
    }
    look.end(hasFound);
  }

  private static final class Engine extends EngineThread {
    Engine() {
      super("engine");
    }
  }
}
