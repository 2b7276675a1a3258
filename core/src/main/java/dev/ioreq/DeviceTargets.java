package dev.ioreq;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The targets that lead to a device, and those that its driver has opened for its own use.
///
/// Safe from any thread.
final class DeviceTargets {
  /*
   * Both sets are to hold the targets whose life has not ended: who closes one takes it out, who opens it again puts it in.
   * A target changes its state first, and then comes here, where the state is looked at under the lock. So whatever close,
   * adoption and reopening do at the same time, the last of them that comes here sees the last state, and what it leaves is
   * right: a closed target is not kept, and an open one not lost.
   *
   * An adoption writes the target's owner, and then looks at its state; a close changes the state, and then looks for the
   * owner. One of the two sees the other.
   *
   * The device, when it closes, sets that it is closed, and then looks here. So a target that comes later is refused, and
   * one that came before is closed with it.
   */
  private final Set<IoTarget> above = new LinkedHashSet<>(); // guarded by this
  private final Set<IoTarget> own = new LinkedHashSet<>(); // guarded by this

  /// A target leads to the device from now on.
  synchronized void opened(IoDevice device, IoTarget target) {
    device.requireOpen("open");
    if (!target.hasEnded()) {
      above.add(target);
    }
  }

  /// A target led to the device; it may be open again.
  synchronized void closed(IoTarget target) {
    if (target.hasEnded()) {
      above.remove(target);
    }
  }

  /// A target leads elsewhere from now on.
  synchronized void left(IoTarget target) {
    above.remove(target);
  }

  synchronized void adopt(IoDevice device, IoTarget target) {
    device.requireOpen("tie a target to");
    target.ties().becomeOwn(device);
    if (!target.hasEnded()) {
      own.add(target);
    }
  }

  /// A target that the driver opened was closed; it may be open again.
  synchronized void ownClosed(IoTarget target) {
    if (target.hasEnded()) {
      own.remove(target);
    }
  }

  /// It was opened again.
  synchronized void ownReopened(IoDevice device, IoTarget target) {
    device.requireOpen("reopen a target of");
    if (!target.hasEnded()) {
      own.add(target);
    }
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
      if (target.ties().isLocal()) {
        target.device().ifPresent(device -> device.targets().askAboveToEnd());
      }
      target.purge(PurgeAction.PURGE);
    }
  }

  /// Closes the devices above, the targets that lead here, and the driver's own, and waits for all
  /// that is in flight.
  void close() {
    for (IoTarget target : aboveNow()) {
      if (target.ties().isLocal()) {
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
