package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// A gate that threads pass by lanes of their own.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class TargetLanesTest extends GateScene {
  private static final int MANY_THREADS = 200; // more than there are lanes

  private static void onAnotherThread(Runnable task) {
    FutureTask<Boolean> done = new FutureTask<>(task, true);
    join(Thread.ofPlatform().start(done));
    assertThat(done.state()).isEqualTo(FutureTask.State.SUCCESS);
  }

  private void passOften(int times) {
    for (int i = 0; i < times; i++) {
      gate.leave(enter());
    }
  }

  @Test
  void whoEntersByALaneMayLeaveOnAnotherThread() {
    passOften(2); // now this thread has a lane
    int entered = enter();
    onAnotherThread(() -> gate.leave(entered));
    assertThat(gate.inFlight()).isZero();
    int another = enter();
    onAnotherThread(() -> {
      passOften(100); // another lane
      gate.leave(another);
    });
    assertThat(gate.inFlight()).isZero();
  }

  @Test
  void aSendIsLateOnceTheGateWasShut() {
    int entered = enter();
    assertThat(gate.isLate(entered)).isFalse();
    change(TargetState.STOPPED);
    assertThat(gate.isLate(entered)).isTrue();
    change(TargetState.STARTED);
    assertThat(gate.isLate(entered)).as("of the opening before").isTrue();
    assertThat(gate.isLate(enter())).isFalse();
  }

  @Test
  void aStartOfAStartedTargetMakesNobodyLate() {
    int entered = enter();
    change(TargetState.STARTED);
    assertThat(gate.isLate(entered)).isFalse();
  }

  @Test
  void whoIgnoresTheStateOrWasHeldBackIsNeverLate() {
    int entered = enterIgnoring();
    change(TargetState.STOPPED);
    assertThat(gate.isLate(entered)).isFalse();
    assertThat(gate.isLate(TargetGate.ofHeld())).isFalse();
  }

  @Test
  void aDrainWaitsForWordAndLanes() {
    int byLane = enter();
    change(TargetState.STOPPED);
    lock.lock();
    try {
      gate.enterLocked();
    } finally {
      lock.unlock();
    }
    Thread waiter = startDrain();
    gate.leave(TargetGate.ofHeld());
    awaitParked(waiter);
    gate.leave(byLane);
    join(waiter);
    assertThat(gate.inFlight()).isZero();
  }

  @Test
  void aCloseWaitsForTheLanes() {
    int entered = enter();
    change(TargetState.CLOSED);
    assertThat(tryClose()).isFalse();
    gate.leave(entered);
    assertThat(tryClose()).isTrue();
    assertThat(gate.tryEnter()).isEqualTo(TargetGate.REFUSED);
  }

  /// Threads that come one after another, so that each takes over the lane of one that has ended.
  @Test
  void aThreadGoesOnCountingWhereAnotherHasEnded() {
    for (int i = 0; i < MANY_THREADS; i++) {
      onAnotherThread(() -> {
        passOften(100);
        enter();
      });
    }
    assertThat(gate.inFlight()).isEqualTo(MANY_THREADS);
    for (int i = 0; i < MANY_THREADS; i++) {
      gate.leave(1);
    }
    assertThat(gate.inFlight()).isZero();
  }

  @Test
  void aThreadWithALaneKeepsARequest() {
    TargetLanes lanes = new TargetLanes(lock);
    assertThat(lanes.takeKept()).as("it has no lane yet").isNull();
    lanes.enter();
    IoRequest kept = Objects.requireNonNull(lanes.takeKept());
    assertThat(lanes.takeKept()).as("a call inside the call").isNull();
    try (IoRequest other = IoRequest.create()) {
      assertThat(lanes.giveBackKept(other)).isFalse();
    }
    onAnotherThread(() -> assertThat(lanes.giveBackKept(kept)).isFalse());
    assertThat(lanes.giveBackKept(kept)).isTrue();
    assertThat(lanes.takeKept()).isSameAs(kept);
  }

  @Test
  void whoTakesALaneOverGetsItsRequestUnlessThatIsOut() {
    TargetLanes lanes = new TargetLanes(lock);
    AtomicReference<@Nullable IoRequest> kept = new AtomicReference<>();
    onAnotherThread(() -> {
      lanes.enter();
      kept.set(lanes.takeKept());
      lanes.giveBackKept(Objects.requireNonNull(kept.get()));
    });
    Set<@Nullable IoRequest> taken = new HashSet<>();
    for (int i = 0; i < MANY_THREADS; i++) {
      onAnotherThread(() -> {
        for (int tries = 0; tries < 100; tries++) {
          lanes.enter();
        }
        taken.add(lanes.takeKept()); // and is never given back
      });
    }
    assertThat(taken).contains(kept.get()).hasSize(MANY_THREADS).doesNotContainNull();
  }

  /// Threads of many numbers enter and leave, and whoever stops the target finds nobody inside.
  @Test
  void whateverLaneAThreadHasAStopWaitsForIt() throws InterruptedException {
    CountDownLatch haveEntered = new CountDownLatch(MANY_THREADS);
    CountDownLatch mayLeave = new CountDownLatch(1);
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < MANY_THREADS; i++) {
      senders.add(
          Thread.ofVirtual()
              .start(() -> {
                passOften(200);
                int entered = enter();
                haveEntered.countDown();
                try {
                  mayLeave.await();
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
                gate.leave(entered);
              }));
    }
    haveEntered.await();
    assertThat(gate.inFlight()).isEqualTo(MANY_THREADS);
    change(TargetState.STOPPED);
    assertThat(awaitDrained(0)).isFalse();
    mayLeave.countDown();
    assertThat(awaitDrained(Long.MAX_VALUE)).isTrue();
    for (Thread sender : senders) {
      join(sender);
    }
    assertThat(gate.inFlight()).isZero();
  }
}
