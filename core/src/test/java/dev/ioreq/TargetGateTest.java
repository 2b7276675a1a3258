package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TargetGateTest extends GateScene {
  @Test
  void aStartedGateCountsWhatEntersAndLeaves() {
    int first = enter();
    int second = enter();
    int ignoring = enterIgnoring();
    assertThat(gate.inFlight()).isEqualTo(3);
    gate.leave(first);
    gate.leave(ignoring);
    assertThat(gate.inFlight()).isEqualTo(1);
    gate.leave(second);
    assertThat(gate.inFlight()).isZero();
  }

  @Test
  void everyOtherStateRefusesWhoRespectsIt() {
    for (TargetState state : TargetState.values()) {
      change(state, false);
      assertThat(gate.tryEnter() != TargetGate.REFUSED)
          .as(state.name())
          .isEqualTo(state == TargetState.STARTED);
      assertThat(gate.state()).isEqualTo(state);
    }
  }

  @Test
  void whoIgnoresTheStateEntersWhileTheDeviceIsThere() {
    int entered = TargetGate.REFUSED;
    for (TargetState state :
        new TargetState[] {TargetState.STARTED, TargetState.STOPPED, TargetState.PURGED}) {
      change(state, false);
      entered = enterIgnoring();
    }
    change(TargetState.CLOSED, true);
    assertThat(gate.tryEnterIgnoring()).as("closing").isEqualTo(entered);
    for (int i = 0; i < 4; i++) {
      assertThat(tryClose()).isFalse();
      gate.leave(entered);
    }
    assertThat(tryClose()).isTrue();
    assertThat(gate.tryEnterIgnoring()).as("closed").isEqualTo(TargetGate.REFUSED);
    assertThat(gate.inFlight()).isZero();
  }

  @Test
  void aStateChangeKeepsTheCounts() {
    int entered = enter();
    int ignoring = enterIgnoring();
    change(TargetState.PURGED, false);
    assertThat(gate.inFlight()).isEqualTo(2);
    gate.leave(entered);
    gate.leave(ignoring);
    assertThat(gate.inFlight()).isZero();
    assertThat(gate.state()).isEqualTo(TargetState.PURGED);
  }

  @Test
  void onlyACloseCancelsWhoIgnoresTheState() {
    assertThat(gate.mustCancel(false)).isFalse();
    asks(true);
    assertThat(gate.mustCancel(false)).isTrue();
    assertThat(gate.mustCancel(true)).isFalse();
    asks(false);
    assertThat(gate.mustCancel(false)).isFalse();
    change(TargetState.CLOSED, true);
    assertThat(gate.mustCancel(true)).isTrue();
    change(TargetState.STARTED, false);
    assertThat(gate.mustCancel(true)).isFalse();
  }

  @Test
  void aDrainWaitsForTheLastOfItsKind() {
    int first = enter();
    int second = enter();
    enterIgnoring();
    Thread waiter = startDrain();
    gate.leave(first);
    awaitParked(waiter);
    gate.leave(second);
    join(waiter);
    assertThat(gate.inFlight()).as("the one that ignores the state is still in").isEqualTo(1);
    assertThat(gate.state()).isEqualTo(TargetState.STARTED);
  }

  @Test
  @DisplayName("R-441 a wait for the drain can be left to look around, and keeps an interrupt")
  void aDrainCanBeLookedAtBetween() {
    int entered = enter();
    lock.lock();
    try {
      assertThat(gate.awaitDrainedLocked(false, 1)).isFalse();
      assertThat(gate.awaitDrainedLocked(false, 0)).isFalse();
      Thread.currentThread().interrupt();
      assertThat(gate.awaitDrainedLocked(false, 1)).isFalse();
      assertThat(Thread.interrupted()).isTrue();
      gate.leave(entered);
      assertThat(gate.awaitDrainedLocked(false, 0)).isTrue();
    } finally {
      lock.unlock();
    }
  }
}
