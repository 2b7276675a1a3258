package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class RingEnginesTest {
  private final Set<RingEngine> started = new LinkedHashSet<>();

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    for (RingEngine engine : started) {
      engine.end();
    }
  }

  private RingEngine take(RingEngines engines) {
    RingTargets.needsRing();
    RingEngine engine = engines.take();
    started.add(engine);
    return engine;
  }

  @Test
  void targetsAreGivenToTheEnginesInTurn() {
    RingEngines engines = new RingEngines("3", RingConfig.defaults());
    RingEngine first = take(engines);
    RingEngine second = take(engines);
    RingEngine third = take(engines);
    assertThat(started).hasSize(3);
    assertThat(take(engines)).isSameAs(first);
    assertThat(take(engines)).isSameAs(second);
    assertThat(take(engines)).isSameAs(third);
  }

  @Test
  void eachTargetCompletesOnItsOwnEngine() throws Exception {
    RingEngines engines = new RingEngines(" 2 ", RingConfig.defaults());
    for (int i = 0; i < 4; i++) {
      RingEngine engine = take(engines);
      Recorder recorder = new Recorder();
      try (IoTarget target = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
          IoMemory memory = IoMemory.allocate(8);
          IoRequest request = IoRequest.create(target)) {
        target.formatRead(request, memory, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
        assertThat(recorder.await().thread()).isSameAs(engine);
      }
    }
    assertThat(started).hasSize(2);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"1", "0", "-1", "65", "many", ""})
  void thereIsOneUnlessTheSettingSaysANumberOfMore(@Nullable String setting) {
    RingEngines engines = new RingEngines(setting, RingConfig.defaults());
    assertThat(take(engines)).isSameAs(take(engines));
    assertThat(started).hasSize(1);
  }
}
