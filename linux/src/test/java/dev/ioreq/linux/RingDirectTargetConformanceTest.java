package dev.ioreq.linux;

import dev.ioreq.Access;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.engine.Pipe;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.testkit.TargetConformance;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// A file past the kernel's cache: all goes through the ring.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class RingDirectTargetConformanceTest extends TargetConformance {
  @TempDir private Path folder;

  private final Pipe pipe = Pipe.open();

  @BeforeEach
  void needsRing() {
    RingTargets.needsRing();
  }

  @AfterEach
  void closePipe() {
    pipe.close();
  }

  @Override
  public Optional<IoTarget> openBlocking() throws IoRequestException {
    return Optional.of(RingTargets.open(pipe.readName(), Access.READ));
  }

  @Override
  public int unitBytes() {
    try (IoTarget target = open(1 << 16)) {
      return target.info().offsetAlignmentBytes();
    } catch (IoRequestException e) {
      throw new AssertionError("a file in the same folder was opened before", e);
    }
  }

  @Override
  public IoTarget open(long sizeBytes) throws IoRequestException {
    return RingTargets.open(
        "file:" + RingTargetConformanceTest.sparse(folder, sizeBytes),
        OpenOptions.of(Access.READ_WRITE).withDirect());
  }
}
