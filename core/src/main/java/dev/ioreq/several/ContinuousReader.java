package dev.ioreq.several;

import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.TargetState;
import dev.ioreq.log.Log;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Reads from a target without end: keeps several reads pending, hands over the data of each, and
/// sends it again with a fresh buffer.
///
/// ```java
/// ContinuousReader reader = new ContinuousReader(terminal, ReaderConfig.of(256),
///     (target, memory, bytes, context) -> ...,          // data
///     (target, status, context) -> false);              // a failure: go on?
/// reader.start();
/// ```
///
/// **Effect.** [#start()] sends all reads. Each that succeeds is given to [OnRead]; afterwards a
/// fresh buffer is attached, and it is sent again, never on the same stack. One that fails
/// otherwise than by a cancel lets the reader cancel the others; when all have ended, [OnFailed]
/// decides whether all are sent again, or the reader is idle until the next start. The end of a
/// file is a failure like any other. [#stop()] cancels the reads and waits for them and for the
/// callbacks.
///
/// **Order.** Data is delivered in the order in which the reads were sent, one callback at a time;
/// with [ReaderConfig#inAnyOrder()] as it comes. All that was read is delivered before a failure is
/// reported. At positions a failure waits for the reads sent before it, so that nothing before the
/// end of a file is missed.
///
/// Which bytes of a stream a read gets is the device's affair: where it may give them to a read
/// that was sent later ([IoTarget], order and overlap), only one read keeps them in order
/// ([ReaderConfig#withReads(int)]).
///
/// **States of the target.** A stop of the target with cancel ends the reads; they are sent again
/// at once, the target holds them back, and its start delivers them. A purge or close of the target
/// ends them for good: the reader is idle then. While a reader has not been closed nobody else is
/// to send reads to its target.
///
/// **Threading.** Every method may be called from any thread. [#stop()] and [#close()] wait, and
/// throw where that would never end: in the reader's callbacks and in completion routines. What
/// runs where: see [OnRead] and [OnFailed].
///
/// @see "WdfUsbTargetPipeConfigContinuousReader; R-082 to R-091"
public final class ContinuousReader implements AutoCloseable {
  /*
   *                start                a read fails                   all have ended
   *     IDLE ──────────────▶ RUNNING ────────────────────▶ FAILING ────────────────────▶ REPORTING
   *      ▲ ▲                 ▲  │  │                                                       │   │
   *      │ │  all have ended │  │  │                 true, and no stop came                │   │
   *      │ └─────────────────┼──┘  │  ◀────────────────────────────────────────────────────┘   │
   *      │                   └─────┼─────────────────────                                      │
   *      │ all have ended          │ stop                                   false, or a stop came│
   *      ├──────────── STOPPING ◀──┘                                                           │
   *      └─────────────────────────────────────────────────────────────────────────────────────┘
   *
   * active counts the reads that are not at rest (to be sent, in flight, ended, in their callback), and whoever cancels
   * them all. It is the reader's counter of parties: the state moves on when it falls to 0, so nobody cancels a read of
   * the next start by a decision about the last one.
   *
   * One read's way; the right half is the worker's:
   *
   *   AT REST ─ start ─▶ TO SEND ─▶ sent ─▶ in flight ─▶ ended ─▶ its turn ─▶ callback ─▶ TO SEND, or AT REST
   *                                          routine       in order: the worker takes turns by number of send
   *                                                        else: the routine goes on
   *
   * The worker is a virtual thread that is there while it has work, one at a time (isWorking). It alone sends, so the
   * numbers are the order of sends; in order it also delivers; it reports failures, when nothing else runs. Fields of the
   * worker's pass from one worker to the next through lock.
   *
   * All decisions are taken under lock, and acted upon after it; every way out of it that may have left work goes through
   * unlockAndWork. A stop sets the state, then cancels; the worker sends, then looks at the state and cancels what it sent
   * itself: one of them sees the other, whatever the order.
   *
   * changing excludes starts and stops from one another, a stop's waiting included.
   */
  private enum State {
    IDLE,
    RUNNING,
    FAILING,
    REPORTING,
    STOPPING,
    CLOSED
  }

