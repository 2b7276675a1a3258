package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// From when timeouts count, as the timer finds them. The requests wait at a stopped target.
class DeadlineTest {
  private static final long LIMIT_SECONDS = 20;
  private static final Duration HOUR = Duration.ofHours(1);

  private final IoTarget target;
  private final IoRequest request = IoRequest.create();

  DeadlineTest() throws IoRequestException {
    target = IoTarget.open("memory:4096", Access.READ);
  }

  @AfterEach
  void close() {
    target.close();
    request.close();
  }

  /// What counts down when its routine runs.
  private CountDownLatch send(Duration timeout) {
    CountDownLatch ended = new CountDownLatch(1);
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((sent, at, result) -> ended.countDown());
    assertThat(request.send(target, SendOptions.timeout(timeout))).isTrue();
    return ended;
  }

  private Deadline hold(Duration timeout) {
    target.stop(SentIoAction.WAIT);
    send(timeout);
    return request.deadline();
  }

  private static void assertCountsFromNow(long deadline, long before, Duration timeout) {
    assertThat(deadline - before).isGreaterThanOrEqualTo(timeout.toNanos());
    assertThat(deadline - System.nanoTime()).isLessThanOrEqualTo(timeout.toNanos());
  }

  @Test
  void aShortOneCountsFromTheSend() {
    Duration longest = Duration.ofSeconds(1).minusNanos(1);
    long before = System.nanoTime();
    Deadline deadline = hold(longest);
    assertCountsFromNow(deadline.nanos(), before, longest);
  }

  @Test
  void aLongOneCountsFromTheTimersFirstLookAndFromNoOther() {
    Deadline deadline = hold(HOUR);
    assertThat(deadline.nanos()).isEqualTo(Deadline.UNCOUNTED);
    assertThat(deadline.isSet()).isTrue();
    long before = System.nanoTime();
    long counted = deadline.deadlineAtLook();
    assertCountsFromNow(counted, before, HOUR);
    assertThat(deadline.nanos()).isEqualTo(counted);
    assertThat(deadline.deadlineAtLook()).isEqualTo(counted);
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
  }

  @Test
  void oneThatIsNotOverYetLeavesTheRequestAlone() {
    Deadline deadline = hold(HOUR);
    deadline.expired();
    assertThat(deadline.nanos())
        .as("who was called in vain counts nothing")
        .isEqualTo(Deadline.UNCOUNTED);
    long counted = deadline.deadlineAtLook();
    deadline.expired();
    assertThat(deadline.nanos()).isEqualTo(counted);
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
  }

  @Test
  void theNextSendCountsByItself() {
    Deadline deadline = hold(HOUR);
    deadline.deadlineAtLook();
    target.start();
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(deadline.deadlineAtLook()).as("nothing is sent").isEqualTo(Deadline.NEVER);
    hold(HOUR);
    assertThat(deadline.nanos()).isEqualTo(Deadline.UNCOUNTED);
    long before = System.nanoTime();
    assertCountsFromNow(deadline.deadlineAtLook(), before, HOUR);
  }

  @Test
  void oneThatNobodyWaitsForIsNone() {
    Deadline deadline = hold(Duration.ofNanos(Long.MAX_VALUE));
    assertThat(deadline.isSet()).isFalse();
    assertThat(deadline.deadlineAtLook()).isEqualTo(Deadline.NEVER);
  }

  /// The first send leaves the node in the wheel, where it must do no harm to the second one.
  @ParameterizedTest
  @ValueSource(longs = {3_600_000, 999, 1_000})
  void itEndsWhateverWasBefore(long millisBefore) throws InterruptedException {
    CountDownLatch first = send(Duration.ofMillis(millisBefore));
    assertThat(first.getCount()).isZero();
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    target.stop(SentIoAction.WAIT);
    long before = System.nanoTime();
    CountDownLatch second = send(Duration.ofSeconds(1));
    assertThat(second.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(1_000_000_000L);
    assertThat(request.status()).isEqualTo(IoStatus.IO_TIMEOUT);
  }
}
