package dev.ioreq.testkit;

import dev.ioreq.Access;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import java.util.Optional;

class MemoryTargetConformanceTest extends TargetConformance {
  @Override
  public IoTarget open(long sizeBytes) throws IoRequestException {
    return IoTarget.open("memory:" + sizeBytes, Access.READ_WRITE);
  }

  @Override
  public Optional<IoTarget> openBlocking() {
    return Optional.of(new ManualDevice().onCancel(ManualDevice.OnCancel.COMPLETE).target());
  }
}
