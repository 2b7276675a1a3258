package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import dev.ioreq.log.Log;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What travels to a device: status, information, the cancel flag, and one [Frame] per layer.
///
/// A device that has been given a packet by [Device#serve(Packet)] or [Device#dispatch(Packet)]
/// owns it until it calls [#complete(int, long)], or returns true from the former; then it must not
/// touch it any more. Between, [#link] and the words are its own to use.
public final class Packet {
  /*
   *    frames   0 … n-1      frames[n-1] is the top layer's
   *    current  n            at the originator: no current frame
   *             n-1 …        at the device that many layers down
   *
   * Each send goes one frame down, each completion back to the level of who sent it: the frame knows its sender, the sender
   * its level. A device in Java that passes a packet on within its own frame (send and forget, or a type it has no queue
   * for) drops out: the completion goes past it. current is a plain field, handed on with the packet.
   *
   * How a cancel finds its way down, from any thread:
   *
   *   canceller: party of a send ▸ flag ▸ sender's frame: received? device?
   *       received, and it has sent the packet on: party of that send, and down from there
   *       received, and it has not:                queued, marked or owned: see IoQueue
   *       another device:                          Device.cancel
   *
   * Being a party holds each level in place: a send of which one is a party cannot end, so the packet cannot come up past
   * it, and what lies below belongs to this journey of the packet and to no later one. A canceller
   * sets the flag by CAS, then looks where the packet is; who passes the packet on writes where it goes, and then the taker
   * makes itself ready and looks at the flag. Between those two is a full barrier: the CAS that announces a send, the
   * volatile write of passOn, the taker's own. So one of the two sees the other.
   *
   * The flag stays until the originator's next send, or until a received request is reused. So two cancels
   * can be under way, one from before a reuse; canceller lets one of them at a time reach the device.
   */
  private static final Log LOG = new Log("dev.ioreq");
  private static final VarHandle CANCEL_REQUESTED =
      FieldHandle.of(MethodHandles.lookup(), "isCancelRequested", boolean.class);
  private static final VarHandle CANCELLER =
      FieldHandle.of(MethodHandles.lookup(), "canceller", IoRequest.class);

  /// For the lists of the device that holds the packet.
  public @Nullable Packet link;

  /// For the device that holds the packet.
  public long word1;

  /// For the device that holds the packet.
  public long word2;

  /// For the device that holds the packet.
  public int word3;

  /// For the device that holds the packet.
  public @Nullable Object attachment;

  /// For a list of cancels: written by the canceller, which is one at a time, until
  /// [#cancelHandled()].
  public @Nullable Packet cancelLink;

  private final IoRequest originator;
  private final Frame[] frames;
  private int current;
  private int statusCode; // the holder's, handed on with the packet
  private long information; // the same
  private volatile boolean isCancelRequested;
  private volatile @Nullable IoRequest canceller; // whose send is held while a device is asked

  Packet(IoRequest originator, int stackSize) {
    this.originator = originator;
    frames = new Frame[stackSize];
    for (int i = 0; i < stackSize; i++) {
      frames[i] = new Frame();
    }
    current = stackSize;
  }

  // --- the device's side ---

  /// The frame of the device that holds the packet.
  ///
  /// @return what is to be done
  public Frame frame() {
    return frames[current];
  }

  /// Whether somebody asked for the cancel of this packet.
  ///
  /// @return true once asked, until the next send
  public boolean isCancelRequested() {
    return isCancelRequested;
  }

  /// Whether all that the sender does is to wait for this packet, without a time limit, on the
  /// calling thread, and that is a platform thread. A device whose transfers cannot be ended early
  /// anyway may then block it, instead of having another thread wait.
  ///
  /// @return true only inside the dispatch of a synchronous send
  public boolean mayBlockSender() { // hot path
    return isAwaitedHere() && !Thread.currentThread().isVirtual();
  }

