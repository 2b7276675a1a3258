package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// How often the kernel is called, and the engine's thread woken, for many requests.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class SubmissionBatchTest {
  private static final int BLOCK = 4096;
  private static final int REQUESTS = 256;
  private static final int BUSY = 8; // requests that wait meanwhile

  @TempDir private Path folder;

  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final List<IoRequest> requests = new ArrayList<>();

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    requests.forEach(IoRequest::close);
    engine.end();
  }

  @Test
  void sendsFromARoutineToADeviceAreSubmittedByEightsAndThenByQuarters() throws IOException {
    long expected = submissions(0, REQUESTS);
    assertThat(expected).isBetween(REQUESTS / 32L + 1, REQUESTS / 8L - 1);
    assertThat(entersForSends(file(), OpenOptions.of(Access.READ).withDirect(), 0))
        .isBetween(expected, expected + 1);
  }

  /// How often a routine's sends to a device are submitted: when eight are held back, or a quarter
  /// of what the device has in the ring, or 32.
  ///
  /// @param inRing how many are there before
  private static long submissions(int inRing, int sends) {
    long submissions = 0;
    int heldBack = 0;
    for (int i = 1; i <= sends; i++) {
      heldBack++;
      if (heldBack >= Math.clamp((inRing + i) / 4, 8, 32)) {
        submissions++;
        heldBack = 0;
      }
    }
    return submissions;
  }

  @Test
  void sendsFromARoutineOverTheCacheAreSubmittedByThirtyTwos() throws IOException {
    // the first few, until the engine is busy, are done at once
    assertThat(entersForSends(file(), OpenOptions.of(Access.READ), 0))
        .isBetween(1L, REQUESTS / 32L + 1);
  }

  @Test
  void sendsThatTheirSubmissionCarriesOutAreSubmittedByThirtyTwosAfterEight() throws IOException {
    assertThat(entersForSends("char:/dev/zero", OpenOptions.of(Access.READ).withHandOver(), 0))
        .isBetween(1L, REQUESTS / 32L + 1);
  }

  @Test
  void aDeviceIsKeptWaitingOnceByWhatASubmissionCarriedOut() throws IOException {
    long expected = 1 + 1 + submissions(32, REQUESTS - 32);
    assertThat(entersForSends(file(), OpenOptions.of(Access.READ).withDirect(), 8))
        .isBetween(expected, expected + 1);
  }

  private String file() throws IOException {
    return "file:" + FileOnDisk.write(folder.resolve("data"), new byte[BLOCK]);
  }

  /// How often the kernel was called inside the sends of one routine.
  ///
  /// @param before how many reads of `/dev/zero` the routine sends before them
  private long entersForSends(String name, OpenOptions options, int before) throws IOException {
    AtomicLong enters = new AtomicLong();
    Recorder recorder = new Recorder();
    List<IoTarget> waiting = new ArrayList<>();
    try (Pipe pipe = Pipe.open();
        IoTarget trigger = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoTarget target = RingTargets.open(name, options, engine);
        IoMemory memory = IoMemory.allocate((long) REQUESTS * BLOCK)) {
      for (int i = 0; i < BUSY; i++) { // so that cached reads go to the ring
        IoTarget busy = RingTargets.open(pipe.readName(), Access.READ, engine);
        waiting.add(busy);
        IoRequest waits = newRequest(busy);
        busy.formatRead(waits, memory, 0, 1, 0);
        assertThat(waits.send(busy)).isTrue();
      }
      List<IoRequest> some = new ArrayList<>();
      for (int i = 0; i < before; i++) {
        IoRequest request = newRequest(trigger);
        trigger.formatRead(request, memory, 0, 1, 0);
        some.add(request);
      }
      List<IoRequest> many = new ArrayList<>();
      for (int i = 0; i < REQUESTS; i++) {
        IoRequest request = newRequest(target);
        target.formatRead(request, memory, (long) i * BLOCK, BLOCK, 0);
        request.setCompletionRoutine(recorder);
        many.add(request);
      }
      IoRequest first = newRequest(trigger);
      trigger.formatRead(first, memory, 0, 1, 0);
      first.setCompletionRoutine((sent, to, result) -> {
        long entersBefore = engine.enters();
        some.forEach(each -> each.send(trigger));
        many.forEach(each -> each.send(target));
        enters.set(engine.enters() - entersBefore);
      });
      assertThat(first.send(trigger)).isTrue();
      recorder.await(REQUESTS);
      assertThat(recorder.calls()).allMatch(call -> call.information() == BLOCK);
      waiting.forEach(IoTarget::close);
    }
    return enters.get();
  }

  @Test
  void aSendOfARoutineThatIsCancelledAtOnceDoesNotReachTheRing() throws IOException {
    Recorder recorder = new Recorder();
    AtomicLong taken = new AtomicLong();
    try (Pipe pipe = Pipe.open();
        IoTarget never = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoTarget trigger = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(1)) {
      IoRequest waits = newRequest(never);
      never.formatRead(waits, memory, 0);
      waits.setCompletionRoutine(recorder);
      inARoutine(
          trigger,
          memory,
          () -> {
            taken.set(engine.taken());
            assertThat(waits.send(never)).isTrue();
            assertThat(waits.cancelSent()).isTrue();
          });
      recorder.await(1);
      assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.CANCELLED));
    }
    assertThat(engine.taken()).isEqualTo(taken.get());
  }

  @Test
  void aRoutineIsNotSleptOverThatWasDeferredByACancelledSendOfARoutine() throws IOException {
    CountDownLatch ended = new CountDownLatch(1);
    try (Pipe pipe = Pipe.open();
        IoTarget never = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(1)) {
      IoRequest waits = newRequest(never);
      IoRequest before = newRequest(zero);
      IoRequest after = newRequest(zero);
      never.formatRead(waits, memory, 0);
      waits.setCompletionRoutine(
          (sent, to, result) -> chainOfRefused(20, zero, after, memory, ended::countDown));
      Runnable sendAndCancel =
          () -> {
            waits.send(never);
            waits.cancelSent();
          };
      inARoutine(zero, memory, () -> chainOfRefused(16, zero, before, memory, sendAndCancel));
      Waiting.forLatch("the last of the chain", ended);
    }
  }

  /// Sends so many writes that are refused inside the send, each from the routine of the one
  /// before.
  private static void chainOfRefused(
      int left, IoTarget readOnly, IoRequest request, IoMemory memory, Runnable last) {
    if (left == 0) {
      last.run();
      return;
    }
    readOnly.formatWrite(request, memory, 0);
    request.setCompletionRoutine(
        (sent, to, result) -> chainOfRefused(left - 1, readOnly, request, memory, last));
    request.send(readOnly);
  }

  @Test
  void theEighthSendOfARoutineRunsNoOtherRequestsRoutine() throws IOException {
    Recorder recorder = new Recorder();
    AtomicInteger calledInside = new AtomicInteger();
    try (Pipe pipe = Pipe.open();
        IoTarget never = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(1)) {
      IoRequest cancelled = newRequest(never);
      never.formatRead(cancelled, memory, 0);
      cancelled.setCompletionRoutine(recorder);
      List<IoRequest> many = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        IoRequest request = newRequest(zero);
        zero.formatRead(request, memory, 0);
        request.setCompletionRoutine(recorder);
        many.add(request);
      }
      inARoutine(
          zero,
          memory,
          () -> {
            cancelled.send(never);
            cancelled.cancelSent();
            many.forEach(each -> each.send(zero));
            calledInside.set(recorder.calls().size());
          });
      recorder.await(21);
    }
    assertThat(calledInside).hasValue(0);
  }

  @Test
  void sendersWakeAnEngineThatIsAwakeNotOnce() throws IOException {
    CountDownLatch inRoutine = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    try (IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(REQUESTS)) {
      IoRequest first = newRequest(zero);
      zero.formatRead(first, memory, 0, 1, 0);
      first.setCompletionRoutine((sent, to, result) -> {
        inRoutine.countDown();
        Waiting.forLatch("the sends", goOn);
      });
      assertThat(first.send(zero)).isTrue();
      Waiting.forLatch("the routine", inRoutine);
      long before = engine.wakeUps();
      for (int i = 0; i < REQUESTS; i++) {
        IoRequest request = newRequest(zero);
        zero.formatRead(request, memory, i, 1, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(zero)).isTrue();
      }
      assertThat(engine.wakeUps()).isEqualTo(before);
      goOn.countDown();
      recorder.await(REQUESTS);
    }
  }

  @Test
  void aSleepingEngineIsWokenForASend() throws IOException {
    try (IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(1)) {
      Waiting.until("the engine's sleep", () -> engine.getState() == Thread.State.WAITING);
      long before = engine.wakeUps();
      assertThat(zero.sendReadSynchronously(memory, 0)).isEqualTo(1);
      assertThat(engine.wakeUps()).isEqualTo(before + 1);
    }
  }

  /// A chain of cached reads, each sent from the routine of the one before, does not keep the
  /// thread that sent the first.
  @Test
  void aChainOfReadsGoesToTheEnginesThreadWhenItIsNestedTooDeep() throws IOException {
    Path file = Files.write(folder.resolve("data"), new byte[BLOCK]);
    CountDownLatch sendReturned = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    AtomicInteger onEngine = new AtomicInteger();
    AtomicInteger here = new AtomicInteger();
    try (IoTarget target = RingTargets.open("file:" + file, Access.READ, engine);
        IoMemory memory = IoMemory.allocate(BLOCK)) {
      IoRequest request = newRequest(target);
      new Object() {
        void send() {
          target.formatRead(request, memory, 0);
          request.setCompletionRoutine((sent, to, result) -> {
            if (Thread.currentThread() != engine) {
              here.incrementAndGet();
            } else if (onEngine.incrementAndGet() == 1) {
              Waiting.forLatch("the return of the first send", sendReturned);
            }
            if (here.get() + onEngine.get() < 1000) {
              send();
            } else {
              ended.countDown();
            }
          });
          assertThat(request.send(target)).isTrue();
        }
      }.send();
      sendReturned.countDown();
      Waiting.forLatch("the chain", ended);
    }
    assertThat(here).hasValue(4);
    assertThat(onEngine).hasValue(1000 - 4);
  }

  /// Has the engine's thread do something, in the routine of a read that goes through the ring.
  private void inARoutine(IoTarget zero, IoMemory memory, Runnable action) {
    IoRequest first = newRequest(zero);
    zero.formatRead(first, memory, 0, 1, 0);
    first.setCompletionRoutine((sent, to, result) -> action.run());
    assertThat(first.send(zero)).isTrue();
  }

  private IoRequest newRequest(IoTarget target) {
    IoRequest request = IoRequest.create(target);
    requests.add(request);
    return request;
  }
}
