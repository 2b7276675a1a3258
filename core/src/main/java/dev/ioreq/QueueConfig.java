package dev.ioreq;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a queue is to be: how it dispatches, and the driver's handlers.
///
/// Made by [IoQueue#sequential()], [IoQueue#parallel()] and [IoQueue#manual()]; used by one thread
/// until a device makes a queue of it.
///
/// @see "WDF_IO_QUEUE_CONFIG"
public final class QueueConfig {
  final DispatchType dispatchType;
  @Nullable TransferHandler read;
  @Nullable TransferHandler write;
  @Nullable ControlHandler deviceControl;
  @Nullable ControlHandler internalDeviceControl;
  @Nullable RequestHandler byDefault;
  @Nullable RequestHandler canceledOnQueue;
  @Nullable IoStopHandler ioStop;
  @Nullable RequestHandler ioResume;
  boolean allowsZeroLength;
  int mostPresented; // 0: no limit
  @Nullable SynchronizationScope scope; // null: the device's
  @Nullable Boolean mayBlock; // null: the device's
  @Nullable Boolean isPowerManaged; // null: as the kind of device says
  int reservedRequests;
  @Nullable ForwardProgress forwardProgress;

  QueueConfig(DispatchType dispatchType) {
    this.dispatchType = dispatchType;
  }

  /// Handles reads.
  ///
  /// @param handler called for each
  /// @return this
  public QueueConfig onRead(TransferHandler handler) {
    read = Objects.requireNonNull(handler, "handler");
    return this;
  }

  /// Handles writes.
  ///
  /// @param handler called for each
  /// @return this
  public QueueConfig onWrite(TransferHandler handler) {
    write = Objects.requireNonNull(handler, "handler");
    return this;
  }

  /// Handles device controls.
  ///
  /// @param handler called for each
  /// @return this
  public QueueConfig onDeviceControl(ControlHandler handler) {
    deviceControl = Objects.requireNonNull(handler, "handler");
    return this;
  }

  /// Handles internal device controls, those with three arguments included.
  ///
  /// @param handler called for each
  /// @return this
  public QueueConfig onInternalDeviceControl(ControlHandler handler) {
    internalDeviceControl = Objects.requireNonNull(handler, "handler");
    return this;
  }

  /// Handles every type that has no handler of its own.
  ///
  /// @param handler called for each
  /// @return this
  public QueueConfig onDefault(RequestHandler handler) {
    byDefault = Objects.requireNonNull(handler, "handler");
    return this;
  }

  /// Gets the requests that are cancelled while they wait in this queue after the driver has had
  /// them once; it completes them. Without it they end as [IoStatus#CANCELLED] by themselves.
  ///
  /// @param handler called for each
  /// @return this
  public QueueConfig onCanceledOnQueue(RequestHandler handler) {
    canceledOnQueue = Objects.requireNonNull(handler, "handler");
    return this;
  }

  /// Told of each request the driver holds when the device leaves its working state.
  ///
  /// @param handler called for each
  /// @return this
  public QueueConfig onIoStop(IoStopHandler handler) {
    ioStop = Objects.requireNonNull(handler, "handler");
    return this;
  }

  /// Told of each request the driver kept over a stop when the device is back.
  ///
  /// @param handler called for each
  /// @return this
  public QueueConfig onIoResume(RequestHandler handler) {
    ioResume = Objects.requireNonNull(handler, "handler");
    return this;
  }

  /// Delivers reads and writes of length 0 as well, which otherwise succeed by themselves.
  ///
  /// @return this
  public QueueConfig allowZeroLength() {
    allowsZeroLength = true;
    return this;
  }

  /// Limits how many requests of a parallel queue the driver holds at a time.
  ///
  /// @param most 1 or more
  /// @return this
  public QueueConfig presentAtMost(int most) {
    if (most < 1) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER,
          "a limit of "
              + most
              + " presented requests; the least is 1, without a call there is no limit");
    }
    mostPresented = most;
    return this;
  }

  /// Sets which callbacks exclude one another, for this queue; otherwise the device says so.
  ///
  /// @param scope none, this queue's, or all of the device's
  /// @return this
  public QueueConfig synchronize(SynchronizationScope scope) {
    this.scope = Objects.requireNonNull(scope, "scope");
    return this;
  }

  /// Sets whether this queue's callbacks may block: then they run on virtual threads unless the
  /// triggering thread may block anyway. Otherwise the device says so.
  ///
  /// @param mayBlock whether they may
  /// @return this
  public QueueConfig mayBlock(boolean mayBlock) {
    this.mayBlock = mayBlock;
    return this;
  }

  /// Sets whether the queue stops delivering while its device is outside its working state. By
  /// default it does in function devices and does not in filters.
  ///
  /// @param isPowerManaged whether it does
  /// @return this
  public QueueConfig powerManaged(boolean isPowerManaged) {
    this.isPowerManaged = isPowerManaged;
    return this;
  }

  /// Guarantees that requests go on when the driver's resources for one more cannot be had: then a
  /// reserved request, prepared beforehand, stands for it; with all in use it waits for one.
  ///
  /// @param reserved how many reserved requests, 1 or more
  /// @param resources prepares them, and says whether a usual request can have what it needs
  /// @return this
  /// @see "WdfIoQueueAssignForwardProgressPolicy"
  public QueueConfig guaranteeForwardProgress(int reserved, ForwardProgress resources) {
    if (reserved < 1) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER, reserved + " reserved requests; the least is 1");
    }
    reservedRequests = reserved;
    forwardProgress = Objects.requireNonNull(resources, "resources");
    return this;
  }

  boolean hasHandler() {
    return read != null
        || write != null
        || deviceControl != null
        || internalDeviceControl != null
        || byDefault != null;
  }

  /// Whether requests of a type have somebody who takes them.
  boolean takes(RequestType type) {
    return dispatchType == DispatchType.MANUAL
        || byDefault != null
        || switch (type) {
          case READ -> read != null;
          case WRITE -> write != null;
          case DEVICE_CONTROL -> deviceControl != null;
          case INTERNAL_DEVICE_CONTROL, INTERNAL_DEVICE_CONTROL_OTHERS ->
              internalDeviceControl != null;
          case NO_FORMAT -> false;
        };
  }

  void check() {
    if (dispatchType == DispatchType.MANUAL && hasHandler()) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER,
          "a manual queue has handlers; its driver retrieves requests, so leave them out");
    }
    if (dispatchType != DispatchType.MANUAL && !hasHandler()) {
      throw new IoMisuseException(
          IoStatus.WDF_NO_CALLBACK,
          "a %s queue without a handler; give it one, for example onDefault"
              .formatted(dispatchType));
    }
    if (dispatchType != DispatchType.PARALLEL && mostPresented != 0) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER,
          "a limit of %d presented requests on a %s queue; only parallel queues have one"
              .formatted(mostPresented, dispatchType));
    }
  }
}
