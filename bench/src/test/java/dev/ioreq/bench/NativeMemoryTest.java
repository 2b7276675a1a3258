package dev.ioreq.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ioreq.Access;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.SendOptions;
import dev.ioreq.Verifier;
import dev.ioreq.linux.RingProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Ten million requests leave the process as large as one million did: of memory one at a time, and
/// many at a time through the ring.
class NativeMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int WARM_UP = 1_000_000;
  private static final int REQUESTS = 10_000_000;
  private static final int IN_FLIGHT = 32;

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

  @Test
  void tenMillionThroughTheRingLeaveNothingBehind() throws IOException, InterruptedException {
    assumeTrue(Files.exists(STATUS), "requires /proc");
    Optional<String> unavailable = new RingProvider().unavailable();
    assumeTrue(unavailable.isEmpty(), () -> "requires io_uring: " + unavailable.orElse(""));
    OpenOptions options = OpenOptions.of(Access.READ).withHandOver().withEngine("ring");
    try (InFlight inFlight = new InFlight(options)) {
      inFlight.send(WARM_UP);
      long first = residentKib();
      inFlight.send(REQUESTS);
      assertThat(residentKib() - first).as("growth in KiB").isLessThan(GROWTH_KIB);
    }
  }

  /// Reads of `/dev/zero` through the ring, so many at a time, each of which is sent again by its
  /// routine.
  private static final class InFlight implements AutoCloseable {
    private final IoTarget target;
    private final IoMemory memory = IoMemory.allocate(64);
    private final List<IoRequest> requests = new ArrayList<>();
    private final CompletionRoutine again = this::sendAgain;
    private volatile CountDownLatch ended = new CountDownLatch(0);
    private volatile IoStatus failure = IoStatus.SUCCESS;
    private int left; // the engine thread's, once the first of them is sent

    InFlight(OpenOptions options) throws IOException {
      target = IoTarget.open("char:/dev/zero", options);
      for (int i = 0; i < IN_FLIGHT; i++) {
        requests.add(IoRequest.create(target));
      }
    }

    void send(int count) throws InterruptedException {
      ended = new CountDownLatch(IN_FLIGHT);
      left = count - IN_FLIGHT;
      requests.forEach(this::read);
      ended.await();
      assertThat(failure).isEqualTo(IoStatus.SUCCESS);
      assertThat(left).isZero();
    }

    private void read(IoRequest request) {
      request.reuse();
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(again);
      request.send(target);
    }

    private void sendAgain(IoRequest request, IoTarget target, CompletionParameters result) {
      if (result.information() != memory.sizeBytes()) {
        failure = result.status();
        ended.countDown();
      } else if (left > 0) {
        left--;
        read(request);
      } else {
        ended.countDown();
      }
    }

    @Override
    public void close() {
      requests.forEach(IoRequest::close);
      memory.close();
      target.close();
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
