package dev.ioreq.linux.ring;

import static dev.ioreq.linux.abi.IoUring.IORING_ENTER_GETEVENTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.ring.TestRing.Completion;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RingTest {
  private static final RingConfig SMALL = RingConfig.defaults().withSqEntries(8);

  @Test
  void becomesWhatWasWished() {
    try (TestRing test = TestRing.open(RingConfig.defaults().withSqEntries(100))) {
      assertThat(test.submissions.entries()).isEqualTo(128);
      assertThat(test.completions.entries()).isEqualTo(512);
      assertThat(test.submissions.room()).isEqualTo(128);
      assertThat(test.completions.isEmpty()).isTrue();
      assertThat(test.ring.features() & IoUring.IORING_FEAT_EXT_ARG).isNotZero();
    }
  }

  @Test
  void isCutToTheKernelsLimit() {
    try (TestRing test = TestRing.open(RingConfig.defaults().withSqEntries(1 << 16))) {
      assertThat(test.submissions.entries()).isEqualTo(1 << 15);
      assertThat(test.completions.entries()).isEqualTo(1 << 16);
    }
  }

  @Test
  void knowsWhichOperationsTheKernelKnows() {
    try (TestRing test = TestRing.open()) {
      assertThat(test.ring.supports(IoUring.IORING_OP_NOP)).isTrue();
      assertThat(test.ring.supports(IoUring.IORING_OP_READ)).isTrue();
      assertThat(test.ring.supports(255)).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 32})
  void everyBatchUpToTheLengthOfTheQueueCompletes(int entries) {
    try (TestRing test = TestRing.open(RingConfig.defaults().withSqEntries(entries))) {
      long userData = 0;
      for (int batch = 1; batch <= entries; batch++) {
        Set<Long> sent = new HashSet<>();
        for (int i = 0; i < batch; i++) {
          assertThat(test.submissions.prepareNop(userData)).isTrue();
          sent.add(userData++);
        }
        List<Completion> reaped = test.await(batch);
        assertThat(reaped).extracting(Completion::result).containsOnly(0);
        assertThat(reaped)
            .extracting(Completion::userData)
            .containsExactlyInAnyOrderElementsOf(sent);
      }
    }
  }

  @Test
  void oneMoreThanTheQueueHoldsIsRefusedAndFitsAfterEnter() {
    try (TestRing test = TestRing.open(SMALL)) {
      for (int i = 0; i < 8; i++) {
        assertThat(test.submissions.prepareNop(i)).isTrue();
      }
      assertThat(test.submissions.room()).isZero();
      assertThat(test.submissions.prepareNop(8)).isFalse();
      assertThat(test.await(8)).extracting(Completion::userData).doesNotContain(8L);
      assertThat(test.submissions.prepareNop(8)).isTrue();
      assertThat(test.await(1)).extracting(Completion::userData).containsExactly(8L);
    }
  }

  @Test
  void placesAreUsedAgainRoundAfterRound() {
    try (TestRing test = TestRing.open(SMALL)) {
      Set<Long> seen = new HashSet<>();
      for (long userData = 0; userData < 5 * 99; userData += 5) {
        for (int i = 0; i < 5; i++) {
          test.submissions.prepareNop(userData + i);
        }
        test.await(5).forEach(completion -> seen.add(completion.userData()));
      }
      assertThat(seen).hasSize(5 * 99);
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        IoUring.IORING_SETUP_CLAMP | IoUring.IORING_SETUP_CQSIZE,
        IoUring.IORING_SETUP_COOP_TASKRUN | IoUring.IORING_SETUP_SINGLE_ISSUER,
        IoUring.IORING_SETUP_SINGLE_ISSUER | IoUring.IORING_SETUP_DEFER_TASKRUN,
      })
  void worksWithTheFlagsOfOlderKernels(int flags) {
    try (TestRing test = TestRing.open(SMALL.withSetupFlags(flags))) {
      for (int round = 0; round < 7; round++) {
        for (int i = 0; i < 5; i++) {
          test.submissions.prepareNop(i);
        }
        assertThat(test.await(5)).extracting(Completion::userData).containsOnly(0L, 1L, 2L, 3L, 4L);
      }
    }
  }

  @Test
  void doesWithoutFlagsTheKernelDoesNotKnow() {
    int wished = RingConfig.defaults().setupFlags();
    try (TestRing known = TestRing.open();
        TestRing test =
            TestRing.open(RingConfig.defaults().withSetupFlags(wished | 1 << 30 | 1 << 31))) {
      assertThat(test.ring.setupFlags()).isEqualTo(known.ring.setupFlags());
      test.submissions.prepareNop(1);
      assertThat(test.awaitResult()).isZero();
    }
  }

  @Test
  void worksByDescriptorWhenTheThreadHasRegisteredTooMany() {
    TestRing[] rings = new TestRing[20];
    try {
      for (int i = 0; i < rings.length; i++) {
        rings[i] = TestRing.open(SMALL);
      }
      assertThat(rings[19].ring.isDescriptorRegistered()).isFalse();
      rings[19].submissions.prepareNop(19);
      assertThat(rings[19].await(1).getFirst().userData()).isEqualTo(19);
    } finally {
      for (TestRing ring : rings) {
        if (ring != null) {
          ring.close();
        }
      }
    }
  }

  @Test
  void closingGivesTheRegisteredNumberBack() {
    for (int i = 0; i < 40; i++) {
      try (TestRing test = TestRing.open(SMALL);
          TestRing unregistered = TestRing.open(SMALL.withSetupFlags(0))) {
        assertThat(test.ring.isDescriptorRegistered())
            .isEqualTo(unregistered.ring.isDescriptorRegistered());
      }
    }
  }

  @Test
  void waitsNoLongerThanTheTime() {
    try (TestRing test = TestRing.open()) {
      assertThat(test.ring.enter(0, 1, IORING_ENTER_GETEVENTS, 0)).isEqualTo(-Errno.ETIME);
      assertThat(test.ring.enter(0, 1, IORING_ENTER_GETEVENTS, 1_000_000)).isEqualTo(-Errno.ETIME);
    }
  }

  @Test
  void completionsBeyondTheQueueAreNotLost() {
    try (TestRing test = TestRing.open(SMALL.withCqEntries(8))) {
      Set<Long> seen = new HashSet<>();
      for (int i = 0; i < 40; i++) {
        test.submissions.prepareNop(i);
        if (i % 8 == 7) {
          test.submit();
        }
      }
      assertThat(test.completions.isOverflowed()).isTrue();
      test.await(40).forEach(completion -> seen.add(completion.userData()));
      assertThat(seen).hasSize(40);
      assertThat(test.completions.isOverflowed()).isFalse();
      assertThat(test.completions.dropped()).isZero();
    }
  }

  @Test
  void anotherThreadIsRefusedByAssertion() throws InterruptedException {
    try (TestRing test = TestRing.open()) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread other =
          new Thread(
              () -> {
                try {
                  test.submissions.prepareNop(1);
                } catch (AssertionError e) {
                  thrown.set(e);
                }
              },
              "other");
      other.start();
      other.join();
      assertThat(thrown.get())
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining(Thread.currentThread().getName())
          .hasMessageContaining("other");
    }
  }

  @Test
  void readingAnEmptyQueueIsRefusedByAssertion() {
    try (TestRing test = TestRing.open()) {
      assertThatThrownBy(test.completions::userData).isInstanceOf(AssertionError.class);
      assertThatThrownBy(test.completions::advance).isInstanceOf(AssertionError.class);
    }
  }

  @Test
  void closingTwiceIsClosingOnce() {
    TestRing test = TestRing.open();
    int fd = test.ring.fd();
    test.close();
    assertThat(DescriptorCalls.fcntl(fd, DescriptorCalls.F_GETFD, 0)).isEqualTo(-Errno.EBADF);
    int taker = DescriptorCalls.eventfd(0, DescriptorCalls.EFD_CLOEXEC); // gets the same number
    test.close();
    assertThat(FileCalls.close(taker)).isZero();
  }

  @Test
  void anyThreadClosesTheRingOfAnOwnerThatExited() throws InterruptedException {
    AtomicReference<TestRing> opened = new AtomicReference<>();
    Thread owner = new Thread(() -> opened.set(TestRing.open()), "owner");
    owner.start();
    owner.join();
    TestRing test = opened.get();
    assumeTrue(test != null, "requires io_uring");
    int fd = test.ring.fd();
    test.close();
    assertThat(DescriptorCalls.fcntl(fd, DescriptorCalls.F_GETFD, 0)).isEqualTo(-Errno.EBADF);
  }
}