  /// Is given the data of a read.
  @FunctionalInterface
  public interface OnRead {
    /// Data has come.
    ///
    /// **Buffer.** Header, data and trailer, as configured; the data begins behind the header. It
    /// is closed when the callback returns. A callback that sends it on formats its request over
    /// it, which takes a reference. One that wants to have it calls
    /// [ContinuousReader#keep(IoMemory)].
    ///
    /// **Threading.** In order: on a virtual thread of the reader's, one call at a time; it may
    /// block, and then no read is sent again meanwhile. In any order: on the thread that completes
    /// the read, perhaps several at the same time; it must not block. What it throws is logged.
    ///
    /// @param target where it was read
    /// @param memory the buffer
    /// @param bytes of data, without the header; 0 or more
    /// @param context of the configuration
    void onRead(IoTarget target, IoMemory memory, long bytes, @Nullable Object context);
  }

  /// Decides what becomes of a reader that failed.
  @FunctionalInterface
  public interface OnFailed {
    /// A read has failed, and all of them have ended.
    ///
    /// **Threading.** Runs alone, no other callback of the reader beside it, on a virtual thread;
    /// it may block, to reset the device for instance. It must not stop the reader: that throws.
    /// What it throws is logged, and counts as false.
    ///
    /// @param target where
    /// @param status how the first read that failed ended
    /// @param context of the configuration
    /// @return true to send all reads again, false to be idle until the next start
    boolean onFailed(IoTarget target, IoStatus status, @Nullable Object context);
  }

  private static final Log LOG = new Log("dev.ioreq.several");
  private static final int STEPS_OF_ONE_WORKER = 256;

  private final IoTarget target;
  private final ReaderConfig config;
  private final OnRead onRead;
  private final OnFailed onFailed;
  private final PendingRead[] reads;
  private final @Nullable IoMemoryPool pool; // null where the configuration gives memory

  private final ReentrantLock changing = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition rest = lock.newCondition();

  // guarded by lock
  private final ReadOrder order;
  private State state = State.IDLE;
  private int active;
  private boolean isStopWanted;
  private boolean isWorking;
  private @Nullable Thread worker;
  private IoStatus failure = IoStatus.SUCCESS;

  /// A reader that is idle.
  ///
  /// @param target an open target
  /// @param config how to read
  /// @param onRead is given the data
  /// @param onFailed decides after a failure
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if the target is closed, or has a
  ///   reader that was not closed
  public ContinuousReader(IoTarget target, ReaderConfig config, OnRead onRead, OnFailed onFailed) {
    this.target = Objects.requireNonNull(target, "target");
    this.config = Objects.requireNonNull(config, "config");
    this.onRead = Objects.requireNonNull(onRead, "onRead");
    this.onFailed = Objects.requireNonNull(onFailed, "onFailed");
    order = new ReadOrder(config);
    reads = new PendingRead[config.reads()];
    ReadTargets.claim(target);
    boolean isMade = false;
    try {
      for (int i = 0; i < reads.length; i++) {
        reads[i] = new PendingRead(this, target);
      }
      // some of the buffers may be with those who keep them or send them on
      pool =
          config.memory() == null
              ? new IoMemoryPool(config.bufferBytes(), 2 * config.reads())
              : null;
      isMade = true;
    } finally {
      if (!isMade) {
        ReadTargets.release(target);
      }
    }
  }

  // ------------------------------------------------------------------ start and stop

