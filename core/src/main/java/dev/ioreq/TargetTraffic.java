package dev.ioreq;

import dev.ioreq.lock.BriefLock;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What passes through a target: sends, and the state changes that let them through, hold them back
/// or end them.
final class TargetTraffic {
  /*
   * The state and the number of requests in flight are in the gate (see there); the lists of requests are guarded by
   * lock. A state change is decided under lock, and acted upon after it: completing held requests, delivering them,
   * cancelling what is in flight. Whole changes, their waiting included, exclude one another by changing. No lock is held
   * while foreign code runs, devices, completion routines and callbacks, except changing, which only state changes take.
   * So a cleanup callback may change the state itself, and no other thread does meanwhile.
   *
   *   send:   gate.tryEnter ─ yes ─▶ begin ▸ dispatch              no lock
   *                         ─ no ──▶ lock: started by now? again. stopped? begin(queued), hold. else refuse
   *   start:  lock: state ▸ then for each, oldest first: lock: still started? take it off the list ▸ dispatch
   *   cancel, timer of a held request: lock: take it: was it still there? then its end is theirs
   *
   * A held request is not counted in the gate; whoever takes it off the list counts it, and its end leaves the gate as
   * any other's.
   *
   * A request registers with the target that it is sent to and stays registered until it is sent elsewhere or closed.
   * So the usual send and completion touch no list; cancelling all looks at the registered ones and asks each whether it
   * is in flight to this target.
   */
  private static final int HELD = 0;
  private static final int AGAIN = 1;
  private static final int REFUSED = 2;
  private static final int MARKED = 3;
  private static final int TOO_FEW_FRAMES = 4;
  private static final int CANCELLED_AT_ONCE = 5;
  private static final int FAILED_AT_ONCE = 6;
  private static final int NO_MEMORY = 7;
  private static final int SHUT = 8;

  /// Requests that a report of a long wait names.
  private static final int MOST_NAMED = 8;

  private final IoTarget target;
  private final ReentrantLock changing = new ReentrantLock();
  private final ReentrantLock lock = new BriefLock();
  private final TargetGate gate = new TargetGate(lock, TargetState.STARTED);
  private final TargetRequests requests = new TargetRequests(); // guarded by lock
  private final TargetTrace trace;
  private volatile @Nullable OpenDevice opened; // null while closed; changed under changing

  TargetTraffic(IoTarget target, Device device) {
    this.target = target;
    opened = OpenDevice.of(device);
    trace = new TargetTrace(target);
  }

  TargetTrace trace() {
    return trace;
  }

  @Nullable Device device() {
    OpenDevice opened = this.opened;
    return opened == null ? null : opened.device();
  }

  /// The device as requests need it. hot path
  @Nullable OpenDevice opened() {
    return opened;
  }

  /// What the device is. It is asked inside the gate, counted as a send that ignores the state: so
  /// it is not closed meanwhile, nobody's stop waits for its answer, and the callbacks and routines
  /// of a close, before whose end the gate is not drained, may ask as well.
  DeviceInfo info() {
    if (!gate.tryEnterIgnoring()) {
      throw target.notOpen();
    }
    try {
      OpenDevice opened = this.opened;
      if (opened == null) {
        throw target.notOpen();
      }
      return opened.device().info();
    } finally {
      gate.leave(true);
    }
  }

  TargetState state() {
    return gate.state();
  }

  int inFlight() {
    return gate.inFlight();
  }

  int held() {
    lock.lock();
    try {
      return requests.heldLocked();
    } finally {
      lock.unlock();
    }
  }

  // ------------------------------------------------------------------ sends

