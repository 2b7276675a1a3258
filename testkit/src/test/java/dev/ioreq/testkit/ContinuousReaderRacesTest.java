package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.SentIoAction;
import dev.ioreq.several.ContinuousReader;
import dev.ioreq.several.ReaderConfig;
import java.lang.foreign.ValueLayout;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// A reader that is stopped and started at random moments, as is its target, over a device that
/// completes in any order, meets cancels in every way, and fails now and then. The bytes must come
/// in their order, none missing, none twice; a stop must leave nothing running.
///
/// By default 3,000 turns; the system property `ioreq.test.turns` sets another number, and
/// `ioreq.test.seed` the seed, which is printed.
class ContinuousReaderRacesTest {
  private static final int DATA_BYTES = 16;

  private final long seed = Long.getLong("ioreq.test.seed", System.nanoTime());
  private final int turns = Integer.getInteger("ioreq.test.turns", 3_000);
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  private final AtomicLong deliveries = new AtomicLong();
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private long position; // the callbacks', which are one at a time

  @Test
  @DisplayName(
      "R-083, R-085, R-087 stops, starts and failures at random: the data is whole and in order")
  void inOrderAtPositions() {
    race(ReaderConfig.of(DATA_BYTES).withReads(4).withPositions(0));
  }

  @Test
  @DisplayName("R-083, R-085, R-087 the same without positions")
  void inOrder() {
    race(ReaderConfig.of(DATA_BYTES).withReads(4));
  }

  @Test
  @DisplayName("R-083, R-085, R-087 the same in any order")
  void inAnyOrder() {
    race(ReaderConfig.of(DATA_BYTES).withReads(4).inAnyOrder());
  }

  private void race(ReaderConfig config) {
    System.out.printf("ContinuousReaderRacesTest: seed %d, %d turns%n", seed, turns);
    Random random = new Random(seed);
    FaultyDevice device =
        new FaultyDevice(new QueueingDevice(seed)).failing(IoStatus.ofErrno(5), 101);
    try (IoTarget target = IoTarget.over("queueing", device);
        ContinuousReader reader =
            new ContinuousReader(
                target,
                config,
                (at, memory, bytes, context) -> {
                  enter(config);
                  byte first = memory.segment().get(ValueLayout.JAVA_BYTE, 0);
                  boolean isNext = !config.hasPositions() || first == (byte) position;
                  if (!isNext || bytes != DATA_BYTES) {
                    report("at %d came %d, %d bytes".formatted(position, first, bytes));
                  }
                  position += bytes;
                  deliveries.incrementAndGet();
                  running.decrementAndGet();
                },
                (at, status, context) -> {
                  enter(config);
                  if (status.errno() != 5) {
                    report("failed as " + status);
                  }
                  boolean goesOn = failures.incrementAndGet() % 2 == 0;
                  running.decrementAndGet();
                  return goesOn;
                })) {
      for (int turn = 0; turn < turns; turn++) {
        reader.start();
        long enough = deliveries.get() + random.nextInt(4);
        Waiting.until("data", () -> deliveries.get() >= enough || !reader.isRunning());
        if (random.nextInt(3) == 0) {
          target.stop(SentIoAction.CANCEL);
          if (random.nextBoolean()) {
            target.start();
          }
        }
        if (random.nextInt(2) == 0) {
          reader.stop();
          if (running.get() != 0 || reader.isRunning()) {
            report("stopped, and something runs");
          }
          if (target.requestsHeld() != 0) {
            report("stopped, and something is held");
          }
        }
        target.start();
      }
    }
    System.out.printf(
        "ContinuousReaderRacesTest: %s deliveries, %s failures%n", deliveries, failures);
    assertThat(wrong).as("seed %d", seed).isEmpty();
    assertThat(deliveries.get()).isPositive();
    assertThat(failures.get()).isPositive();
  }

  private void enter(ReaderConfig config) {
    if (running.incrementAndGet() != 1 && config.isOrdered()) {
      report("two callbacks at once");
    }
  }

  private void report(String what) {
    if (wrong.size() < 20) {
      wrong.add(what);
    }
  }
}
