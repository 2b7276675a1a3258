package dev.ioreq;

import dev.ioreq.lock.BriefLock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What passes through a target: sends, which its state lets through, holds back or refuses. What
/// changes the state is [TargetChanges].
final class TargetTraffic {
  /*
   * The state and the number of requests in flight are in the gate (see there); the lists of requests are guarded by
   * lock. No lock is held while foreign code runs: devices, completion routines. What a device is, is asked under it, and
   * as much as a request carries for a device has been copied before.
   *
   *   send:   gate.tryEnter ─ yes ─▶ announce ▸ gate.isLate ─ no ──▶ begin ▸ dispatch      no lock
   *                                                         ─ yes ─▶ withdraw, leave the gate ▸ again
   *                         ─ no ──▶ lock: started by now? again. stopped? beginHeld, hold. else refuse
   *   cancel, timer of a held request: lock: take it: was it still there? then its end is theirs
   *
   * A held request is not counted in the gate; whoever takes it off the list counts it, and its end leaves the gate as
   * any other's.
   *
   * A request registers with the target that it is sent to and stays registered until it is sent elsewhere or closed.
   * So the usual send and completion touch no list; cancelling all looks at the registered ones and asks each whether it
   * is in flight to this target.
   */
  // what becomes of a send, beside what begin says: BEGUN, MARKED, BUSY, SHUT, LATE
  private static final int HELD = 10;
  private static final int AGAIN = 11; // the target is started by now
  private static final int REFUSED = 12;
  private static final int TOO_FEW_FRAMES = 13;
  private static final int NO_MEMORY = 14;
  private static final int CANCELLED = 15; // it had begun, and ends at once
  private static final int FAILED = 16; // the same
  private static final int THROWN = 17; // the sender's affair

  final ReentrantLock lock = new BriefLock();
  final TargetLanes lanes = new TargetLanes(lock);
  final TargetGate gate = new TargetGate(lock, lanes, TargetState.STARTED);
  final TargetRequests requests = new TargetRequests(); // guarded by lock

  private final IoTarget target;
  private final TargetTrace trace;
  private volatile @Nullable OpenDevice opened; // null while closed

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

  /// By [TargetChanges]: no send is on its way.
  void opened(@Nullable OpenDevice opened) {
    this.opened = opened;
  }

  /// What the device is. It is asked inside the gate, counted as a send that ignores the state: so
  /// it is not closed meanwhile, nobody's stop waits for its answer, and the callbacks and routines
  /// of a close, before whose end the gate is not drained, may ask as well.
  DeviceInfo info() {
    int entered = gate.tryEnterIgnoring();
    if (entered == TargetGate.REFUSED) {
      throw target.notOpen();
    }
    try {
      OpenDevice opened = this.opened;
      if (opened == null) {
        throw target.notOpen();
      }
      return opened.device().info();
    } finally {
      gate.leave(entered);
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
    while (true) {
      int entered = enter(ignores);
      if (entered != TargetGate.REFUSED) {
        int begun = deliver(request, packet, options, entered);
        if (begun != CompletionCounter.LATE) {
          return begun == CompletionCounter.BEGUN || isEnded(request, begun);
        }
      } else {
        int held = ignores ? REFUSED : hold(request, packet, options);
        if (held != AGAIN) {
          return held == HELD || isEnded(request, held);
        }
      }
    }
  }

  private int enter(boolean ignores) {
    return ignores ? gate.tryEnterIgnoring() : gate.tryEnter();
  }

  /// @return what became of it; BEGUN if the device has it
  private int deliver(IoRequest request, Packet packet, SendOptions options, int entered) {
    OpenDevice opened = this.opened;
    if (opened == null || opened.stackSize() > request.level()) {
      gate.leave(entered);
      return opened == null ? REFUSED : TOO_FEW_FRAMES;
    }
    Device device = opened.device();
    int begun;
    try {
      request.aim(target, packet, device, options);
      begun = request.begin(entered);
    } catch (RuntimeException | Error e) {
      request.counter.settle(); // from here, where the stack has more room than where it was thrown
      begun = whyNotBegun(request, e);
      if (begun == THROWN) {
        gate.leave(entered);
        throw e;
      }
    }
    if (begun != CompletionCounter.BEGUN) {
      if (begun != FAILED) { // one that had begun leaves by its end
        gate.leave(entered);
      }
      return begun;
    }
    boolean ignores = options.ignoresTargetState();
    if (gate.mustCancel(ignores)) {
      // before the device has it, which may keep this thread until then
      request.cancelIfSentTo(target, ignores);
    }
    packet.descend(request);
    packet.dispatch(device);
    return CompletionCounter.BEGUN;
  }

  /// Something was thrown on the way to the device: for want of memory, or because somebody closed
  /// the request at this moment, and its frame went with it.
  private static int whyNotBegun(IoRequest request, Throwable thrown) {
    if (request.isBegun()) {
      return FAILED;
    }
    if (request.isClosed()) {
      return CompletionCounter.SHUT;
    }
    return AllocationFaults.isWantOfMemory(thrown) ? NO_MEMORY : THROWN;
  }

  /// Ends a send that goes no further, or refuses it.
  ///
  /// @return whether it had begun, and has ended
  private boolean isEnded(IoRequest request, int why) {
    return switch (why) {
      case CompletionCounter.BUSY -> throw request.inUse(VerifierRule.REQUEST_SENT_TWICE, "send");
      case CompletionCounter.SHUT -> throw request.closed("send");
      case CompletionCounter.MARKED -> refuse(request, IoStatus.CANCELLED);
      case CANCELLED -> end(request, IoStatus.CANCELLED);
      case FAILED -> end(request, IoStatus.INSUFFICIENT_RESOURCES);
      case NO_MEMORY -> refuse(request, IoStatus.INSUFFICIENT_RESOURCES);
      case TOO_FEW_FRAMES ->
          request.refused(VerifierRule.TOO_FEW_FRAMES, target, IoStatus.REQUEST_NOT_ACCEPTED);
      default -> refuse(request, IoStatus.INVALID_DEVICE_STATE);
    };
  }

  private boolean refuse(IoRequest request, IoStatus status) {
    trace.refused(request.id(), status);
    return request.refused(status);
  }

  private static boolean end(IoRequest request, IoStatus status) {
    request.endHeld(status);
    return true;
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

  // ------------------------------------------------------------------ held back

  private int hold(IoRequest request, Packet packet, SendOptions options) {
    OpenDevice expected = opened;
    if (expected != null && gate.state() == TargetState.STOPPED) {
      try {
        request.lower.fit(expected.device()); // may copy the whole transfer
      } catch (RuntimeException | Error e) {
        int why = whyNotBegun(request, e);
        if (why == THROWN) {
          throw e;
        }
        return why;
      }
    }
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
        // a received request may have been cancelled by its originator
        begun = packet.isCancelRequested() ? CompletionCounter.MARKED : request.beginHeld();
      } catch (RuntimeException | Error e) {
        begun = whyNotBegun(request, e);
        if (begun == THROWN) {
          throw e;
        }
      }
      if (begun != CompletionCounter.BEGUN) {
        if (begun == FAILED) {
          gate.enterLocked();
        }
        return begun;
      }
      requests.holdLocked(request);
      trace.held(request.id(), requests.heldLocked());
      if (packet.isCancelRequested() && requests.takeLocked(request)) {
        // its originator's cancel came before the send began, and so did not find it here
        gate.enterLocked();
        return CANCELLED;
      }
      return HELD;
    } finally {
      lock.unlock();
    }
  }
}
