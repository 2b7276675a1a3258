package dev.ioreq.linux.engine;

import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.Packet;
import java.util.List;

/// A device of a test, alone in its stack, that has the engine cancel its packets: what else it
/// does with them is the test's.
abstract class EngineDevice implements Device {
  final RingEngine engine;
  private final String kind;

  EngineDevice(RingEngine engine, String kind) {
    this.engine = engine;
    this.kind = kind;
  }

  @Override
  public final int stackSize() {
    return 1;
  }

  @Override
  public final CancelResult cancel(Packet packet) {
    return engine.cancel(packet) ? CancelResult.DELIVERED : CancelResult.HANDED_OVER;
  }

  @Override
  public final DeviceInfo info() {
    return new DeviceInfo(kind, "test", DeviceInfo.UNKNOWN, 1, 1, 1, false, false, List.of());
  }

  @Override
  public final void close() {
    // nothing is held without a packet
  }
}
