package dev.ioreq;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// What travels to a device: status, information, the cancel flag, and one [Frame] per layer.
///
/// A device that has been given a packet by [Device#dispatch(Packet)] owns it until it calls
/// [#complete(int, long)]; then it must not touch it any more. Between, [#link] and the words are
/// its own to use.
public final class Packet {
  /*
   *    frames   0 … n-1      frames[n-1] is the top layer's
   *    current  n            at the sender: no current frame
   *             n-1 …        at the device that many layers down
   *
   * Going down moves current by -1, completing by +1, both by the one who holds the packet: a plain field, handed on with
   * the packet.
   *
   * holder and isCancelRequested are how a cancel finds its way, which may come from any thread. The sender resets both
   * before the CAS that begins the send; a canceller reads them after it has joined that send. A canceller sets the flag,
   * then asks the holder; a device makes itself ready, then looks at the flag. Both are volatile, so one of them sees
   * the other.
   */
  private static final VarHandle CANCEL_REQUESTED;

  static {
    try {
      CANCEL_REQUESTED =
          MethodHandles.lookup().findVarHandle(Packet.class, "isCancelRequested", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// For the lists of the device that holds the packet.
  public @Nullable Packet link;

  /// For the device that holds the packet.
  public long word1;

  /// For the device that holds the packet.
  public long word2;

  /// For the device that holds the packet.
  public @Nullable Object attachment;

  /// For a list of cancels: written by the canceller, which is one at a time, until
  /// [#cancelHandled()].
  public @Nullable Packet cancelLink;

  private final IoRequest sender;
  private final Frame[] frames;
  private int current;
  private long information; // the completer's, published by the counter
  private volatile @Nullable Device holder;
  private volatile boolean isCancelRequested;
  private @Nullable MemorySegment systemBuffer; // grown by the sender's thread while formatting

  Packet(IoRequest sender, int stackSize) {
    this.sender = sender;
    frames = new Frame[stackSize];
    for (int i = 0; i < stackSize; i++) {
      frames[i] = new Frame(this);
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
    if (current >= frames.length) {
      throw new IllegalStateException("the packet of " + sender + " was completed twice");
    }
    current++;
    this.information = information;
    sender.lowerCompleted(statusCode);
  }

  /// Says that a cancel which the device handed over to another thread has been dealt with.
  public void cancelHandled() {
    sender.leave();
  }

  // --- the sender's side ---

  int stackSize() {
    return frames.length;
  }

  /// The frame that the next send goes with, or went with.
  Frame nextFrame() {
    return frames[frames.length - 1];
  }

  long information() {
    return information;
  }

  void information(long value) {
    information = value;
  }

  /// Prepares for a send; before the step that makes it visible to cancellers.
  void aim(Device device) {
    holder = device;
    if (isCancelRequested) {
      isCancelRequested = false;
    }
    information = 0;
  }

  void deliver(Device device) {
    current--;
    try {
      device.dispatch(this);
    } catch (RuntimeException e) {
      // the contract of dispatch: a device that throws has not taken the packet over. Most often
      // the memory's fault:
      // wrapped, and its arena closed or another thread's
      System.getLogger("dev.ioreq")
          .log(System.Logger.Level.ERROR, "the device of " + sender + " failed", e);
      complete(IoStatus.UNSUCCESSFUL, 0);
    }
  }

  /// Asks for its cancel. The caller is a party of the send.
  ///
  /// @return what the device did; `NOT_DELIVERED` also if somebody else asked before
  Device.CancelResult cancel() {
    if (!CANCEL_REQUESTED.compareAndSet(this, false, true)) {
      return Device.CancelResult.NOT_DELIVERED;
    }
    Device device = holder;
    return device == null ? Device.CancelResult.NOT_DELIVERED : device.cancel(this);
  }

  void release() {
    for (Frame frame : frames) {
      frame.release();
    }
  }

  /// The buffer of this packet for buffered transfers, at least so large. What it held is lost when
  /// it grows.
  MemorySegment systemBuffer(long sizeBytes) {
    MemorySegment buffer = systemBuffer;
    if (buffer == null || buffer.byteSize() < sizeBytes) {
      long size = Math.max(256, Long.highestOneBit(Math.max(1, sizeBytes - 1)) << 1);
      buffer = Arena.ofAuto().allocate(size, size > 512 ? 4096 : 64); // fit for direct I/O
      systemBuffer = buffer;
    }
    return buffer;
  }

  @Override
  public String toString() {
    return "Packet of " + sender;
  }
}