  /// Sends all reads, from the reader's own thread: this method does not wait for that. On a reader
  /// that is not idle it does nothing. After a stop of another thread it waits for that to be over.
  ///
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if the target is neither started nor
  ///   stopped, or another thread is stopping the reader and this one must not wait;
  ///   [IoStatus#INVALID_DEVICE_REQUEST] if the reader is closed
  public void start() {
    TargetState seen = target.state();
    if (seen != TargetState.STARTED && seen != TargetState.STOPPED) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_STATE, "cannot read from " + target + "; start it first");
    }
    if (!mustNotWait()) {
      changing.lock();
    } else if (!changing.tryLock()) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_STATE,
          "cannot start " + this + " from a callback while another thread starts or stops it");
    }
    try {
      lock.lock();
      try {
        if (state == State.CLOSED) {
          throw new IoMisuseException(
              IoStatus.INVALID_DEVICE_REQUEST, this + " cannot be started; make a new one");
        }
        if (state == State.IDLE) {
          sendAllLocked();
        }
      } finally {
        unlockAndWork();
      }
    } finally {
      changing.unlock();
    }
  }

  /// Cancels the reads, and waits until all have ended and no callback runs any more: not for reads
  /// alone that the device can cancel, but for all. A failure that is being dealt with is reported
  /// first, and what its callback answers does not count. On an idle reader it does nothing.
  ///
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] from a callback of the reader or a
  ///   completion routine, which it could wait for
  public void stop() {
    requireMayWait("stop");
    changing.lock();
    try {
      stopAndWait();
    } finally {
      changing.unlock();
    }
  }

  /// Stops the reader and releases what it holds; another one may be made for the target. Does
  /// nothing the second time.
  ///
  /// @throws IoMisuseException as [#stop()]
  @Override
  public void close() {
    requireMayWait("close");
    changing.lock();
    try {
      stopAndWait();
      lock.lock();
      try {
        if (state == State.CLOSED) {
          return;
        }
        state = State.CLOSED;
      } finally {
        lock.unlock();
      }
      for (PendingRead read : reads) {
        read.close();
      }
      if (pool != null) {
        pool.close();
      }
      ReadTargets.release(target);
    } finally {
      changing.unlock();
    }
  }

  private void stopAndWait() {
    boolean isCancelling;
    lock.lock();
    try {
      isStopWanted = true;
      isCancelling = state == State.RUNNING;
      if (isCancelling) {
        state = State.STOPPING;
        active++;
      }
    } finally {
      lock.unlock();
    }
    if (isCancelling) {
      cancelAll();
    }
    lock.lock();
    try {
      while (state != State.IDLE && state != State.CLOSED) {
        rest.awaitUninterruptibly();
      }
      isStopWanted = false;
    } finally {
      lock.unlock();
    }
  }

  /// Asks for the cancel of every read, as an active party that rests afterwards.
  private void cancelAll() {
    for (PendingRead read : reads) {
      read.cancel();
    }
    lock.lock();
    try {
      restLocked();
    } finally {
      unlockAndWork();
    }
  }

  private void sendAllLocked() {
    state = State.RUNNING;
    active = reads.length;
    order.sendAllLocked(reads);
  }

  /// A read, or who cancelled them all, is active no more.
  private void restLocked() {
    active--;
    if (active == 0 && state != State.FAILING) {
      state = State.IDLE;
      rest.signalAll();
    }
  }

  private boolean mustNotWait() {
    lock.lock();
    try {
      return worker == Thread.currentThread() || CompletionRoutine.isRunningHere();
    } finally {
      lock.unlock();
    }
  }

  private void requireMayWait(String what) {
    if (mustNotWait()) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot %s %s from its callbacks or a completion routine: it would wait for itself; answer false, or do it from another thread"
              .formatted(what, this));
    }
  }

  // ------------------------------------------------------------------ the worker

  /// Leaves the lock, and sees to it that what is to be done will be.
  private void unlockAndWork() {
    boolean isDue = !isWorking && hasWorkLocked();
    isWorking |= isDue;
    lock.unlock();
    if (isDue) {
      Thread.ofVirtual().name("ioreq-reader").start(this::work);
    }
  }

  private boolean hasWorkLocked() {
    return order.hasToSendLocked() || order.isTurnDueLocked() || isReportDueLocked();
  }

  private boolean isReportDueLocked() {
    return state == State.FAILING && active == 0;
  }

  private void work() {
    becomeWorker();
    boolean isDone = false;
    try {
      for (int steps = 0; steps < STEPS_OF_ONE_WORKER && !isDone; steps++) {
        isDone = !step();
      }
    } finally {
      if (!isDone) {
        // a device that always has data must not keep a carrier thread to itself: the next worker
        // stands in line
        lock.lock();
        isWorking = false;
        worker = null;
        unlockAndWork();
      }
    }
  }

  private void becomeWorker() {
    lock.lock();
    try {
      worker = Thread.currentThread();
    } finally {
      lock.unlock();
    }
  }

  /// Does one thing.
  ///
  /// @return false if there was nothing to do; the caller is the worker no more then
  private boolean step() {
    PendingRead turn = null;
    PendingRead next = null;
    boolean isInPlace = false;
    IoStatus failed;
    lock.lock();
    try {
      failed = failure;
      if (order.isTurnDueLocked()) {
        turn = order.takeTurnLocked();
        isInPlace = order.isInPlaceLocked(turn);
      } else if (isReportDueLocked()) {
        state = State.REPORTING;
      } else if (!order.hasToSendLocked()) {
        isWorking = false;
        worker = null;
        return false;
      } else {
        next = takeToSendLocked();
        if (next == null) {
          return true; // it rests: that may have left other work
        }
      }
    } finally {
      lock.unlock();
    }
    if (turn != null) {
      settle(turn, isInPlace);
    } else if (next != null) {
      send(next);
    } else {
      report(failed);
    }
    return true;
  }

  /// The next read, with a number and a place; null if it rests because the reader does not run.
  private @Nullable PendingRead takeToSendLocked() {
    PendingRead next = order.takeToSendLocked();
    if (state != State.RUNNING) {
      restLocked();
      return null;
    }
    order.numberLocked(next);
    return next;
  }

  private void send(PendingRead read) {
    IoStatus refusal = read.send(target, config);
    if (!refusal.equals(IoStatus.PENDING)) {
      read.refused(refusal);
      ended(read);
      return;
    }
    boolean isLate;
    lock.lock();
    try {
      isLate = state != State.RUNNING;
    } finally {
      lock.unlock();
    }
    if (isLate) {
      read.cancel(); // who cancels them all may have looked before it was sent
    }
  }

  private void report(IoStatus failed) {
    boolean isAgain = false;
    try {
      isAgain = onFailed.onFailed(target, failed, config.context());
    } catch (Throwable e) {
      LOG.error("the failure callback of " + this + " threw", e);
    } finally {
      lock.lock();
      if (isAgain && !isStopWanted) {
        sendAllLocked();
      } else {
        state = State.IDLE;
        rest.signalAll();
      }
      unlockAndWork();
    }
  }

  // ------------------------------------------------------------------ a read has ended

  /// On the thread that completed it, or on the worker's if it was refused.
  void ended(PendingRead read) {
    if (!config.isOrdered()) {
      settle(read, read.status().isSuccess());
      return;
    }
    boolean isCancelling = false;
    lock.lock();
    try {
      read.hasEnded = true;
      if (!config.hasPositions() && isFailureLocked(read)) {
        failLocked(read);
        active++;
        isCancelling = true;
      }
    } finally {
      unlockAndWork();
    }
    if (isCancelling) {
      cancelAll();
    }
  }

  /// Takes a read's turn: delivers it, and decides where it goes.
  private void settle(PendingRead read, boolean isDelivered) {
    try {
      if (isDelivered) {
        read.deliver(onRead, target, config.context());
      }
    } catch (Throwable e) {
      LOG.error("the callback of " + this + " threw", e);
    } finally {
      decide(read, isDelivered);
    }
  }

  private void decide(PendingRead read, boolean isDelivered) {
    boolean isCancelling = false;
    lock.lock();
    try {
      order.movedLocked(read, isDelivered);
      if (state == State.RUNNING && (read.status().isSuccess() || read.isHeldAgain())) {
        order.sendLocked(read);
      } else if (isFailureLocked(read)) {
        failLocked(read);
        isCancelling = true; // and it stays active for that
      } else {
        restLocked();
      }
    } finally {
      unlockAndWork();
    }
    if (isCancelling) {
      cancelAll();
    }
  }

  /// Whether it is the first to fail.
  private boolean isFailureLocked(PendingRead read) {
    return state == State.RUNNING && !read.status().isSuccess() && !read.isEndedQuietly();
  }

  private void failLocked(PendingRead read) {
    state = State.FAILING;
    failure = read.status();
  }

  // ------------------------------------------------------------------ buffers

  /// Keeps the buffer of the callback that runs on this thread: it is the caller's now, who closes
  /// it.
  ///
  /// @param memory what the callback was given
  /// @throws IoMisuseException [IoStatus#INVALID_PARAMETER] outside the callback for that buffer
  public void keep(IoMemory memory) {
    for (PendingRead read : reads) {
      if (read.tryKeep(memory)) {
        return;
      }
    }
    throw new IoMisuseException(
        IoStatus.INVALID_PARAMETER,
        memory + " is not the buffer of a callback of this reader on this thread");
  }

  @Nullable IoMemory takeMemory() {
    try {
      if (pool != null) {
        IoMemory taken = pool.tryTake();
        return taken != null ? taken : IoMemory.allocate(config.bufferBytes());
      }
      return Objects.requireNonNull(config.memory()).get();
    } catch (Throwable e) {
      // no memory is the likely reason; for any other there is no buffer either
      LOG.error("no buffer for " + this, e);
      return null;
    }
  }

  // ------------------------------------------------------------------ what it does

  /// Whether it reads, or deals with a failure.
  ///
  /// @return false if it is idle or closed; may be old when it is read
  public boolean isRunning() {
    lock.lock();
    try {
      return state != State.IDLE && state != State.CLOSED;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    return "continuous reader of " + target;
  }
}
