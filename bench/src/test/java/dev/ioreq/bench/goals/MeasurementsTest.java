package dev.ioreq.bench.goals;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.bench.measure.Unmeasurable;
import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class MeasurementsTest {
  private static final Settings QUICK = new Settings(true, Path.of("folder"), Path.of("root"));

  @Test
  void eachGoalOfAMeasurementThatFailsHasALineThatSaysWhy() {
    assertThat(
            Measurements.measure(
                QUICK,
                EnumSet.of(Goal.G3, Goal.G14),
                settings -> {
                  throw new IOException("no space");
                }))
        .containsExactly(
            Row.unmeasured(Goal.G3, "IOException: no space"),
            Row.unmeasured(Goal.G14, "IOException: no space"));
  }

  @Test
  void whoCannotMeasureHasTheSay() {
    assertThat(
            Measurements.measure(
                QUICK,
                EnumSet.of(Goal.G1),
                settings -> {
                  throw new Unmeasurable("install gcc", new IOException("error 2"));
                }))
        .containsExactly(Row.unmeasured(Goal.G1, "install gcc"));
  }
}
