package dev.ioreq;

import dev.ioreq.trace.InFlightRecorder;
import dev.ioreq.trace.TraceKind;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A request that a driver got from one of its device's queues: its handle on a packet that comes
/// from above.
///
/// **Effect.** The driver owns it from the moment a handler gets it. It ends its ownership once: by
/// completing it, forwarding it to another queue, putting it back, or sending it and forgetting it.
/// Until then it may send it to targets as often as it likes, one after another, format it for each
/// or hand on what came, mark it cancelable, or just keep it.
///
/// **Threading.** One thread at a time works with a request it owns. Cancels come from any thread;
/// [#unmarkCancelable()] decides who goes on.
///
/// **Lifetime.** Completing it ends the driver's use of it and of its memory: its cleanup callbacks
/// run, its children are deleted, and the layers above learn of the completion after that. Its
/// contexts are zeroed for the next packet; those of a reserved request stay. It is not closed.
/// With a [#reference()] the handle and its contexts stay valid, but not the packet and its memory.
///
/// @see "WDFREQUEST, as a queue delivers it"
public final class ReceivedRequest extends IoRequest {
  /*
   *            arrive                   deliver, retrieve              complete, forget
   *   FREE ─────────────▶ FRAMEWORK ───────────────────────▶ OWNED ──────────────────────▶ FREE
   *                        │    ▲ ▲                           │  ▲                          ▲
   *                 queue  │    │ └──── forward, requeue ─────┘  │ deliver, retrieve,       │
   *                        ▼    │                                │ cancelled on queue       │
   *                       QUEUED ────────────────────────────────┘                          │
   *                        └────────── cancelled, purged: the framework completes it ───────┘
   *
   *   while OWNED:  UNMARKED ──mark──▶ MARKED ──cancel, purge──▶ EVENT (its routine runs, or will)
   *                     ▲                └──unmark──┐
   *                     └───────────────────────────┘
   *
   * state is decided by CAS from OWNED, so two completions never both pass; the steps from and to QUEUED happen under the
   * queue's lock, which also guards the mark and the links. Whether it is at a target is the send's counter's to say.
   *
   * A canceller comes through the frame (see Packet). It finds the queue in a volatile field, takes that queue's lock and
   * asks again: a request moves between queues under the lock of the one it enters.
   *
   * Handles are kept in their frame and used again for the next packet, so that receiving allocates nothing. Everything
   * after Packet.complete works with locals: the packet may be back before it returns. In the verifier's strict mode each
   * packet gets a new handle, so that a stale one is recognised.
   */
  private static final int FREE = 0;
  private static final int FRAMEWORK = 1;
  private static final int QUEUED = 2;
  private static final int OWNED = 3;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(ReceivedRequest.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final IoDevice device;
  private final boolean isKept;
  private final ReceivedMemory input = new ReceivedMemory();
  private final ReceivedMemory output = new ReceivedMemory();

  private volatile int state;
  private volatile @Nullable IoQueue queue; // changed by who holds it, under the new queue's lock
  private boolean isCurrentType; // the owner's: formatted as a repetition of its own frame
  private @Nullable QueueDelivery reservedFor; // constant
  private long arrivals; // packets it has stood for; written before state, read after it

  @Nullable ReceivedRequest nextKept; // the frame's; read and written by who holds the packet

  // guarded by the queue's lock
  @Nullable ReceivedRequest nextInQueue;
  @Nullable ReceivedRequest previousInQueue;
  @Nullable ReceivedRequest nextOwned;
  @Nullable ReceivedRequest previousOwned;
  @Nullable CancelRoutine cancelRoutine; // marked
  boolean isCancelEventDue; // its routine was taken, and runs or will
  boolean wasPresented; // the driver has had it
  boolean isCancelledOnQueue; // the driver has it because it was cancelled in the queue
  boolean isStopNotified; // told of a stop and not yet answered
  boolean isKeptOverStop; // answered without requeue: told of the resume
  boolean isTracked; // in the queue's list of owned requests
  boolean awaitsReserve; // waits for a reserved request to stand for it
  private int peeks; // by find: then the handle is not used again

  ReceivedRequest(IoDevice device, boolean isKept) {
    this.device = device;
    this.isKept = isKept;
  }

  // ------------------------------------------------------------------ what it is

  /// The device whose queue delivered it.
  ///
  /// @return the driver's device
  public IoDevice device() {
    return device;
  }

  /// The queue it was delivered from, or forwarded to.
  ///
  /// @return empty once it is completed
  /// @see "WdfRequestGetIoQueue"
  public Optional<IoQueue> queue() {
    return Optional.ofNullable(state == FREE ? null : queue);
  }

  /// What kind of operation is asked for.
  ///
  /// @return the type
  /// @see "WdfRequestGetParameters"
  public RequestType type() {
    return frame().type();
  }

  /// How many bytes come with it: of a write or a device control.
  ///
  /// @return bytes
  public long inputLength() {
    return frame().inputLength();
  }

  /// How many bytes it takes: of a read or a device control.
  ///
  /// @return bytes
  public long outputLength() {
    return frame().outputLength();
  }

  /// Where on the device a read or write begins.
  ///
  /// @return bytes from 0
  public long deviceOffset() {
    return frame().deviceOffset();
  }

  /// The code of a device control.
  ///
  /// @return the code
  /// @throws IllegalStateException on a read or write
  public ControlCode controlCode() {
    return frame().controlCode();
  }

  /// The first argument of an internal device control with three.
  ///
  /// @return what the sender gave
  public @Nullable Object argument1() {
    return frame().argument1();
  }

  /// The second.
  ///
  /// @return what the sender gave
  public @Nullable Object argument2() {
    return frame().argument2();
  }

  /// The third, which WDF numbers 4.
  ///
  /// @return what the sender gave
  public @Nullable Object argument4() {
    return frame().argument4();
  }

  /// Whether it is one of the requests its queue keeps for the case that others cannot be had.
  ///
  /// @return true if so
  /// @see "WdfRequestIsReserved"
  public boolean isReserved() {
    return reservedFor != null;
  }

  /// The bytes that come with it.
  ///
  /// The same memory each time. It may be formatted into other requests, whole or in windows; those
  /// must have let go of it before this request is completed.
  ///
  /// @param minimumBytes what the driver needs, 0 or more
  /// @return a memory of the sender's length, read-only unless it is a buffered device control
  /// @throws IoRequestException [IoStatus#BUFFER_TOO_SMALL] if there are fewer bytes, or none
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] on a read;
  ///   [IoStatus#INTERNAL_ERROR] after completion
  /// @see "WdfRequestRetrieveInputMemory, WdfRequestRetrieveInputBuffer"
  public IoMemory retrieveInput(long minimumBytes) throws IoRequestException {
    Frame frame = liveFrame("retrieve the input of");
    if (frame.type() == RequestType.READ) {
      throw wrongDirection("input", "a read brings none; ask for its output");
    }
    requireLength("input", frame.inputLength(), minimumBytes);
    boolean isReadOnly = frame.type() == RequestType.WRITE || !frame.isBufferedControl();
    return input.of(frame.inputSegment(), frame.inputBase(), frame.inputLength(), isReadOnly);
  }