  /// Takes a formatted request that is not in use. hot path
  ///
  /// @return whether it was accepted; if not, its status says why
  boolean submit(IoRequest request, Packet packet, SendOptions options) {
    if (request.registeredWith != this) {
      register(request);
    }
    boolean ignores = options.ignoresTargetState();
    while (!(ignores ? gate.tryEnterIgnoring() : gate.tryEnter())) {
      int held = ignores ? REFUSED : hold(request, packet, options);
      if (held == HELD) {
        return true;
      }
      if (held == CANCELLED_AT_ONCE || held == FAILED_AT_ONCE) {
        request.endHeld(
            held == CANCELLED_AT_ONCE ? IoStatus.CANCELLED : IoStatus.INSUFFICIENT_RESOURCES);
        return true;
      }
      if (held == SHUT) {
        throw request.closed("send");
      }
      if (held != AGAIN) {
        return refuse(request, whyNotHeld(held));
      }
    }
    return deliver(request, packet, options, ignores);
  }

  private boolean refuse(IoRequest request, IoStatus status) {
    if (status.equals(IoStatus.REQUEST_NOT_ACCEPTED)) {
      return request.refused(VerifierRule.TOO_FEW_FRAMES, target, status);
    }
    trace.refused(request.id(), status);
    return request.refused(status);
  }

  private static IoStatus whyNotHeld(int held) {
    return switch (held) {
      case MARKED -> IoStatus.CANCELLED;
      case TOO_FEW_FRAMES -> IoStatus.REQUEST_NOT_ACCEPTED;
      case NO_MEMORY -> IoStatus.INSUFFICIENT_RESOURCES;
      default -> IoStatus.INVALID_DEVICE_STATE;
    };
  }

  private boolean deliver(IoRequest request, Packet packet, SendOptions options, boolean ignores) {
    OpenDevice opened = this.opened;
    if (opened == null || opened.stackSize() > request.level()) {
      gate.leave(ignores);
      return refuse(
          request, opened == null ? IoStatus.INVALID_DEVICE_STATE : IoStatus.REQUEST_NOT_ACCEPTED);
    }
    Device device = opened.device();
    int begun;
    try {
      request.aim(target, packet, device, options);
      begun = request.begin(false);
    } catch (RuntimeException | Error e) {
      return notDelivered(request, ignores, e);
    }
    if (begun != CompletionCounter.BEGUN) {
      return notBegun(request, ignores, begun);
    }
    boolean mustCancel = gate.mustCancel(ignores);
    packet.deliver(request, device);
    if (mustCancel) {
      // it may have been sent again from its routine: that send is asked only if it would have to
      // cancel itself as well
      request.cancelIfSentTo(target, ignores);
    }
    return true;
  }

  private boolean notBegun(IoRequest request, boolean ignores, int begun) {
    gate.leave(ignores);
    return switch (begun) {
      case CompletionCounter.BUSY -> throw request.inUse(VerifierRule.REQUEST_SENT_TWICE, "send");
      case CompletionCounter.SHUT -> throw request.closed("send");
      default -> refuse(request, IoStatus.CANCELLED);
    };
  }

  /// Something was thrown on the way to the device: for want of memory, or because somebody closed
  /// the request at this moment, and its frame went with it.
  ///
  /// @return whether the send had begun: then it has ended
  private boolean notDelivered(IoRequest request, boolean ignores, Throwable thrown) {
    if (request.isBegun()) {
      request.endHeld(IoStatus.INSUFFICIENT_RESOURCES);
      return true;
    }
    gate.leave(ignores);
    if (request.isClosed()) {
      throw request.closed("send");
    }
    if (isWantOfMemory(thrown)) {
      return refuse(request, IoStatus.INSUFFICIENT_RESOURCES);
    }
    throw again(thrown);
  }

  private static RuntimeException again(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return (RuntimeException) thrown;
  }

  private static boolean isWantOfMemory(Throwable thrown) {
    return thrown instanceof OutOfMemoryError || AllocationFaults.isCause(thrown);
  }

  /// A request's completion routine has returned. hot path
  void left(boolean isIgnoring) {
    gate.leave(isIgnoring);
  }

