package dev.ioreq.time;

import dev.ioreq.log.Log;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Turns one timing wheel for the whole process, by a daemon thread that starts with the first
/// timeout and sleeps while there is none to wait for.
public final class Timekeeper {
  /*
   * The thread sleeps until wakeNanos, which it publishes before it sleeps; who links an earlier node wakes it.
   *
   *   turner:  wakeNanos = next look; look again whether an earlier node was linked; park
   *   armer:   link; if its deadline is before wakeNanos: unpark
   *
   * Both fields are volatile or under the wheel's lock, so one of the two sees the other; an unpark before the park
   * makes the park return at once.
   */
  private static final Log LOG = new Log("dev.ioreq");
  private static final Timekeeper SHARED = new Timekeeper();

  private final TimingWheel wheel = new TimingWheel(System.nanoTime());
  private volatile long wakeNanos = Long.MIN_VALUE; // "awake": nobody needs to wake it
  private volatile @Nullable Thread thread;

  private Timekeeper() {}

  /// The one of this process.
  ///
  /// @return the timekeeper
  public static Timekeeper shared() {
    return SHARED;
  }

  /// Sees to it that a node is looked at when its deadline is over. The deadline must have been
  /// published before.
  ///
  /// @param node the node
  /// @param deadlineNanos on the clock of `System.nanoTime`
  public void arm(Timed node, long deadlineNanos) { // hot path
    if (!TimingWheel.isLookedAtBy(node, deadlineNanos)) {
      link(node, deadlineNanos, System.nanoTime());
    }
  }

  /// Sees to it that a node is looked at within a time, without reading the clock if it was linked
  /// so. What is to be found then must have been published before.
  ///
  /// @param node the node
  /// @param aheadNanos the time, from now
  public void armWithin(Timed node, long aheadNanos) { // hot path
    if (!TimingWheel.isLookedAtWithin(node, aheadNanos)) {
      long now = System.nanoTime();
      link(node, now + aheadNanos, now);
    }
  }

  private void link(Timed node, long deadlineNanos, long nowNanos) {
    if (!wheel.arm(node, deadlineNanos, nowNanos)) {
      return;
    }
    boolean isTurned = false;
    try {
      wake(deadlineNanos);
      isTurned = true;
    } finally {
      if (!isTurned) { // there is no thread to look at it: the next who arms it shall try again
        wheel.remove(node);
      }
    }
  }

  /// Takes a node out for good.
  ///
  /// @param node linked or not
  public void remove(Timed node) {
    wheel.remove(node);
  }

  private void wake(long deadlineNanos) {
    Thread turner = thread;
    if (turner == null) {
      start();
    } else if (deadlineNanos < wakeNanos) {
      LockSupport.unpark(turner);
    }
  }

  private synchronized void start() {
    if (thread == null) {
      thread = Thread.ofPlatform().daemon().name("ioreq-timer").start(this::turn);
    }
  }

  private void turn() {
    while (true) {
      try {
        wheel.advance(System.nanoTime());
      } catch (VirtualMachineError e) { // a routine's own affair; the other timeouts go on
        LOG.error("a completion routine failed on the timer's thread", e);
      }
      long next = wheel.nextLookNanos();
      wakeNanos = next;
      // linked between the look and the write above: nobody woke us for it
      if (wheel.nextLookNanos() >= next) {
        if (next == Timed.NEVER) {
          LockSupport.park(this);
        } else {
          long sleep = next - System.nanoTime();
          if (sleep > 0) {
            LockSupport.parkNanos(this, sleep);
          }
        }
      }
      wakeNanos = Long.MIN_VALUE;
    }
  }
}
