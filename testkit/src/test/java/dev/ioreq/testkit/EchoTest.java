package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.RequestType;
import dev.ioreq.SendOptions;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The echo driver, in both of its forms.
class EchoTest extends QueueTest {
  private static final int RACES = 20_000;

  private EchoDriver echo(boolean isSynchronized) {
    EchoDriver driver =
        isSynchronized ? new EchoDriver.Synchronized() : new EchoDriver.Unsynchronized();
    made.track(driver.device());
    return driver;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("S-01, S-06 what was written is read; each ends when the clock ticks")
  void whatWasWrittenIsRead(boolean isSynchronized) {
    EchoDriver echo = echo(isSynchronized);
    IoTarget top = top(echo.device());
    for (int length : new int[] {512, 30720}) {
      IoMemory memory = made.memory(length);
      for (int i = 0; i < length; i++) {
        memory.segment().set(ValueLayout.JAVA_BYTE, i, (byte) (i * 7 + length));
      }
      IoRequest request = made.request();
      top.formatWrite(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(top)).isTrue();
      assertThat(request.status()).isEqualTo(IoStatus.PENDING);
      echo.tick();
      assertThat(recorder.await().information()).isEqualTo(length);
      IoMemory back = made.memory(length);
      top.formatRead(request, back, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(top)).isTrue();
      assertThat(request.status()).isEqualTo(IoStatus.PENDING);
      echo.tick();
      assertThat(recorder.await().information()).isEqualTo(length);
      assertThat(back.segment().mismatch(memory.segment())).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("S-02, S-06, R-375 100 reads and 100 writes at a time, one presented at a time")
  void manyAtATime(boolean isSynchronized) {
    int total = 2000;
    EchoDriver echo = echo(isSynchronized);
    IoTarget top = top(echo.device());
    AtomicInteger left = new AtomicInteger(total);
    CountDownLatch ended = new CountDownLatch(total);
    AtomicInteger order = new AtomicInteger();
    for (int i = 0; i < 200; i++) {
      IoMemory memory = made.memory(EchoDriver.MOST_BYTES);
      boolean isWrite = i % 2 == 0;
      new Object() {
        void next(IoRequest request) {
          if (left.getAndDecrement() > 0) {
            if (isWrite) {
              top.formatWrite(request, memory, order.getAndIncrement());
            } else {
              top.formatRead(request, memory, order.getAndIncrement());
            }
            request.setCompletionRoutine((sent, target, result) -> {
              ended.countDown();
              next(sent);
            });
            if (!request.send(top)) {
              throw new AssertionError(request.status());
            }
          }
        }
      }.next(made.request());
    }
    AtomicBoolean isOver = new AtomicBoolean();
    Elsewhere clock =
        begin(() -> {
          while (!isOver.get()) {
            echo.tick();
          }
        });
    Waiting.forLatch("all of them", ended);
    isOver.set(true);
    clock.end();
    assertThat(echo.mostAtATime).hasValue(1);
    assertThat(echo.presented).hasSize(total);
    assertThat(echo.offsets).as("in the order of arrival").isSorted();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("S-03, S-06, R-331 cancel of the presented one and of one that waits")
  void cancels(boolean isSynchronized) {
    EchoDriver echo = echo(isSynchronized);
    IoTarget top = top(echo.device());
    IoRequest presented = write(top, 8);
    final IoRequest waits = write(top, 9);
    final IoRequest last = write(top, 10);
    assertThat(waits.cancelSent()).isTrue();
    assertThat(waits.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(echo.cancels).hasValue(0);
    assertThat(presented.cancelSent()).isTrue();
    assertThat(presented.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(presented.information()).isZero();
    assertThat(echo.cancels).hasValue(1);
    assertThat(echo.presented).as("the next one").hasSize(2);
    echo.tick();
    assertThat(last.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(last.information()).isEqualTo(10);
  }

  @ParameterizedTest
  @Tag("long")
  @ValueSource(booleans = {true, false})
  @DisplayName("S-04, S-06, R-326, R-321 cancel exactly at the tick: one end, one way or the other")
  void cancelAtTheTick(boolean isSynchronized) {
    EchoDriver echo = echo(isSynchronized);
    IoTarget top = top(echo.device());
    IoRequest request = made.request();
    IoMemory memory = made.memory(8);
    AtomicInteger turn = new AtomicInteger();
    List<String> wrong = new ArrayList<>();
    int[] ends = new int[2];
    Elsewhere clock =
        begin(() -> {
          for (int i = 1; i <= RACES; i++) {
            while (turn.get() < i) {
              Thread.onSpinWait();
            }
            echo.tick();
          }
        });
    for (int i = 1; i <= RACES; i++) {
      request.reuse();
      top.formatWrite(request, memory, 0);
      AtomicInteger completions = new AtomicInteger();
      CountDownLatch ended = new CountDownLatch(1);
      request.setCompletionRoutine((sent, target, result) -> {
        completions.incrementAndGet();
        ended.countDown();
      });
      assertThat(request.send(top)).isTrue();
      turn.set(i);
      for (int spin = i % 300; spin > 0; spin--) {
        Thread.onSpinWait();
      }
      request.cancelSent();
      if (ended.getCount() != 0) {
        Waiting.forLatch("the end", ended);
      }
      IoStatus status = request.status();
      if (completions.get() != 1
          || !(status.equals(IoStatus.SUCCESS) || status.equals(IoStatus.CANCELLED))) {
        wrong.add("%d: %d completions, %s".formatted(i, completions.get(), status));
      }
      ends[status.isSuccess() ? 0 : 1]++;
    }
    clock.end();
    System.out.printf("cancel at the tick: %d succeeded, %d cancelled%n", ends[0], ends[1]);
    assertThat(wrong).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("S-05, S-06, R-374 too long a write, a read before any write, nothing to write")
  void edges(boolean isSynchronized) {
    EchoDriver echo = echo(isSynchronized);
    IoTarget top = top(echo.device());
    readOf(top, 8);
    write(top, EchoDriver.MOST_BYTES + 1);
    write(top, 0);
    assertThat(ends())
        .containsExactly(IoStatus.SUCCESS, EchoDriver.BUFFER_OVERFLOW, IoStatus.SUCCESS);
    assertThat(recorder.calls()).extracting(Recorder.Call::information).containsOnly(0L);
    assertThat(echo.presented).containsExactly(RequestType.READ, RequestType.WRITE);
  }

  @Test
  @DisplayName("S-06, R-315 a request cancelled beforehand is not marked, and the driver ends it")
  void cancelledBeforehand() {
    EchoDriver echo = echo(false);
    IoRequest[] request = new IoRequest[1];
    IoTarget top = top(echo.device());
    IoTarget early =
        top(
            made.track(
                IoDevice.filter("early")
                    .onInCallerContext((where, received) -> {
                      request[0].cancelSent();
                      if (!received.send(
                          where.localTarget().orElseThrow(), SendOptions.sendAndForget())) {
                        received.complete(received.status());
                      }
                    })
                    .above(echo.device())));
    assertThat(top).isNotNull();
    request[0] = made.request();
    early.formatWrite(request[0], made.memory(8), 0);
    request[0].setCompletionRoutine(recorder);
    assertThat(request[0].send(early)).isTrue();
    assertThat(ends()).containsExactly(IoStatus.CANCELLED);
    assertThat(echo.presented).hasSize(1);
    assertThat(echo.cancels).hasValue(0);
  }

  @Test
  @DisplayName("S-07, R-321 unmark says cancelled while the routine is held up: it stays valid")
  void theRoutineIsHeldUp() {
    EchoDriver.Unsynchronized echo = new EchoDriver.Unsynchronized();
    made.track(echo.device());
    IoTarget top = top(echo.device());
    CountDownLatch isInside = new CountDownLatch(1);
    CountDownLatch mayGo = new CountDownLatch(1);
    echo.inCancel =
        () -> {
          isInside.countDown();
          Waiting.forLatch("the tick", mayGo);
        };
    final IoRequest request = write(top, 8);
    Elsewhere cancelling = begin(request::cancelSent);
    Waiting.forLatch("the routine", isInside);
    echo.tick(); // unmark says no; the tick lets go, and the routine is the last owner
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    mayGo.countDown();
    cancelling.end();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(echo.lastOwners()).containsExactly("cancel");
  }
}
