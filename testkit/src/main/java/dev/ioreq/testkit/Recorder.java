package dev.ioreq.testkit;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.RequestType;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// A completion routine that writes down what it was told. Safe from any thread.
public final class Recorder implements CompletionRoutine {
  /// One call of the routine, as it was then.
  ///
  /// @param request what it was given
  /// @param target what it was given
  /// @param type of the parameters
  /// @param status of the parameters
  /// @param information of the parameters
  /// @param context of the parameters
  /// @param thread on which it ran
  public record Call(
      IoRequest request,
      IoTarget target,
      RequestType type,
      IoStatus status,
      long information,
      @Nullable Object context,
      Thread thread) {}

  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private final Semaphore arrived = new Semaphore(0);
  private final CompletionRoutine then;

  /// A recorder that does nothing else.
  public Recorder() {
    this((request, target, result) -> {});
  }

  /// A recorder that calls another routine after having written down.
  ///
  /// @param then the other routine
  public Recorder(CompletionRoutine then) {
    this.then = then;
  }

  @Override
  public void completed(IoRequest request, IoTarget target, CompletionParameters result) {
    calls.add(
        new Call(
            request,
            target,
            result.type(),
            result.status(),
            result.information(),
            result.context(),
            Thread.currentThread()));
    try {
      then.completed(request, target, result);
    } finally {
      arrived.release();
    }
  }

  /// The calls so far, in order.
  ///
  /// @return a live view
  public List<Call> calls() {
    return calls;
  }

  /// How often it was called.
  ///
  /// @return a count
  public int count() {
    return calls.size();
  }

  /// The requests in the order in which their routine was called.
  ///
  /// @return a copy
  public List<IoRequest> order() {
    return calls.stream().map(Call::request).toList();
  }

  /// Waits for as many calls as not yet waited for.
  ///
  /// @param more how many
  /// @return the last call
  public Call await(int more) {
    Waiting.forPermits(more + " completion routine(s)", arrived, more);
    return calls.getLast();
  }

  /// Waits for one call.
  ///
  /// @return the last call
  public Call await() {
    return await(1);
  }
}
