package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import dev.ioreq.trace.InFlightRecorder;
import dev.ioreq.trace.TraceKind;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A received request as queues see it: whose it is, where it waits, and its cancel mark.
abstract sealed class QueuedRequest extends IoRequest permits ReceivedRequest {
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
   * Whoever ends the driver's ownership takes the request by CAS from OWNED to FRAMEWORK before he touches anything else,
   * so of two completions, or of a completion and a forward, one finds it gone. The steps from and to QUEUED happen under
   * the queue's lock, which also guards the mark and the links. Whether the request is at a target is the send's counter's
   * to say.
   *
   * State and queue are written with release and read with acquire. A full barrier stands where somebody writes where the
   * request is and then looks at the packet's cancel flag: the volatile write of QUEUED, the lock of a mark, the CAS of a
   * send. See Packet.
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

  private static final VarHandle STATE = FieldHandle.of(MethodHandles.lookup(), "state", int.class);
  private static final VarHandle QUEUE =
      FieldHandle.of(MethodHandles.lookup(), "queue", IoQueue.class);

  private final IoDevice device;
  private final boolean isKept; // by its frame, for the next packet
  final ReceivedBuffers buffers;
  private volatile int state;
  private volatile @Nullable IoQueue queue; // changed by who holds it, under the new queue's lock
  private @Nullable QueueDelivery reservedFor; // constant
  private long arrivals; // packets it has stood for; written before state, read after it
  private volatile int peeks; // by find: then the handle is not used again; written under this

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

  @SuppressWarnings("this-escape") // only kept, for messages
  QueuedRequest(IoDevice device, boolean isKept) {
    this.device = device;
    this.isKept = isKept;
    buffers = new ReceivedBuffers(self());
  }

  IoDevice device() {
    return device;
  }

  /// Stands for a packet from now on.
  void arrive(Packet packet, @Nullable IoQueue queue) {
    revived(); // if the driver referenced it beyond an earlier packet's completion
    bind(packet, packet.level());
    wasPresented = false;
    isCancelledOnQueue = false;
    isCancelEventDue = false;
    isStopNotified = false;
    isKeptOverStop = false;
    awaitsReserve = false;
    queue(queue);
    arrivals++;
    STATE.setRelease(this, FRAMEWORK);
  }

  // ------------------------------------------------------------------ whose it is

  boolean isOwned() {
    return state == OWNED;
  }

  boolean isQueued() {
    return state == QUEUED;
  }

  /// Whether it stands for no packet any more.
  boolean isEnded() {
    return state == FREE;
  }

  /// Whether the handle may stand for another packet.
  boolean isFree() {
    return state == FREE && peeks == 0 && mayLive();
  }

  void becomeOwned() {
    STATE.setRelease(this, OWNED);
  }

  /// Whoever queues it looks next whether it is cancelled: hence the full barrier.
  void becomeQueued() {
    state = QUEUED;
  }

  void becomeFrameworks() {
    state = FRAMEWORK;
  }

  void becomeFree() {
    STATE.setRelease(this, FREE);
  }

  /// Deletes the children and runs the cleanup callbacks, if that was not done.
  void cleanUpOnce() {
    if (reservedFor == null) { // what a driver prepared in a reserved one stays
      cleanUp();
    }
  }

  /// This life ends, and the next begins unless users hold references on this one.
  void endLife() {
    if (reservedFor == null) {
      recycled();
    }
  }

  /// It ends when it is completed, and not before.
  @Override
  void deleteWithParent() {}

  @Override
  boolean hasEnded() {
    return state == FREE;
  }

  /// From the driver to the framework, if it is the driver's.
  boolean tryTakeBack() {
    return STATE.compareAndSet(this, OWNED, FRAMEWORK);
  }

  boolean isReserved() {
    return reservedFor != null;
  }

  /// Reserved requests are bound by their queue.
  void reserve(QueueDelivery home) {
    reservedFor = home;
    state = OWNED;
  }

  /// A reserved request has done its work. Others are back in their frame already, and perhaps in
  /// use again: of them this reads only the constant.
  void returnReserved() {
    QueueDelivery home = reservedFor;
    if (home != null) {
      home.returnReserved(self());
    }
  }

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

  void unreserve() {
    state = FREE;
  }

