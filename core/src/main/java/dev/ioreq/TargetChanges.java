package dev.ioreq;

import dev.ioreq.log.Log;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The changes of a target's state: start, stop, purge, close, reopen. What a send meets in each
/// state is [TargetTraffic].
final class TargetChanges {
  /*
   * A change is decided under the traffic's lock, and acted upon after it: completing held requests, delivering them,
   * cancelling what is in flight. Whole changes, their waiting included, exclude one another by changing. No lock is held
   * while foreign code runs, devices, completion routines and callbacks, except changing, which only changes take.
   * So a cleanup callback may change the state itself, and no other thread does meanwhile.
   *
   *   start:          lock: state ▸ then for each held, oldest first: lock: still started? take it off the list ▸ dispatch
   *   stop:           lock: state ▸ cancel what is in flight, wait for it, as wanted
   *   purge, close:   lock: state, take all held ▸ cancel what is in flight ▸ end the held ▸ wait, as wanted
   *
   * A change that finds another one under way, which may be waiting for what is in flight, and that would cancel that
   * itself when its turn comes, asks for the cancels at once: so it does not wait for what it could end. Until its turn it
   * counts as an asker of the gate, for sends that the look did not see; then it begins as any other. A start that is
   * delivering held requests stops at an asker: what it delivered then, nobody would ask; what it leaves on the list, the
   * asker ends or keeps. A gate that is closed, or closing, is left alone: who closes it has asked, and a closed one must
   * let nobody in.
   *
   * While a close runs cleanup callbacks the target still works, and askers have to wait.
   */
  private static final Log LOG = new Log("dev.ioreq");

  /// Requests that a report of a long wait names.
  private static final int MOST_NAMED = 8;

  private final IoTarget target;
  private final TargetTraffic traffic;
  private final TargetTrace trace;
  private final TargetGate gate;
  private final TargetRequests requests; // guarded by lock
  private final ReentrantLock lock; // the traffic's
  private final ReentrantLock changing = new ReentrantLock();

  TargetChanges(IoTarget target, TargetTraffic traffic) {
    this.target = target;
    this.traffic = traffic;
    trace = traffic.trace();
    gate = traffic.gate;
    requests = traffic.requests;
    lock = traffic.lock;
  }

