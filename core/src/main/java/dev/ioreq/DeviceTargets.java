package dev.ioreq;

import java.util.ArrayList;
import java.util.List;

/// The targets that lead to a device, and those that its driver has opened for its own use.
///
/// Safe from any thread.
final class DeviceTargets {
  private final List<IoTarget> above = new ArrayList<>(); // guarded by this
  private final List<IoTarget> own = new ArrayList<>(); // guarded by this

  /// A target leads to the device from now on.
  synchronized void opened(IoDevice device, IoTarget target) {
    device.requireOpen("open"); // whoever closes it sets that it is closed, and then looks here
    above.add(target);
  }

  synchronized void closed(IoTarget target) {
    above.remove(target);
  }

  synchronized void adopt(IoDevice device, IoTarget target) {
    device.requireOpen("tie a target to");
    target.becomeOwn(device);
    own.add(target);
  }

  /// Asks all to end that came through here, from the top of the stack on, and all that the driver
  /// has sent.
  void askToEnd() {
    askAboveToEnd();
    for (IoTarget target : ownNow()) {
      target.purge(PurgeAction.PURGE);
    }
  }

  private void askAboveToEnd() {
    for (IoTarget target : aboveNow()) {
      if (target.isLocal()) {
        target.device().ifPresent(device -> device.targets().askAboveToEnd());
      }
      target.purge(PurgeAction.PURGE);
    }
  }

  /// Closes the devices above, the targets that lead here, and the driver's own, and waits for all
  /// that is in flight.
  void close() {
    for (IoTarget target : aboveNow()) {
      if (target.isLocal()) {
        target.device().ifPresent(IoDevice::close);
      }
      target.closeByDevice();
    }
    ownNow().forEach(IoTarget::closeByDevice);
  }

  private synchronized List<IoTarget> aboveNow() {
    return List.copyOf(above);
  }

  private synchronized List<IoTarget> ownNow() {
    return List.copyOf(own);
  }
}
