package dev.ioreq.testkit;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Waits for events in tests, with one limit for all of them. Who waits beyond it fails with a dump
/// of all threads.
///
/// The limit is 20 s, times the system property `ioreq.test.timeoutScale` on slow machines, or what
/// `ioreq.test.limitMillis` says where tests are expected to fail. It is never what a test
/// measures: a test that passes does not come near it. Time in which the machine or the process was
/// stopped does not count (see [Patience]).
public final class Waiting {
  private static final Duration LIMIT =
      Duration.ofMillis(
          Long.getLong(
              "ioreq.test.limitMillis",
              20_000L * Integer.getInteger("ioreq.test.timeoutScale", 1)));
  private static final long POLL_NANOS = 50_000;
  private static final long TELLING_SECONDS = 10;

  private Waiting() {}

  /// The longest wait.
  ///
  /// @return the scaled limit
  public static Duration limit() {
    return LIMIT;
  }

  /// Waits until a latch is open.
  ///
  /// @param what the event, for the message
  /// @param latch opens when it happened
  public static void forLatch(String what, CountDownLatch latch) {
    try {
      Patience patience = new Patience(LIMIT);
      while (!latch.await(Patience.MOST_AT_ONCE_NANOS, TimeUnit.NANOSECONDS)) {
        requireLeft(patience, what);
      }
    } catch (InterruptedException e) {
      throw interrupted(what, e);
    }
  }

  /// Takes permits of a semaphore.
  ///
  /// @param what the event that releases them, for the message
  /// @param semaphore counts events
  /// @param permits how many
  public static void forPermits(String what, Semaphore semaphore, int permits) {
    try {
      Patience patience = new Patience(LIMIT);
      while (!semaphore.tryAcquire(permits, Patience.MOST_AT_ONCE_NANOS, TimeUnit.NANOSECONDS)) {
        requireLeft(patience, what);
      }
    } catch (InterruptedException e) {
      throw interrupted(what, e);
    }
  }

  /// Waits until a thread has ended.
  ///
  /// @param thread was started
  public static void forEnd(Thread thread) {
    try {
      Patience patience = new Patience(LIMIT);
      while (!thread.join(Duration.ofNanos(Patience.MOST_AT_ONCE_NANOS))) {
        requireLeft(patience, "end of " + thread);
      }
    } catch (InterruptedException e) {
      throw interrupted("end of " + thread, e);
    }
  }

  /// Waits for a result.
  ///
  /// @param <T> its type
  /// @param what the event, for the message
  /// @param future gives it
  /// @return the result
  /// @throws ExecutionException what the computation threw
  public static <T> T forResult(String what, Future<T> future) throws ExecutionException {
    Patience patience = new Patience(LIMIT);
    while (true) {
      try {
        return future.get(Patience.MOST_AT_ONCE_NANOS, TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        requireLeft(patience, what);
      } catch (InterruptedException e) {
        throw interrupted(what, e);
      }
    }
  }

  /// Waits for a condition that nothing signals: a thread that parks, a counter of somebody else's.
  ///
  /// @param what the condition, for the message
  /// @param condition is looked at again and again
  public static void until(String what, BooleanSupplier condition) {
    until(what, condition, () -> "");
  }

  /// The same, with more to say if it does not come.
  ///
  /// @param what the condition, for the message
  /// @param condition is looked at again and again
  /// @param state how things stand then; the end of the message
  public static void until(String what, BooleanSupplier condition, Supplier<String> state) {
    Patience patience = new Patience(LIMIT);
    while (!condition.getAsBoolean()) {
      if (patience.isOver()) {
        throw new AssertionError(stuck(what).getMessage() + told(state));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /// Waits until a thread waits: it has come as far as it can for now.
  ///
  /// @param thread a platform or virtual thread that was started
  public static void untilParked(Thread thread) {
    until(
        thread + " waits",
        () ->
            switch (thread.getState()) {
              case WAITING, TIMED_WAITING, BLOCKED -> true;
              case TERMINATED -> throw new AssertionError(thread + " ended and did not wait");
              case NEW, RUNNABLE -> false;
            });
  }

  private static void requireLeft(Patience patience, String what) {
    if (patience.isOver()) {
      throw stuck(what);
    }
  }

  /// How things stand, unless asking for that hangs as well: a lock may be held for ever.
  private static String told(Supplier<String> state) {
    FutureTask<String> telling = new FutureTask<>(state::get);
    Thread.ofPlatform().daemon().name("telling").start(telling);
    try {
      return telling.get(TELLING_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return "how things stand cannot be told within %d s".formatted(TELLING_SECONDS);
    } catch (ExecutionException e) {
      return "how things stand cannot be told: " + e.getCause();
    } catch (InterruptedException e) {
      throw interrupted("how things stand", e);
    }
  }

  private static AssertionError stuck(String what) {
    StringBuilder others = new StringBuilder();
    StringBuilder ours = new StringBuilder(); // at the end, where one looks
    for (Map.Entry<Thread, StackTraceElement[]> entry : Thread.getAllStackTraces().entrySet()) {
      StackTraceElement[] stack = entry.getValue();
      boolean isOurs =
          Arrays.stream(stack).anyMatch(call -> call.getClassName().startsWith("dev.ioreq."));
      StringBuilder lines = isOurs ? ours : others;
      lines.append(entry.getKey()).append(' ').append(entry.getKey().getState());
      for (StackTraceElement element : stack) {
        lines.append(System.lineSeparator()).append("    at ").append(element);
      }
      lines.append(System.lineSeparator());
    }
    return new AssertionError(
        "waited %s in vain for: %s%n%s%s".formatted(LIMIT, what, others, ours));
  }

  private static AssertionError interrupted(String what, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new AssertionError("interrupted while waiting for: " + what, e);
  }
}
