package dev.ioreq;

import dev.ioreq.trace.TraceKind;
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
/// **Lifetime.** Completing it ends the driver's use of it and of its memory. It is not closed.
///
/// @see "WDFREQUEST, as a queue delivers it"
public final class ReceivedRequest extends QueuedRequest {
  private Frame frame = NO_FRAME; // of the packet that it stands for
  private boolean isCurrentType; // the owner's: formatted as a repetition of its own frame

  ReceivedRequest(IoDevice device, boolean isKept) {
    super(device, isKept);
  }

  // ------------------------------------------------------------------ what it is

  /// The device whose queue delivered it.
  ///
  /// @return the driver's device
  @Override
  public IoDevice device() {
    return super.device();
  }

  /// The queue it was delivered from, or forwarded to.
  ///
  /// @return empty once it is completed
  /// @see "WdfRequestGetIoQueue"
  public Optional<IoQueue> queue() {
    return Optional.ofNullable(isEnded() ? null : ownQueue());
  }

  /// Through whom it came into this stack: the target that the program, or a driver of another
  /// stack, has open. On its way down a stack a request keeps its client.
  ///
  /// @return empty for a request that a driver of this stack made itself
  /// @see "WdfRequestGetFileObject"
  public Optional<IoTarget> client() {
    IoRequest sender = requireSender(frame());
    IoTarget target = sender.sentTarget();
    if (target == null || !target.ties().isOfStack()) {
      return Optional.ofNullable(target);
    }
    return sender instanceof ReceivedRequest above ? above.client() : Optional.empty();
  }

