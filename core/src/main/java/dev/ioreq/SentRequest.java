package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import dev.ioreq.log.Log;
import dev.ioreq.trace.InFlightRecorder;
import dev.ioreq.trace.RequestCompletedEvent;
import dev.ioreq.trace.TraceKind;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A request as targets see it: one send, from its begin to its end, and who may take part in it.
abstract sealed class SentRequest extends IoObject permits IoRequest {
  /*
   *            format            send: true, target started          last party leaves
   *   NEW ───────────▶ FORMATTED ──────────────────────▶ IN FLIGHT ────────────────────▶ ENDED ─▶ routine
   *    ▲                │ ▲  │                              ▲  cancel, timer ask the         │
   *    │                │ │  └─ send: true, stopped ─▶ HELD ┘ start      device              │
   *    │                │ └─ send: false                 └─ cancel, timer, purge, close ─────┤
   *    └── reuse, changeTarget ◀──────────── format ◀────────────────────────────────────────┘
   *
   * The counter (see there) knows NEW/FORMATTED as IDLE, HELD as QUEUED, IN FLIGHT as SENT. Whether it is formatted is the
   * owner's plain knowledge: isFormatted.
   *
   * Everything the sender writes for one send (sentTarget, waiter, the deadline's time, the packet's frame) is written
   * before counter.announce(), and read by others only after they joined or ended the send; the deadline also by the timing
   * wheel, see there. It is not written again before the send has ended, because the owner checks for that.
   *
   * One send's end, by the party that leaves last:
   *
   *   copy the buffered output back ▸ counter ends (publishes the status) ▸ routine ▸ leave the gate ▸ wake the waiter
   *
   * What comes before the counter's end is done once, isPrepared says so: a canceller who joins after it lets the counter
   * go on, and may be the last to leave then. His leaving comes after that of who did it.
   *
   * After the counter has ended a request without a routine, its owner may see so and send it again. So all that the rest
   * needs is read into locals before. With a routine the owner waits for the routine: it is taken off, and then called.
   */
  private static final Log LOG = new Log("dev.ioreq");
  private static final AtomicLong NEXT_ID = new AtomicLong(1);
  private static final VarHandle IS_ROUTINE_DUE =
      FieldHandle.of(MethodHandles.lookup(), "isRoutineDue", boolean.class);

  /// Stands for a frame where a request has none; never formatted.
  static final Frame NO_FRAME = new Frame();

  private final long id = NEXT_ID.getAndIncrement();
  final CompletionCounter counter = new CompletionCounter();
  final Deadline deadline = new Deadline(this);

  @Nullable Packet packet; // the owner's between sends; made by the first formatting
  int level; // of the packet, where this request's driver stands: its sends go one below
  Frame lower = NO_FRAME; // the next send's, or the last one's; none at level 0
  boolean isFormatted; // the owner's
  boolean hasRoutine; // the owner's between sends
  @Nullable CompletionRoutine routine; // the same; without hasRoutine the one of before, kept
  @Nullable Object routineContext; // the owner's between sends

  // written by the sender before counter.announce(), constant while the send is in use
  @Nullable IoTarget sentTarget;
  private boolean isSentIgnoring;
  @Nullable SendWaiter waiter; // the own one, for a synchronous send

  /// While the JDK records. Written by the sender after counter.begin(), before the device has the
  /// packet; taken by who prepares the end.
  private @Nullable RequestCompletedEvent completedEvent;

  private boolean isPrepared; // the end; cleared by the sender before counter.announce()

  /// Where the send leaves the target's gate. Written by the sender once it is announced or held,
  /// for one that is neither must not touch it; before the device, or the target's list, has the
  /// request. Read by the last party.
  private int entered;

  /// Whether the last send has ended, or is about to, and its routine has not been entered. Not
  /// volatile: set before the CAS that ends the send, and read after a volatile read; for when it
  /// is cleared see [#isRoutineStillDue()].
  boolean isRoutineDue;

  volatile boolean isClosed;

  @Nullable IoRequest nextDeferred; // Nesting's, while deferred

  // links of the target's lists; see TargetRequests
  volatile @Nullable TargetTraffic registeredWith; // written under that target's lock
  @Nullable IoRequest nextRegistered;
  @Nullable IoRequest previousRegistered;
  @Nullable IoRequest nextHeld;
  @Nullable IoRequest previousHeld;
  boolean isHeld;

  // ------------------------------------------------------------------ how it stands

  final IoStatus statusUnchecked() {
    return IoStatus.of(counter.status());
  }

  /// Whether the status says that the send is under way.
  final boolean isPending() {
    return counter.status() == IoStatus.PENDING.code();
  }

  /// Whether the last send ended well.
  final boolean hasSucceeded() {
    return counter.status() >= 0;
  }

  /// Whether a send is under way, or its routine has still to be entered.
  final boolean isSendInUse() {
    return counter.isInUse() || isRoutineDue;
  }