  /// The same of a virtual thread. A device that blocks it blocks its carrier, and with that keeps
  /// other virtual threads waiting: worth it where the transfer is expected to take less than it
  /// takes to hand it over.
  ///
  /// @return true only inside the dispatch of a synchronous send
  public boolean mayBlockCarrier() { // hot path
    return isAwaitedHere() && Thread.currentThread().isVirtual();
  }

  private boolean isAwaitedHere() {
    IoRequest sender = frames[current].sender;
    return sender != null && sender.isAwaitedHere();
  }

  /// Whether so many completion routines are nested on this thread that a device which could
  /// complete the packet at once should rather leave it to its own thread. On an engine's thread
  /// the next routine would not run inside [#complete(int, long)] any more, but be put off: nothing
  /// is gained. Another thread belongs to who sent first, as a rule, and is wanted back.
  ///
  /// @return true within 16 nested routines on an engine's thread, within four on another
  public static boolean isDeepInRoutines() { // hot path
    return Nesting.current().isDeep();
  }

  /// Ends the packet: the sender's completion routine runs, usually inside this call. The packet
  /// must not be touched afterwards. hot path
  ///
  /// @param status how it ended; not [IoStatus#PENDING]
  /// @param information bytes moved, or what the control code says; 0 or more
  /// @throws IllegalStateException if it is not at a device
  public void complete(IoStatus status, long information) {
    complete(status.code(), information);
  }

  /// The same with the status's code.
  ///
  /// @param statusCode the code of a status
  /// @param information bytes moved, 0 or more
  public void complete(int statusCode, long information) {
    int at = current;
    if (at >= frames.length) {
      throw new IllegalStateException("the packet of " + originator + " was completed twice");
    }
    Frame frame = frames[at];
    IoRequest sender = Objects.requireNonNull(frame.sender);
    frame.completions++;
    current = sender.level();
    this.statusCode = statusCode;
    this.information = information;
    sender.counter.outcome(statusCode);
    sender.leave();
  }

  /// Says how the packet ends, for who dispatched it to complete it: see [Device#serve(Packet)].
  ///
  /// @param status how it ended; not [IoStatus#PENDING]
  /// @param information bytes moved, or what the control code says; 0 or more
  /// @return true
  public boolean end(IoStatus status, long information) { // hot path
    return end(status.code(), information);
  }

  /// The same with the status's code.
  ///
  /// @param statusCode the code of a status
  /// @param information bytes moved, 0 or more
  /// @return true
  public boolean end(int statusCode, long information) { // hot path
    this.statusCode = statusCode;
    this.information = information;
    return true;
  }

  /// Completes the packet as [#end(IoStatus, long)] has said.
  public void complete() { // hot path
    complete(statusCode, information);
  }

  /// Says that a cancel which the device handed over to another thread has been dealt with.
  public void cancelHandled() {
    IoRequest held = Objects.requireNonNull(canceller);
    canceller = null;
    held.leave();
  }

  // --- the senders' side ---

  Frame frameAt(int level) {
    return frames[level];
  }

  /// The level of the device that holds the packet.
  int level() {
    return current;
  }

  int statusCode() {
    return statusCode;
  }

  void statusCode(int value) {
    statusCode = value;
  }

  long information() {
    return information;
  }

  void information(long value) {
    information = value;
  }

  IoRequest originator() {
    return originator;
  }

  /// Says where a send goes; before the step that makes it visible to cancellers.
  void aim(IoRequest sender, Frame frame, Device device) {
    frame.fit(device);
    frame.aim(sender, device);
    if (sender == originator) {
      if (isCancelRequested) {
        isCancelRequested = false;
      }
      information = 0;
    }
  }

  /// The packet goes one level down; [#dispatch(Device)] follows.
  void descend(IoRequest sender) { // hot path
    current = sender.level() - 1;
  }

