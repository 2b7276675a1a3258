package dev.ioreq.testkit;

import dev.ioreq.BufferMethod;
import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A device between a target and another device that spoils what passes. Safe from any thread.
///
/// It stands in front of the device and not behind it: a packet that it has passed on completes
/// straight to its sender. So it can fail a packet in place of the device, hold it back (late
/// completion), keep cancels from the device, and complete a packet normally after its cancel was
/// accepted; short transfers have to be made by the device itself.
public final class FaultyDevice implements Device {
  /// What happens to a packet.
  public enum Fault {
    /// It is passed on.
    NONE,
    /// It ends with the status given, without having reached the device.
    FAIL,
    /// It is held back until [#release()]. A cancel meanwhile is refused.
    DELAY,
    /// It is held back until [#release()]. A cancel meanwhile is accepted, and the packet is
    /// carried out by the device all the same.
    COMPLETE_AFTER_CANCEL
  }

  private final Device device;
  private final List<Packet> held = new ArrayList<>(); // guarded by held
  private volatile Fault fault = Fault.NONE;
  private volatile IoStatus failure = IoStatus.UNSUCCESSFUL;
  private volatile int every = 1;
  private volatile boolean refusesCancels;
  private int seen; // guarded by held

  /// A device that is faithful at first.
  ///
  /// @param device the real one
  public FaultyDevice(Device device) {
    this.device = device;
  }

  /// Spoils every n-th packet from now on.
  ///
  /// @param what becomes of it
  /// @param every n, at least 1
  /// @return this device
  public FaultyDevice with(Fault what, int every) {
    synchronized (held) {
      seen = 0;
      this.every = every;
      fault = what;
    }
    return this;
  }

  /// Fails every n-th packet from now on.
  ///
  /// @param status how
  /// @param every n, at least 1
  /// @return this device
  public FaultyDevice failing(IoStatus status, int every) {
    failure = status;
    return with(Fault.FAIL, every);
  }

  /// Keeps cancels from the device.
  ///
  /// @return this device
  public FaultyDevice refusingCancels() {
    refusesCancels = true;
    return this;
  }

  /// Passes on what was held back, oldest first.
  ///
  /// @return how many packets
  public int release() {
    int released = 0;
    for (Packet packet = takeHeld(); packet != null; packet = takeHeld()) {
      device.dispatch(packet);
      released++;
    }
    return released;
  }

  /// How many packets are held back.
  ///
  /// @return a count
  public int held() {
    synchronized (held) {
      return held.size();
    }
  }

  @Override
  public int stackSize() {
    return device.stackSize();
  }

  @Override
  public BufferMethod bufferMethod() {
    return device.bufferMethod();
  }

  @Override
  public boolean takesHeapMemory() {
    return device.takesHeapMemory();
  }

  @Override
  public void dispatch(Packet packet) {
    Fault now;
    synchronized (held) {
      now = ++seen % every == 0 ? fault : Fault.NONE;
      if (now == Fault.DELAY || now == Fault.COMPLETE_AFTER_CANCEL) {
        held.add(packet);
        return;
      }
    }
    if (now == Fault.FAIL) {
      packet.complete(failure, 0);
    } else {
      device.dispatch(packet);
    }
  }

  @Override
  public CancelResult cancel(Packet packet) {
    synchronized (held) {
      if (held.contains(packet)) {
        return fault == Fault.COMPLETE_AFTER_CANCEL
            ? CancelResult.DELIVERED
            : CancelResult.NOT_DELIVERED;
      }
    }
    return refusesCancels ? CancelResult.NOT_DELIVERED : device.cancel(packet);
  }

  @Override
  public DeviceInfo info() {
    return device.info();
  }

  @Override
  public void close() {
    device.close();
  }

  private @Nullable Packet takeHeld() {
    synchronized (held) {
      return held.isEmpty() ? null : held.removeFirst();
    }
  }
}
