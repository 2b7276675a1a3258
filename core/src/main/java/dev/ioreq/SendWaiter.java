package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The thread that waits for the end of a synchronous send; used again for the next.
final class SendWaiter {
  /*
   *   free: owner 0 ── tryBegin, by the sender ──▶ owner: his thread's number ── end, by him ──▶ free
   *
   * owner is written before the counter begins the send, and read by who ends it, before he releases: from then on the
   * waiter may serve the next send. It is a number, because a reference would cost each call the collector's barrier twice. The
   * thread itself is written by who really has to wait:
   *
   *   sender:  thread = this one; isReleased? no: park, and look again          who ends it:  isReleased = true; thread? unpark it
   *
   * Both fields are volatile, so one of the two sees the other, and no wake-up is lost. Who is late may find the thread
   * of the next send there: that one is woken for nothing, which every park allows.
   *
   * If the sender ends the send himself, inside the call, the write is plain: he reads it himself.
   */
  private static final VarHandle IS_RELEASED =
      FieldHandle.of(MethodHandles.lookup(), "isReleased", boolean.class);
  private static final VarHandle OWNER =
      FieldHandle.of(MethodHandles.lookup(), "owner", long.class);

  private long owner;
  private volatile @Nullable Thread thread;
  private volatile boolean isReleased;

  /// The calling thread is going to send, and wait.
  ///
  /// @return false if an earlier send has still to let go of it
  boolean tryBegin() { // hot path
    if ((long) OWNER.getAcquire(this) != 0) {
      return false;
    }
    owner = Thread.currentThread().threadId();
    IS_RELEASED.set(this, false); // published by the CAS that announces the send
    return true;
  }

  /// It waits no longer.
  void end() { // hot path
    OWNER.setRelease(this, 0L);
  }

  /// Whether it is the calling thread that waits.
  boolean isOfThisThread() {
    return owner == Thread.currentThread().threadId();
  }

  /// The send has ended, and its routine has returned. hot path
  void release() {
    if (isOfThisThread()) {
      IS_RELEASED.set(this, true); // it has not begun to wait
      return;
    }
    isReleased = true;
    Thread waiting = thread;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }

  /// Waits for the release. An interrupt does not end the wait, and is kept.
  void await(IoRequest request, IoTarget target) {
    if (isReleased || isReleasedSoon(target.briefLook())) {
      return; // it ended at once, or nearly so: not even the clock is read
    }
    Thread self = Thread.currentThread();
    thread = self;
    boolean isInterrupted = false;
    // a timed park of a virtual thread allocates, and costs more than the request
    long limitNanos = self.isVirtual() ? 0 : WaitWatch.limitNanos();
    long beganNanos = limitNanos == 0 ? 0 : System.nanoTime();
    WaitWatch watch = null;
    while (!isReleased) {
      if (limitNanos == 0) {
        LockSupport.park(request);
      } else if (System.nanoTime() - beganNanos < limitNanos) {
        LockSupport.parkNanos(request, limitNanos);
      } else {
        watch = watch != null ? watch : WaitWatch.since(beganNanos, request, "a synchronous send");
        watch.lookAt(() -> target + " to complete it");
        LockSupport.parkNanos(request, watch.turnNanos());
      }
      isInterrupted |= Thread.interrupted();
    }
    thread = null;
    if (isInterrupted) {
      self.interrupt();
    }
  }

  /// Looks before it sleeps, where that has paid. A virtual thread does not: others want its
  /// carrier.
  private boolean isReleasedSoon(BriefLook look) {
    int left = Thread.currentThread().isVirtual() ? 0 : look.begin();
    if (left == 0) {
      return false;
    }
    while (!isReleased && --left > 0) {
      Thread.onSpinWait();
    }
    boolean isFound = isReleased;
    look.end(isFound);
    return isFound;
  }
}
