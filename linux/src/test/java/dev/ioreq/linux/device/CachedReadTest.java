package dev.ioreq.linux.device;

import static dev.ioreq.linux.device.Wholes.expectPattern;
import static dev.ioreq.linux.device.Wholes.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.SendOptions;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.engine.FileOnDisk;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Requirement;
import dev.ioreq.testkit.Waiting;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// Who waits when a virtual thread reads a file that was always in the cache, and then is not.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class CachedReadTest {
  private static final int BLOCK = 4096;

  /// So many that reads may wait, and then two that may not: those of a request's first.
  private static final int LEARNING = 1024 + 2;

  private static final int THAT_MAY_STILL_WAIT = 4;
  private static final int EVICTED = 64;

  @TempDir private Path folder;

  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final IoMemory memory = IoMemory.allocate(BLOCK);
  private Path file;

  @BeforeEach
  void make() throws IOException {
    try (IoMemory content = pattern(0, BLOCK)) {
      file =
          FileOnDisk.write(
              folder.resolve("data"), content.segment().toArray(ValueLayout.JAVA_BYTE));
    }
    int fd = FileCalls.open(file.toString(), FileCalls.O_RDONLY, 0);
    try {
      long read =
          TransferCalls.preadv2(fd, memory.segment().address(), BLOCK, 0, TransferCalls.RWF_NOWAIT);
      Requirement.needs(
          "a file system that knows RWF_NOWAIT, for temporary files",
          read == BLOCK || read == -Errno.EAGAIN,
          "%s says %d".formatted(file, read));
    } finally {
      FileCalls.close(fd);
    }
  }

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    memory.close();
    engine.end();
  }

  @Test
  void aVirtualThreadMayWaitForSevenOfEightUntilOneIsMissed() throws Exception {
    try (IoTarget target = open();
        IoRequest request = IoRequest.create(target)) {
      inVirtualThread(() -> {
        long before = engine.taken();
        for (int i = 0; i < LEARNING; i++) {
          read(target, request);
        }
        for (int i = 0; i < THAT_MAY_STILL_WAIT; i++) {
          evict();
          read(target, request);
        }
        assertThat(engine.taken()).as("waited here").isEqualTo(before);
        // The disk is rarely so fast that a read which must not wait finds what its own read-ahead
        // has fetched. If seven of eight still waited here, at most an eighth would be the ring's.
        for (int i = 0; i < EVICTED; i++) {
          evict();
          read(target, request);
        }
        assertThat(engine.taken() - before).isGreaterThan(EVICTED / 4);
      });
    }
  }

  private IoTarget open() throws IOException {
    return RingTargets.open("file:" + file, OpenOptions.of(Access.READ), engine);
  }

  private void read(IoTarget target, IoRequest request) {
    memory.segment().fill((byte) 0);
    target.formatRead(request, memory, 0);
    assertThat(request.send(target, SendOptions.synchronous())).isTrue();
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(BLOCK);
    expectPattern(memory, 0, BLOCK);
  }

  private void evict() {
    String ignored =
        Requirement.run(
            "dropping a file from the cache",
            List.of("dd", "if=" + file, "iflag=nocache", "count=0", "status=none"));
  }

  private static void inVirtualThread(Runnable task) throws Exception {
    FutureTask<Void> done = new FutureTask<>(task, null);
    Waiting.forEnd(Thread.ofVirtual().start(done));
    done.get();
  }
}
