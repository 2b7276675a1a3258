package dev.ioreq.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import dev.ioreq.Verifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Ten million requests leave the process as large as one million did.
class NativeMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int WARM_UP = 1_000_000;
  private static final int REQUESTS = 10_000_000;

  /// What the virtual machine itself may take meanwhile: its compilers, its heap. A leak of 8 bytes
  /// a request would be more than twice as much.
  private static final long GROWTH_KIB = 32 << 10;

  private final Verifier.Mode before = Verifier.mode();

  @BeforeEach
  void asPrograms() {
    Verifier.mode(Verifier.Mode.REPORT);
  }

  @AfterEach
  void asBefore() {
    Verifier.mode(before);
  }

  @Test
  void tenMillionRequestsLeaveNothingBehind() throws IOException {
    assumeTrue(Files.exists(STATUS), "requires /proc");
    SendOptions options = SendOptions.timeout(Duration.ofMinutes(5));
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
        IoMemoryPool pool = new IoMemoryPool(64, 2);
        IoRequest request = IoRequest.create(target)) {
      send(WARM_UP, target, pool, request, options);
      long first = residentKib();
      send(REQUESTS, target, pool, request, options);
      assertThat(residentKib() - first).as("growth in KiB").isLessThan(GROWTH_KIB);
    }
  }

  private static void send(
      int count, IoTarget target, IoMemoryPool pool, IoRequest request, SendOptions options) {
    for (int i = 0; i < count; i++) {
      try (IoMemory memory = Objects.requireNonNull(pool.tryTake())) {
        target.formatWrite(request, memory, 128);
        request.send(target, options);
        if (!request.status().isSuccess()) {
          throw new AssertionError(request.status());
        }
        request.reuse();
      }
    }
  }

  /// Anonymous memory that is in use now: heap and native.
  private static long residentKib() throws IOException {
    System.gc();
    try (var lines = Files.lines(STATUS)) {
      String line = lines.filter(each -> each.startsWith("RssAnon:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }
  }
}
