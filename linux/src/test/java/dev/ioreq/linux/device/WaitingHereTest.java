package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.SendOptions;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.engine.FileOnDisk;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Waiting;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// Where a synchronous transfer that bypasses the cache waits: on the thread that asked for it, if
/// that is a platform thread and sets no limit; else at the engine.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class WaitingHereTest {
  private static final int BLOCK = 4096;
  private static final SendOptions LIMITED = SendOptions.timeout(Duration.ofHours(1));

  @TempDir private Path folder;

  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private IoTarget target;
  private final IoMemory memory = IoMemory.allocate(BLOCK);

  @BeforeEach
  void open() throws IOException {
    byte[] content = new byte[2 * BLOCK];
    content[0] = 1;
    content[BLOCK] = 2;
    Path file = FileOnDisk.write(folder.resolve("data"), content);
    target =
        RingTargets.open("file:" + file, OpenOptions.of(Access.READ_WRITE).withDirect(), engine);
  }

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    target.close();
    memory.close();
    engine.end();
  }

  @Test
  void aPlatformThreadWaitsItself() throws IoRequestException {
    long before = enginesTransfers();
    assertThat(target.sendReadSynchronously(memory, BLOCK)).isEqualTo(BLOCK);
    assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 2);
    assertThat(target.sendWriteSynchronously(memory, 0)).isEqualTo(BLOCK);
    memory.segment().fill((byte) 0);
    assertThat(target.sendReadSynchronously(memory, 0)).isEqualTo(BLOCK);
    assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 2);
    assertThat(enginesTransfers()).isEqualTo(before);
  }

  @Test
  void aVirtualThreadLeavesTheWaitToTheEngine() throws Exception {
    AtomicLong read = new AtomicLong();
    long before = enginesTransfers();
    Thread reader =
        Thread.ofVirtual()
            .start(() -> {
              try {
                read.set(target.sendReadSynchronously(memory, BLOCK));
              } catch (IoRequestException e) {
                throw new AssertionError(e);
              }
            });
    Waiting.forEnd(reader);
    assertThat(read).hasValue(BLOCK);
    assertThat(enginesTransfers()).isEqualTo(before + 1);
  }

  @Test
  void aTransferWithATimeoutIsLeftToTheEngine() throws IoRequestException {
    long before = enginesTransfers();
    assertThat(target.sendReadSynchronously(Optional.empty(), memory, 0, 0, BLOCK, LIMITED))
        .isEqualTo(BLOCK);
    assertThat(enginesTransfers()).isEqualTo(before + 1);
  }

  @Test
  void aRequestThatWasCancelledBeforeDoesNotBegin() {
    try (IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, memory, 0);
      request.cancelSent();
      assertThat(request.send(target, SendOptions.synchronous())).isFalse();
      assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
    }
  }

  @Test
  void anErrorIsReportedAsTheKernelGivesIt() {
    try (IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, memory, 1, BLOCK - 1, 1); // nothing of it is aligned
      assertThat(request.send(target, SendOptions.synchronous())).isTrue();
      assertThat(request.status().errno()).isEqualTo(Errno.EINVAL);
      assertThat(request.information()).isZero();
    }
  }

  @Test
  void theEndOfTheFileIsToldAsSuch() {
    try (IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, memory, 2 * BLOCK);
      assertThat(request.send(target, SendOptions.synchronous())).isTrue();
      assertThat(request.status()).isEqualTo(IoStatus.END_OF_FILE);
    }
  }

  private long enginesTransfers() {
    return engine.taken();
  }
}
