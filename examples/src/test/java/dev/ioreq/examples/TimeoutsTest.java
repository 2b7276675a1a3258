package dev.ioreq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.testkit.ManualDevice;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TimeoutsTest extends ExampleTest {
  private static final Duration SOON = Duration.ofMillis(10);

  private final ManualDevice lower = new ManualDevice().onCancel(ManualDevice.OnCancel.COMPLETE);

  @ParameterizedTest
  @EnumSource
  @DisplayName("S-36, R-246, R-247, R-248, R-251, R-252, R-253 the matrix")
  void matrix(Timeouts.Kind kind) {
    IoStatus cancelled = kind == Timeouts.Kind.ZERO ? IoStatus.CANCELLED : IoStatus.IO_TIMEOUT;
    for (boolean isSynchronous : new boolean[] {false, true}) {
      assertThat(Timeouts.outcome(kind, Timeouts.OnCancel.HONOUR, isSynchronous))
          .isEqualTo(cancelled);
      assertThat(Timeouts.outcome(kind, Timeouts.OnCancel.SUCCEED, isSynchronous))
          .isEqualTo(IoStatus.SUCCESS);
      assertThat(Timeouts.outcome(kind, Timeouts.OnCancel.IGNORE, isSynchronous))
          .isEqualTo(IoStatus.SUCCESS);
    }
  }

  @Test
  @DisplayName("S-36 the example")
  void example() throws Exception {
    assertThat(printed(() -> Timeouts.main(new String[0])).lines()).hasSize(13);
  }

  @Test
  @DisplayName("S-36, R-250, R-254 held by a stopped target: it times out, and lower never sees it")
  void heldTooLong() {
    IoTarget target = over(lower);
    target.stop(SentIoAction.LEAVE_PENDING);
    IoRequest request = formatted(target);
    assertThat(request.send(target, SendOptions.timeout(SOON))).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
    target.start();
    assertThat(lower.arrivals()).isEmpty();
  }

  @Test
  @DisplayName("S-36, R-040 held, then started: the deadline stays what it was")
  void heldAndStarted() {
    IoTarget target = over(lower);
    target.stop(SentIoAction.LEAVE_PENDING);
    IoRequest request = formatted(target);
    assertThat(request.send(target, SendOptions.timeout(Duration.ofMillis(50)))).isTrue();
    target.start();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
    assertThat(recorder.count()).isEqualTo(1);
  }

  private IoRequest formatted(IoTarget target) {
    IoRequest request = made.request();
    target.formatRead(request, made.memory(8), 0);
    request.setCompletionRoutine(recorder);
    return request;
  }
}