  void start() {
    lockChanging("start", false, false);
    try {
      Device device = traffic.device();
      if (device == null || !gate.isOpen()) {
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_STATE, target + " cannot be started; reopen it");
      }
      int held;
      TargetState before;
      lock.lock();
      try {
        before = gate.state();
        gate.changeLocked(TargetState.STARTED, false);
        held = requests.heldLocked();
      } finally {
        lock.unlock();
      }
      tellChange(before, TargetState.STARTED, held);
      for (IoRequest next = takeToDeliver(); next != null; next = takeToDeliver()) {
        trace.delivered(next.id());
        Packet packet = next.requirePacket();
        packet.descend(next);
        packet.dispatch(device);
      }
    } finally {
      changing.unlock();
    }
  }

  /// Takes the oldest held request off the list to be delivered; one at a time, because a routine
  /// of the one before may have stopped or purged the target again, or another thread wants to.
  ///
  /// @return null if there is none, or the target is not started any more, or is to be cancelled
  private @Nullable IoRequest takeToDeliver() {
    lock.lock();
    try {
      boolean isToDeliver = gate.state() == TargetState.STARTED && !gate.isAskingLocked();
      IoRequest next = isToDeliver ? requests.takeOldestLocked() : null;
      if (next != null) {
        trace.depth(requests.heldLocked());
        gate.enterLocked();
        next.deliverHeld();
      }
      return next;
    } finally {
      lock.unlock();
    }
  }

  void stop(SentIoAction action) {
    boolean waits = action != SentIoAction.LEAVE_PENDING;
    if (waits) {
      requireMayWait("stop");
    }
    lockChanging("stop", action == SentIoAction.CANCEL, false);
    try {
      if (!gate.isOpen()) {
        return;
      }
      change(TargetState.STOPPED, action == SentIoAction.CANCEL, false);
      if (waits) {
        awaitDrained("stop");
      }
    } finally {
      changing.unlock();
    }
  }

  void purge(PurgeAction action) {
    boolean waits = action == PurgeAction.PURGE_AND_WAIT;
    if (waits) {
      requireMayWait("purge");
    }
    lockChanging("purge", true, false);
    try {
      if (!gate.isOpen()) {
        return;
      }
      change(TargetState.PURGED, true, false);
      if (waits) {
        awaitDrained("purge");
      }
    } finally {
      changing.unlock();
    }
  }

  void close(TargetState closed) {
    requireMayWait("close");
    lockChanging("close", true, true);
    try {
      if (hasEnded()) {
        return;
      }
      if (closed == TargetState.CLOSED_FOR_QUERY_REMOVE) {
        closeDevice(closed);
        return;
      }
      if (target.isCleaningUp()) {
        return; // a callback of the close that is under way on this thread
      }
      cleaning(true);
      try {
        target.cleanUp();
      } finally {
        cleaning(false);
      }
      try {
        closeDevice(closed);
      } finally {
        target.deleted();
      }
    } finally {
      changing.unlock();
    }
  }

  private void cleaning(boolean isCleaning) {
    lock.lock();
    try {
      gate.cleaningLocked(isCleaning);
    } finally {
      lock.unlock();
    }
  }

  /// Drains and closes the device, if there is one. Under changing.
  private void closeDevice(TargetState closed) {
    Device device = traffic.device();
    if (device != null) {
      change(closed, true, true);
      awaitClosed(closed);
      traffic.opened(null);
      device.close();
    } else if (closed != TargetState.CLOSED_FOR_QUERY_REMOVE) {
      awaitClosed(closed); // nothing can be in flight, but a send may be about to find that
    }
  }

  private void awaitClosed(TargetState closed) {
    WaitWatch watch = WaitWatch.begin(target, "close");
    while (!tryClose(closed, watch.turnNanos())) {
      watch.lookAt(this::describeInFlight);
    }
  }

  void reopen(TargetOrigin wanted) throws IoRequestException {
    lockChanging("reopen", false, false);
    try {
      if (traffic.opened() != null) {
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_STATE, target + " is open; close it first");
      }
      if (gate.state() == TargetState.DELETED) {
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_STATE, target + " cannot be opened again; open a new one");
      }
      boolean isRevived = target.revived();
      boolean isOpened = false;
      try {
        Device device = Devices.open(wanted.name(), wanted.options());
        traffic.opened(OpenDevice.of(device));
        target.opened(wanted);
        isOpened = true;
      } finally {
        if (isRevived && !isOpened) {
          target.deleted();
        }
      }
      TargetState before;
      lock.lock();
      try {
        before = gate.state();
        gate.changeLocked(TargetState.STARTED, false);
      } finally {
        lock.unlock();
      }
      tellChange(before, TargetState.STARTED, 0);
    } finally {
      changing.unlock();
    }
  }

  /// Changes the state, asks for cancels, as wanted, and ends the held requests if the new state
  /// holds none.
  private void change(TargetState state, boolean cancels, boolean cancelsAll) {
    List<IoRequest> held;
    List<IoRequest> registered;
    TargetState before;
    lock.lock();
    try {
      before = gate.state();
      gate.changeLocked(state, cancelsAll);
      registered = cancels ? requests.registeredLocked() : List.of();
      held = state == TargetState.STOPPED ? List.of() : takeAllHeldLocked();
    } finally {
      lock.unlock();
    }
    try {
      tellChange(before, state, held.size());
      askForCancel(registered, cancelsAll);
    } finally {
      endHeld(held); // they are on no list any more
    }
  }

  private void askForCancel(List<IoRequest> registered, boolean includeIgnoring) {
    for (IoRequest request : registered) {
      request.cancelIfSentTo(target, includeIgnoring);
    }
  }

  /// Takes every held request off the list and counts it: it is now delivered, or ended.
  private List<IoRequest> takeAllHeldLocked() {
    List<IoRequest> held = requests.takeAllLocked();
    if (!held.isEmpty()) {
      trace.depth(0);
    }
    for (int i = 0; i < held.size(); i++) {
      gate.enterLocked();
    }
    return held;
  }

  private static void endHeld(List<IoRequest> held) {
    for (IoRequest request : held) {
      request.endHeld(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT);
    }
  }

  /// Whether it is closed, or closing, and not only until its device can be removed.
  boolean hasEnded() {
    TargetState state = gate.state();
    return state == TargetState.CLOSED || state == TargetState.DELETED;
  }

  private void awaitDrained(String what) {
    WaitWatch watch = WaitWatch.begin(target, what);
    while (!isDrainedWithin(watch.turnNanos())) {
      watch.lookAt(this::describeInFlight);
    }
  }

  private boolean isDrainedWithin(long nanos) {
    lock.lock();
    try {
      return gate.awaitDrainedLocked(false, nanos);
    } finally {
      lock.unlock();
    }
  }

  private boolean tryClose(TargetState closed, long mostNanos) {
    lock.lock();
    try {
      return gate.awaitDrainedLocked(true, mostNanos) && gate.tryCloseLocked(closed);
    } finally {
      lock.unlock();
    }
  }

  /// What a wait for the drain waits for, as far as it can be told: the requests whose last send
  /// was to this target and has not ended.
  private String describeInFlight() {
    List<IoRequest> registered;
    lock.lock();
    try {
      registered = requests.registeredLocked();
    } finally {
      lock.unlock();
    }
    String named =
        registered.stream()
            .filter(IoRequest::isSendInUse)
            .limit(MOST_NAMED)
            .map(IoRequest::toString)
            .collect(Collectors.joining(", "));
    return "%d requests in flight or in their routines: %s"
        .formatted(gate.inFlight(), named.isEmpty() ? "all in their routines" : named);
  }

  private void tellChange(TargetState from, TargetState to, int held) {
    if (from != to) {
      trace.stateChanged(from, to, gate.inFlight(), held);
    }
  }

  private void requireMayWait(String what) {
    if (Nesting.current().mustNotAwaitTargets()) {
      throw Verifier.fatal(
          VerifierRule.WAIT_IN_CALLBACK,
          target,
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot %s it and wait from a completion routine: that could wait for itself"
              .formatted(what));
    }
  }

  // ------------------------------------------------------------------ one after another

  /// Begins a change, when no other is under way; see above.
  ///
  /// @param cancels whether the change asks for cancels
  /// @param cancelsAll whether also of requests that ignore the state
  private void lockChanging(String what, boolean cancels, boolean cancelsAll) {
    if (changing.tryLock()) {
      return;
    }
    if (Nesting.current().mustNotAwaitTargets()) {
      throw Verifier.fatal(
          VerifierRule.CHANGE_DURING_CHANGE,
          target,
          IoStatus.INVALID_DEVICE_STATE,
          "cannot %s it from a completion routine while another thread changes its state"
              .formatted(what));
    }
    if (!cancels) {
      changing.lock();
      return;
    }
    asks(true, cancelsAll);
    try {
      askEarly(cancelsAll);
      changing.lock();
    } finally {
      asks(false, cancelsAll);
    }
  }

  private void asks(boolean begins, boolean cancelsAll) {
    lock.lock();
    try {
      if (begins) {
        gate.askLocked(cancelsAll);
      } else {
        gate.askedLocked(cancelsAll);
      }
    } finally {
      lock.unlock();
    }
  }

  private void askEarly(boolean cancelsAll) {
    try {
      List<IoRequest> registered;
      lock.lock();
      try {
        registered = gate.isAskingLocked() ? requests.registeredLocked() : List.of();
      } finally {
        lock.unlock();
      }
      askForCancel(registered, cancelsAll);
    } catch (OutOfMemoryError e) {
      LOG.error(target + " is asked for cancels when the change's turn has come", e);
    }
  }
}
