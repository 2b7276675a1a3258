package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.PurgeAction;
import dev.ioreq.linux.device.SideBySide;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// Thousands of requests through queues of 4 places, fewer than the engine would collect: the
/// submission queue is full, the completion queue overflows, and nothing is lost.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class SmallRingTest {
  private static final int REQUESTS = 4000;
  private static final int PIPE_BYTES = 1 << 16;

  @TempDir private Path folder;

  private final RingEngine engine =
      RingTargets.engine(RingConfig.defaults().withSqEntries(4).withCqEntries(4));
  private final List<IoRequest> requests = new ArrayList<>();
  private final AtomicInteger overflows = new AtomicInteger(); // routines that ran during one

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    requests.forEach(IoRequest::close);
    engine.end();
  }

  @Test
  void eachOfManyBlockedReadsGetsOneByte() throws IoRequestException {
    try (Pipe pipe = Pipe.open(PIPE_BYTES);
        IoTarget target = SideBySide.reads(pipe, engine);
        IoMemory memory = IoMemory.allocate(REQUESTS)) {
      Recorder recorder = readEachByte(target, memory);
      byte[] ones = new byte[REQUESTS];
      Arrays.fill(ones, (byte) 1);
      pipe.write(ones);
      recorder.await(REQUESTS);
      expectOverflows();
      assertThat(recorder.calls()).allMatch(call -> call.information() == 1);
      assertThat(recorder.order()).containsExactlyInAnyOrderElementsOf(requests);
      assertThat(memory.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(ones);
    }
  }

  @Test
  void eachOfManyBlockedReadsIsCancelledOnce() throws IoRequestException {
    try (Pipe pipe = Pipe.open();
        IoTarget target = SideBySide.reads(pipe, engine);
        IoMemory memory = IoMemory.allocate(REQUESTS)) {
      Recorder recorder = readEachByte(target, memory);
      target.purge(PurgeAction.PURGE_AND_WAIT);
      assertThat(recorder.count()).isEqualTo(REQUESTS);
      expectOverflows();
      assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.CANCELLED));
      assertThat(recorder.order()).containsExactlyInAnyOrderElementsOf(requests);
    }
  }

  @Test
  void routinesOnTheEnginesThreadSendMoreThanTheQueueHolds() throws IoRequestException {
    int fanOut = 500;
    CountDownLatch done = new CountDownLatch(fanOut);
    AtomicInteger failures = new AtomicInteger();
    try (IoTarget target = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(fanOut)) {
      for (int i = 0; i < fanOut; i++) {
        IoRequest request = IoRequest.create(target);
        requests.add(request);
        target.formatRead(request, memory, i, 1, 0);
        request.setCompletionRoutine((sent, to, result) -> {
          noteOverflow();
          if (result.information() != 1) {
            failures.incrementAndGet();
          }
          done.countDown();
        });
      }
      IoRequest first = IoRequest.create(target);
      target.formatRead(first, memory, 0, 1, 0);
      first.setCompletionRoutine((sent, to, result) -> requests.forEach(each -> each.send(to)));
      assertThat(first.send(target)).isTrue();
      Waiting.forLatch("reads sent from a routine", done);
      first.close();
      assertThat(failures).hasValue(0);
      expectOverflows();
    }
  }

  @Test
  void directReadsOfAFileAllArrive() throws Exception {
    int blocks = 1000;
    int block = 4096;
    Path file = folder.resolve("data");
    byte[] content = new byte[blocks * block];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i / block);
    }
    Files.write(file, content);
    OpenOptions direct = OpenOptions.of(Access.READ).withDirect();
    Recorder recorder = new Recorder();
    try (IoTarget target = RingTargets.open("file:" + file, direct, engine);
        IoMemory memory = IoMemory.allocate((long) blocks * block)) {
      for (int i = 0; i < blocks; i++) {
        IoRequest request = IoRequest.create(target);
        requests.add(request);
        long at = (long) i * block;
        target.formatRead(request, memory, at, block, at);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
      }
      recorder.await(blocks);
      assertThat(recorder.calls()).allMatch(call -> call.information() == block);
      assertThat(memory.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
    }
  }

  private Recorder readEachByte(IoTarget target, IoMemory memory) {
    Recorder recorder = new Recorder();
    for (int i = 0; i < REQUESTS; i++) {
      IoRequest request = IoRequest.create(target);
      requests.add(request);
      target.formatRead(request, memory, i, 1, 0);
      request.setCompletionRoutine(noting(recorder));
      assertThat(request.send(target)).isTrue();
    }
    return recorder;
  }

  /// Looks before each call whether the completion queue has overflowed.
  private CompletionRoutine noting(Recorder recorder) {
    return (sent, to, result) -> {
      noteOverflow();
      recorder.completed(sent, to, result);
    };
  }

  /// On the engine's thread: what an enter has left to the kernel stays there until the next.
  private void noteOverflow() {
    if (engine.isHere() && engine.isOverflowed()) {
      overflows.incrementAndGet();
    }
  }

  /// Had the queue never been too small, the test would prove nothing. Direct reads do not say so:
  /// how many end at the same time is the device's affair.
  private void expectOverflows() {
    assertThat(overflows.get()).as("routines during an overflow").isPositive();
  }
}
