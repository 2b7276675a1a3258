package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Waiting;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// Sends from other threads to an engine that falls asleep between them. A lost wake-up is a
/// request that never completes.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class WakeUpTest {
  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    engine.end();
  }

  @Test
  void everySendOfManyThreadsIsCompletedOnce() throws IoRequestException {
    int platform = 8;
    int virtual = 56;
    int each = 1000;
    AtomicIntegerArray completions = new AtomicIntegerArray((platform + virtual) * each);
    AtomicInteger failures = new AtomicInteger();
    try (IoTarget target = RingTargets.byRing("char:/dev/zero", Access.READ, engine)) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < platform + virtual; i++) {
        int base = i * each;
        Thread.Builder builder = i < platform ? Thread.ofPlatform() : Thread.ofVirtual();
        threads.add(builder.unstarted(() -> readOften(target, completions, base, each, failures)));
      }
      threads.forEach(Thread::start);
      threads.forEach(Waiting::forEnd);
    }
    assertThat(failures).hasValue(0);
    for (int i = 0; i < completions.length(); i++) {
      assertThat(completions.get(i)).as("completions of send %d", i).isEqualTo(1);
    }
  }

  private static void readOften(
      IoTarget target,
      AtomicIntegerArray completions,
      int base,
      int count,
      AtomicInteger failures) {
    Semaphore free = new Semaphore(1);
    try (IoMemory memory = IoMemory.allocate(8);
        IoRequest request = IoRequest.create(target)) {
      for (int i = 0; i < count; i++) {
        int number = base + i;
        Waiting.forPermits("read " + number, free, 1);
        request.reuse();
        target.formatRead(request, memory, 0);
        request.setCompletionRoutine((sent, to, result) -> {
          completions.incrementAndGet(number);
          if (!result.status().isSuccess() || result.information() != 8) {
            failures.incrementAndGet();
          }
          free.release();
        });
        if (!request.send(target)) {
          failures.incrementAndGet();
          free.release();
        }
      }
      Waiting.forPermits("the last read", free, 1);
    }
  }

  /// Bursts of every length from 8 threads, so that sends meet an engine that works, looks for
  /// work, falls asleep and sleeps.
  @Test
  void everyBurstOfEightThreadsIsCompleted() throws IoRequestException {
    int longest = 64;
    int rounds = 30;
    AtomicInteger failures = new AtomicInteger();
    try (IoTarget target = RingTargets.byRing("char:/dev/zero", Access.READ, engine)) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        threads.add(
            Thread.ofPlatform().unstarted(() -> readInBursts(target, longest, rounds, failures)));
      }
      threads.forEach(Thread::start);
      threads.forEach(Waiting::forEnd);
    }
    assertThat(failures).hasValue(0);
  }

  private static void readInBursts(
      IoTarget target, int longest, int rounds, AtomicInteger failures) {
    Semaphore back = new Semaphore(0);
    List<IoRequest> requests = new ArrayList<>();
    try (IoMemory memory = IoMemory.allocate(longest)) {
      for (int i = 0; i < longest; i++) {
        requests.add(IoRequest.create(target));
      }
      for (int round = 0; round < rounds; round++) {
        for (int length = 1; length <= longest; length++) {
          for (int i = 0; i < length; i++) {
            IoRequest request = requests.get(i);
            target.formatRead(request, memory, i, 1, 0);
            request.setCompletionRoutine((sent, to, result) -> {
              if (result.information() != 1) {
                failures.incrementAndGet();
              }
              back.release();
            });
            if (!request.send(target)) {
              failures.incrementAndGet();
              back.release();
            }
          }
          Waiting.forPermits("a burst of " + length, back, length);
        }
      }
      requests.forEach(IoRequest::close);
    }
  }

  @Test
  void anEngineThatSleptWakesForEachSynchronousRead() throws IoRequestException {
    try (IoTarget target = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(8)) {
      for (int i = 0; i < 20_000; i++) {
        assertThat(target.sendReadSynchronously(memory, 0)).isEqualTo(8);
      }
    }
  }
}
