package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import dev.ioreq.linux.device.SideBySide;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Waiting;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Reads that wait in the kernel for the bytes of a pipe, cancelled by other threads and by their
/// timeouts at random moments, while the bytes come at random moments too.
///
/// Each send ends once. A buffer is filled with poison when its routine runs, and must be whole
/// when it is sent again; a read that was cancelled has left it whole as well. And no byte is lost:
/// what was written was read by the reads that succeeded, or is still in the pipe.
///
/// The system property `ioreq.test.races` sets how many sends, half of them to a target that takes
/// them one after another; `ioreq.test.seed` the seed.
class PipeCancelRacesTest {
  private static final int REQUESTS = 64;
  private static final int CANCELLERS = 2;
  private static final int BUFFER_BYTES = 16;
  private static final int CHUNK_BYTES = 24;
  private static final int MOST_WAITING = 4096;
  private static final byte POISON = (byte) 0xA5;
  private static final byte CONTENT = 0x11;

  private final int sends = Integer.getInteger("ioreq.test.races", 1_000_000) / 2;
  private final long seed = Long.getLong("ioreq.test.seed", System.nanoTime());
  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final AtomicInteger left = new AtomicInteger(sends);
  private final CountDownLatch idle = new CountDownLatch(REQUESTS);
  private final AtomicLong bytesRead = new AtomicLong();
  private final AtomicInteger succeeded = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final AtomicInteger timedOut = new AtomicInteger();
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    engine.end();
  }

  /// @param isOrdered whether one read at a time is in the ring, or all of them
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eachReadEndsOnceAndNoByteIsLost(boolean isOrdered) throws Exception {
    System.out.printf("PipeCancelRacesTest: seed %d, %d sends%n", seed, sends);
    long bytesWritten;
    long bytesLeft;
    List<Storm> storms = new ArrayList<>();
    try (Pipe pipe = Pipe.open();
        IoTarget target =
            isOrdered
                ? RingTargets.open(pipe.readName(), Access.READ, engine)
                : SideBySide.reads(pipe, engine)) {
      for (int i = 0; i < REQUESTS; i++) {
        storms.add(new Storm(target, new Random(seed + i)));
      }
      List<Thread> cancellers = new ArrayList<>();
      for (int i = 1; i <= CANCELLERS; i++) {
        Random random = new Random(seed - i);
        cancellers.add(Thread.ofPlatform().start(() -> cancelAtRandom(storms, random)));
      }
      storms.forEach(Storm::next);
      bytesWritten = feed(pipe);
      cancellers.forEach(Waiting::forEnd);
      // a request is in flight until its routine has returned, and the last one runs on for a
      // moment
      Waiting.until("the last routine's return", () -> target.requestsInFlight() == 0);
      bytesLeft = pipe.waiting();
    }
    storms.forEach(Storm::close);
    System.out.printf(
        "PipeCancelRacesTest: %s succeeded, %s cancelled, %s timed out%n",
        succeeded, cancelled, timedOut);
    assertThat(wrong).as("seed %d", seed).isEmpty();
    assertThat(succeeded.get() + cancelled.get() + timedOut.get()).isEqualTo(sends);
    assertThat(bytesRead.get() + bytesLeft).as("seed %d", seed).isEqualTo(bytesWritten);
    assertThat(List.of(succeeded, cancelled, timedOut)).allMatch(ends -> ends.get() > 0);
  }

  /// Writes until all is over; fails when nothing moves any more.
  private long feed(Pipe pipe) {
    byte[] chunk = new byte[CHUNK_BYTES];
    Arrays.fill(chunk, CONTENT);
    long written = 0;
    while (idle.getCount() != 0) {
      int before = left.get();
      long idleBefore = idle.getCount();
      if (pipe.waiting() < MOST_WAITING) {
        pipe.write(chunk);
        written += CHUNK_BYTES;
      }
      Waiting.until(
          "progress of the races", () -> left.get() < before || idle.getCount() < idleBefore);
    }
    return written;
  }

  private void cancelAtRandom(List<Storm> storms, Random random) {
    while (idle.getCount() != 0) {
      storms.get(random.nextInt(REQUESTS)).request.cancelSent();
      for (int spin = random.nextInt(400); spin > 0; spin--) {
        Thread.onSpinWait();
      }
    }
  }

  /// One request, used again from its own routine.
  private final class Storm implements CompletionRoutine {
    private final IoTarget target;
    private final Random random;
    private final IoRequest request = IoRequest.create();
    private final IoMemory memory = IoMemory.allocate(BUFFER_BYTES);
    private final AtomicInteger due = new AtomicInteger(); // sends whose routine has not run

    private Storm(IoTarget target, Random random) {
      this.target = target;
      this.random = random;
      memory.segment().fill(POISON);
    }

    private void next() {
      while (true) {
        // never below 0: a send that is refused goes back, and would else be missing in the end
        if (left.getAndUpdate(sends -> Math.max(0, sends - 1)) == 0) {
          idle.countDown();
          return;
        }
        check(0, POISON, "touched after its routine");
        request.reuse();
        target.formatRead(request, memory, 0);
        request.setCompletionRoutine(this);
        if (due.incrementAndGet() != 1) {
          wrong.add("sent while a routine was due");
        }
        if (request.send(target, options())) {
          return;
        }
        // a cancel came between reuse and send: nothing was sent, and no routine runs
        if (!request.status().equals(IoStatus.CANCELLED)) {
          wrong.add("refused: " + request.status());
        }
        due.decrementAndGet();
        left.incrementAndGet();
      }
    }

    private SendOptions options() {
      return random.nextInt(4) == 0
          ? SendOptions.timeout(Duration.ofNanos(1 + random.nextInt(2_000_000)))
          : SendOptions.none();
    }

    @Override
    public void completed(IoRequest ended, IoTarget at, CompletionParameters result) {
      if (due.decrementAndGet() != 0) {
        wrong.add("ended more than once");
      }
      IoStatus status = result.status();
      int moved = (int) result.information();
      if (status.isSuccess()) {
        succeeded.incrementAndGet();
        bytesRead.addAndGet(moved);
        for (int i = 0; i < moved; i++) {
          if (memory.segment().get(ValueLayout.JAVA_BYTE, i) != CONTENT) {
            wrong.add("a byte that was not in the pipe");
          }
        }
      } else if (status.equals(IoStatus.CANCELLED)) {
        cancelled.incrementAndGet();
      } else if (status.equals(IoStatus.IO_TIMEOUT)) {
        timedOut.incrementAndGet();
      } else {
        wrong.add("ended as " + status);
      }
      check(status.isSuccess() ? moved : 0, POISON, "touched beyond what was read");
      memory.segment().fill(POISON);
      next();
    }

    private void check(int from, byte value, String otherwise) {
      for (long at = from; at < BUFFER_BYTES; at++) {
        if (memory.segment().get(ValueLayout.JAVA_BYTE, at) != value) {
          wrong.add("a buffer was " + otherwise);
          return;
        }
      }
    }

    private void close() {
      request.close();
      memory.close();
    }
  }
}
