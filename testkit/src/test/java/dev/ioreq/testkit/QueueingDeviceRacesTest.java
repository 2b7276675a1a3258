package dev.ioreq.testkit;

import dev.ioreq.IoTarget;

class QueueingDeviceRacesTest extends CancelRaces {
  @Override
  protected IoTarget open(long seed) {
    return IoTarget.over("queueing", new QueueingDevice(seed));
  }
}
