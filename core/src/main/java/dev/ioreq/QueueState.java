package dev.ioreq;

/// What a queue did and held at one moment.
///
/// @param accepts whether it takes new requests
/// @param dispatches whether it gives requests to the driver
/// @param isHeld whether its device is outside its working state
/// @param queued how many requests it holds
/// @param driverOwned how many requests that came from it the driver holds, also those it has sent
///   to a target
/// @see "WDF_IO_QUEUE_STATE"
public record QueueState(
    boolean accepts, boolean dispatches, boolean isHeld, int queued, int driverOwned) {
  private static final int ACCEPT = 0x01;
  private static final int DISPATCH = 0x02;
  private static final int NO_REQUESTS = 0x04;
  private static final int DRIVER_NO_REQUESTS = 0x08;
  private static final int PNP_HELD = 0x10;

  /// The state in WDF's bits: accept 1, dispatch 2, no requests 4, driver has no requests 8, held
  /// 0x10.
  ///
  /// @return the bits
  public int bits() {
    return (accepts ? ACCEPT : 0)
        | (dispatches ? DISPATCH : 0)
        | (queued == 0 ? NO_REQUESTS : 0)
        | (driverOwned == 0 ? DRIVER_NO_REQUESTS : 0)
        | (isHeld ? PNP_HELD : 0);
  }

  /// Whether neither the queue nor the driver holds a request.
  ///
  /// @return true if so
  public boolean isIdle() {
    return queued == 0 && driverOwned == 0;
  }

  /// Whether a request that comes is taken and delivered.
  ///
  /// @return true if so
  public boolean isReady() {
    return accepts && dispatches && !isHeld;
  }

  /// Whether it takes requests, delivers none, and the driver holds none.
  ///
  /// @return true if so
  public boolean isStopped() {
    return accepts && !dispatches && driverOwned == 0;
  }

  /// Whether it takes none, and what it had has been delivered and has ended.
  ///
  /// @return true if so
  public boolean isDrained() {
    return !accepts && dispatches && isIdle();
  }

  /// Whether it takes none and everything has ended.
  ///
  /// @return true if so
  public boolean isPurged() {
    return !accepts && isIdle();
  }
}
