package dev.ioreq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What every echo device promises; the test is its clock.
abstract class EchoContract extends ExampleTest {
  private static final int CLIENTS = 100;
  private static final int REQUESTS_OF_A_CLIENT = 5;
  private static final int TURNS = 2000;

  IoDevice device;
  IoTarget target;
  private IoQueue queue;

  abstract IoDevice newDevice();

  abstract void tick();

  @BeforeEach
  final void open() {
    device = newDevice();
    target = above(device);
    queue = device.defaultQueue().orElseThrow();
  }

  @Test
  @DisplayName("S-01, S-06 a write and a read end at a tick each, and the bytes come back")
  void echoes() {
    for (int length : new int[] {512, 30_720}) {
      byte[] sent = new byte[length];
      for (int i = 0; i < length; i++) {
        sent[i] = (byte) (i * 31 + length);
      }
      IoMemory memory = made.memory(length);
      memory.copyFrom(0, sent);
      IoRequest request = made.request();
      target.formatWrite(request, memory, 0);
      endsAtTheTick(request, length);
      memory.segment().fill((byte) 0);
      target.formatRead(request, memory, 0);
      endsAtTheTick(request, length);
      byte[] heard = new byte[length];
      memory.copyTo(0, heard);
      assertThat(heard).isEqualTo(sent);
    }
  }

  private void endsAtTheTick(IoRequest request, long information) {
    int before = recorder.count();
    send(request, target);
    assertThat(recorder.count()).isEqualTo(before);
    tick();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(information);
  }

  @Test
  @DisplayName("S-02, S-06, R-375, R-378 one at a time, and each kind in the order it was sent")
  void manyClients() {
    List<IoRequest> sent = new ArrayList<>();
    List<IoRequest> ended = new ArrayList<>();
    List<Integer> presented = new ArrayList<>();
    Recorder clients =
        new Recorder((request, to, result) -> {
          presented.add(queue.state().driverOwned());
          ended.add(request);
        });
    for (int round = 0; round < REQUESTS_OF_A_CLIENT; round++) {
      for (int client = 0; client < CLIENTS; client++) {
        sent.add(formattedWrite(clients));
        sent.add(formattedRead(clients));
      }
    }
    sent.forEach(request -> assertThat(request.send(target)).isTrue());
    Waiting.until(
        "all requests end",
        () -> {
          tick();
          return ended.size() == sent.size();
        });
    assertThat(presented).allMatch(count -> count <= 1);
    assertThat(ended).isEqualTo(sent);
    assertThat(ended).allMatch(request -> request.status().equals(IoStatus.SUCCESS));
  }

  private IoRequest formattedWrite(Recorder clients) {
    IoRequest request = made.request();
    target.formatWrite(request, made.memory(Echo.MOST_BYTES), 0);
    return request.setCompletionRoutine(clients);
  }

  private IoRequest formattedRead(Recorder clients) {
    IoRequest request = made.request();
    target.formatRead(request, made.memory(Echo.MOST_BYTES), 0);
    return request.setCompletionRoutine(clients);
  }

  @Test
  @DisplayName("S-03, S-06, R-313, R-331 cancels of the presented request and of waiting ones")
  void cancels() {
    IoRequest presented = write(target, 16, 0);
    final IoRequest next = write(target, 16, 0);
    final IoRequest last = write(target, 16, 0);
    assertThat(queue.state().queued()).isEqualTo(2);
    assertThat(presented.cancelSent()).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(presented.information()).isZero();
    assertThat(queue.state().queued()).as("the next is presented").isEqualTo(1);
    assertThat(last.cancelSent()).isTrue();
    assertThat(recorder.await().request()).isSameAs(last);
    assertThat(last.status()).isEqualTo(IoStatus.CANCELLED);
    tick();
    assertThat(recorder.await().request()).isSameAs(next);
    assertThat(next.status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("S-04, S-06, R-326, R-321, R-304 a cancel at the tick: one completion")
  void cancelAtTheTick() throws Exception {
    CyclicBarrier together = new CyclicBarrier(2);
    FutureTask<Boolean> ticks =
        new FutureTask<>(() -> {
          for (int turn = 0; turn < TURNS; turn++) {
            together.await();
            tick();
          }
          return true;
        });
    Thread ticker = Thread.ofPlatform().start(ticks);
    IoRequest request = made.request();
    IoMemory memory = made.memory(16);
    int cancelled = 0;
    for (int turn = 1; turn <= TURNS; turn++) {
      request.reuse();
      target.formatWrite(request, memory, 0);
      send(request, target);
      together.await();
      request.cancelSent();
      IoStatus status = recorder.await().status();
      assertThat(status).isIn(IoStatus.SUCCESS, IoStatus.CANCELLED);
      cancelled += status.equals(IoStatus.CANCELLED) ? 1 : 0;
      assertThat(recorder.count()).isEqualTo(turn);
    }
    Future<Boolean> end = ticks;
    assertThat(Waiting.forResult("the last tick", end)).isTrue();
    Waiting.forEnd(ticker);
    assertThat(recorder.count()).isEqualTo(TURNS);
    System.out.printf("cancelled %d of %d%n", cancelled, TURNS);
  }

  @Test
  @DisplayName("S-05, S-06, R-374 too long, nothing stored, nothing to write")
  void atTheEdges() {
    final IoRequest tooLong = write(target, Echo.MOST_BYTES + 1, 0);
    assertThat(recorder.await().status()).isEqualTo(Echo.BUFFER_OVERFLOW);
    assertThat(tooLong.information()).isZero();
    read(target, 16);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(recorder.calls().getLast().information()).isZero();
    IoRequest empty = made.request();
    target.formatWrite(empty, IoMemory.none(), 0);
    send(empty, target);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(recorder.count()).isEqualTo(3);
  }

  @Test
  @DisplayName("S-06, R-314, R-315, R-334 a request that comes cancelled is completed as cancelled")
  void cancelledBefore() {
    List<ReceivedRequest> late = new ArrayList<>();
    IoDevice filter =
        IoDevice.filter("late")
            .queue(IoQueue.parallel().onDefault((from, request) -> late.add(request)))
            .above(target);
    IoTarget top = above(filter);
    IoRequest request = write(top, 16, 0);
    assertThat(request.cancelSent()).as("R-300: nobody can cancel it now").isFalse();
    ReceivedRequest held = late.getFirst();
    held.formatUsingCurrentType();
    held.setCompletionRoutine((sent, to, result) -> held.complete(result.status()));
    assertThat(held.send(target)).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(queue.state().isIdle()).isTrue();
    tick();
    assertThat(recorder.count()).isEqualTo(1);
  }
}