  /// Whether a driver made it for its own use, or it is of a type that only drivers send; and not a
  /// program.
  ///
  /// @return true for requests sent to a device's local, self or adopted target
  /// @see "WdfRequestGetRequestorMode"
  public boolean isFromDriver() {
    IoTarget first = requirePacket().originator().sentTarget();
    return switch (frame().type()) {
      case INTERNAL_DEVICE_CONTROL, INTERNAL_DEVICE_CONTROL_OTHERS -> true;
      default -> first != null && first.device().isPresent();
    };
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
  @Override
  public boolean isReserved() {
    return super.isReserved();
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
    return buffers.input(liveFrame("retrieve the input of"), minimumBytes);
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
    return buffers.output(liveFrame("retrieve the output of"), minimumBytes);
  }

  // ------------------------------------------------------------------ sending it on

  /// Formats it as a repetition of what came: the next device sees the same operation on the same
  /// bytes.
  ///
  /// @throws IoMisuseException [IoStatus#REQUEST_NOT_ACCEPTED] if no frame is left below
  /// @see "WdfRequestFormatRequestUsingCurrentType"
  public void formatUsingCurrentType() { // hot path
    requireFormattable();
    formatFrame(1).repeat(frame());
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
    if (hasRoutine) {
      Verifier.violated(
          VerifierRule.FORGET_WITH_ROUTINE,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is sent to be forgotten, and its completion routine will never be called");
    }
    if (!tryTakeBack()) {
      throw notOwned("send");
    }
    try {
      cleanUpOnce();
      unformat();
      buffers.requireReleased();
    } catch (RuntimeException | Error e) {
      becomeOwned();
      throw e;
    }
    Packet packet = requirePacket();
    IoQueue queue = becomeNobodys();
    if (TargetTrace.isWanted()) {
      trace(TraceKind.FORGOTTEN, 0);
    }
    try {
      packet.passOn(below);
    } finally {
      released(queue);
    }
    return true;
  }

  /// Forgets how the last send ended, its routine, its formatting and a cancel that came before;
  /// the packet and its information stay.
  ///
  /// @param status what [#status()] gives until the next send
  /// @see "WdfRequestReuse on a received request"
  @Override
  public void reuse(IoStatus status) {
    long information = information();
    super.reuse(status);
    Packet packet = requirePacket();
    packet.information(information);
    packet.clearCancel();
    IoQueue queue = ownQueue();
    if (queue != null && isCancelEventDue) { // the event has left the request to the driver
      queue.forgetEvent(this);
    }
  }

  /// Whether it is a read or write that moves nothing. hot path
  boolean isEmptyTransfer() {
    Frame frame = frame();
    RequestType type = frame.type();
    return (type == RequestType.READ || type == RequestType.WRITE) && frame.length() == 0;
  }

  /// The length of a read or write. hot path
  long transferLength() {
    return frame().length();
  }

  /// Whether it came through its device's target to itself.
  boolean cameToSelf() {
    return DeviceEntry.OfSelf.isReceiverOf(frame());
  }

  // ------------------------------------------------------------------ completing it

  /// Completes it with the information it carries: what [#setInformation(long)] said, or else what
  /// the target left that it was sent to last.
  ///
  /// @param status how it ended
  /// @throws IoMisuseException see the other form
  /// @see "WdfRequestComplete"
  public void complete(IoStatus status) {
    complete(status, isOwned() ? requirePacket().information() : 0);
  }

  /// Completes it: the completion routines of the layers above run, usually inside this call. The
  /// driver must not use it or its memory afterwards. hot path
  ///
  /// A status of the framework's own, which means nothing to the layers above, becomes
  /// [IoStatus#DEVICE_BUSY] or [IoStatus#INVALID_DEVICE_REQUEST].
  ///
  /// @param status how it ended
  /// @param information bytes moved, or what the control code says; 0 or more
  /// @throws IoMisuseException then it is not completed: [IoStatus#INVALID_DEVICE_REQUEST] if it is
  ///   at a target, or a request formatted with its memory has not let go of it;
  ///   [IoStatus#INVALID_PARAMETER] if it succeeds with more information than it has bytes, or the
  ///   status says that it is pending
  /// @see "WdfRequestCompleteWithInformation"
  public void complete(IoStatus status, long information) {
    if (isOwned() && isMarked() && !isAtTarget()) {
      Verifier.violated(
          VerifierRule.COMPLETE_MARKED_REQUEST,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is completed while it is marked cancelable; unmark it first");
      if (!unmark()) {
        return; // a cancel was faster: its routine has the request
      }
    }
    if (!tryTakeBack()) {
      Verifier.violated(
          VerifierRule.COMPLETED_TWICE,
          this,
          IoStatus.INTERNAL_ERROR,
          "it is completed as %s, and the driver does not own it any more".formatted(status));
      return;
    }
    try {
      if (isAtTarget()) {
        throw inUse(VerifierRule.NOT_OWNED, "complete");
      }
      buffers.checkEnd(frame(), status, information);
      cleanUpOnce(); // a child formatted with the memory lets go of it
      unformat();
      buffers.requireReleased();
    } catch (RuntimeException | Error e) {
      becomeOwned();
      throw e;
    }
    Packet packet = requirePacket();
    IoQueue queue = becomeNobodys();
    int code = status.mappedForCompletion();
    if (TargetTrace.isWanted()) {
      recorder().event(TraceKind.COMPLETED, id(), code, information);
    }
    try {
      packet.complete(code, information);
    } finally {
      released(queue); // whatever the layers above let through
    }
  }

  private void released(@Nullable IoQueue queue) {
    try {
      returnReserved();
    } finally {
      if (queue != null) {
        queue.released();
      }
    }
  }

  /// Says how much was moved, for [#complete(IoStatus)]. Ignored after completion.
  ///
  /// @param information bytes, or what the control code says; 0 or more
  /// @see "WdfRequestSetInformation"
  public void setInformation(long information) {
    ReceivedBuffers.checkInformation(information);
    if (!isOwned()) {
      usedAfterCompletion("its information is set");
      return;
    }
    requirePacket().information(information);
  }

  @Override
  public long information() {
    if (!isOwned()) {
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
    IoStatus status = moveTo(destination) ? IoStatus.SUCCESS : IoStatus.WDF_BUSY;
    trace(TraceKind.FORWARDED, status.code());
    return status;
  }

  /// Puts it back at the head of the manual queue it came from.
  ///
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if the queue is not manual, or the
  ///   request not the driver's, at a target, or marked cancelable
  /// @see "WdfRequestRequeue"
  public void requeue() {
    moveBack();
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
    return enter();
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
    mark(routine, true);
  }

  /// Marks it cancelable, unless it is cancelled already: then the routine is never called, and the
  /// driver completes it, usually as [IoStatus#CANCELLED].
  ///
  /// @param routine called once, if at all
  /// @return whether it is marked now
  /// @throws IoMisuseException as for [#markCancelable(CancelRoutine)]
  /// @see "WdfRequestMarkCancelableEx"
  public boolean tryMarkCancelable(CancelRoutine routine) {
    return mark(routine, false);
  }

  /// Takes the mark back.
  ///
  /// @return true: the routine will not be called, and the driver goes on with the request; false:
  ///   the routine runs or will, and the request is its
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if it is not marked
  /// @see "WdfRequestUnmarkCancelable"
  public boolean unmarkCancelable() {
    return unmark();
  }

  /// Whether its originator wants it to end. For drivers that look now and then instead of marking.
  ///
  /// @return false also if it is marked, or not the driver's
  /// @see "WdfRequestIsCanceled"
  public boolean isCanceled() {
    if (!isOwned() || isMarked() || isAtTarget()) {
      Verifier.violated(
          VerifierRule.IS_CANCELED_NOT_OWNED,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is asked whether it is cancelled while it is marked, or not the driver's");
      return false;
    }
    return requirePacket().isCancelRequested();
  }

  /// The driver has no more use for a request that it found in a queue and may not own.
  ///
  /// @see "WdfObjectDereference"
  public void releaseFound() {
    unpeek();
  }

  // ------------------------------------------------------------------ for queues and frames

  @Override
  void arrive(Packet packet, @Nullable IoQueue queue) {
    isCurrentType = false;
    Frame came = packet.frame();
    if (frame != came) {
      frame = came;
    }
    super.arrive(packet, queue);
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
              .formatted(this, level(), device().name(), stackSize));
    }
  }

  private static IoRequest requireSender(Frame frame) {
    return Objects.requireNonNull(frame.sender, "a frame that was sent has a sender");
  }

  private Frame frame() {
    if (isEnded()) {
      usedAfterCompletion("its parameters are read");
    }
    return frame;
  }

  private Frame liveFrame(String what) {
    if (!isOwned() && !isCleaningUp()) {
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
    return "received " + super.toString() + " at device " + device().name();
  }
}