  IoMisuseException notOwned(String what) {
    return Verifier.fatal(
        VerifierRule.NOT_OWNED,
        this,
        IoStatus.INVALID_DEVICE_REQUEST,
        "cannot %s it: the driver does not own it".formatted(what));
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

  void trace(TraceKind kind, int a) {
    device.recorder().event(kind, id(), a, 0);
  }

  /// Whether it was sent and its routine has not been entered.
  boolean isAtTarget() {
    return isSendInUse();
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
    if (!hasRoutine && !options.isSynchronous() && !options.isSendAndForget()) {
      Verifier.violated(
          VerifierRule.RECEIVED_SENT_WITHOUT_ROUTINE,
          this,
          IoStatus.INVALID_DEVICE_REQUEST,
          "it is sent without a completion routine, so nobody would complete it");
      return refused(IoStatus.INVALID_DEVICE_REQUEST);
    }
    return true;
  }

  // ------------------------------------------------------------------ its end

  /// Completes it on behalf of the framework: the driver has not got it, or not any more. It moved
  /// nothing.
  void endByFramework(IoStatus status) {
    Packet packet = requirePacket();
    giveUp();
    try {
      packet.complete(status.code(), 0);
    } finally {
      returnReserved();
    }
  }

  /// A reserved request takes this one's place.
  ReceivedRequest replaceBy(ReceivedRequest standIn) {
    Packet packet = requirePacket();
    giveUp();
    standIn.arrive(packet, null);
    packet.frame().received = standIn;
    return standIn;
  }

  /// The device passes the packet on although a handle was made for it.
  void passOn(Device below) {
    Packet packet = requirePacket();
    giveUp();
    packet.passOn(below);
  }

  /// The use of it by the driver, or by the framework, ends. From here on it may stand for the next
  /// packet.
  ///
  /// @return the queue it belonged to
  private @Nullable IoQueue giveUp() {
    cleanUpOnce(); // while it still has its memory
    unformat();
    return becomeNobodys();
  }

  /// The same once it is cleaned up and has no formatting.
  final @Nullable IoQueue becomeNobodys() {
    IoQueue queue = ownQueue();
    if (queue != null) {
      queue.untrack(self());
    }
    buffers.end();
    endLife();
    becomeFree();
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

  // ------------------------------------------------------------------ where it waits

  /// The queue that it belongs to, or belonged to last.
  @Nullable IoQueue ownQueue() {
    return queue;
  }

  void queue(@Nullable IoQueue queue) {
    if (this.queue != queue) {
      QUEUE.setRelease(this, queue);
    }
  }

  boolean isInQueue(IoQueue queue) {
    return this.queue == queue && state != FREE;
  }

  IoQueue requireQueue() {
    return Objects.requireNonNull(queue, "no queue had it");
  }

  /// Moves it to another queue, if that one takes it.
  boolean moveTo(IoQueue destination) {
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
    return destination.takeForwarded(self(), source);
  }

  void moveBack() {
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
    source.putBack(self());
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

  IoStatus enter() {
    requireOwned(VerifierRule.NOT_OWNED, "enqueue");
    IoQueue source = queue;
    if (source != null) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot enqueue %s: it came from %s; forward it".formatted(this, source));
    }
    return device.entry().enqueue(self());
  }

  /// Under the lock of its queue.
  synchronized void peek() {
    peeks++;
  }

  synchronized void unpeek() {
    if (peeks > 0) {
      peeks--;
    }
  }

  /// Ends it after a handler threw, if the driver has still got it and nobody else.
  ///
  /// @param arrival of the request, as it was when the handler got it
  /// @param from the queue that the handler got it from; null in the caller's context
  boolean endAfterFailure(long arrival, @Nullable IoQueue from, IoStatus status, long information) {
    if (!isOwnedSince(arrival) || isAtTarget() || (from != null && !isInQueue(from))) {
      return false;
    }
    if (from != null && cancelRoutine != null && !from.unmark(self())) {
      return false;
    }
    self().complete(status, information);
    return true;
  }

  // ------------------------------------------------------------------ cancel

  boolean mark(CancelRoutine routine, boolean callsIfCancelled) {
    boolean isMarked = requireMarkable(routine).mark(self(), routine, callsIfCancelled);
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

  boolean unmark() {
    IoQueue queue = this.queue;
    if (queue == null || state == FREE) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST, "cannot unmark " + this + ": it is not marked");
    }
    boolean isUnmarked = queue.unmark(self());
    trace(TraceKind.UNMARKED, (isUnmarked ? IoStatus.SUCCESS : IoStatus.CANCELLED).code());
    return isUnmarked;
  }

  boolean isMarked() {
    return cancelRoutine != null; // the owner set it; a racing cancel may have taken it
  }

  boolean isCancelRequested() {
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
      Device.CancelResult result = queue.cancel(self(), packet);
      if (result != null) {
        return result;
      }
    }
  }

  private ReceivedRequest self() {
    return (ReceivedRequest) this; // the only permitted subclass
  }
}
