package dev.ioreq.testkit;

import dev.ioreq.BufferMethod;
import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A scripted lower device: it keeps every packet until the test completes it, and does with a
/// cancel what the test said. Safe from any thread.
///
/// It keeps the device's side of the contract, so that what a test sees is the sender's side: a
/// cancel that came before its packet is found when the packet arrives, and a packet is completed
/// once.
public final class ManualDevice implements Device {
  /// What it does when it is asked to cancel a packet that it holds.
  public enum OnCancel {
    /// Nothing; the packet's flag stays set.
    REFUSE,
    /// Completes it as cancelled, inside the call.
    COMPLETE,
    /// Takes note, to be completed by the test.
    NOTE,
    /// Hands it over; the test calls [#handleCancels()].
    HAND_OVER
  }

  /// A packet's frame, as it was on arrival.
  ///
  /// @param type the frame's type, by name
  /// @param deviceOffset where on the device
  /// @param inputLength bytes from the sender
  /// @param outputLength bytes for the sender
  public record Arrival(String type, long deviceOffset, long inputLength, long outputLength) {}

  private final int stackSize;
  private final BufferMethod method;
  private final boolean takesHeapMemory;
  private final List<Packet> kept = new ArrayList<>(); // guarded by kept
  private final List<Packet> handedOver = new ArrayList<>(); // guarded by kept
  private final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
  private final List<Packet> cancels = new CopyOnWriteArrayList<>();
  private final Semaphore arrived = new Semaphore(0);
  private final Semaphore cancelled = new Semaphore(0);
  private volatile OnCancel onCancel = OnCancel.REFUSE;
  private volatile @Nullable Consumer<Packet> atOnce;
  private volatile boolean isClosed;
  private volatile long maximumTransferBytes = DeviceInfo.UNLIMITED;

  /// A device at the bottom that works on the sender's bytes.
  public ManualDevice() {
    this(1, BufferMethod.OUT_DIRECT, true);
  }

  /// A device.
  ///
  /// @param stackSize how many frames it says it needs
  /// @param method how reads and writes reach it
  /// @param takesHeapMemory whether it says that it takes memory of the Java heap
  public ManualDevice(int stackSize, BufferMethod method, boolean takesHeapMemory) {
    this.stackSize = stackSize;
    this.method = method;
    this.takesHeapMemory = takesHeapMemory;
  }

  /// A target over it.
  ///
  /// @return a started target, which closes the device
  public IoTarget target() {
    return IoTarget.over("manual", this);
  }

  /// Says what becomes of cancels from now on.
  ///
  /// @param what the behaviour
  /// @return this device
  public ManualDevice onCancel(OnCancel what) {
    onCancel = what;
    return this;
  }

  /// Says what to do with packets from now on in place of keeping them.
  ///
  /// @param what completes the packet; null to keep them again
  /// @return this device
  public ManualDevice atOnce(@Nullable Consumer<Packet> what) {
    atOnce = what;
    return this;
  }

  /// Says what it gives as the most that one transfer moves. It takes longer ones all the same.
  ///
  /// @param bytes at least 1
  /// @return this device
  public ManualDevice maximumTransfer(long bytes) {
    maximumTransferBytes = bytes;
    return this;
  }

  @Override
  public int stackSize() {
    return stackSize;
  }

  @Override
  public BufferMethod bufferMethod() {
    return method;
  }

  @Override
  public boolean takesHeapMemory() {
    return takesHeapMemory;
  }

  @Override
  public void dispatch(Packet packet) {
    arrivals.add(
        new Arrival(
            packet.frame().type().name(),
            packet.frame().deviceOffset(),
            packet.frame().inputLength(),
            packet.frame().outputLength()));
    Consumer<Packet> now = atOnce;
    if (now != null) {
      arrived.release();
      now.accept(packet);
      return;
    }
    synchronized (kept) {
      kept.add(packet);
    }
    arrived.release();
    if (packet.isCancelRequested() && onCancel == OnCancel.COMPLETE && take(packet)) {
      packet.complete(IoStatus.CANCELLED, 0);
    }
  }

