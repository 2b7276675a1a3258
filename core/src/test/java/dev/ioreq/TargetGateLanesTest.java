package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// A gate in which threads have met.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class TargetGateLanesTest extends GateScene {
  @Test
  void whoEnteredBeforeLeavesTheWordAndOthersTheirLane() {
    int byWord = enter();
    gate.makeLanes();
    int byLane = enter();
    assertThat(byLane).isNotEqualTo(byWord);
    assertThat(gate.inFlight()).isEqualTo(2);
    gate.leave(byWord);
    assertThat(gate.inFlight()).isEqualTo(1);
    gate.leave(byLane);
    assertThat(gate.inFlight()).isZero();
  }

  @Test
  void aLaneIsOpenWhileTheTargetIsStarted() {
    gate.makeLanes();
    for (TargetState state : TargetState.values()) {
      change(state);
      assertThat(gate.tryEnter() != TargetGate.REFUSED)
          .as(state.name())
          .isEqualTo(state == TargetState.STARTED);
      assertThat(gate.state()).isEqualTo(state);
    }
    change(TargetState.STARTED);
    assertThat(gate.tryEnter()).isNotEqualTo(TargetGate.REFUSED);
  }

  @Test
  void lanesOfAStoppedTargetAreShutUntilItIsStarted() {
    change(TargetState.STOPPED);
    gate.makeLanes();
    assertThat(gate.tryEnter()).isEqualTo(TargetGate.REFUSED);
    change(TargetState.STARTED);
    assertThat(gate.tryEnter()).isNotEqualTo(TargetGate.REFUSED);
  }

  @Test
  void aDrainWaitsForWordAndLanes() {
    int byWord = enter();
    gate.makeLanes();
    int byLane = enter();
    change(TargetState.STOPPED);
    Thread waiter = startDrain();
    gate.leave(byWord);
    awaitParked(waiter);
    gate.leave(byLane);
    join(waiter);
    assertThat(gate.inFlight()).isZero();
  }

  @Test
  void lanesThatAreMadeDuringAWaitWakeIt() {
    int byWord = enter();
    Thread waiter = startDrain();
    gate.makeLanes();
    int byLane = enter();
    gate.leave(byWord);
    awaitParked(waiter);
    gate.leave(byLane);
    join(waiter);
  }

  @Test
  void aCloseWaitsForTheLanes() {
    gate.makeLanes();
    int entered = enter();
    change(TargetState.CLOSED);
    assertThat(tryClose()).isFalse();
    gate.leave(entered);
    assertThat(tryClose()).isTrue();
    assertThat(gate.tryEnter()).isEqualTo(TargetGate.REFUSED);
  }

  /// Threads of many numbers enter and leave, and whoever stops the target finds nobody inside.
  @Test
  void whateverLaneAThreadHasAStopWaitsForIt() throws InterruptedException {
    gate.makeLanes();
    int threads = 100;
    CountDownLatch haveEntered = new CountDownLatch(threads);
    CountDownLatch mayLeave = new CountDownLatch(1);
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      senders.add(
          Thread.ofVirtual()
              .start(() -> {
                int entered = gate.tryEnter();
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
    assertThat(gate.inFlight()).isEqualTo(threads);
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
