package dev.ioreq.linux;

import dev.ioreq.Access;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.linux.engine.Pipe;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.testkit.TargetConformance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// A file through the kernel's cache.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class RingTargetConformanceTest extends TargetConformance {
  @TempDir private Path folder;

  private final Pipe pipe = Pipe.open();

  @BeforeEach
  void needsRing() {
    RingTargets.needsRing();
  }

  @Override
  public IoTarget open(long sizeBytes) throws IoRequestException {
    return RingTargets.open("file:" + sparse(folder, sizeBytes), Access.READ_WRITE);
  }

  @Override
  public Optional<IoTarget> openBlocking() throws IoRequestException {
    return Optional.of(RingTargets.open(pipe.readName(), Access.READ));
  }

  @AfterEach
  void closePipe() {
    pipe.close();
  }

  /// A new file of zeroes.
  static Path sparse(Path folder, long sizeBytes) {
    try {
      Path file = Files.createTempFile(folder, "target", ".img");
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.allocate(1), sizeBytes - 1);
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
