package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// From when timeouts count, as the wheel finds them: no timer turns beside these tests, but for
/// the last.
class DeadlineTest {
  private static final long LIMIT_SECONDS = 20;
  private static final Duration HOUR = Duration.ofHours(1);

  private final IoRequest request = IoRequest.create();
  private final Deadline deadline = request.deadline();

  @AfterEach
  void close() {
    request.close();
  }

  /// Begins a send of which only the counter and the deadline know.
  private void begin(Duration timeout) {
    deadline.set(SendOptions.timeout(timeout));
    assertThat(request.counter.announce()).isEqualTo(CompletionCounter.BEGUN);
    request.counter.begin();
  }

  private void end() {
    request.counter.outcome(IoStatus.SUCCESS.code());
    assertThat(request.counter.tryLeave()).isFalse();
    assertThat(request.counter.tryEnd()).isTrue();
  }

  private static void assertCountsFromNow(long deadline, long before, Duration timeout) {
    assertThat(deadline - before).isGreaterThanOrEqualTo(timeout.toNanos());
    assertThat(deadline - System.nanoTime()).isLessThanOrEqualTo(timeout.toNanos());
  }

  @Test
  void aShortOneCountsFromTheSend() {
    Duration longest = Duration.ofSeconds(1).minusNanos(1);
    long before = System.nanoTime();
    begin(longest);
    assertCountsFromNow(deadline.nanos(), before, longest);
    end();
  }

  @Test
  void aLongOneCountsFromTheTimersFirstLookAndFromNoOther() {
    begin(HOUR);
    assertThat(deadline.nanos()).isEqualTo(Deadline.UNCOUNTED);
    assertThat(deadline.isSet()).isTrue();
    long before = System.nanoTime();
    long counted = deadline.deadlineAtLook();
    assertCountsFromNow(counted, before, HOUR);
    assertThat(deadline.nanos()).isEqualTo(counted);
    assertThat(deadline.deadlineAtLook()).isEqualTo(counted);
    end();
  }

  @Test
  void theNextSendCountsByItself() {
    begin(HOUR);
    deadline.deadlineAtLook();
    end();
    assertThat(deadline.deadlineAtLook()).as("nothing is sent").isEqualTo(Deadline.NEVER);
    begin(HOUR);
    assertThat(deadline.nanos()).isEqualTo(Deadline.UNCOUNTED);
    long before = System.nanoTime();
    assertCountsFromNow(deadline.deadlineAtLook(), before, HOUR);
    end();
  }

  @Test
  void oneThatNobodyWaitsForIsNone() {
    begin(Duration.ofNanos(Long.MAX_VALUE));
    assertThat(deadline.isSet()).isFalse();
    assertThat(deadline.deadlineAtLook()).isEqualTo(Deadline.NEVER);
    end();
  }

  /// The first send leaves the node in the wheel, where it must do no harm to the second one.
  @ParameterizedTest
  @ValueSource(longs = {3_600_000, 999, 1_000})
  void aSecondEndsARequestWhateverItsLastTimeoutWas(long millisBefore) throws Exception {
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ)) {
      CountDownLatch first = send(target, Duration.ofMillis(millisBefore));
      assertThat(first.getCount()).isZero();
      assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
      target.stop(SentIoAction.WAIT);
      long before = System.nanoTime();
      CountDownLatch second = send(target, Duration.ofSeconds(1));
      assertThat(second.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(1_000_000_000L);
      assertThat(request.status()).isEqualTo(IoStatus.IO_TIMEOUT);
    }
  }

  /// What counts down when its routine runs.
  private CountDownLatch send(IoTarget target, Duration timeout) {
    CountDownLatch ended = new CountDownLatch(1);
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((sent, at, result) -> ended.countDown());
    assertThat(request.send(target, SendOptions.timeout(timeout))).isTrue();
    return ended;
  }
}
