package dev.ioreq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.testkit.Waiting;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The driver's own synchronization: S-06 and S-07.
class EchoOwnLockTest extends EchoContract {
  private final EchoOwnLock echo = new EchoOwnLock();

  @Override
  IoDevice newDevice() {
    return echo.device();
  }

  @Override
  void tick() {
    echo.tick();
  }

  @Test
  @DisplayName("the example, with its timer")
  void example() throws Exception {
    assertThat(printed(() -> EchoOwnLock.main(new String[] {"5"}))).isEqualTo("echo: 64 bytes\n");
  }

  @Test
  @DisplayName("S-07, R-321, R-325 the cancel routine waits for the lock: the request stays valid")
  void cancelRoutineWaits() {
    IoRequest request = write(target, 16, 0);
    Thread canceller = Thread.ofPlatform().unstarted(request::cancelSent);
    echo.lock.lock();
    try {
      canceller.start();
      Waiting.untilParked(canceller); // in the cancel routine, before the lock
      tick(); // unmark says that it is cancelled; the tick leaves, and the request stays
      assertThat(device.defaultQueue().orElseThrow().state().driverOwned())
          .as("not completed: the client, whose cancel is under way, could not tell")
          .isEqualTo(1);
      assertThat(recorder.count()).isZero();
    } finally {
      echo.lock.unlock();
    }
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    Waiting.forEnd(canceller);
    assertThat(recorder.count()).isEqualTo(1);
  }
}
