package dev.ioreq.portable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.SentIoAction;
import dev.ioreq.TargetState;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WorkersTest {
  private static final long LONG_NANOS = 3_600_000_000_000L;
  private static final long SEED = 11;

  @TempDir private Path directory;

  @Test
  void aRequestThatWaitsIsCancelledAtOnceByTheCanceller() throws IOException {
    try (Occupied pool = new Occupied(directory);
        IoRequest request = pool.send()) {
      assertThat(request.cancelSent()).isTrue();
      Recorder.Call call = pool.recorder.await();
      assertThat(call.status()).isEqualTo(IoStatus.CANCELLED);
      assertThat(call.information()).isZero();
      assertThat(call.thread()).isSameAs(Thread.currentThread());
      assertThat(request.cancelSent()).isFalse();
    }
  }

  @Test
  void aRequestThatIsBeingCarriedOutIsNotCancelled() throws IOException {
    try (Occupied pool = new Occupied(directory)) {
      assertThat(pool.occupying.cancelSent()).isFalse();
    }
  }

  @Test
  void requestsThatWaitAreCarriedOutInTheOrderOfTheirSends() throws IOException {
    List<IoRequest> sent = new ArrayList<>();
    try (Occupied pool = new Occupied(directory)) {
      for (int i = 0; i < 200; i++) {
        sent.add(pool.send());
      }
      pool.release.countDown();
      pool.recorder.await(200);
      assertThat(pool.recorder.order()).isEqualTo(sent);
    }
    sent.forEach(IoRequest::close);
  }

  @Test
  void cancelledOnesLeaveTheOthersInOrder() throws IOException {
    Random random = new Random(SEED);
    List<IoRequest> kept = new ArrayList<>();
    List<IoRequest> cancelled = new ArrayList<>();
    List<IoRequest> all = new ArrayList<>();
    try (Occupied pool = new Occupied(directory)) {
      for (int i = 0; i < 1000; i++) {
        IoRequest request = pool.send();
        all.add(request);
        (random.nextInt(3) == 0 ? kept : cancelled).add(request);
      }
      Collections.shuffle(cancelled, random);
      cancelled.forEach(request -> assertThat(request.cancelSent()).isTrue());
      assertThat(pool.recorder.order()).as("with seed %d", SEED).isEqualTo(cancelled);
      pool.release.countDown();
      pool.recorder.await(1000);
      assertThat(pool.recorder.order().subList(cancelled.size(), 1000)).isEqualTo(kept);
      assertThat(pool.recorder.calls().subList(cancelled.size(), 1000))
          .allMatch(call -> call.status().equals(IoStatus.SUCCESS));
    }
    all.forEach(IoRequest::close);
  }

  @Test
  void aRequestCancelledAndSentAgainIsCarriedOutOnce() throws IOException {
    try (Occupied pool = new Occupied(directory);
        IoRequest request = pool.send()) {
      for (int i = 0; i < 500; i++) { // more than the queue has slots
        assertThat(request.cancelSent()).isTrue();
        request.reuse();
        pool.send(request);
      }
      assertThat(pool.recorder.count()).isEqualTo(500);
      pool.release.countDown();
      assertThat(pool.recorder.await(501).status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(pool.recorder.count()).isEqualTo(501);
    }
  }

  @Test
  void stopWithCancelEndsWhatWaits() throws IOException {
    List<IoRequest> sent = new ArrayList<>();
    try (Occupied pool = new Occupied(directory)) {
      for (int i = 0; i < 100; i++) {
        sent.add(pool.send());
      }
      pool.waiting.stop(SentIoAction.CANCEL);
      assertThat(pool.recorder.calls())
          .hasSize(100)
          .allMatch(call -> call.status().equals(IoStatus.CANCELLED));
    }
    sent.forEach(IoRequest::close);
  }

  @Test
  void closeEndsWhatWaitsAndThenTheDevice() throws IOException {
    List<IoRequest> sent = new ArrayList<>();
    try (Occupied pool = new Occupied(directory)) {
      for (int i = 0; i < 100; i++) {
        sent.add(pool.send());
      }
      pool.waiting.close();
      assertThat(pool.waiting.state()).isEqualTo(TargetState.CLOSED);
      assertThat(pool.recorder.calls())
          .hasSize(100)
          .allMatch(call -> call.status().equals(IoStatus.CANCELLED));
    }
    sent.forEach(IoRequest::close);
  }

  @Test
  void thePoolHasAsManyThreadsAsAllowedAndEndsThemWhenIdle() throws IOException {
    Workers workers = new Workers(3, 1_000_000);
    Path file = Files.write(directory.resolve("file"), new byte[100]);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch three = new CountDownLatch(3);
    Recorder recorder =
        new Recorder((request, target, result) -> {
          threads.add(Thread.currentThread());
          three.countDown();
          Waiting.forLatch("release", release);
        });
    List<IoRequest> sent = new ArrayList<>();
    try (IoTarget target = Targets.over(file, workers);
        IoMemory memory = IoMemory.allocate(100)) {
      for (int i = 0; i < 20; i++) {
        IoRequest request = IoRequest.create(target);
        sent.add(request);
        target.formatRead(request, memory, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
      }
      Waiting.forLatch("three routines", three);
      assertThat(workers.threads()).isEqualTo(3);
      release.countDown();
      recorder.await(20);
      sent.forEach(IoRequest::close);
    }
    assertThat(threads).hasSize(3).allMatch(Thread::isDaemon);
    threads.forEach(Waiting::forEnd);
    assertThat(workers.threads()).isZero();
  }

  @Test
  void anInterruptLeftByARoutineClosesNoChannel() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[100]);
    try (IoTarget target = Targets.over(file, new Workers(1, LONG_NANOS));
        IoMemory memory = IoMemory.allocate(100);
        IoRequest request = IoRequest.create(target)) {
      for (int i = 0; i < 3; i++) {
        Recorder recorder =
            new Recorder((ended, from, result) -> Thread.currentThread().interrupt());
        target.formatRead(request, memory, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
        assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
      }
    }
  }

  @Test
  void aRoutineThatFailsCostsNoThread() throws IOException {
    Recorder failing =
        new Recorder((request, target, result) -> {
          throw new InternalError("thrown by a test, on purpose");
        });
    Recorder recorder = new Recorder();
    Path file = Files.write(directory.resolve("file"), new byte[100]);
    sendTwo(Targets.over(file, new Workers(1, LONG_NANOS)), failing, recorder);
    assertThat(recorder.calls().getFirst().thread()).isSameAs(failing.calls().getFirst().thread());
  }

  @Test
  void aThreadThatDiesIsReplaced() {
    Workers workers = new Workers(1, LONG_NANOS);
    Recorder first = new Recorder();
    Recorder second = new Recorder();
    sendTwo(IoTarget.over("deadly", new DeadlyDevice(workers)), first, second);
    Thread dead = first.calls().getFirst().thread();
    Waiting.forEnd(dead);
    assertThat(second.calls().getFirst().thread()).isNotSameAs(dead);
  }

  private static void sendTwo(IoTarget over, Recorder first, Recorder second) {
    try (IoTarget target = over;
        IoMemory memory = IoMemory.allocate(100);
        IoRequest one = IoRequest.create(target);
        IoRequest other = IoRequest.create(target)) {
      target.formatRead(one, memory, 0);
      one.setCompletionRoutine(first);
      target.formatRead(other, memory, 0);
      other.setCompletionRoutine(second);
      assertThat(one.send(target)).isTrue();
      assertThat(other.send(target)).isTrue();
      assertThat(first.await().status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(second.await().status()).isEqualTo(IoStatus.SUCCESS);
    }
  }

  /// Completes each packet on a thread of the pool, which dies of it.
  private record DeadlyDevice(Workers workers) implements Device {
    @Override
    public int stackSize() {
      return 1;
    }

    @Override
    public void dispatch(Packet packet) {
      workers.execute(
          packet,
          carried -> {
            carried.complete(IoStatus.SUCCESS, 0);
            throw new InternalError("thrown by a test, on purpose");
          });
    }

    @Override
    public CancelResult cancel(Packet packet) {
      return CancelResult.NOT_DELIVERED;
    }

    @Override
    public DeviceInfo info() {
      return new DeviceInfo("deadly", "test", DeviceInfo.UNKNOWN, 1, 1, 1, false, false, List.of());
    }

    @Override
    public void close() {}
  }

  @Test
  void cancelsAgainstCompletionsEndEachRequestOnce() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[100]);
    Recorder recorder = new Recorder();
    try (IoTarget target = Targets.over(file, new Workers(2, LONG_NANOS));
        IoMemory memory = IoMemory.allocate(100);
        IoRequest request = IoRequest.create(target)) {
      int cancelled = 0;
      for (int i = 0; i < 3000; i++) {
        target.formatRead(request, memory, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
        boolean isDelivered = request.cancelSent();
        Recorder.Call call = recorder.await();
        if (isDelivered) {
          assertThat(call.status()).isEqualTo(IoStatus.CANCELLED);
          cancelled++;
        } else {
          assertThat(call.status()).isIn(IoStatus.SUCCESS, IoStatus.CANCELLED);
        }
        request.reuse();
      }
      assertThat(recorder.count()).isEqualTo(3000);
      System.out.println("cancelled while waiting: " + cancelled + " of 3000");
    }
  }

  /// A pool of one thread, which is kept in a completion routine, and a target whose requests
  /// therefore wait.
  private static final class Occupied implements AutoCloseable {
    final CountDownLatch release = new CountDownLatch(1);
    final Recorder recorder = new Recorder();
    final IoTarget waiting;
    final IoRequest occupying;
    private final IoTarget busy;
    private final IoMemory memory = IoMemory.allocate(100);
    private final Recorder occupied;

    Occupied(Path directory) throws IOException {
      Workers workers = new Workers(1, LONG_NANOS);
      Path file = Files.write(directory.resolve("file"), new byte[100]);
      busy = Targets.over(file, workers);
      waiting = Targets.over(file, workers);
      CountDownLatch entered = new CountDownLatch(1);
      occupied =
          new Recorder((request, target, result) -> {
            entered.countDown();
            Waiting.forLatch("release", release);
          });
      occupying = IoRequest.create(busy);
      busy.formatRead(occupying, memory, 0);
      occupying.setCompletionRoutine(occupied);
      assertThat(occupying.send(busy)).isTrue();
      Waiting.forLatch("the thread is occupied", entered);
    }

    IoRequest send() {
      IoRequest request = IoRequest.create(waiting);
      send(request);
      return request;
    }

    void send(IoRequest request) {
      waiting.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(waiting)).isTrue();
    }

    @Override
    public void close() {
      release.countDown();
      occupied.await();
      busy.close();
      waiting.close();
      occupying.close();
      memory.close();
    }
  }
}
