package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ScratchTest {
  @Test
  void aThreadFindsTheSamePlaceAgain() {
    Scratch first = Scratch.claim();
    first.release();
    Scratch second = Scratch.claim();
    second.release();
    assertThat(second).isSameAs(first);
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
