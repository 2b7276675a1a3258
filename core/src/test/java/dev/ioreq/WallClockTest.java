package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Timeouts and the wall clock, which is set forward and back here while requests wait.
class WallClockTest {
  private static final long LIMIT_SECONDS = 20;
  private static final Instant NOW = Instant.ofEpochSecond(1_000_000_000);

  private final InstantSource real = Deadline.wallClock;
  private final IoTarget target;

  private static final class Waited implements AutoCloseable {
    private final IoRequest request = IoRequest.create();
    private final CountDownLatch ended = new CountDownLatch(1);

    private Waited(IoTarget target, SendOptions options) {
      target.formatRead(request, IoMemory.none(), 0);
      request.setCompletionRoutine((done, at, result) -> ended.countDown());
      assertThat(request.send(target, options)).isTrue();
    }

    private IoStatus await() throws InterruptedException {
      assertThat(ended.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      return request.status();
    }

    @Override
    public void close() {
      request.cancelSent();
      request.close();
    }
  }

  WallClockTest() throws IoRequestException {
    target = IoTarget.open("memory:4096", Access.READ);
  }

  @BeforeEach
  void holdRequests() {
    target.stop(SentIoAction.WAIT);
  }

  @AfterEach
  void putTheClockRight() {
    Deadline.wallClock = real;
    target.close();
  }

  private static void setClock(Instant now) {
    Deadline.wallClock = InstantSource.fixed(now);
  }

  @Test
  @DisplayName("R-247, R-248 a clock set forward ends what waits for its time, and nothing else")
  void aClockSetForward() throws InterruptedException {
    SendOptions byClock = SendOptions.none().withDeadline(NOW.plusSeconds(3600));
    setClock(NOW);
    try (Waited relative = new Waited(target, SendOptions.timeout(Duration.ofHours(1)));
        Waited absolute = new Waited(target, byClock)) {
      setClock(NOW.plusSeconds(7200));
      assertThat(absolute.await()).isEqualTo(IoStatus.IO_TIMEOUT);
      assertThat(relative.request.status()).isEqualTo(IoStatus.PENDING);
    }
  }

  @Test
  @DisplayName("R-247, R-248 a clock set back delays what waits for its time, and nothing else")
  void aClockSetBack() throws InterruptedException {
    setClock(NOW);
    try (Waited absolute =
        new Waited(target, SendOptions.none().withDeadline(NOW.plusMillis(20)))) {
      setClock(NOW.minusSeconds(7200));
      try (Waited relative = new Waited(target, SendOptions.timeout(Duration.ofMillis(40)))) {
        assertThat(relative.await()).isEqualTo(IoStatus.IO_TIMEOUT);
      }
      assertThat(absolute.request.status()).isEqualTo(IoStatus.PENDING);
      setClock(NOW.plusSeconds(1));
      assertThat(absolute.await()).isEqualTo(IoStatus.IO_TIMEOUT);
    }
  }

  @Test
  @DisplayName("R-248 a time less than a second away is not waited for longer, in whatever second")
  void aTimeInTheNextSecond() {
    setClock(NOW.plusMillis(900));
    SendOptions byClock = SendOptions.none().withDeadline(NOW.plusSeconds(1));
    try (Waited absolute = new Waited(target, byClock)) {
      assertThat(absolute.request.deadline().nanos() - System.nanoTime())
          .isLessThanOrEqualTo(Duration.ofMillis(100).toNanos());
    }
  }
}
