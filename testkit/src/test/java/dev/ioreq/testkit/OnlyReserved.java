package dev.ioreq.testkit;

import dev.ioreq.ForwardProgress;
import dev.ioreq.ReceivedRequest;

/// A driver that never has the resources for a usual request: each one needs a reserved one.
final class OnlyReserved implements ForwardProgress {
  @Override
  public void prepareReserved(ReceivedRequest reserved) {}

  @Override
  public boolean allocate(ReceivedRequest usual) {
    return false;
  }
}
