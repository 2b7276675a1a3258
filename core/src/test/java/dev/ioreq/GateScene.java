package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/// A gate, and what passes and changes it.
abstract class GateScene {
  final ReentrantLock lock = new ReentrantLock();
  final TargetGate gate = new TargetGate(lock, new TargetLanes(lock), TargetState.STARTED);

  final void change(TargetState state) {
    change(state, false);
  }

  final void change(TargetState state, boolean cancelsAll) {
    lock.lock();
    try {
      gate.changeLocked(state, cancelsAll);
    } finally {
      lock.unlock();
    }
  }

  /// A change that waits for its turn begins to ask for cancels, or has its turn.
  final void asks(boolean begins) {
    lock.lock();
    try {
      if (begins) {
        gate.askLocked(false);
      } else {
        gate.askedLocked(false);
      }
    } finally {
      lock.unlock();
    }
  }

  final boolean tryClose() {
    lock.lock();
    try {
      return gate.tryCloseLocked(TargetState.CLOSED);
    } finally {
      lock.unlock();
    }
  }

  final boolean awaitDrained(long mostNanos) {
    lock.lock();
    try {
      return gate.awaitDrainedLocked(false, mostNanos);
    } finally {
      lock.unlock();
    }
  }

  /// A thread that waits for the drain.
  final Thread startDrain() {
    Thread waiter = Thread.ofPlatform().start(() -> awaitDrained(Long.MAX_VALUE));
    awaitParked(waiter);
    return waiter;
  }

  final int enter() {
    int entered = gate.tryEnter();
    assertThat(entered).isNotEqualTo(TargetGate.REFUSED);
    return entered;
  }

  final int enterIgnoring() {
    int entered = gate.tryEnterIgnoring();
    assertThat(entered).isNotEqualTo(TargetGate.REFUSED);
    return entered;
  }

  static void awaitParked(Thread thread) {
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      assertThat(thread.isAlive()).as("it waits").isTrue();
      Thread.onSpinWait();
    }
  }

  static void join(Thread thread) {
    try {
      assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
