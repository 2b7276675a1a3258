package dev.ioreq.linux.device;

import static dev.ioreq.linux.device.Wholes.expectPattern;
import static dev.ioreq.linux.device.Wholes.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.TemporaryFileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// The file system of most containers: it refuses `RWF_NOWAIT`, and has its data in a cache all the
/// same.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class OverlayIT {
  private static final int BLOCK = 4096;
  private static final int TRANSFERS = 100;

  @TempDir private Path folder;

  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private TemporaryFileSystem files;

  @BeforeEach
  void mount() throws IOException {
    files = TemporaryFileSystem.overlay(folder);
  }

  @AfterEach
  void unmount() throws Exception {
    engine.end();
    files.close();
  }

  private static <T> T inVirtualThread(Callable<T> task) throws Exception {
    FutureTask<T> done = new FutureTask<>(task);
    Thread.ofVirtual().start(done);
    return done.get();
  }

  @Test
  void aVirtualThreadReadsAndWritesWhatIsCachedItself() throws Exception {
    OpenOptions options = OpenOptions.of(Access.READ_WRITE).withCreate();
    try (IoTarget target =
            RingTargets.open("file:" + files.folder().resolve("data"), options, engine);
        IoMemory written = pattern(0, BLOCK);
        IoMemory read = IoMemory.allocate(BLOCK)) {
      long byTheRing =
          inVirtualThread(() -> {
            // what has to be learned: that it refuses
            target.sendWriteSynchronously(written, 0);
            target.sendReadSynchronously(read, 0);
            long before = engine.taken();
            for (int i = 0; i < TRANSFERS; i++) {
              target.sendWriteSynchronously(written, 0);
              target.sendReadSynchronously(read, 0);
            }
            return engine.taken() - before;
          });
      // a machine that stops in the middle of one makes it look like a disk's, for sixteen
      assertThat(byTheRing).isLessThan(TRANSFERS);
      expectPattern(read, 0, BLOCK);
    }
  }
}
