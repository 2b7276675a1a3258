package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// A request is closed at the moment its routine runs, which is short.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class CloseBesideRoutineTest {
  private static final int REQUESTS = 100_000;
  private static final long LIMIT_SECONDS = 20;

  @Test
  void itIsCleanedUpOnce() throws Exception {
    AtomicReference<@Nullable IoRequest> toClose = new AtomicReference<>();
    AtomicInteger cleanedUp = new AtomicInteger();
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ)) {
      Thread closer = Thread.ofPlatform().daemon().start(() -> closeAll(toClose));
      for (int i = 0; i < REQUESTS; i++) {
        CountDownLatch isCleanedUp = new CountDownLatch(1);
        IoRequest request = IoRequest.create(target);
        request.onCleanup(it -> {
          cleanedUp.incrementAndGet();
          isCleanedUp.countDown();
        });
        target.formatRead(request, IoMemory.none(), 0);
        request.setCompletionRoutine((sent, at, result) -> {});
        toClose.set(request);
        sendUnlessClosed(request, target);
        assertThat(isCleanedUp.await(LIMIT_SECONDS, TimeUnit.SECONDS)).as("request %d", i).isTrue();
        while (toClose.get() != null) {
          Thread.onSpinWait(); // its close returns
        }
      }
      closer.interrupt();
      closer.join();
    }
    assertThat(cleanedUp).hasValue(REQUESTS);
  }

  /// The owner sends again while a close has said so, and not yet told the counter; and who ended
  /// the send before looks now whether he has to dispose of it.
  @Test
  void aSendThatTheCloseDoesNotKeepBackCallsItsRoutine() {
    AtomicReference<@Nullable Packet> held = new AtomicReference<>();
    AtomicReference<Runnable> beside = new AtomicReference<>(() -> {});
    AtomicInteger called = new AtomicInteger();
    IoRequest request = IoRequest.create();
    try (IoTarget target =
            IoTarget.over(
                "asked",
                new IdleDevice() {
                  @Override
                  public boolean takesHeapMemory() {
                    beside.getAndSet(() -> {}).run();
                    return true;
                  }

                  @Override
                  public void dispatch(Packet packet) {
                    held.set(packet);
                  }
                });
        IoMemory memory = IoMemory.wrap(ByteBuffer.allocate(1))) {
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine((sent, at, result) -> called.incrementAndGet());
      beside.set(() -> {
        request.isClosed = true;
        request.afterRoutine(null, 0, null);
      });
      assertThat(request.send(target)).isTrue();
      request.counter.close();
      Objects.requireNonNull(held.get()).complete(IoStatus.SUCCESS, 0);
      assertThat(called).hasValue(1);
      assertThat(target.traffic().inFlight()).isZero();
    }
  }

  /// As who runs the routine may leave it who looked before the close, and whose writes are not
  /// seen yet.
  @Test
  void whoClosesLooksAgainWhileARoutineSeemsToBeDue() throws Exception {
    CountDownLatch isCleanedUp = new CountDownLatch(1);
    IoRequest request = IoRequest.create();
    request.onCleanup(it -> isCleanedUp.countDown());
    request.isRoutineDue = true;
    request.close();
    assertThat(isCleanedUp.getCount()).isEqualTo(1);
    request.isRoutineDue = false;
    assertThat(isCleanedUp.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  private static void sendUnlessClosed(IoRequest request, IoTarget target) {
    try {
      request.send(target);
    } catch (IoMisuseException closed) {
      assertThat(request.isClosed()).isTrue();
    }
  }

  private static void closeAll(AtomicReference<@Nullable IoRequest> toClose) {
    while (!Thread.currentThread().isInterrupted()) {
      IoRequest request = toClose.get();
      if (request != null) {
        request.close();
        toClose.set(null);
      } else {
        Thread.onSpinWait();
      }
    }
  }
}
