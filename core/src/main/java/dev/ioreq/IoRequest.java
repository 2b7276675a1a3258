package dev.ioreq;

import dev.ioreq.trace.TraceKind;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
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
/// request keeps what it was once made to need until it is closed: its frames, the routine it had
/// last, unless it was [reused][#reuse()] since, and the native buffer, as large as its largest
/// transfer so far, through which buffered transfers and memory of the Java heap are carried. Who
/// sends a large one of these once closes the request.
///
/// @see "WdfRequestCreate and its siblings"
public sealed class IoRequest extends SentRequest permits QueuedRequest {
  private static final long LOOK_AGAIN_NANOS = 1_000_000;

  /// The owner, for the ledger, of requests made for no target.
  private static final Object OF_NO_TARGET = "requests that were created for no target";

  private final CompletionParameters parameters = new CompletionParameters(this);

  /// For the next synchronous send, unless an earlier one has still to let go of it. Only the owner
  /// takes it: who returns from a send whose routine has given the request to somebody else may do
  /// so beside the new owner.
  private @Nullable SendWaiter ownWaiter;

  private volatile boolean isDisposed; // written under this
  private RequestLedger.@Nullable Ticket ticket; // written when created; while requests are counted

  IoRequest() {}

  /// A request that fits no target yet; formatting makes it fit.
  ///
  /// @return a new request
  /// @throws IoMisuseException [IoStatus#INSUFFICIENT_RESOURCES] if allocations are made to fail
  public static IoRequest create() {
    return create(OF_NO_TARGET);
  }

  /// A request that a target keeps for synchronous calls; it lives as long as the target, and is
  /// not counted.
  static IoRequest createKept() {
    AllocationFaults.allocating("a request");
    return new IoRequest();
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
  @SuppressWarnings("ReferenceEquality") // the same routine, not an equal one
  public final IoRequest setCompletionRoutine(CompletionRoutine routine, @Nullable Object context) {
    requireOwned(VerifierRule.FORMAT_IN_FLIGHT, "register a completion routine with");
    Objects.requireNonNull(routine, "routine");
    if (this.routine != routine) {
      this.routine = routine;
    }
    hasRoutine = true;
    if (context != null || routineContext != null) {
      routineContext = context;
    }
    return this;
  }

  /// Removes the completion routine: an asynchronous send then completes silently.
  public final void clearCompletionRoutine() {
    requireOwned(VerifierRule.FORMAT_IN_FLIGHT, "remove the completion routine of");
    forgetRoutine();
    routine = null;
  }

  /// The next send calls no routine. The reference stays: most requests get the same one again.
  final void forgetRoutine() { // hot path
    hasRoutine = false;
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
  /// @throws IoMisuseException if the request is in flight or closed, or the thread must not wait
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
      SendWaiter waiter = takeWaiter();
      if (this.waiter != waiter) {
        this.waiter = waiter;
      }
      boolean isAccepted = target.traffic().submit(this, packet, options);
      if (isAccepted) {
        waiter.await(this, target);
      }
      waiter.end();
      return isAccepted;
    }
    if (waiter != null) {
      waiter = null;
    }
    return target.traffic().submit(this, packet, options);
  }

  /// A routine that may block may send the request synchronously again, before who sent it before
  /// has been woken: so each takes one of its own.
  private SendWaiter takeWaiter() {
    SendWaiter own = ownWaiter;
    if (own != null && own.tryBegin()) {
      return own;
    }
    SendWaiter made = new SendWaiter();
    made.tryBegin();
    ownWaiter = made;
    return made;
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
    routine = null;
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
    boolean isInUse = counter.close();
    if (!isInUse && !isRoutineDue) {
      dispose();
      return;
    }
    if (!isInUse) {
      disposeOnceItsRoutineIsEntered();
    }
    if (Verifier.isOn()) {
      Verifier.violated(
          VerifierRule.DELETE_IN_FLIGHT,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is closed while it is in flight");
    }
    // whoever ends the send looks afterwards whether the counter is closed, behind a CAS as close()
    // is one
  }

  /// The send has ended, and its routine was not seen to begin. Who runs it may have looked at the
  /// counter before this close: between the two looks of his there is no barrier, which every
  /// request would pay for. So the one who closes looks again; that is rare.
  private void disposeOnceItsRoutineIsEntered() {
    Thread.ofVirtual()
        .name("ioreq-close-" + id())
        .start(() -> {
          while (isRoutineStillDue()) {
            LockSupport.parkNanos(this, LOOK_AGAIN_NANOS);
          }
          if (!counter.isInUse()) {
            dispose();
          }
        });
  }

  @Override
  public String toString() {
    return "request " + id() + " (" + (isClosed ? "closed, " : "") + counter + ")";
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

  /// Whether a formatted request may be sent so; if not, its status says why.
  boolean isSendable(SendOptions options) {
    return true;
  }

  /// Passes the packet on for good; a request of one's own making cannot be forgotten.
  boolean sendAndForget(IoTarget target) {
    return refused(IoStatus.INVALID_DEVICE_STATE);
  }

  final CompletionParameters parameters() {
    return parameters;
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

  @Override
  final void dispose() {
    synchronized (this) {
      if (isDisposed) {
        return;
      }
      isDisposed = true;
    }
    cleanUp(); // while the request still has its memory
    deadline.disarm();
    routine = null;
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
