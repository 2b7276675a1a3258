package dev.ioreq;

import dev.ioreq.log.Log;
import dev.ioreq.trace.InFlightRecorder;
import dev.ioreq.trace.RequestCompletedEvent;
import dev.ioreq.trace.TraceKind;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One operation, from formatting to its single completion; reused for as many operations as
/// wanted.
///
/// **Effect.** A target *formats* the request, a completion routine is *registered*, the request is
/// *sent*. For a send that returned true and was not synchronous the routine is called exactly
/// once, whatever happens: completion, error, cancel, timeout, the target's purge or close. For a
/// send that returned false nothing was sent, no routine is called, and [#status()] says why;
/// formatting and routine are as before.
///
/// **Threading.** Formatting, registering, sending and reusing need one thread at a time;
/// [#cancelSent()] and [#status()] may be called from any thread, at any time, and so may
/// [#close()], except while another thread formats the request or registers its routine. From a
/// send until its routine is entered the request belongs to the target: everything but those three
/// throws [IoMisuseException]. See the package's page for what happens-before what.
///
/// **Lifetime.** Closing a request in flight lets it complete first, and then releases it. A
/// request keeps what it was once made to need until it is closed: its frames, and the native
/// buffer, as large as its largest transfer so far, through which buffered transfers and memory of
/// the Java heap are carried. Who sends a large one of these once closes the request.
///
/// @see "WdfRequestCreate and its siblings"
public sealed class IoRequest extends IoObject permits QueuedRequest {
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
   * Everything the sender writes for one send (sentTarget, waiter, deadline, the packet's frame) is written before
   * counter.begin(), and read by others only after they joined or ended the send. It is not written again before the send
   * has ended, because the owner checks for that.
   *
   * One send's end, by the party that leaves last:
   *
   *   copy the buffered output back ▸ counter ends (publishes the status) ▸ routine ▸ leave the gate ▸ wake the waiter
   *
   * After the counter has ended a request without a routine, its owner may see so and send it again. So all that the rest
   * needs is read into locals before. With a routine the owner waits for the routine: it is taken off, and then called.
   */
  private static final Log LOG = new Log("dev.ioreq");
  private static final AtomicLong NEXT_ID = new AtomicLong(1);

  /// Stands for a frame where a request has none; never formatted.
  static final Frame NO_FRAME = new Frame();

  /// The owner, for the ledger, of requests made for no target.
  private static final Object OF_NO_TARGET = "requests that were created for no target";

  private final long id = NEXT_ID.getAndIncrement();
  private final CompletionCounter counter = new CompletionCounter();
  private final Deadline deadline = new Deadline(this);
  private final CompletionParameters parameters = new CompletionParameters(this);

  private @Nullable Packet packet; // the owner's between sends; made by the first formatting
  private int level; // of the packet, where this request's driver stands: its sends go one below
  private Frame lower = NO_FRAME; // the next send's, or the last one's; none at level 0
  private boolean isFormatted; // the owner's
  private @Nullable CompletionRoutine routine; // the owner's between sends
  private @Nullable Object routineContext; // the owner's between sends

  // written by the sender before counter.begin(), constant while the send is in use
  private @Nullable IoTarget sentTarget;
  private boolean isSentIgnoring;
  private @Nullable SendWaiter waiter; // the own one, for a synchronous send
  private @Nullable RequestCompletedEvent completedEvent; // while the JDK records

  /// Whether the last send has ended, or is about to, and its routine has not been entered. Not
  /// volatile: written before the CAS that ends the send, and before the atomic step that leaves
  /// the gate; read after a volatile read.
  private boolean isRoutineDue;

  private @Nullable SendWaiter ownWaiter; // the owner's; made by the first synchronous send
  private volatile boolean isClosed;
  private volatile boolean isDisposed; // written under this
  private RequestLedger.@Nullable Ticket ticket; // written when created; while requests are counted

  @Nullable IoRequest nextDeferred; // Nesting's, while deferred

  // links of the target's lists; see TargetRequests
  volatile @Nullable TargetTraffic registeredWith; // written under that target's lock
  @Nullable IoRequest nextRegistered;
  @Nullable IoRequest previousRegistered;
  @Nullable IoRequest nextHeld;
  @Nullable IoRequest previousHeld;
  boolean isHeld;

  IoRequest() {}

  /// A request that fits no target yet; formatting makes it fit.
  ///
  /// @return a new request
  /// @throws IoMisuseException [IoStatus#INSUFFICIENT_RESOURCES] if allocations are made to fail
  public static IoRequest create() {
    return create(OF_NO_TARGET);
  }

  private static IoRequest create(Object owner) {
    AllocationFaults.allocating("a request");
    IoRequest request = new IoRequest();
    request.ticket = Verifier.ledger().opened(owner);
    return request;
  }

  /// A request with as many frames as a target needs, so that formatting it for the target
  /// allocates nothing.
  ///
  /// @param target an open target
  /// @return a new request
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if the target is closed;
  ///   [IoStatus#INSUFFICIENT_RESOURCES] if allocations are made to fail
  public static IoRequest create(IoTarget target) {
    int stackSize = target.openDevice().stackSize();
    IoRequest request = create((Object) target);
    try {
      request.requireFrames(stackSize);
    } catch (RuntimeException e) {
      request.close();
      throw e;
    }
    return request;
  }

  /// How many completion routines have thrown in this process. Each was logged.
  ///
  /// @return a count from 0
  public static long failedRoutines() {
    return RoutineCalls.failed();
  }

  // ------------------------------------------------------------------ the owner, between sends

  /// Registers what is called when the next send has ended. Replaces an earlier one.
  ///
  /// @param routine called once
  /// @return this request
  public final IoRequest setCompletionRoutine(CompletionRoutine routine) {
    return setCompletionRoutine(routine, null);
  }

  /// Registers what is called when the next send has ended, with a context it can ask for.
  ///
  /// @param routine called once
  /// @param context [CompletionParameters#context()] gives it
  /// @return this request
  public final IoRequest setCompletionRoutine(CompletionRoutine routine, @Nullable Object context) {
    requireOwned(VerifierRule.FORMAT_IN_FLIGHT, "register a completion routine with");
    this.routine = Objects.requireNonNull(routine, "routine");
    if (context != null || routineContext != null) {
      routineContext = context;
    }
    return this;
  }

  /// Removes the completion routine: an asynchronous send then completes silently.
  public final void clearCompletionRoutine() {
    requireOwned(VerifierRule.FORMAT_IN_FLIGHT, "remove the completion routine of");
    forgetRoutine();
  }

  private void forgetRoutine() {
    if (routine != null) {
      routine = null;
    }
    if (routineContext != null) {
      routineContext = null;
    }
  }

  /// Sends asynchronously, without timeout, respecting the target's state.
  ///
  /// @param target where to
  /// @return whether the target accepted it
  public final boolean send(IoTarget target) {
    return send(target, SendOptions.none());
  }

  /// Sends.
  ///
  /// **Effect.** True means accepted: delivered to the device, held back by a stopped target, or,
  /// when synchronous, sent and ended. It says nothing about how the device fares. False means that
  /// nothing was sent: [#status()] is [IoStatus#REQUEST_NOT_ACCEPTED] if the request is not
  /// formatted or has too few frames for the target, [IoStatus#INVALID_DEVICE_STATE] if the
  /// target's state refuses it, [IoStatus#CANCELLED] if [#cancelSent()] came first,
  /// [IoStatus#INVALID_PARAMETER] for options that exclude one another. Send and forget is for
  /// received requests only ([IoStatus#INVALID_DEVICE_STATE]).
  ///
  /// **Threading.** Usually the device sees the request, and often the completion routine has run,
  /// before this method returns. After true do not touch the request until its routine runs. A
  /// synchronous send must not come from a completion routine.
  ///
  /// @param target where to
  /// @param options what is wanted beside the usual
  /// @return whether the target accepted it
  /// @throws IoMisuseException if the request is in flight, or the thread must not wait
  /// @see "WdfRequestSend"
  public final boolean send(
      IoTarget target, SendOptions options) { // hot path: see RequestBenchmark
    requireOwned(VerifierRule.REQUEST_SENT_TWICE, "send");
    if (options.isForbiddenCombination()) {
      return refused(IoStatus.INVALID_PARAMETER);
    }
    if (options.isSendAndForget()) {
      return sendAndForget(target);
    }
    Packet packet = this.packet;
    if (!isFormatted || packet == null) {
      return refused(VerifierRule.REQUEST_NOT_FORMATTED, target, IoStatus.REQUEST_NOT_ACCEPTED);
    }
    if (!isSendable(options)) {
      return false;
    }
    if (options.isSynchronous()) {
      if (Nesting.current().isInRoutine()) {
        throw Verifier.fatal(
            VerifierRule.WAIT_IN_CALLBACK,
            this,
            IoStatus.INVALID_DEVICE_REQUEST,
            "a synchronous send from a completion routine would wait for the thread it runs on;"
                + " send it asynchronously, or register the routine with CompletionRoutine.mayBlock");
      }
      if (!options.hasTimeout() && Verifier.checks(VerifierRule.SYNCHRONOUS_WITHOUT_TIMEOUT)) {
        Verifier.violated(
            VerifierRule.SYNCHRONOUS_WITHOUT_TIMEOUT,
            this,
            IoStatus.INVALID_PARAMETER,
            "it is sent synchronously to %s, with %s".formatted(target.name(), options));
      }
      SendWaiter waiter = waiterHere();
      this.waiter = waiter;
      boolean isAccepted = target.traffic().submit(this, packet, options);
      if (isAccepted) {
        waiter.await(this, target);
      }
      return isAccepted;
    }
    if (waiter != null) {
      waiter = null;
    }
    return target.traffic().submit(this, packet, options);
  }

  private SendWaiter waiterHere() {
    SendWaiter own = ownWaiter;
    if (own == null) {
      own = new SendWaiter();
      ownWaiter = own;
    }
    own.begin();
    return own;
  }

  /// Makes the request as new, so that it can be formatted again: status as given, information 0,
  /// no routine, no formatting, no references on memory, no cancel left over. It keeps what was
  /// allocated for it.
  ///
  /// @param status what [#status()] gives until the next send
  /// @throws IoMisuseException if it is in flight
  /// @see "WdfRequestReuse"
  public void reuse(IoStatus status) {
    requireOwned(VerifierRule.REUSE_IN_FLIGHT, "reuse");
    if (!counter.reset(status.code())) {
      throw inUse(VerifierRule.REUSE_IN_FLIGHT, "reuse");
    }
    trace(TraceKind.REUSED);
    forgetRoutine();
    unformat();
    Packet packet = this.packet;
    if (packet != null) {
      packet.information(0);
      packet.statusCode(status.code());
    }
  }

  /// Makes the request as new, with status success.
  public final void reuse() {
    reuse(IoStatus.SUCCESS);
  }

  /// Sees to it that the request can be formatted for another target, and forgets the formatting.
  /// The order is: change target, format, register the routine, send.
  ///
  /// @param target where the request will be sent next
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if the target is closed,
  ///   [IoStatus#INVALID_DEVICE_REQUEST] if the request is in flight; the request is unchanged then
  /// @see "WdfRequestChangeTarget"
  public final void changeTarget(IoTarget target) {
    requireOwned(VerifierRule.CHANGE_TARGET_IN_FLIGHT, "change the target of");
    Device device = target.openDevice();
    requireFrames(device.stackSize());
    unformat();
  }

  // ------------------------------------------------------------------ anybody, at any time

  /// Asks for the cancel of this request where it was sent.
  ///
  /// True means that the cancel was delivered: the request will end soon, as cancelled or
  /// otherwise; its completion routine may run inside this call. False means that it was not: the
  /// request was not sent, has ended already (then its next send is refused with
  /// [IoStatus#CANCELLED] unless it is reused), or its device cannot cancel it now.
  ///
  /// @return whether the cancel was delivered
  /// @see "WdfRequestCancelSentRequest"
  public final boolean cancelSent() {
    trace(TraceKind.CANCEL_ASKED);
    return counter.joinOrMark() && deliverCancel();
  }

  /// How the last send ended; [IoStatus#PENDING] while it is under way.
  ///
  /// @return before the first send, success or what [#reuse(IoStatus)] was given
  public final IoStatus status() {
    IoStatus status = statusUnchecked();
    if (status.equals(IoStatus.PENDING) && Verifier.checks(VerifierRule.STATUS_WHILE_IN_FLIGHT)) {
      Verifier.violated(
          VerifierRule.STATUS_WHILE_IN_FLIGHT,
          this,
          IoStatus.PENDING,
          "its status is asked for while it is in flight");
    }
    return status;
  }

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

  /// How much the last send moved. Meaningful when [#status()] is not pending.
  ///
  /// @return bytes, or what the control code says; 0 or more
  public long information() {
    Packet packet = this.packet;
    return packet == null ? 0 : packet.information();
  }

  /// What the completion routine was told, until the request is formatted anew or reused.
  ///
  /// @return a view, always the same
  public final CompletionParameters completionParameters() {
    if (completedType() == RequestType.NO_FORMAT && Verifier.isOn()) {
      Verifier.violated(
          VerifierRule.COMPLETION_PARAMETERS_WITHOUT_FORMAT,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "its completion parameters are asked for, and no target has formatted it");
    }
    return parameters;
  }

  /// Releases the request and the references on memory that it holds. One in flight completes
  /// first; a send that begins at the same moment is refused, or completes first. Does nothing the
  /// second time.
  @Override
  public void close() {
    isClosed = true;
    if (!counter.close() && !isRoutineDue) {
      dispose();
    } else if (Verifier.isOn()) {
      Verifier.violated(
          VerifierRule.DELETE_IN_FLIGHT,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is closed while it is in flight");
    }
    // then whoever runs the routine looks at isClosed afterwards: one of the two sees the other
  }

  @Override
  public String toString() {
    return "request " + id + " (" + (isClosed ? "closed, " : "") + counter + ")";
  }

  // ------------------------------------------------------------------ formatting, for IoTarget

  /// Before a format looks at anything else: from here on a failure leaves the request unformatted.
  final void requireFormattable() {
    requireOwned(VerifierRule.FORMAT_IN_FLIGHT, "format");
    isFormatted = false; // a format that fails half-way, for want of memory too, is never sent
  }

  /// The frame to fill for a target; anything formatted before is replaced. After
  /// [#requireFormattable()].
  Frame formatFrame(int stackSize) {
    requireFrames(stackSize);
    return lower;
  }

  void formatted() {
    isFormatted = true;
  }

  boolean isFormatted() {
    return isFormatted;
  }

  void unformat() {
    isFormatted = false;
    if (level > 0) {
      lower.release();
    }
  }

  /// Keeps no large buffer while nobody uses it. Not while it is in flight.
  void letGoOfLargeBuffers() { // hot path
    for (int at = level - 1; at >= 0; at--) {
      requirePacket().frameAt(at).letGoOfLarge();
    }
  }

  /// Sees to it that there are enough frames below this request's level.
  void requireFrames(int stackSize) {
    if (level < stackSize) {
      AllocationFaults.allocating("a packet of " + stackSize + " frames");
      unformat();
      Packet old = packet;
      if (old != null) {
        old.dispose();
      }
      stand(new Packet(this, stackSize), stackSize);
    }
  }

  private void stand(Packet packet, int level) {
    this.packet = packet;
    this.level = level;
    lower = level == 0 ? NO_FRAME : packet.frameAt(level - 1);
  }

  /// What completion parameters show.
  Frame completedFrame() {
    return lower;
  }

  /// The kind of format, as completion parameters show it.
  RequestType completedType() {
    return completedFrame().type();
  }

  int level() {
    return level;
  }

  /// Binds a received request to the packet it stands for.
  final void bind(Packet packet, int level) {
    if (this.packet != packet || this.level != level) {
      stand(packet, level);
    }
    isFormatted = false;
    forgetRoutine();
    counter.restart(packet.statusCode());
  }

  /// Whether a send is under way, or its routine has still to be entered.
  final boolean isSendInUse() {
    return counter.isInUse() || isRoutineDue;
  }

  /// Whether the calling thread waits for the send, and can be blocked for as long as it takes.
  final boolean isAwaitedHere() {
    SendWaiter waiter = this.waiter;
    return waiter != null && waiter.mayBlockHere() && !deadline.isSet();
  }

  /// Where the last send went.
  final @Nullable IoTarget sentTarget() {
    return sentTarget;
  }

  boolean hasRoutine() {
    return routine != null;
  }

  /// Whether a formatted request may be sent so; if not, its status says why.
  boolean isSendable(SendOptions options) {
    return true;
  }

  /// Passes the packet on for good; a request of one's own making cannot be forgotten.
  boolean sendAndForget(IoTarget target) {
    return refused(IoStatus.INVALID_DEVICE_STATE);
  }

  @Nullable Object routineContext() {
    return routineContext;
  }

  // ------------------------------------------------------------------ sending, for IoTarget

  boolean refused(IoStatus status) {
    counter.refuse(status.code());
    return false;
  }

  /// Refuses a send that breaks a rule.
  ///
  /// @throws IoMisuseException in the verifier's strict mode
  boolean refused(VerifierRule rule, IoTarget target, IoStatus status) {
    target.traffic().trace().refused(id, status);
    counter.refuse(status.code());
    if (Verifier.isOn()) {
      Verifier.violated(rule, this, status, "it is sent to " + target.name());
    }
    return false;
  }

  /// Writes down what this send needs. Before [#begin(boolean)].
  void aim(IoTarget target, Packet packet, Device device, SendOptions options) {
    if (sentTarget != target) {
      sentTarget = target;
    }
    isSentIgnoring = options.ignoresTargetState();
    deadline.set(options);
    packet.aim(this, lower, device);
  }

  /// Begins the send; see [CompletionCounter#begin(boolean)].
  int begin(boolean isQueued) {
    IoTarget target = Objects.requireNonNull(sentTarget);
    int begun = counter.begin(isQueued);
    if (begun == CompletionCounter.BEGUN) {
      isFormatted = false;
      if (TargetTrace.isWanted()) {
        completedEvent = target.traffic().trace().sent(id, lower, isQueued);
      }
      deadline.arm();
    }
    return begun;
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

  /// The device below has completed the packet. hot path
  void lowerCompleted(int statusCode) {
    counter.outcome(statusCode);
    leave();
  }

  /// A party leaves; the last one ends the send.
  void leave() {
    Packet packet = Objects.requireNonNull(this.packet);
    IoTarget target = sentTarget;
    boolean isIgnoring = isSentIgnoring;
    SendWaiter waiter = this.waiter;
    boolean hasRoutine = routine != null;
    if (hasRoutine) {
      isRoutineDue = true;
    }
    boolean isTold = false;
    while (true) {
      if (counter.tryLeave()) {
        return;
      }
      Frame frame = lower;
      long information = packet.information();
      if (frame.isCopiedBack()) {
        copyBack(frame, information);
      }
      if (!isTold && (completedEvent != null || TargetTrace.isWanted())) {
        tellEnd(frame, information);
        isTold = true; // a canceller that came between makes one more turn
      }
      if (counter.tryEnd()) {
        break;
      }
    }
    if (hasRoutine) {
      Nesting.current().run(this);
    } else {
      afterRoutine(target, isIgnoring, waiter);
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
    this.routine = null;
    isRoutineDue = false;
    IoTarget target = Objects.requireNonNull(sentTarget);
    if (routine instanceof BlockingRoutine blocking) {
      RoutineCalls.start(this, blocking, target, isSentIgnoring, waiter);
      return;
    }
    RoutineCalls.call(this, routine, target, isSentIgnoring, waiter);
  }

  final CompletionParameters parameters() {
    return parameters;
  }

  final Deadline deadline() {
    return deadline;
  }

  /// The last of a send: the routine has returned, or there was none.
  final void afterRoutine(
      @Nullable IoTarget target, boolean isIgnoring, @Nullable SendWaiter waiter) {
    if (target != null) {
      target.traffic().left(isIgnoring);
    }
    if (isClosed && !counter.isInUse() && !isRoutineDue) {
      dispose();
    }
    if (waiter != null) {
      waiter.release();
    }
  }

  /// Delivers a cancel, as a party that leaves.
  private boolean deliverCancel() {
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
    if (target != null && counter.isQueued() && target.traffic().takeHeld(this)) {
      target.traffic().trace().cancelled(id, true);
      endHeld(IoStatus.CANCELLED);
      leave();
      return Device.CancelResult.DELIVERED;
    }
    Packet packet = requirePacket();
    Device.CancelResult result = isFirst ? packet.cancel(this) : packet.cancelBelow(this);
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

  private void trace(TraceKind kind) {
    IoTarget target = sentTarget;
    if (target != null) {
      target.traffic().trace().event(kind, id);
    }
  }

  // ------------------------------------------------------------------ its end

  void requireOwned(VerifierRule rule, String what) {
    if (isSendInUse()) {
      throw inUse(rule, what);
    }
    if (isClosed) {
      throw closed(what);
    }
  }

  final boolean isClosed() {
    return isClosed;
  }

  /// Whether a send is under way, as its sender sees it before the device has it.
  final boolean isBegun() {
    return counter.isInUse();
  }

  final IoMisuseException closed(String what) {
    return Verifier.fatal(
        VerifierRule.USE_AFTER_CLOSE,
        this,
        IoStatus.INVALID_DEVICE_REQUEST,
        "cannot %s it: it is closed; create a new one".formatted(what));
  }

  @Override
  boolean hasEnded() {
    return isDisposed;
  }

  private void dispose() {
    synchronized (this) {
      if (isDisposed) {
        return;
      }
      isDisposed = true;
    }
    cleanUp(); // while the request still has its memory
    deadline.disarm();
    TargetTraffic registered = registeredWith;
    if (registered != null) {
      registered.unregister(this);
    }
    unformat();
    Packet packet = this.packet;
    if (packet != null) {
      packet.dispose();
    }
    RequestLedger.Ticket ticket = this.ticket;
    if (ticket != null) {
      ticket.close();
    }
    deleted();
  }
}
