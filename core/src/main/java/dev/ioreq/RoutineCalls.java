package dev.ioreq;

import dev.ioreq.log.Log;
import dev.ioreq.trace.Recorders;
import dev.ioreq.trace.TraceKind;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Calls completion routines, on this thread or on a virtual one. What a routine throws, an error
/// of the virtual machine too, is reported and goes no further: below it are other people's
/// requests. Only a stack that has no room for these calls themselves is beyond help.
final class RoutineCalls {
  private static final Log LOG = new Log("dev.ioreq");
  private static final AtomicLong FAILED = new AtomicLong();

  private RoutineCalls() {}

  /// How many have failed in this process.
  static long failed() {
    return FAILED.get();
  }

  /// Has the routine of an ended send called by a thread of its own.
  static void start(
      IoRequest request,
      BlockingRoutine routine,
      IoTarget target,
      int entered,
      @Nullable SendWaiter waiter) {
    boolean isStarted = false;
    try {
      Thread.ofVirtual()
          .name("ioreq-routine-" + request.id())
          .start(() -> {
            Nesting.current().enterBlockingRoutine();
            call(request, routine, target, entered, waiter);
          });
      isStarted = true;
    } catch (Throwable e) {
      FAILED.incrementAndGet();
      LOG.error("there is no thread for the completion routine of " + request, e);
    } finally {
      if (!isStarted) {
        request.afterRoutine(target, entered, waiter);
      }
    }
  }

  /// Calls the routine of an ended send. [SentRequest#afterRoutine] follows it, whatever it throws.
  static void call( // hot path
      IoRequest request,
      CompletionRoutine routine,
      IoTarget target,
      int entered,
      @Nullable SendWaiter waiter) {
    try {
      if (Recorders.isWanted()) {
        tell(TraceKind.ROUTINE_CALLED, request, target);
      }
      routine.completed(request, target, request.parameters());
      if (Recorders.isWanted()) {
        tell(TraceKind.ROUTINE_RETURNED, request, target);
      }
    } catch (Throwable e) {
      tell(TraceKind.ROUTINE_THREW, request, target);
      FAILED.incrementAndGet();
      CallbackFailures.report("the completion routine", request, e);
    } finally {
      request.afterRoutine(target, entered, waiter);
    }
  }

  private static void tell(TraceKind kind, IoRequest request, IoTarget target) {
    target.traffic().trace().event(kind, request.id());
  }
}
