package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The thread that waits for the end of a synchronous send; used again for the next.
final class SendWaiter {
  /*
   * The thread is written before the counter begins the send, and read by who ends it. Who ends it reads it before he
   * releases it: from then on it may wait for the next send.
   *
   * The release is a volatile write, and the wait looks at it after each park, so no wake-up is lost. If the sender ends the
   * send himself, inside the call, the write is plain: he reads it himself.
   */
  private static final VarHandle IS_RELEASED =
      FieldHandle.of(MethodHandles.lookup(), "isReleased", boolean.class);

  private @Nullable Thread thread;
  private volatile boolean isReleased;

  /// The calling thread is going to send, and wait.
  void begin() { // hot path
    thread = Thread.currentThread();
    IS_RELEASED.set(this, false); // published by the CAS that announces the send
  }

  /// It waits no longer, and nobody has to find it.
  void end() { // hot path
    thread = null;
  }

  /// Whether it is the calling thread that waits.
  boolean isOfThisThread() {
    return thread == Thread.currentThread();
  }

  /// The send has ended, and its routine has returned. hot path
  void release() {
    Thread waiting = thread;
    if (waiting == Thread.currentThread()) {
      IS_RELEASED.set(this, true); // it has not begun to wait
    } else {
      isReleased = true;
      LockSupport.unpark(waiting);
    }
  }

  /// Waits for the release. An interrupt does not end the wait, and is kept.
  void await(IoRequest request, IoTarget target) {
    if (isReleased || isReleasedSoon(target.briefLook())) {
      return; // it ended at once, or nearly so: not even the clock is read
    }
    boolean isInterrupted = false;
    // a timed park of a virtual thread allocates, and costs more than the request
    long limitNanos = Thread.currentThread().isVirtual() ? 0 : WaitWatch.limitNanos();
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
    if (isInterrupted) {
      Thread.currentThread().interrupt();
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