  /// Whether the routine of an ended send has still to be entered. From any thread; who asks again
  /// and again is told in the end.
  final boolean isRoutineStillDue() {
    return (boolean) IS_ROUTINE_DUE.getVolatile(this);
  }

  /// Whether a send is under way. From any thread.
  final boolean isBegun() {
    return counter.isInUse();
  }

  /// Whether the calling thread waits for the send, for as long as it takes.
  final boolean isAwaitedHere() {
    SendWaiter waiter = this.waiter;
    return waiter != null && waiter.isOfThisThread() && !deadline.isSet();
  }

  /// Where the last send went.
  final @Nullable IoTarget sentTarget() {
    return sentTarget;
  }

  @Nullable Object routineContext() {
    return routineContext;
  }

  // ------------------------------------------------------------------ sending

  boolean refused(IoStatus status) {
    counter.refuse(status.code());
    return false;
  }

  /// Refuses a send that breaks a rule, or whose request was closed since the send looked.
  ///
  /// @throws IoMisuseException if it is closed, or in the verifier's strict mode
  boolean refused(VerifierRule rule, IoTarget target, IoStatus status) {
    if (counter.refuse(status.code())) {
      throw self().closed("send");
    }
    target.traffic().trace().refused(id, status);
    if (Verifier.isOn()) {
      Verifier.violated(rule, this, status, "it is sent to " + target.name());
    }
    return false;
  }

  /// Writes down what this send needs. Before [#begin(int)] and [#beginHeld()].
  void aim(IoTarget target, Packet packet, Device device, SendOptions options) {
    if (sentTarget != target) {
      sentTarget = target;
    }
    isSentIgnoring = options.ignoresTargetState();
    if (isPrepared) {
      isPrepared = false;
    }
    packet.aim(self(), lower, device); // may copy a buffer: the timeout counts from after that
    deadline.set(options);
  }

  /// Begins the send, unless its target was shut since it entered. hot path
  ///
  /// @param entered what it will show when it leaves the target's gate
  /// @return as [CompletionCounter#announce()], or [CompletionCounter#LATE]
  int begin(int entered) {
    IoTarget target = Objects.requireNonNull(sentTarget);
    int announced = counter.announce();
    if (announced != CompletionCounter.BEGUN) {
      return announced;
    }
    this.entered = entered; // whatever is thrown from here on, the end of this send leaves by it
    if (target.traffic().gate.isLate(entered)) {
      counter.withdraw();
      return CompletionCounter.LATE;
    }
    counter.begin();
    begun(target, false);
    return CompletionCounter.BEGUN;
  }

  /// Begins the send as one that its target holds back.
  ///
  /// @return as [CompletionCounter#hold()]
  int beginHeld() {
    int begun = counter.hold();
    if (begun == CompletionCounter.BEGUN) {
      entered = TargetGate.ofHeld();
      begun(Objects.requireNonNull(sentTarget), true);
    }
    return begun;
  }

  private void begun(IoTarget target, boolean isQueued) {
    isFormatted = false;
    if (TargetTrace.isWanted()) {
      completedEvent = target.traffic().trace().sent(id, lower, isQueued);
    }
    deadline.arm();
  }

  IoMisuseException inUse(VerifierRule rule, String what) {
    IoTarget target = sentTarget;
    return Verifier.fatal(
        rule,
        this,
        IoStatus.INVALID_DEVICE_REQUEST,
        "cannot %s it: it is sent to %s; cancel it, or wait for its completion routine, first"
            .formatted(what, target == null ? "a target" : target.name()));
  }

  void deliverHeld() {
    counter.deliver();
  }

  Packet requirePacket() {
    return Objects.requireNonNull(packet);
  }

  /// Ends a request that a target held back and took off its list: the list's party leaves.
  void endHeld(IoStatus status) {
    counter.outcome(status.code());
    leave();
  }

  /// Asks for cancel if the request is in flight to a target.
  ///
  /// @param includeIgnoring whether also if it was sent ignoring the state
  void cancelIfSentTo(IoTarget target, boolean includeIgnoring) {
    if (!counter.join()) {
      return;
    }
    if (sentTarget == target && (includeIgnoring || !isSentIgnoring) && !counter.isQueued()) {
      deliverCancel();
    } else {
      leave();
    }
  }

  // ------------------------------------------------------------------ ending

  /// A party leaves; the last one ends the send.
  void leave() {
    Packet packet = Objects.requireNonNull(this.packet);
    IoTarget target = sentTarget;
    SendWaiter waiter = this.waiter;
    boolean hasRoutine = this.hasRoutine;
    if (hasRoutine) {
      isRoutineDue = true;
    }
    int entered;
    while (true) {
      if (counter.tryLeave()) {
        return;
      }
      entered = this.entered; // the last party: all others' writes are here, and no later send's
      prepareEnd(packet);
      if (counter.tryEnd()) {
        break;
      }
    }
    if (hasRoutine) {
      Nesting.current().run(self());
    } else {
      afterRoutine(target, entered, waiter);
    }
  }

