package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import dev.ioreq.several.EndRoutine;
import dev.ioreq.several.FanOut;
import dev.ioreq.several.Gathering;
import dev.ioreq.several.StagedTransfer;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// a fan-out or staged transfer that is used again allocates nothing.
class SeveralAllocationTest {
  private static final int WARM_UP = 100_000;
  private static final int ROUNDS = 300_000;
  private static final double BUDGET_BYTES = 0.1;

  /// Counts, and looks at the information.
  private static final class Counting implements EndRoutine {
    private final long expected;
    private int count;

    private Counting(long expected) {
      this.expected = expected;
    }

    @Override
    public void ended(IoStatus status, long information) {
      count++;
      if (!status.isSuccess() || information != expected) {
        throw new AssertionError(status);
      }
    }
  }

  private static void expectNoAllocation(String what, Counting counting, Runnable round) {
    for (int i = 0; i < WARM_UP; i++) {
      round.run();
    }
    long before = Allocations.ofThisThread();
    for (int i = 0; i < ROUNDS; i++) {
      round.run();
    }
    double perRound = (Allocations.ofThisThread() - before) / (double) ROUNDS;
    System.out.printf("%s: %.4f bytes a round%n", what, perRound);
    assertThat(perRound).as(what).isLessThan(BUDGET_BYTES);
    assertThat(counting.count).isEqualTo(WARM_UP + ROUNDS);
  }

  @Test
  @DisplayName("R-121 a fan-out of four reads, with timeouts")
  void aFanOut() throws IoRequestException {
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(64);
        FanOut fanOut = new FanOut(4, Gathering.CONTIGUOUS_PREFIX)) {
      Counting counting = new Counting(64);
      SendOptions options = SendOptions.timeout(Duration.ofSeconds(3));
      expectNoAllocation(
          "a fan-out of four",
          counting,
          () -> {
            for (int at = 0; at < 64; at += 16) {
              fanOut.addRead(target, memory, at, 16, 128 + at, options);
            }
            fanOut.start(counting);
          });
    }
  }

  @Test
  @DisplayName("R-121 a staged transfer of twenty stages")
  void aStagedTransfer() throws IoRequestException {
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(80);
        StagedTransfer transfer = new StagedTransfer(target, 4)) {
      Counting counting = new Counting(80);
      expectNoAllocation(
          "a transfer of twenty stages",
          counting,
          () -> {
            transfer.formatWrite(memory, 0, 0, 128);
            transfer.start(counting);
          });
    }
  }
}