  @Override
  public CancelResult cancel(Packet packet) {
    cancels.add(packet);
    CancelResult result =
        switch (onCancel) {
          case REFUSE -> CancelResult.NOT_DELIVERED;
          case NOTE -> holds(packet) ? CancelResult.DELIVERED : CancelResult.NOT_DELIVERED;
          case HAND_OVER -> handOver(packet);
          case COMPLETE -> {
            if (!take(packet)) {
              yield CancelResult.NOT_DELIVERED;
            }
            packet.complete(IoStatus.CANCELLED, 0);
            yield CancelResult.DELIVERED;
          }
        };
    cancelled.release();
    return result;
  }

  @Override
  public DeviceInfo info() {
    return new DeviceInfo(
        "manual",
        "testkit",
        DeviceInfo.UNKNOWN,
        1,
        1,
        1,
        false,
        false,
        List.of(),
        maximumTransferBytes);
  }

  @Override
  public void close() {
    isClosed = true;
    synchronized (kept) {
      if (!kept.isEmpty()) {
        throw new AssertionError("closed with packets: " + kept);
      }
    }
  }

  // --- the test's side ---

  /// Completes the oldest packet.
  ///
  /// @param status how
  /// @param information how much
  public void complete(IoStatus status, long information) {
    oldest().complete(status, information);
  }

  /// Completes the oldest packet with success.
  public void complete() {
    complete(IoStatus.SUCCESS, 0);
  }

  /// Completes all packets, oldest first, with success.
  public void completeAll() {
    while (completeIfKept(IoStatus.SUCCESS)) {
      // the next
    }
  }

  /// Completes the oldest packet if there is one: a cancel on another thread may take the last.
  ///
  /// @param status how
  /// @return whether there was one
  public boolean completeIfKept(IoStatus status) {
    Packet oldest;
    synchronized (kept) {
      if (kept.isEmpty()) {
        return false;
      }
      oldest = kept.removeFirst();
    }
    oldest.complete(status, 0);
    return true;
  }

  /// Takes the oldest packet out, to be completed by the caller.
  ///
  /// @return the packet
  public Packet oldest() {
    synchronized (kept) {
      return kept.removeFirst();
    }
  }

  /// Says for every cancel handed over that it was dealt with; the packets are still kept.
  ///
  /// @return how many
  public int handleCancels() {
    List<Packet> taken;
    synchronized (kept) {
      taken = List.copyOf(handedOver);
      handedOver.clear();
    }
    taken.forEach(Packet::cancelHandled);
    return taken.size();
  }

  /// Waits for packets not yet waited for.
  ///
  /// @param more how many
  public void awaitArrivals(int more) {
    Waiting.forPermits(more + " packet(s) at the device", arrived, more);
  }

  /// Waits until it has dealt with cancels not yet waited for.
  ///
  /// @param more how many
  public void awaitCancels(int more) {
    Waiting.forPermits(more + " cancel(s) at the device", cancelled, more);
  }

  /// What arrived, in order.
  ///
  /// @return a live view
  public List<Arrival> arrivals() {
    return arrivals;
  }

  /// How often it was asked to cancel.
  ///
  /// @return a count
  public int cancels() {
    return cancels.size();
  }

  /// How many packets it keeps.
  ///
  /// @return a count
  public int kept() {
    synchronized (kept) {
      return kept.size();
    }
  }

  /// Whether the target closed it.
  ///
  /// @return true after close
  public boolean isClosed() {
    return isClosed;
  }

  private boolean take(Packet packet) {
    synchronized (kept) {
      return kept.remove(packet);
    }
  }

  private boolean holds(Packet packet) {
    synchronized (kept) {
      return kept.contains(packet);
    }
  }

  private CancelResult handOver(Packet packet) {
    synchronized (kept) {
      if (!kept.contains(packet)) {
        return CancelResult.NOT_DELIVERED;
      }
      handedOver.add(packet);
      return CancelResult.HANDED_OVER;
    }
  }
}
