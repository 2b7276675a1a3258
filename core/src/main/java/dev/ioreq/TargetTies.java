package dev.ioreq;

import org.jspecify.annotations.Nullable;

/// The devices in Java that a target is tied to: the one whose driver sends to it, and the one that
/// it leads to. Each closes it when it goes.
///
/// Safe from any thread; the order of changes is in [DeviceTargets].
final class TargetTies {
  private final IoTarget target;

  private volatile @Nullable IoDevice owner; // whose driver sends to it; set once, under this
  private volatile boolean isLocal; // to the device below the owner
  private volatile boolean isSelf; // to the owner
  private volatile @Nullable IoDevice served; // that it leads to; changed by reopen

  TargetTies(IoTarget target) {
    this.target = target;
  }

  @Nullable IoDevice owner() {
    return owner;
  }

  boolean isLocal() {
    return isLocal;
  }

  /// Whether it is a local or self target: made with a device, and gone with it.
  boolean isOfStack() {
    return isLocal || isSelf;
  }

  /// Whether it leads to a device in Java.
  boolean isServing() {
    return served != null;
  }

  /// Makes it the local target of a device.
  synchronized void becomeLocal(IoDevice above) {
    IoDevice owner = this.owner;
    if (owner != null) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "%s cannot be below %s: it belongs to %s; open another one"
              .formatted(target, above, owner));
    }
    this.owner = above;
    isLocal = true;
  }

  /// Makes it the self target of a device.
  synchronized void becomeSelf(IoDevice self) {
    owner = self;
    isSelf = true;
  }

  /// Makes it one that a driver has opened for its own use.
  synchronized void becomeOwn(IoDevice driver) {
    IoDevice owner = this.owner;
    if (owner != null && owner != driver) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "%s cannot be tied to %s: it belongs to %s; open another one"
              .formatted(target, driver, owner));
    }
    this.owner = driver;
  }

  /// It leads to a device in Java.
  ///
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if that one has gone
  void serve(IoDevice device) {
    served = device;
    device.opened(target);
  }

  /// If a device in Java is on top of what it was opened over, it leads to that one.
  ///
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if that one went meanwhile: then the
  ///   target is closed
  void serveTopOf(Device device) {
    if (device instanceof DeviceStack.Client client) {
      try {
        serve(client.top());
      } catch (IoMisuseException e) {
        target.close();
        throw e;
      }
    }
  }

  /// It is closed.
  void ended() {
    IoDevice served = this.served;
    if (served != null) {
      served.closed(target);
    }
    IoDevice owner = this.owner;
    if (owner != null && !isOfStack()) {
      owner.targets().ownClosed(target);
    }
  }

  /// Before it is opened again.
  ///
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if the device it belongs to is
  ///   closed
  void requireOwnerOpen() {
    IoDevice owner = this.owner;
    if (owner != null) {
      owner.requireOpen("reopen a target of");
    }
  }

  /// It was opened again.
  ///
  /// @param device what it leads to now; null if it was closed meanwhile
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if a device it is tied to went
  ///   meanwhile: then the target is closed
  void reopened(@Nullable Device device) {
    IoDevice before = served;
    served = null;
    if (before != null) {
      before.targets().left(target);
    }
    if (device != null) {
      serveTopOf(device);
    }
    IoDevice owner = this.owner; // who adopts it from here on sees that it is open
    if (owner == null) {
      return;
    }
    try {
      owner.targets().ownReopened(owner, target);
    } catch (IoMisuseException e) {
      target.close();
      throw e;
    }
  }
}