  /// Where the bytes go that it asks for.
  ///
  /// @param minimumBytes what the driver needs, 0 or more
  /// @return a memory of the length that was asked for
  /// @throws IoRequestException [IoStatus#BUFFER_TOO_SMALL] if there is less room, or none
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] on a write;
  ///   [IoStatus#INTERNAL_ERROR] after completion
  /// @see "WdfRequestRetrieveOutputMemory, WdfRequestRetrieveOutputBuffer"
  public IoMemory retrieveOutput(long minimumBytes) throws IoRequestException {
    Frame frame = liveFrame("retrieve the output of");
    if (frame.type() == RequestType.WRITE) {
      throw wrongDirection("output", "a write takes none; ask for its input");
    }
    requireLength("output", frame.outputLength(), minimumBytes);
    boolean isReadOnly = frame.isControlOf(BufferMethod.IN_DIRECT);
    return output.of(frame.outputSegment(), frame.outputBase(), frame.outputLength(), isReadOnly);
  }

  private IoMisuseException wrongDirection(String what, String wayOut) {
    return Verifier.fatal(
        VerifierRule.WRONG_DIRECTION_RETRIEVED,
        this,
        IoStatus.INVALID_DEVICE_REQUEST,
        "cannot retrieve its %s: %s".formatted(what, wayOut));
  }

  private void requireLength(String what, long length, long minimumBytes)
      throws IoRequestException {
    if (length == 0 || length < minimumBytes) {
      throw new IoRequestException(
          IoStatus.BUFFER_TOO_SMALL,
          0,
          "the %s of %s has %d bytes; %d are needed"
              .formatted(what, this, length, Math.max(1, minimumBytes)));
    }
  }

  // ------------------------------------------------------------------ sending it on

  /// Formats it as a repetition of what came: the next device sees the same operation on the same
  /// bytes.
  ///
  /// @throws IoMisuseException [IoStatus#REQUEST_NOT_ACCEPTED] if no frame is left below
  /// @see "WdfRequestFormatRequestUsingCurrentType"
  public void formatUsingCurrentType() { // hot path
    requireFormattable();
    formatFrame(1).borrow(frame());
    formatted();
    isCurrentType = true;
  }

  @Override
  boolean sendAndForget(IoTarget target) {
    if (isFormatted() && !isCurrentType) {
      Verifier.violated(
          VerifierRule.FORGET_AFTER_FORMAT,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it was formatted for a target, and is sent to be forgotten");
      return refused(IoStatus.INVALID_DEVICE_REQUEST);
    }
    if (!isSendable(SendOptions.sendAndForget())) {
      return false;
    }
    if (!target.takesForgotten()) {
      return refused(IoStatus.INVALID_DEVICE_REQUEST);
    }
    Device below = target.traffic().device();
    if (below == null) {
      return refused(IoStatus.INVALID_DEVICE_STATE);
    }
    if (below.stackSize() > level() + 1) {
      return refused(IoStatus.REQUEST_NOT_ACCEPTED);
    }
    if (hasRoutine()) {
      Verifier.violated(
          VerifierRule.FORGET_WITH_ROUTINE,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is sent to be forgotten, and its completion routine will never be called");
    }
    Packet packet = requirePacket();
    IoQueue queue = giveUp(OWNED);
    trace(TraceKind.FORGOTTEN, 0);
    packet.passOn(below);
    released(queue);
    return true;
  }

  @Override
  boolean isSendable(SendOptions options) {
    if (isMarked()) {
      Verifier.violated(
          VerifierRule.SEND_MARKED_REQUEST,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is sent while it is marked cancelable; unmark it first");
      return refused(IoStatus.INVALID_DEVICE_REQUEST);
    }
    if (!hasRoutine() && !options.isSynchronous() && !options.isSendAndForget()) {
      Verifier.violated(
          VerifierRule.RECEIVED_SENT_WITHOUT_ROUTINE,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is sent without a completion routine, so nobody would complete it");
      return refused(IoStatus.INVALID_DEVICE_REQUEST);
    }
    return true;
  }

  /// Forgets how the last send ended, its formatting and a cancel that came before; the packet
  /// stays.
  ///
  /// @param status what [#status()] gives until the next send
  /// @see "WdfRequestReuse on a received request"
  @Override
  public void reuse(IoStatus status) {
    super.reuse(status);
    requirePacket().clearCancel();
    IoQueue queue = this.queue;
    if (queue != null && isCancelEventDue) { // the event has left the request to the driver
      queue.forgetEvent(this);
    }
  }

  // ------------------------------------------------------------------ completing it

  /// Completes it with the information it carries: what [#setInformation(long)] said, or else what
  /// the target left that it was sent to last.
  ///
  /// @param status how it ended
  /// @throws IoMisuseException see the other form
  /// @see "WdfRequestComplete"
  public void complete(IoStatus status) {
    complete(status, state == OWNED ? requirePacket().information() : 0);
  }

  /// Completes it: the completion routines of the layers above run, usually inside this call. The
  /// driver must not use it or its memory afterwards. hot path
  ///
  /// A status of the framework's own, which means nothing to the layers above, becomes
  /// [IoStatus#DEVICE_BUSY] or [IoStatus#INVALID_DEVICE_REQUEST].
  ///
  /// @param status how it ended
  /// @param information bytes moved, or what the control code says; 0 or more
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if it is at a target, or if a
  ///   request formatted with its memory has not let go of it: then it is not completed
  /// @see "WdfRequestCompleteWithInformation"
  public void complete(IoStatus status, long information) {
    if (state != OWNED) {
      Verifier.violated(
          VerifierRule.COMPLETED_TWICE,
          this,
          IoStatus.INTERNAL_ERROR,
          "it is completed as %s, and the driver does not own it any more".formatted(status));
      return;
    }
    if (isAtTarget()) {
      throw inUse(VerifierRule.NOT_OWNED, "complete");
    }
    if (isMarked()) {
      Verifier.violated(
          VerifierRule.COMPLETE_MARKED_REQUEST,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is completed while it is marked cancelable; unmark it first");
      if (!requireQueue().unmark(this)) {
        return; // a cancel came just now: the request is its routine's
      }
    }
    checkInformation(status, information);
    unformat();
    if (input.isHeld() || output.isHeld()) {
      throw Verifier.fatal(
          VerifierRule.COMPLETE_WHILE_MEMORY_HELD,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "another request is still formatted with its memory; reuse, reformat or close that one"
              + " first");
    }
    Packet packet = requirePacket();
    IoQueue queue = giveUp(OWNED);
    int code = status.mappedForCompletion();
    device.recorder().event(TraceKind.COMPLETED, id(), code, information);
    packet.complete(code, information);
    released(queue);
  }

  private void released(@Nullable IoQueue queue) {
    returnReserved();
    if (queue != null) {
      queue.released();
    }
  }

  /// A reserved request has done its work. Others are back in their frame already, and perhaps in
  /// use again: of them this reads only the constant.
  private void returnReserved() {
    QueueDelivery home = reservedFor;
    if (home != null) {
      home.returnReserved(this);
    }
  }

  private void checkInformation(IoStatus status, long information) {
    if (information < 0) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER, "information " + information + " is negative");
    }
    Frame frame = frame();
    long limit =
        switch (frame.type()) {
          case READ -> frame.outputLength();
          case WRITE -> frame.inputLength();
          case DEVICE_CONTROL -> frame.outputLength() == 0 ? Long.MAX_VALUE : frame.outputLength();
          default -> Long.MAX_VALUE;
        };
    if (status.isSuccess()
        && information > limit
        && Verifier.checks(VerifierRule.INFORMATION_TOO_LARGE)) {
      throw Verifier.fatal(
          VerifierRule.INFORMATION_TOO_LARGE,
          this,
          IoStatus.INVALID_PARAMETER,
          "it is completed with information %d; its buffer has %d bytes"
              .formatted(information, limit));
    }
  }

  /// Says how much was moved, for [#complete(IoStatus)]. Ignored after completion.
  ///
  /// @param information bytes, or what the control code says; 0 or more
  /// @see "WdfRequestSetInformation"
  public void setInformation(long information) {
    if (state != OWNED) {
      usedAfterCompletion("its information is set");
      return;
    }
    requirePacket().information(information);
  }

  @Override
  public long information() {
    if (state != OWNED) {
      usedAfterCompletion("its information is read");
      return 0;
    }
    return super.information();
  }

  private void usedAfterCompletion(String what) {
    Verifier.violated(
        VerifierRule.USE_AFTER_COMPLETION,
        this,
        IoStatus.INTERNAL_ERROR,
        what + ", and the driver does not own it any more");
  }

  /// A received request is completed, not closed.
  ///
  /// @throws IoMisuseException always
  @Override
  public void close() {
    throw new IoMisuseException(
        IoStatus.INVALID_DEVICE_REQUEST, "cannot close " + this + ": complete it");
  }

  // ------------------------------------------------------------------ queues

  /// Moves it to another queue of the same device; the driver does not own it any more.
  ///
  /// @param destination another queue
  /// @return [IoStatus#SUCCESS], or [IoStatus#WDF_BUSY] if that queue takes nothing: then the
  ///   driver still owns it
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] for the same queue or another
  ///   device's, or if it is not the driver's, at a target, or marked cancelable
  /// @see "WdfRequestForwardToIoQueue"
  public IoStatus forwardTo(IoQueue destination) {
    IoQueue source = requireForQueue("forward");
    if (source == destination) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot forward %s to %s, the queue it came from; requeue it".formatted(this, source));
    }
    if (destination.device() != device) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot forward %s to %s of another device; send it to a target"
              .formatted(this, destination));
    }
    if (isCancelledOnQueue) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot forward " + this + ": it was cancelled; complete it");
    }
    boolean isTaken = destination.takeForwarded(this, source);
    IoStatus status = isTaken ? IoStatus.SUCCESS : IoStatus.WDF_BUSY;
    trace(TraceKind.FORWARDED, status.code());
    return status;
  }

  /// Puts it back at the head of the manual queue it came from.
  ///
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if the queue is not manual, or the
  ///   request not the driver's, at a target, or marked cancelable
  /// @see "WdfRequestRequeue"
  public void requeue() {
    IoQueue source = requireForQueue("requeue");
    if (source.dispatchType() != DispatchType.MANUAL || isCancelledOnQueue) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          isCancelledOnQueue
              ? "cannot requeue " + this + ": it was cancelled; complete it"
              : "cannot requeue %s: %s is not manual; forward it to one that is"
                  .formatted(this, source));
    }
    trace(TraceKind.REQUEUED, IoStatus.SUCCESS.code());
    source.putBack(this);
  }

  private IoQueue requireForQueue(String what) {
    requireOwned(VerifierRule.NOT_OWNED, what);
    IoQueue source = queue;
    if (source == null) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST, "cannot %s %s: no queue had it".formatted(what, this));
    }
    if (isMarked()) {
      throw Verifier.fatal(
          VerifierRule.QUEUE_CALL_ON_MARKED,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot %s it: it is marked cancelable".formatted(what));
    }
    return source;
  }

  /// Answers that the driver has stopped working on this request. Only inside [IoStopHandler].
  ///
  /// @param requeue true: it goes back to the head of its queue and is delivered again later;
  ///   false: the driver keeps it, and is told when the device is back
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] outside that callback
  /// @see "WdfRequestStopAcknowledge"
  public void stopAcknowledge(boolean requeue) {
    requireQueue().acknowledgeStop(this, requeue);
    trace(TraceKind.STOP_ACKNOWLEDGED, requeue ? 1 : 0);
  }

  /// Gives it to the queue that serves its type, from the handler in the caller's context.
  ///
  /// @return [IoStatus#SUCCESS], [IoStatus#WDF_BUSY] if that queue takes nothing, or
  ///   [IoStatus#INVALID_DEVICE_REQUEST] if the device has no queue for it: then the driver still
  ///   owns it
  /// @throws IoMisuseException if a queue has had it already
  /// @see "WdfDeviceEnqueueRequest"
  public IoStatus enqueue() {
    requireOwned(VerifierRule.NOT_OWNED, "enqueue");
    if (queue != null) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot enqueue %s: it came from %s; forward it".formatted(this, queue));
    }
    return device.enqueue(this);
  }

  // ------------------------------------------------------------------ cancel

  /// Marks it cancelable: from now on a cancel calls the routine, once. If it is cancelled already
  /// the routine is called at once, or, inside a handler of the same queue, when that has returned.
  ///
  /// @param routine called once, if at all
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if it is not the driver's, at a
  ///   target, marked already, or no queue had it
  /// @see "WdfRequestMarkCancelable"
  public void markCancelable(CancelRoutine routine) {
    IoQueue queue = requireMarkable(routine);
    trace(TraceKind.MARKED, IoStatus.SUCCESS.code());
    queue.mark(this, routine, true);
  }

  /// Marks it cancelable, unless it is cancelled already: then the routine is never called, and the
  /// driver completes it, usually as [IoStatus#CANCELLED].
  ///
  /// @param routine called once, if at all
  /// @return whether it is marked now
  /// @throws IoMisuseException as for [#markCancelable(CancelRoutine)]
  /// @see "WdfRequestMarkCancelableEx"
  public boolean tryMarkCancelable(CancelRoutine routine) {
    boolean isMarked = requireMarkable(routine).mark(this, routine, false);
    trace(TraceKind.MARKED, (isMarked ? IoStatus.SUCCESS : IoStatus.CANCELLED).code());
    return isMarked;
  }

  private IoQueue requireMarkable(CancelRoutine routine) {
    Objects.requireNonNull(routine, "routine");
    requireOwned(VerifierRule.NOT_OWNED, "mark");
    IoQueue queue = this.queue;
    if (queue == null) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot mark " + this + ": no queue had it; enqueue it first");
    }
    return queue;
  }

  /// Takes the mark back.
  ///
  /// @return true: the routine will not be called, and the driver goes on with the request; false:
  ///   the routine runs or will, and the request is its
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if it is not marked
  /// @see "WdfRequestUnmarkCancelable"
  public boolean unmarkCancelable() {
    IoQueue queue = this.queue;
    if (queue == null) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST, "cannot unmark " + this + ": it is not marked");
    }
    boolean isUnmarked = queue.unmark(this);
    trace(TraceKind.UNMARKED, (isUnmarked ? IoStatus.SUCCESS : IoStatus.CANCELLED).code());
    return isUnmarked;
  }

  /// Whether its originator wants it to end. For drivers that look now and then instead of marking.
  ///
  /// @return false also if it is marked, or not the driver's
  /// @see "WdfRequestIsCanceled"
  public boolean isCanceled() {
    if (state != OWNED || isMarked() || isAtTarget()) {
      Verifier.violated(
          VerifierRule.IS_CANCELED_NOT_OWNED,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is asked whether it is cancelled while it is marked, or not the driver's");
      return false;
    }
    return requirePacket().isCancelRequested();
  }

  /// A cancel has come down to this layer. The caller is a party of the send that brought the
  /// packet here.
  ///
  /// @param packet which; a reserved request may stand for another one by now
  Device.CancelResult cancelHere(Packet packet) {
    while (true) {
      if (joinSend()) {
        if (!standsFor(packet)) {
          leave();
          return Device.CancelResult.NOT_DELIVERED;
        }
        return cancelAsParty(false);
      }
      IoQueue queue = this.queue;
      if (queue == null || state == FREE) {
        return Device.CancelResult.NOT_DELIVERED;
      }
      Device.CancelResult result = queue.cancel(this, packet);
      if (result != null) {
        return result;
      }
    }
  }

  // ------------------------------------------------------------------ for queues and frames

  /// Stands for a packet from now on.
  void arrive(Packet packet) {
    bind(packet, packet.level());
    isCurrentType = false;
    wasPresented = false;
    isCancelledOnQueue = false;
    isCancelEventDue = false;
    isStopNotified = false;
    isKeptOverStop = false;
    awaitsReserve = false;
    revived(); // if the driver referenced it beyond an earlier packet's completion
    queue = null;
    arrivals++;
    state = FRAMEWORK;
  }

  void queue(IoQueue queue) {
    this.queue = queue;
  }

  /// Reserved requests are bound by their queue.
  void reserve(QueueDelivery home) {
    reservedFor = home;
    state = OWNED;
  }

  void unreserve() {
    state = FREE;
  }

  boolean isInQueue(IoQueue queue) {
    return this.queue == queue && state != FREE;
  }

  IoMisuseException notOwned(String what) {
    return Verifier.fatal(
        VerifierRule.NOT_OWNED,
        this,
        IoStatus.INVALID_DEVICE_REQUEST,
        "cannot %s it: the driver does not own it".formatted(what));
  }

  /// Under the lock of its queue.
  synchronized void peek() {
    peeks++;
  }

  /// The driver has no more use for a request that it found in a queue and may not own.
  ///
  /// @see "WdfObjectDereference"
  public synchronized void releaseFound() {
    IoQueue queue = this.queue;
    if (queue != null && peeks > 0) {
      peeks--;
    }
  }

  boolean isFree() {
    return state == FREE && peeks == 0 && mayLive();
  }

  @Override
  boolean hasEnded() {
    return state == FREE;
  }

  /// It ends when it is completed, and not before.
  @Override
  void deleteWithParent() {}

  /// Which packet this is that it stands for, by number.
  long arrival() {
    return arrivals;
  }

  /// Whether the driver has it, and since that packet came.
  boolean isOwnedSince(long arrival) {
    return state == OWNED && arrivals == arrival;
  }

  boolean standsFor(Packet packet) {
    return requirePacket() == packet;
  }

  /// Whether it came through its device's target to itself.
  boolean cameToSelf() {
    return IoDevice.isSelf(frame());
  }

  boolean isOwned() {
    return state == OWNED;
  }

  boolean isQueued() {
    return state == QUEUED;
  }

  void becomeOwned() {
    state = OWNED;
  }

  void becomeQueued() {
    state = QUEUED;
  }

  void becomeFrameworks() {
    state = FRAMEWORK;
  }

  /// From the driver to the framework, if it is the driver's.
  boolean tryTakeBack() {
    return STATE.compareAndSet(this, OWNED, FRAMEWORK);
  }

  /// Completes it on behalf of the framework: the driver has not got it, or not any more.
  void endByFramework(IoStatus status) {
    Packet packet = requirePacket();
    giveUp(FRAMEWORK);
    packet.complete(status.code(), 0);
    returnReserved();
  }

  /// Completes a transfer of length 0 that its queue does not deliver.
  void endEmpty() {
    Packet packet = requirePacket();
    giveUp(OWNED);
    packet.complete(IoStatus.SUCCESS.code(), 0);
    returnReserved();
  }

  /// A reserved request takes this one's place.
  ReceivedRequest replaceBy(ReceivedRequest standIn) {
    Packet packet = requirePacket();
    giveUp(FRAMEWORK);
    standIn.arrive(packet);
    packet.frame().received = standIn;
    return standIn;
  }

  /// The device passes the packet on although a handle was made for it.
  void passOn(Device below) {
    Packet packet = requirePacket();
    giveUp(FRAMEWORK);
    packet.passOn(below);
  }

  boolean isCancelRequested() {
    return requirePacket().isCancelRequested();
  }

  boolean isAtTarget() {
    return isSendInUse();
  }

  /// The driver's, or the framework's, use of it ends.
  ///
  /// @return the queue it belonged to
  private @Nullable IoQueue giveUp(int from) {
    if (reservedFor == null) { // what a driver prepared in a reserved one stays
      cleanUp(); // while the driver may still use its memory
    }
    IoQueue queue = this.queue;
    if (queue != null) {
      queue.untrack(this);
    }
    if (!STATE.compareAndSet(this, from, FREE)) {
      throw new IoMisuseException(
          IoStatus.INTERNAL_ERROR,
          this + " was completed or passed on by another thread at the same time");
    }
    unformat();
    input.end();
    output.end();
    if (reservedFor == null) {
      recycled();
    }
    if (!isKept) {
      forgotten();
    }
    return queue;
  }

  /// No frame keeps it any more.
  void forgotten() {
    TargetTraffic registered = registeredWith;
    if (registered != null) {
      registered.unregister(this);
    }
  }

  @Override
  void unformat() {
    isCurrentType = false;
    super.unformat();
  }

  @Override
  void formatted() {
    isCurrentType = false;
    super.formatted();
  }

  @Override
  RequestType completedType() {
    return isCurrentType ? RequestType.NO_FORMAT : super.completedType();
  }

  @Override
  void requireFrames(int stackSize) {
    if (level() < stackSize) {
      throw new IoMisuseException(
          IoStatus.REQUEST_NOT_ACCEPTED,
          "%s has %d frames left below device %s, and the target needs %d; build the device with forwardsTo, so that it announces enough"
              .formatted(this, level(), device.name(), stackSize));
    }
  }

  @Override
  void requireOwned(VerifierRule rule, String what) {
    if (state != OWNED) {
      throw notOwned(what);
    }
    if (isAtTarget()) {
      throw inUse(rule, what);
    }
  }

  @Override
  InFlightRecorder recorder() {
    return device.recorder();
  }

  private void trace(TraceKind kind, int a) {
    device.recorder().event(kind, id(), a, 0);
  }

  private IoQueue requireQueue() {
    return Objects.requireNonNull(queue, "no queue had it");
  }

  private boolean isMarked() {
    return cancelRoutine != null; // the owner set it; a racing cancel may have taken it
  }

  private Frame frame() {
    return requirePacket().frameAt(level());
  }

  private Frame liveFrame(String what) {
    if (state != OWNED) {
      throw Verifier.fatal(
          VerifierRule.RETRIEVED_AFTER_COMPLETION,
          this,
          IoStatus.INTERNAL_ERROR,
          "cannot %s it: it is completed, or passed on".formatted(what));
    }
    return frame();
  }

  @Override
  public String toString() {
    return "received " + super.toString() + " at device " + device.name();
  }
}
