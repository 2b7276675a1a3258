package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.ContextType;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.Verifier;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// R-121 through stacks: what travels through four drivers, there and back, allocates nothing once
/// every layer has its handle.
class StackAllocationTest {
  private static final int LAYERS = 4;
  private static final int WARM_UP = 100_000;
  private static final int REQUESTS = 300_000;
  private static final double BUDGET_BYTES = 0.1;

  /// Completes what it was registered with, as below.
  private static final class Up implements CompletionRoutine {
    @Override
    public void completed(IoRequest sent, IoTarget target, CompletionParameters result) {
      ((ReceivedRequest) sent).complete(result.status());
    }
  }

  /// Counts what came back, and how.
  private static final class Counting implements CompletionRoutine {
    private int succeeded;

    @Override
    public void completed(IoRequest request, IoTarget target, CompletionParameters result) {
      if (result.status().isSuccess() && result.information() == 64) {
        succeeded++;
      }
    }
  }

  /// What a driver keeps with each request.
  private static final class Notes {
    private long seen;
  }

  private static final CompletionRoutine UP = new Up();
  private static final ContextType<Notes> NOTES =
      ContextType.of("notes", Notes::new, notes -> notes.seen = 0);

  private final Verifier.Mode before = Verifier.mode();

  @BeforeEach
  void asPrograms() {
    Verifier.mode(Verifier.Mode.REPORT); // in strict mode each packet has a new handle
  }

  @AfterEach
  void asBefore() {
    Verifier.mode(before);
  }

  private static void passOn(ReceivedRequest request, IoTarget below) {
    request.formatUsingCurrentType();
    request.setCompletionRoutine(UP);
    if (!request.send(below)) {
      request.complete(request.status());
    }
  }

  private static void forget(ReceivedRequest request, IoTarget below) {
    if (!request.send(below, SendOptions.sendAndForget())) {
      request.complete(request.status());
    }
  }

  /// Measures reads through four drivers of one sort.
  private static void measure(String what, BiFunction<QueueConfig, IoTarget, QueueConfig> driver)
      throws IoRequestException {
    measure("sequential, " + what, below -> driver.apply(IoQueue.sequential(), below));
    measure("parallel, " + what, below -> driver.apply(IoQueue.parallel(), below));
    measure("limited, " + what, below -> driver.apply(IoQueue.parallel().presentAtMost(2), below));
  }

  /// A driver's queue above a target.
  private interface Driver {
    QueueConfig above(IoTarget below);
  }

  private static void measure(String what, Driver driver) throws IoRequestException {
    List<IoDevice> devices = new ArrayList<>();
    IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
    for (int i = 0; i < LAYERS; i++) {
      IoDevice device = IoDevice.filter("layer " + i).queue(driver.above(target)).above(target);
      devices.add(device);
      target = IoTarget.to(device);
    }
    IoTarget top = target;
    try (IoMemory memory = IoMemory.allocate(64);
        IoRequest request = IoRequest.create(top)) {
      Counting counting = new Counting();
      Runnable turn =
          () -> {
            request.reuse();
            top.formatRead(request, memory, 0, 64, 128);
            request.setCompletionRoutine(counting);
            if (!request.send(top)) {
              throw new AssertionError(request.status());
            }
          };
      for (int i = 0; i < WARM_UP; i++) {
        turn.run();
      }
      long atFirst = Allocations.ofThisThread();
      for (int i = 0; i < REQUESTS; i++) {
        turn.run();
      }
      double perRequest = (Allocations.ofThisThread() - atFirst) / (double) REQUESTS;
      System.out.printf("%d drivers, %s: %.4f bytes a request%n", LAYERS, what, perRequest);
      assertThat(counting.succeeded).isEqualTo(WARM_UP + REQUESTS);
      assertThat(perRequest).as(what).isLessThan(BUDGET_BYTES);
    } finally {
      devices.reversed().forEach(IoDevice::close);
    }
  }

  @Test
  @DisplayName("R-121, R-428 formatted as it came, with a routine")
  void formattedAsItCame() throws IoRequestException {
    measure(
        "format, routine, send",
        (queue, below) -> queue.onRead((from, request, length) -> passOn(request, below)));
  }

  @Test
  @DisplayName("R-121, R-427 sent and forgotten")
  void sentAndForgotten() throws IoRequestException {
    measure(
        "send and forget",
        (queue, below) -> queue.onRead((from, request, length) -> forget(request, below)));
  }

  @Test
  @DisplayName("R-121, R-313, R-320 marked, unmarked, and sent on")
  void markedAndUnmarked() throws IoRequestException {
    measure(
        "mark, unmark",
        (queue, below) ->
            queue.onRead((from, request, length) -> {
              if (request.tryMarkCancelable(StackAllocationTest::cancelled)
                  && request.unmarkCancelable()) {
                passOn(request, below);
              }
            }));
  }

  private static void cancelled(ReceivedRequest request) {
    request.complete(IoStatus.CANCELLED, 0);
  }

  @Test
  @DisplayName("R-121, R-429 formatted with the received memory")
  void formattedWithTheReceivedMemory() throws IoRequestException {
    measure(
        "received memory",
        (queue, below) ->
            queue.onRead((from, request, length) -> {
              below.formatRead(request, request.retrieveOutput(length), request.deviceOffset());
              request.setCompletionRoutine(UP);
              if (!request.send(below)) {
                request.complete(request.status());
              }
            }));
  }

  @Test
  @DisplayName("R-121, R-369 with a context each")
  void withAContext() throws IoRequestException {
    measure(
        "a context",
        (queue, below) ->
            queue.onRead((from, request, length) -> {
              if (++request.context(NOTES).seen != 1) {
                throw new AssertionError("not zeroed");
              }
              passOn(request, below);
            }));
  }
}