  /// What belongs to the end of a send and comes before others can see it. hot path
  private void prepareEnd(Packet packet) {
    Frame frame = lower;
    boolean isCopiedBack = frame.isCopiedBack();
    boolean isTold = completedEvent != null || TargetTrace.isWanted();
    if ((!isCopiedBack && !isTold) || isPrepared) {
      return;
    }
    isPrepared = true;
    long information = packet.information();
    if (isCopiedBack) {
      copyBack(frame, information);
    }
    if (isTold) {
      tellEnd(frame, information);
    }
  }

  /// Tells the recorders, before anybody else can see the end. hot path
  private void tellEnd(Frame frame, long information) {
    TargetTrace trace = Objects.requireNonNull(sentTarget).traffic().trace();
    int status = counter.endStatus();
    trace.completed(id, status, information);
    RequestCompletedEvent event = completedEvent;
    if (event != null) {
      completedEvent = null;
      trace.completed(event, id, frame, status, information);
    }
  }

  private void copyBack(Frame frame, long information) {
    if (frame.type() == RequestType.READ && information > frame.outputLength()) {
      Verifier.violated(
          VerifierRule.BUFFERED_OUTPUT_TOO_LARGE,
          this,
          IoStatus.INVALID_PARAMETER,
          "its device says %d bytes; the buffer has %d"
              .formatted(information, frame.outputLength()));
    }
    try {
      frame.copyBack(information);
    } catch (Throwable e) {
      // wrapped memory: its arena closed, another thread's, or a mapped file that was truncated
      LOG.error("the output of " + this + " cannot be written", e);
      counter.outcome(IoStatus.ACCESS_VIOLATION.code());
    }
  }

  /// Calls the completion routine of an ended send. Called by [Nesting].
  void runRoutine() {
    CompletionRoutine routine = Objects.requireNonNull(this.routine);
    hasRoutine = false;
    isRoutineDue = false;
    IoTarget target = Objects.requireNonNull(sentTarget);
    if (routine instanceof BlockingRoutine blocking) {
      RoutineCalls.start(self(), blocking, target, entered, waiter);
      return;
    }
    RoutineCalls.call(self(), routine, target, entered, waiter);
  }

  final Deadline deadline() {
    return deadline;
  }

  /// The last of a send: the routine has returned, or there was none.
  ///
  /// @param entered where it leaves the target's gate
  final void afterRoutine(@Nullable IoTarget target, int entered, @Nullable SendWaiter waiter) {
    if (target != null) {
      target.traffic().gate.leave(entered);
    }
    // asked of the counter: before its CLOSED another send may begin, and that needs what is
    // disposed of
    if (counter.isClosedForGood() && !isRoutineDue) {
      dispose();
    }
    if (waiter != null) {
      waiter.release();
    }
  }

  // ------------------------------------------------------------------ cancel

  /// Delivers a cancel, as a party that leaves.
  final boolean deliverCancel() {
    return switch (cancelAsParty(true)) {
      case HANDED_OVER, DELIVERED -> true;
      case NOT_DELIVERED -> false;
    };
  }

  /// Delivers a cancel as a party, which has left afterwards; if it was handed over, it leaves when
  /// it has been dealt with.
  ///
  /// @param isFirst whether the packet has still to be marked as cancelled
  final Device.CancelResult cancelAsParty(boolean isFirst) {
    IoTarget target = sentTarget;
    if (target != null && counter.isQueued() && target.traffic().takeHeld(self())) {
      target.traffic().trace().cancelled(id, true);
      endHeld(IoStatus.CANCELLED);
      leave();
      return Device.CancelResult.DELIVERED;
    }
    Packet packet = requirePacket();
    Device.CancelResult result = isFirst ? packet.cancel(self()) : packet.cancelBelow(self());
    if (target != null) {
      target.traffic().trace().cancelled(id, result != Device.CancelResult.NOT_DELIVERED);
    }
    if (result != Device.CancelResult.HANDED_OVER) {
      leave();
    }
    return result;
  }

  /// Joins this request's send, if there is one, as a party.
  final boolean joinSend() {
    return counter.join();
  }

  /// The deadline has passed. By the timer, as a party.
  final void timedOut() {
    counter.expire();
    Objects.requireNonNull(sentTarget).traffic().trace().timedOut(id);
    deliverCancel();
  }

  // ------------------------------------------------------------------ what is told of it

  /// The number that recorders and messages know it by.
  final long id() {
    return id;
  }

  /// Where the events of its last send are; null before the first.
  @Nullable InFlightRecorder recorder() {
    IoTarget target = sentTarget;
    return target == null ? null : target.traffic().trace().recorder();
  }

  final void trace(TraceKind kind) {
    IoTarget target = sentTarget;
    if (target != null) {
      target.traffic().trace().event(kind, id);
    }
  }

  /// Its end, once it is closed and nothing is under way. May be called twice.
  abstract void dispose();

  private IoRequest self() {
    return (IoRequest) this; // the only permitted subclass
  }
}
