package dev.ioreq;

/// A device as the contract wants it: makes itself ready, then looks at the packet's cancel flag.
/// It notes what it sees, and keeps the packet.
final class FlagDevice extends StressDevice {
  private volatile boolean isReady;
  volatile int asked;
  volatile boolean sawFlag;

  @Override
  public void dispatch(Packet packet) {
    isReady = true;
    sawFlag = packet.isCancelRequested();
  }

  @Override
  public CancelResult cancel(Packet packet) {
    asked = isReady ? 1 : 2; // 2: before it was ready, so it has to see the flag
    return CancelResult.NOT_DELIVERED;
  }
}
