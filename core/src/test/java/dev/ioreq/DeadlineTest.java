package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// From when timeouts count, as the timer finds them. The requests wait at a stopped target.
class DeadlineTest {
  private static final long LIMIT_SECONDS = 20;
  private static final Duration HOUR = Duration.ofHours(1);

  private final IoTarget target;
  private final IoRequest request = IoRequest.create();
  private final CountDownLatch ended = new CountDownLatch(1);

  DeadlineTest() throws IoRequestException {
    target = IoTarget.open("memory:4096", Access.READ);
  }

  @AfterEach
  void close() {
    target.close();
    request.close();
  }

  private void send(Duration timeout) {
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((sent, at, result) -> ended.countDown());
    assertThat(request.send(target, SendOptions.timeout(timeout))).isTrue();
  }

  private Deadline hold(Duration timeout) {
    target.stop(SentIoAction.WAIT);
    send(timeout);
    return request.deadline();
  }

  @Test
  @DisplayName("R-250 a timeout below a second counts from the send")
  void aShortOneCountsFromTheSend() {
    Duration longest = Duration.ofSeconds(1).minusNanos(1);
    long before = System.nanoTime();
    Deadline deadline = hold(longest);
    assertThat(deadline.nanos - before).isGreaterThanOrEqualTo(longest.toNanos());
    assertThat(deadline.nanos - System.nanoTime()).isLessThanOrEqualTo(longest.toNanos());
  }

  @Test
  void aLongOneCountsFromTheTimersFirstLookAndFromNoOther() {
    Deadline deadline = hold(HOUR);
    assertThat(deadline.nanos).isEqualTo(Deadline.UNCOUNTED);
    assertThat(deadline.isSet()).isTrue();
    long before = System.nanoTime();
    deadline.expired();
    long counted = deadline.nanos;
    assertThat(counted - before).isGreaterThanOrEqualTo(HOUR.toNanos());
    assertThat(counted - System.nanoTime()).isLessThanOrEqualTo(HOUR.toNanos());
    assertThat(deadline.deadlineNanos()).as("it is looked at again").isLessThan(before);
    deadline.expired();
    assertThat(deadline.nanos).isEqualTo(counted);
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
  }

  @Test
  void aLongOneThatIsOverEndsTheRequest() {
    Deadline deadline = hold(HOUR);
    deadline.nanos = System.nanoTime() - 1;
    deadline.expired();
    assertThat(request.status()).isEqualTo(IoStatus.IO_TIMEOUT);
  }

  @Test
  void theNextSendCountsByItself() {
    Deadline deadline = hold(HOUR);
    deadline.expired();
    target.start();
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(deadline.deadlineNanos()).as("nothing is sent").isEqualTo(Deadline.NEVER);
    hold(HOUR);
    assertThat(deadline.nanos).isEqualTo(Deadline.UNCOUNTED);
  }

  /// The first send leaves the node where the second one must not leave it.
  @ParameterizedTest
  @ValueSource(longs = {3_600_000, 999, 1_000})
  @DisplayName("R-254 a timeout of a second ends a request, whatever its last timeout was")
  void itEndsWhateverWasBefore(long millisBefore) throws InterruptedException {
    send(Duration.ofMillis(millisBefore));
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    CountDownLatch first = ended;
    assertThat(first.getCount()).isZero();
    long before = System.nanoTime();
    CountDownLatch second = new CountDownLatch(1);
    target.stop(SentIoAction.WAIT);
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((sent, at, result) -> second.countDown());
    assertThat(request.send(target, SendOptions.timeout(Duration.ofSeconds(1)))).isTrue();
    assertThat(second.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(1_000_000_000L);
    assertThat(request.status()).isEqualTo(IoStatus.IO_TIMEOUT);
  }
}
