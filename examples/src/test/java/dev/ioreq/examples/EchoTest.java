package dev.ioreq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Automatic synchronization: S-01 to S-05.
class EchoTest extends EchoContract {
  private final Echo echo = new Echo();

  @Override
  IoDevice newDevice() {
    return echo.device();
  }

  @Override
  void tick() {
    echo.tick();
  }

  @Test
  @DisplayName("R-381 the example, with its timer")
  void example() throws Exception {
    assertThat(printed(() -> Echo.main(new String[] {"5"}))).isEqualTo("echo: hello?\n");
  }
}