  /// Takes a held request off the list.
  ///
  /// @return whether it was on it: then its end is the caller's
  boolean takeHeld(IoRequest request) {
    lock.lock();
    try {
      boolean isTaken = requests.takeLocked(request);
      if (isTaken) {
        trace.depth(requests.heldLocked());
        gate.enterLocked(); // from here on it counts: its completion routine is about to run
      }
      return isTaken;
    } finally {
      lock.unlock();
    }
  }

  private void register(IoRequest request) {
    TargetTraffic other = request.registeredWith;
    if (other != null) {
      other.unregister(request);
    }
    lock.lock();
    try {
      requests.registerLocked(request);
      request.registeredWith = this;
    } finally {
      lock.unlock();
    }
    if (request.isClosed()) { // the close may have looked before there was a target to see
      unregister(request);
      throw request.closed("send");
    }
  }

  /// Forgets a request, if it is registered here: a send to elsewhere and a close may both come.
  void unregister(IoRequest request) {
    lock.lock();
    try {
      if (request.registeredWith == this) {
        requests.unregisterLocked(request);
        request.registeredWith = null;
      }
    } finally {
      lock.unlock();
    }
  }

  // ------------------------------------------------------------------ states

  void start() {
    lockChanging("start");
    try {
      Device device = device();
      if (device == null || !isOpen()) {
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_STATE, target + " cannot be started; reopen it");
      }
      int held;
      TargetState before;
      lock.lock();
      try {
        before = gate.state();
        gate.changeLocked(TargetState.STARTED, false, false);
        held = requests.heldLocked();
      } finally {
        lock.unlock();
      }
      tellChange(before, TargetState.STARTED, held);
      for (IoRequest next = takeToDeliver(); next != null; next = takeToDeliver()) {
        trace.delivered(next.id());
        next.requirePacket().deliver(next, device);
      }
    } finally {
      changing.unlock();
    }
  }

  /// Takes the oldest held request off the list to be delivered; one at a time, because a routine
  /// of the one before may have stopped or purged the target again.
  ///
  /// @return null if there is none, or the target is not started any more
  private @Nullable IoRequest takeToDeliver() {
    lock.lock();
    try {
      IoRequest next = gate.state() == TargetState.STARTED ? requests.takeOldestLocked() : null;
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
    lockChanging("stop");
    try {
      if (!isOpen()) {
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
    lockChanging("purge");
    try {
      if (!isOpen()) {
        return;
      }
      endHeld(change(TargetState.PURGED, true, false));
      if (waits) {
        awaitDrained("purge");
      }
    } finally {
      changing.unlock();
    }
  }

  void close(TargetState closed) {
    requireMayWait("close");
    lockChangingToClose();
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
      target.cleanUp();
      try {
        closeDevice(closed);
      } finally {
        target.deleted();
      }
    } finally {
      changing.unlock();
    }
  }

  /// Drains and closes the device, if there is one. Under changing.
  private void closeDevice(TargetState closed) {
    Device device = device();
    if (device != null) {
      endHeld(change(closed, true, true));
      WaitWatch watch = WaitWatch.begin(target, "close");
      while (!tryClose(closed, watch.turnNanos())) {
        watch.lookAt(this::describeInFlight);
      }
      opened = null;
      device.close();
    } else if (closed != TargetState.CLOSED_FOR_QUERY_REMOVE) {
      lock.lock();
      try {
        gate.tryCloseLocked(closed); // nothing can be in flight
      } finally {
        lock.unlock();
      }
    }
  }

  void reopen(TargetName name, OpenOptions options) throws IoRequestException {
    lockChanging("reopen");
    try {
      if (opened != null) {
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
        opened = OpenDevice.of(Devices.open(name, options));
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
        gate.changeLocked(TargetState.STARTED, false, false);
      } finally {
        lock.unlock();
      }
      tellChange(before, TargetState.STARTED, 0);
    } finally {
      changing.unlock();
    }
  }

  /// Changes the state and asks for cancels, as wanted.
  ///
  /// @return the held requests, taken off the list, if the new state holds none
  private List<IoRequest> change(TargetState state, boolean cancels, boolean cancelsAll) {
    List<IoRequest> held;
    List<IoRequest> registered;
    TargetState before;
    lock.lock();
    try {
      before = gate.state();
      gate.changeLocked(state, cancels, cancelsAll);
      held = state == TargetState.STOPPED ? List.of() : takeAllHeldLocked();
      registered = cancels ? requests.registeredLocked() : List.of();
    } finally {
      lock.unlock();
    }
    tellChange(before, state, held.size());
    for (IoRequest request : registered) {
      request.cancelIfSentTo(target, cancelsAll);
    }
    return held;
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

  private int hold(IoRequest request, Packet packet, SendOptions options) {
    lock.lock();
    try {
      TargetState state = gate.state();
      if (state == TargetState.STARTED) {
        return AGAIN;
      }
      OpenDevice opened = this.opened;
      if (state != TargetState.STOPPED || opened == null) {
        return REFUSED;
      }
      if (opened.stackSize() > request.level()) {
        return TOO_FEW_FRAMES;
      }
      int begun;
      try {
        request.aim(target, packet, opened.device(), options);
        if (packet.isCancelRequested()) {
          return MARKED; // a received request, cancelled by its originator
        }
        begun = request.begin(true);
      } catch (RuntimeException | Error e) {
        return notHeld(request, e);
      }
      if (begun == CompletionCounter.BUSY) {
        throw request.inUse(VerifierRule.REQUEST_SENT_TWICE, "send");
      }
      if (begun != CompletionCounter.BEGUN) {
        return begun == CompletionCounter.MARKED ? MARKED : SHUT;
      }
      requests.holdLocked(request);
      trace.held(request.id(), requests.heldLocked());
      if (packet.isCancelRequested() && requests.takeLocked(request)) {
        // its originator's cancel came before the send began, and so did not find it here
        gate.enterLocked();
        return CANCELLED_AT_ONCE;
      }
      return HELD;
    } finally {
      lock.unlock();
    }
  }

  private int notHeld(IoRequest request, Throwable thrown) {
    if (request.isBegun()) {
      gate.enterLocked();
      return FAILED_AT_ONCE;
    }
    if (request.isClosed()) {
      return SHUT;
    }
    if (isWantOfMemory(thrown)) {
      return NO_MEMORY;
    }
    throw again(thrown);
  }

  /// Whether it is neither closed nor closing: a completion routine that a close runs may ask.
  private boolean isOpen() {
    return gate.state() != TargetState.CLOSED_FOR_QUERY_REMOVE && !hasEnded();
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
        .formatted(inFlight(), named.isEmpty() ? "all in their routines" : named);
  }

  private void tellChange(TargetState from, TargetState to, int held) {
    if (from != to) {
      trace.stateChanged(from, to, inFlight(), held);
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

  /// Another change may be waiting for what is in flight. A close does not wait until that ends by
  /// itself: it asks for its cancel at once.
  private void lockChangingToClose() {
    if (changing.tryLock()) {
      return;
    }
    List<IoRequest> registered;
    lock.lock();
    try {
      gate.changeLocked(gate.state(), true, true); // holds until the next change of state
      registered = requests.registeredLocked();
    } finally {
      lock.unlock();
    }
    for (IoRequest request : registered) {
      request.cancelIfSentTo(target, true);
    }
    changing.lock();
  }

  private void lockChanging(String what) {
    if (!Nesting.current().mustNotAwaitTargets()) {
      changing.lock();
    } else if (!changing.tryLock()) {
      throw Verifier.fatal(
          VerifierRule.CHANGE_DURING_CHANGE,
          target,
          IoStatus.INVALID_DEVICE_STATE,
          "cannot %s it from a completion routine while another thread changes its state"
              .formatted(what));
    }
  }
}
