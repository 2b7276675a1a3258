package dev.ioreq;

import dev.ioreq.lock.BriefLock;
import dev.ioreq.lock.FieldHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What a queue lets through and what it holds, with the lock that guards both.
final class QueueGate {
  /*
   *                     accepts   delivers   waits for
   *   start               yes       yes      -
   *   stop                yes       no       the driver to hold none
   *   drain               no        yes      the queue and the driver to hold none
   *   purge               no      as before  the same; what waits is cancelled, what is marked is asked to end
   *   stop and purge      yes       no       the driver to hold none; what waits now is cancelled
   *   (held)                        no       its device is outside its working state
   *
   *   arrival:     lock: accepts? deliverable now? own it, else append ▸ unlock ▸ handler, and then the loop
   *   release:     lock: owned - 1 ▸ unlock ▸ the loop, unless this thread or another comes by anyway
   *   the loop:    lock: take the next deliverable, own it ▸ unlock ▸ handler ▸ again
   *
   * Everything is decided under lock and acted upon after it: handlers, completions, callbacks. A sequential queue has one
   * loop at a time (isLooping); whoever finds it running leaves the rest to it, and the loop looks once more under the
   * lock before it ends, so nothing is left behind. A parallel queue may have several. A thread that is inside a handler
   * of the queue starts none, because its loop goes on when the handler has returned: completing inside a handler never
   * nests handlers. Nor does forwarding, to another queue and back, however often: what comes back waits for that
   * loop too, though a parallel queue could take it. (Where handlers may block, the one below may wait for what comes back;
   * a thread of its own takes that.) Only a send that a handler makes runs the receiver's handler inside it.
   *
   * OPEN says that nothing waits, everything is accepted and delivered, and as many at once as come: the usual state of a
   * plain parallel queue (no limit, no reserve, no stop handler). It shares a word with the number that the driver owns.
   * An arrival that finds it set owns its request by a CAS of the word, and a release gives it back by one, without the
   * lock. Whoever changes what is let through takes OPEN away under the lock: an arrival was counted before, and the
   * change's end waits for its release, or it comes to the lock; a release after it comes to the lock too, and finds the
   * callbacks that are due. While it is set no change can be due, and no request can wait.
   *
   * A waiting request can be cancelled at any moment: the canceller sets the packet's flag and then takes the lock; who
   * appends a request looks at the flag afterwards, under the lock. One of the two finds it. Marking works the
   * same way.
   *
   * owned and ending are lowered after the packet has been completed upward, so a stop that has ended means that the
   * completion routines above have been called, or are left to a canceller that is still a party of the send.
   *
   * A request that goes from one queue to another is taken out of the one and into the other under both locks, which are
   * taken in the order of number; there is no other place where one thread holds two of them.
   *
   * The lock, by who decides under it: QueueDelivery what arrives, is delivered and released; QueueCancels marks and
   * cancels; QueueChanges the states; QueueStops the device's working state; IoQueue what the driver retrieves.
   */
  private static final AtomicLong NEXT_NUMBER = new AtomicLong();
  private static final int OPEN = 1 << 31; // the sign
  private static final VarHandle WORD = FieldHandle.of(MethodHandles.lookup(), "word", int.class);

  private final long number = NEXT_NUMBER.getAndIncrement();
  final ReentrantLock lock = new BriefLock();
  final Condition answered = lock.newCondition();

  // all guarded by lock
  final RequestList waiting;
  final RequestList awaitingReserve;
  final OwnedList tracked = new OwnedList();
  boolean accepts = true;
  boolean delivers = true;
  boolean isHeld;
  boolean isPurged; // by the last change of state: what comes back is cancelled
  boolean isShut; // for good
  boolean isLooping; // sequential
  int ending; // being completed by the framework

  private volatile int word; // OPEN, and how many the driver owns; see OPEN above

  private final QueueConfig config;
  private final boolean isPlain; // may be open

  private final QueueTrace trace;

  QueueGate(QueueConfig config, QueueTrace trace) {
    this.config = config;
    this.trace = trace;
    isPlain =
        config.dispatchType == DispatchType.PARALLEL
            && config.mostPresented == 0
            && config.ioStop == null
            && config.forwardProgress == null;
    waiting = new RequestList(trace);
    awaitingReserve = new RequestList(trace);
  }

