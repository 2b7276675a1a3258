package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.ContextType;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
import dev.ioreq.IoObject;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// between the format and the routine of a reused request nothing is allocated.
class RequestAllocationTest {
  private static final int WARM_UP = 200_000;
  private static final int REQUESTS = 1_000_000;
  private static final double BUDGET_BYTES = 0.1;

  /// Counts, and does nothing else.
  private static final class Counting implements CompletionRoutine {
    private int count;

    @Override
    public void completed(IoRequest request, IoTarget target, CompletionParameters result) {
      count++;
    }
  }

  @FunctionalInterface
  private interface Turn {
    void run() throws IoRequestException;
  }

  private static void expectNoAllocation(String what, Turn turn) throws IoRequestException {
    for (int i = 0; i < WARM_UP; i++) {
      turn.run();
    }
    long before = Allocations.ofThisThread();
    for (int i = 0; i < REQUESTS; i++) {
      turn.run();
    }
    double perRequest = (Allocations.ofThisThread() - before) / (double) REQUESTS;
    System.out.printf("%s: %.4f bytes a request%n", what, perRequest);
    assertThat(perRequest).as(what).isLessThan(BUDGET_BYTES);
  }

  private static void measure(String what, SendOptions options) throws IoRequestException {
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(64);
        IoRequest request = IoRequest.create(target)) {
      Counting counting = new Counting();
      expectNoAllocation(
          what,
          () -> {
            request.reuse();
            target.formatRead(request, memory, 0, 64, 128);
            request.setCompletionRoutine(counting);
            if (!request.send(target, options)) {
              throw new AssertionError(request.status());
            }
          });
      assertThat(counting.count).isEqualTo(WARM_UP + REQUESTS);
    }
  }

  @Test
  @DisplayName("R-121 format, send, routine")
  void formatSendRoutine() throws IoRequestException {
    measure("format, send, routine", SendOptions.none());
  }

  @Test
  @DisplayName("R-121, R-112 with a timeout that does not fire")
  void withATimeoutThatDoesNotFire() throws IoRequestException {
    measure("with a timeout", SendOptions.timeout(Duration.ofSeconds(3)));
  }

  @Test
  @DisplayName("R-121 a synchronous call")
  void aSynchronousCall() throws IoRequestException {
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(64)) {
      expectNoAllocation("a synchronous call", () -> target.sendReadSynchronously(memory, 128));
    }
  }

  @Test
  @DisplayName("R-121 cancelled while it is held")
  void cancelledWhileHeld() throws IoRequestException {
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(64);
        IoRequest request = IoRequest.create(target)) {
      target.stop(SentIoAction.CANCEL);
      Counting counting = new Counting();
      expectNoAllocation(
          "cancelled while held",
          () -> {
            target.formatWrite(request, memory, 0);
            request.setCompletionRoutine(counting);
            if (!request.send(target) || !request.cancelSent()) {
              throw new AssertionError(request.status());
            }
          });
      assertThat(counting.count).isEqualTo(WARM_UP + REQUESTS);
    }
  }

  /// A context that keeps its instance.
  private static final class Progress {
    private static final ContextType<Progress> TYPE =
        ContextType.of("progress", Progress::new, Progress::clear);

    private long bytes;

    private void clear() {
      bytes = 0;
    }
  }

  @Test
  @DisplayName("R-111, R-432 a request with a context, which its routine asks for")
  void withAContext() throws IoRequestException {
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(64);
        IoRequest request = IoRequest.create(target)) {
      ContextType<Counting> other = ContextType.of("other", Counting::new);
      CompletionRoutine routine =
          (done, at, result) -> {
            done.context(Progress.TYPE).bytes += result.information();
            done.context(other).count++;
          };
      expectNoAllocation(
          "with two contexts",
          () -> {
            request.reuse();
            target.formatRead(request, memory, 0);
            request.setCompletionRoutine(routine);
            if (!request.send(target)) {
              throw new AssertionError(request.status());
            }
          });
      assertThat(request.context(Progress.TYPE).bytes).isEqualTo(64L * (WARM_UP + REQUESTS));
    }
  }

  @Test
  @DisplayName("R-369 an object that is used again, with a context and a callback")
  void usedAgainWithAContext() throws IoRequestException {
    try (IoMemoryPool pool = new IoMemoryPool(64, 1)) {
      long[] destroyed = new long[1];
      Consumer<IoObject> counting = object -> destroyed[0]++;
      expectNoAllocation(
          "used again with a context",
          () -> {
            IoMemory memory = Objects.requireNonNull(pool.tryTake());
            Progress progress = memory.context(Progress.TYPE);
            if (progress.bytes++ != 0) {
              throw new AssertionError("not zeroed");
            }
            memory.onDestroy(counting);
            memory.close();
          });
      assertThat(destroyed[0]).isEqualTo(WARM_UP + REQUESTS);
    }
  }
}
