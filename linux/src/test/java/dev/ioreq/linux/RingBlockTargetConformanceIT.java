package dev.ioreq.linux;

import dev.ioreq.Access;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.abi.LoopDevice;
import dev.ioreq.linux.engine.Pipe;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.testkit.TargetConformance;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// A loop device past the kernel's cache.
@Tag("device")
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class RingBlockTargetConformanceIT extends TargetConformance {
  private static final int UNIT = 512;

  @TempDir private Path folder;
  private final List<LoopDevice> loops = new ArrayList<>();

  private final Pipe pipe = Pipe.open();

  @BeforeEach
  void needsRing() {
    RingTargets.needsRing();
  }

  @AfterEach
  void detach() {
    pipe.close();
    loops.forEach(LoopDevice::close); // and gone with the targets, which the suite closes
  }

  @Override
  public Optional<IoTarget> openBlocking() throws IoRequestException {
    return Optional.of(RingTargets.open(pipe.readName(), Access.READ));
  }

  @Override
  public int unitBytes() {
    return UNIT;
  }

  @Override
  public IoTarget open(long sizeBytes) throws IoRequestException {
    LoopDevice loop = LoopDevice.of(RingTargetConformanceTest.sparse(folder, sizeBytes));
    loops.add(loop);
    return RingTargets.open("block:" + loop.path(), OpenOptions.of(Access.READ_WRITE).withDirect());
  }
}
