package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.several.EndRoutine;
import dev.ioreq.several.FanOut;
import dev.ioreq.several.Gathering;
import dev.ioreq.several.StagedTransfer;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Fan-outs and staged transfers that are cancelled by other threads at random moments, over
/// devices that complete at random moments and meet cancels in every way. Each round must end once,
/// and after its end routine nobody may touch its memory: the routine fills it with poison, and the
/// next round looks whether that is whole.
///
/// By default 100,000 rounds each; the system property `ioreq.test.rounds` sets another number, and
/// `ioreq.test.seed` the seed, which is printed.
class SeveralRacesTest {
  private static final int AT_ONCE = 16;
  private static final int PART_BYTES = 16;
  private static final int PARTS = 4;
  private static final byte POISON = (byte) 0xA5;

  private final long seed = Long.getLong("ioreq.test.seed", System.nanoTime());
  private final int rounds = Integer.getInteger("ioreq.test.rounds", 100_000);
  private final AtomicInteger left = new AtomicInteger(rounds);
  private final AtomicInteger succeeded = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final AtomicInteger cancels = new AtomicInteger();
  private final CountDownLatch idle = new CountDownLatch(AT_ONCE);
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  private final List<IoTarget> targets = new ArrayList<>();

  private IoTarget target() {
    IoTarget target = IoTarget.over("queueing", new QueueingDevice(seed + targets.size()));
    targets.add(target);
    return target;
  }

  @AfterEach
  void closeTargets() {
    targets.forEach(IoTarget::close);
  }

  @Test
  @DisplayName("R-350, R-354, R-355 each fan-out ends once, whatever cancels race with what ends")
  void eachFanOutEndsOnce() {
    IoTarget one = target();
    IoTarget other = target();
    run(memory -> {
      FanOut fanOut = new FanOut(PARTS, Gathering.SUM);
      return new Round(memory, fanOut, fanOut::cancel) {
        @Override
        void begin() {
          for (int part = 0; part < PARTS; part++) {
            IoTarget target = part % 2 == 0 ? one : other;
            long at = (long) part * PART_BYTES;
            fanOut.addRead(target, memory, at, PART_BYTES, offset() + at);
          }
          fanOut.start(this);
        }
      };
    });
  }

  @Test
  @DisplayName("R-349, R-222, S-25 each staged transfer ends once, whenever its cancels come")
  void eachStagedTransferEndsOnce() {
    IoTarget target = target();
    run(memory -> {
      StagedTransfer transfer = new StagedTransfer(target, PART_BYTES);
      return new Round(memory, transfer, transfer::cancel) {
        @Override
        void begin() {
          transfer.formatRead(memory, 0, 0, offset());
          transfer.start(this);
        }
      };
    });
  }

  private interface Maker {
    Round make(IoMemory memory);
  }

  private void run(Maker maker) {
    System.out.printf("SeveralRacesTest: seed %d, %d rounds%n", seed, rounds);
    List<Round> all = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      all.add(maker.make(IoMemory.allocate((long) PARTS * PART_BYTES)));
    }
    List<Thread> cancellers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Random random = new Random(seed - 1 - i);
      cancellers.add(Thread.ofPlatform().start(() -> cancelAtRandom(all, random)));
    }
    all.forEach(Round::next);
    while (idle.getCount() != 0) {
      int before = left.get();
      long idleBefore = idle.getCount();
      Waiting.until("progress", () -> left.get() < before || idle.getCount() < idleBefore);
    }
    cancellers.forEach(Waiting::forEnd);
    all.forEach(Round::close);
    System.out.printf(
        "SeveralRacesTest: %s succeeded, %s cancelled, %s cancels asked for%n",
        succeeded, cancelled, cancels);
    assertThat(wrong).as("seed %d", seed).isEmpty();
    assertThat(succeeded.get() + cancelled.get()).isEqualTo(rounds);
    assertThat(succeeded.get()).isPositive();
    assertThat(cancelled.get()).isPositive();
  }

  private void cancelAtRandom(List<Round> all, Random random) {
    while (idle.getCount() != 0) {
      if (all.get(random.nextInt(AT_ONCE)).cancel.getAsBoolean()) {
        cancels.incrementAndGet();
      }
      for (int spin = random.nextInt(2000); spin > 0; spin--) {
        Thread.onSpinWait();
      }
    }
  }

  private void report(String what) {
    if (wrong.size() < 20) {
      wrong.add(what);
    }
  }

  /// One thing that ends and is begun again from its end routine.
  private abstract class Round implements EndRoutine {
    private final IoMemory memory;
    private final AutoCloseable thing;
    private final BooleanSupplier cancel;
    private final AtomicInteger open = new AtomicInteger();
    private int number;

    private Round(IoMemory memory, AutoCloseable thing, BooleanSupplier cancel) {
      this.memory = memory;
      this.thing = thing;
      this.cancel = cancel;
      memory.segment().fill(POISON);
    }

    abstract void begin();

    /// The device fills a window with the low byte of its offset.
    private byte expected(int part) {
      return (byte) (offset() + part * PART_BYTES);
    }

    final int offset() {
      return 1 + number % 50;
    }

    private void next() {
      if (left.getAndDecrement() <= 0) {
        idle.countDown();
        return;
      }
      for (long at = 0; at < memory.sizeBytes(); at++) {
        if (memory.segment().get(ValueLayout.JAVA_BYTE, at) != POISON) {
          report("touched after its end");
          break;
        }
      }
      number++;
      if (open.incrementAndGet() != 1) {
        report("begun while one is under way");
      }
      begin();
    }

    @Override
    public void ended(IoStatus status, long information) {
      if (open.decrementAndGet() != 0) {
        report("ended more than once");
      }
      if (status.isSuccess()) {
        succeeded.incrementAndGet();
        if (information != memory.sizeBytes()) {
          report("success with information " + information);
        }
        for (int part = 0; part < PARTS; part++) {
          for (int at = 0; at < PART_BYTES; at++) {
            byte seen = memory.segment().get(ValueLayout.JAVA_BYTE, (long) part * PART_BYTES + at);
            if (seen != expected(part)) {
              report("not what was read: " + seen);
            }
          }
        }
      } else if (status.equals(IoStatus.CANCELLED)) {
        cancelled.incrementAndGet();
      } else {
        report("ended as " + status);
      }
      memory.segment().fill(POISON);
      next();
    }

    private void close() {
      try {
        thing.close();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
      memory.close();
    }
  }
}
