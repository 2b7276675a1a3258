package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ScratchTest {
  private static final int PLACES = 256;
  private static final int CALLS_UNTIL_TAKEN = 65;

  @Test
  void aThreadFindsTheSamePlaceAgain() {
    Scratch own = claimOften();
    assertThat(claimOnce()).isSameAs(own);
  }

  @Test
  @DisplayName("threads whose numbers lead to one place do not share it")
  void twoThreadsOfOnePlace() throws Exception {
    AtomicReference<Scratch> ofFirst = new AtomicReference<>();
    AtomicReference<Scratch> ofSecond = new AtomicReference<>();
    CountDownLatch bothHave = new CountDownLatch(2);
    List<Thread> threads =
        threadsOfOnePlace(() -> hold(ofFirst, bothHave), () -> hold(ofSecond, bothHave));
    for (Thread thread : threads) {
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(ofFirst.get()).isNotNull().isNotSameAs(ofSecond.get());
  }

  private static void hold(AtomicReference<Scratch> held, CountDownLatch bothHave) {
    claimOften();
    Scratch scratch = Scratch.claim();
    try {
      held.set(scratch);
      bothHave.countDown();
      assertThat(bothHave.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      scratch.release();
    }
  }

  @Test
  @DisplayName("the place of a thread that has ended becomes another's")
  void aPlaceIsTakenOver() throws InterruptedException {
    AtomicReference<Scratch> ofFirst = new AtomicReference<>();
    AtomicReference<Scratch> ofSecond = new AtomicReference<>();
    for (Thread thread :
        threadsOfOnePlace(() -> ofFirst.set(claimOften()), () -> ofSecond.set(claimOften()))) {
      thread.start();
      thread.join();
    }
    assertThat(ofSecond.get()).isNotNull().isSameAs(ofFirst.get());
  }

  @Test
  @DisplayName("who claims a second one before the first is given back gets another place")
  void aClaimInsideAClaim() {
    claimOften();
    Scratch outer = Scratch.claim();
    Scratch inner = Scratch.claim();
    inner.release();
    outer.release();
    assertThat(inner).isNotSameAs(outer);
    assertThat(claimOnce()).isSameAs(outer);
  }

  /// Claims until the thread has a place of its own, if it can have one.
  private static Scratch claimOften() {
    Scratch last = claimOnce();
    for (int i = 0; i < CALLS_UNTIL_TAKEN; i++) {
      last = claimOnce();
    }
    return last;
  }

  private static Scratch claimOnce() {
    Scratch scratch = Scratch.claim();
    scratch.release();
    return scratch;
  }

  /// Two threads whose numbers are a multiple of the number of places apart.
  private static List<Thread> threadsOfOnePlace(Runnable first, Runnable second) {
    Thread one = new Thread(first);
    Thread other = new Thread(second);
    while ((other.threadId() - one.threadId()) % PLACES != 0) {
      other = new Thread(second);
    }
    return List.of(one, other);
  }

  @Test
  void noTwoOwnersShareAPlaceEvenWhenThePoolIsUsedUp() {
    List<Scratch> claimed = new ArrayList<>();
    Set<Long> places = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      Scratch scratch = Scratch.claim();
      claimed.add(scratch);
      places.add(scratch.structure());
    }
    claimed.forEach(Scratch::release);
    assertThat(places).hasSize(300);
  }

  @Test
  void everyThreadSeesItsOwnErrno() throws ExecutionException, InterruptedException {
    try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
        ExecutorService platform = Executors.newFixedThreadPool(4)) {
      List<Future<Integer>> wrong = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        wrong.add(virtual.submit(ScratchTest::countWrongBadDescriptors));
        wrong.add(virtual.submit(ScratchTest::countWrongInvalidArguments));
        wrong.add(platform.submit(ScratchTest::countWrongBadDescriptors));
      }
      for (Future<Integer> count : wrong) {
        assertThat(count.get()).isZero();
      }
    }
  }

  private static int countWrongBadDescriptors() {
    int wrong = 0;
    for (int i = 0; i < 5_000; i++) {
      wrong += FileCalls.close(-1) == -Errno.EBADF ? 0 : 1;
    }
    return wrong;
  }

  private static int countWrongInvalidArguments() {
    int wrong = 0;
    for (int i = 0; i < 5_000; i++) {
      wrong += MemoryCalls.munmap(1, 1) == -Errno.EINVAL ? 0 : 1;
    }
    return wrong;
  }
}