  // ------------------------------------------------------------------ what the driver owns

  /// How many requests the driver has.
  int owned() {
    return word & ~OPEN;
  }

  /// Counts a request as the driver's if nothing stands against that. hot path
  boolean tryOwn(ReceivedRequest request) {
    int seen = word;
    while (seen < 0) {
      if (WORD.compareAndSet(this, seen, seen + 1)) {
        give(request, (seen & ~OPEN) + 1);
        return true;
      }
      seen = word;
    }
    return false;
  }

  /// Counts a request as no longer the driver's, if nobody waits for that. hot path
  boolean tryDisown() {
    int seen = word;
    while (seen < 0) {
      if (WORD.compareAndSet(this, seen, seen - 1)) {
        return true;
      }
      seen = word;
    }
    return false;
  }

  void disownLocked() {
    WORD.getAndAdd(this, -1);
  }

  /// Whether arrivals need no lock. hot path
  boolean isOpen() {
    return word < 0;
  }

  /// After each change of what is let through, and when nothing waits any more.
  void reconsiderLocked() {
    if (!isPlain) {
      return;
    }
    if (accepts && delivers && !isHeld && !isShut && isEmptyLocked()) {
      WORD.getAndBitwiseOr(this, OPEN);
    } else {
      WORD.getAndBitwiseAnd(this, ~OPEN);
    }
  }

  QueueState state() {
    lock.lock();
    try {
      return new QueueState(
          accepts, delivers, isHeld, waiting.size() + awaitingReserve.size(), owned());
    } finally {
      lock.unlock();
    }
  }

  boolean isDeliverableLocked() {
    if (!delivers || isHeld) {
      return false;
    }
    return switch (config.dispatchType) {
      case SEQUENTIAL -> owned() == 0;
      case PARALLEL -> config.mostPresented == 0 || owned() < config.mostPresented;
      case MANUAL -> false;
    };
  }

  /// The driver gets a request.
  void ownLocked(ReceivedRequest request) {
    give(request, ((int) WORD.getAndAdd(this, 1) & ~OPEN) + 1);
    if (config.ioStop != null) {
      tracked.add(request);
    }
  }

  private void give(ReceivedRequest request, int owned) {
    trace.presented(request, owned);
    request.wasPresented = true;
    request.isCancelEventDue = false; // of an earlier time at the driver
    request.becomeOwned();
  }

  /// Takes a waiting request off its list, to be ended by the framework.
  void takeWaitingLocked(ReceivedRequest request) {
    (request.awaitsReserve ? awaitingReserve : waiting).remove(request);
    request.awaitsReserve = false;
    request.becomeFrameworks();
    ending++;
  }

  /// Takes all that wait.
  void takeAllWaitingLocked(List<ReceivedRequest> to) {
    takeAllLocked(waiting, to);
    takeAllLocked(awaitingReserve, to);
  }

  private void takeAllLocked(RequestList from, List<ReceivedRequest> to) {
    for (ReceivedRequest next = from.first(); next != null; next = from.first()) {
      takeWaitingLocked(next);
      to.add(next);
    }
  }

  /// Locks this queue and another, for what goes from one to the other.
  void lockBoth(QueueGate other) {
    QueueGate first = number < other.number ? this : other;
    first.lock.lock();
    (first == this ? other : this).lock.lock();
  }

  boolean isEmptyLocked() {
    return waiting.isEmpty() && awaitingReserve.isEmpty();
  }

  void markLocked(ReceivedRequest request, CancelRoutine routine) {
    request.cancelRoutine = routine;
    if (config.ioStop == null) {
      tracked.add(request);
    }
  }

  void takeMarkLocked(ReceivedRequest request) {
    request.cancelRoutine = null;
    if (config.ioStop == null) {
      tracked.remove(request);
    }
  }

  void untrack(ReceivedRequest request) {
    if (request.isTracked) {
      lock.lock();
      try {
        tracked.remove(request);
      } finally {
        lock.unlock();
      }
    }
  }
}
