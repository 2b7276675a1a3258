package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.UnspeakableException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A routine throws, and the program's log fails when it is told: other requests go on all the
/// same, on every thread that completes them.
@Timeout(60)
class BrokenLogTest {
  private final Logger logger = Logger.getLogger("dev.ioreq");
  private final Handler broken = new Broken();
  private final AtomicInteger told = new AtomicInteger();
  private Supplier<? extends Throwable> failure = AssertionError::new;

  private final class Broken extends Handler {
    @Override
    public void publish(LogRecord told) {
      BrokenLogTest.this.told.incrementAndGet();
      throw unchecked(failure.get());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> RuntimeException unchecked(Throwable thrown) throws T {
    throw (T) thrown;
  }

  static Stream<Arguments> failures() {
    return Stream.of("memory:4096", "char:/dev/zero")
        .flatMap(name ->
            Stream.<Supplier<? extends Throwable>>of(
                    IllegalStateException::new,
                    UnspeakableException::new,
                    OutOfMemoryError::new,
                    StackOverflowError::new)
                .flatMap(thrown ->
                    Stream.<Supplier<? extends Throwable>>of(
                            IllegalStateException::new, StackOverflowError::new)
                        .map(ofLog -> Arguments.of(name, thrown, ofLog))));
  }

  @AfterEach
  void repair() {
    logger.removeHandler(broken);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void otherRequestsGoOn(
      String name, Supplier<? extends Throwable> ofRoutine, Supplier<? extends Throwable> ofLog)
      throws Exception {
    failure = ofLog;
    logger.addHandler(broken);
    Recorder recorder = new Recorder();
    try (IoTarget target = IoTarget.open(name, Access.READ);
        IoMemory memory = IoMemory.allocate(8);
        IoRequest thrower = IoRequest.create(target);
        IoRequest next = IoRequest.create(target)) {
      CompletionRoutine throwing =
          (sent, to, result) -> {
            throw unchecked(ofRoutine.get());
          };
      for (int i = 0; i < 3; i++) {
        send(thrower, target, memory, throwing);
        send(next, target, memory, recorder);
        recorder.await(1);
      }
    }
    assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.SUCCESS));
    assertThat(told).hasPositiveValue();
  }

  private static void send(
      IoRequest request, IoTarget target, IoMemory memory, CompletionRoutine routine) {
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine(routine);
    assertThat(request.send(target)).isTrue();
  }
}