  /// Hands the packet to another device within the frame of the one that held it, which drops out.
  void passOn(Device device) {
    if (goesOnTo(device)) {
      dispatch(device);
    }
  }

  /// Says that another device has the packet from now on, within the same frame.
  ///
  /// @return false if it cannot have it, and the packet has ended
  boolean goesOnTo(Device device) { // hot path
    Frame frame = frames[current];
    try {
      frame.fit(device);
    } catch (RuntimeException | Error e) {
      failed(e); // nobody else has it any more
      return false;
    }
    frame.passOn(device);
    return true;
  }

  /// Gives the packet to the device of its level, and completes it if it ends there at once. hot
  /// path
  void dispatch(Device device) {
    int at = current;
    Frame frame = frames[at];
    int completions = frame.completions;
    try {
      if (device.serve(this)) {
        complete(statusCode, information);
      }
    } catch (StackOverflowError e) {
      throw e; // how far it came nobody can say, nor is there room to end it here
    } catch (Throwable e) {
      if (current == at && frame.completions == completions) { // else it has ended already
        failed(e);
      } else {
        LOG.error("the device of " + originator + " failed behind the end of the request", e);
      }
    }
  }

  /// The contract of dispatch: a device that throws has not taken the packet over. Most often it is
  /// the memory's fault: wrapped, and its arena closed or another thread's, or its file truncated.
  private void failed(Throwable thrown) {
    LOG.error("the device of " + originator + " failed", thrown);
    complete(
        AllocationFaults.isWantOfMemory(thrown)
            ? IoStatus.INSUFFICIENT_RESOURCES
            : IoStatus.UNSUCCESSFUL,
        0);
  }

  /// Asks for its cancel below a sender. The caller is a party of that sender's send.
  ///
  /// @return what was done; `HANDED_OVER` means that [#cancelHandled()] lets the party leave;
  ///   `NOT_DELIVERED` also if somebody else asked before
  Device.CancelResult cancel(IoRequest sender) {
    if (!CANCEL_REQUESTED.compareAndSet(this, false, true)) {
      return Device.CancelResult.NOT_DELIVERED;
    }
    return cancelBelow(sender);
  }

  /// The same once the flag is set.
  Device.CancelResult cancelBelow(IoRequest sender) {
    Frame frame = frames[sender.level() - 1];
    while (true) {
      ReceivedRequest received = frame.received;
      if (received == null) {
        Device device = frame.device;
        return device == null ? Device.CancelResult.NOT_DELIVERED : cancelAt(device, sender);
      }
      switch (received.cancelHere(this)) {
        case DELIVERED, HANDED_OVER -> {
          return Device.CancelResult.DELIVERED; // if handed over, a party stays further down
        }
        case NOT_DELIVERED -> {
          if (frame.received == received) {
            return Device.CancelResult.NOT_DELIVERED;
          }
          // it was passed on within this frame: ask who has it now
        }
      }
    }
  }

  private Device.CancelResult cancelAt(Device device, IoRequest sender) {
    if (!CANCELLER.compareAndSet(this, null, sender)) {
      return Device.CancelResult.NOT_DELIVERED;
    }
    Device.CancelResult result;
    try {
      result = device.cancel(this);
    } catch (Throwable e) { // of others' requests nothing is known here, and they have to go on
      LOG.error("the device of " + originator + " failed to cancel it", e);
      boolean isHeld = CANCELLER.compareAndSet(this, sender, null);
      return isHeld ? Device.CancelResult.NOT_DELIVERED : Device.CancelResult.HANDED_OVER;
    }
    if (result != Device.CancelResult.HANDED_OVER) {
      canceller = null;
    }
    return result;
  }

  /// Forgets an earlier cancel.
  void clearCancel() {
    isCancelRequested = false;
  }

  /// The originator goes for good.
  void dispose() {
    for (Frame frame : frames) {
      frame.dispose();
    }
  }

  @Override
  public String toString() {
    return "Packet of " + originator;
  }
}
