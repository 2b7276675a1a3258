package dev.ioreq.cli;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Lets a command end in its own way when the process is told to end (Ctrl-C, `kill`).
///
/// The virtual machine answers such a signal with its shutdown hooks, and exits with 128 + the
/// number of the signal when they have returned. So the hook here passes the wish on, and returns
/// when the command has said how far it came: the exit code is 130 after Ctrl-C, 143 after `kill`,
/// 129 after the terminal hung up.
///
/// A hook is not told which signal came. The virtual machine runs the hooks by a thread that is
/// named after the signal, and waits in it until they have returned; under another name the command
/// says 130 after any signal.
final class Interrupts implements AutoCloseable {
  private static final Map<String, Integer> EXIT_CODES =
      Map.of("SIGHUP handler", 129, "SIGINT handler", 130, "SIGTERM handler", 143);

  private static final int MORE_THREADS = 16; // that may begin between counting and listing

  /// How long a command has to end by itself: to write what it took from a stream, to flush.
  private static final long PATIENCE_SECONDS = 5;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook;

  // written before the command is interrupted; 0 while no signal is known
  private volatile int exitCode;

  /// Begins to listen.
  ///
  /// @param interrupt ends the command early; called by another thread, and once more if it has not
  ///   ended some seconds later
  Interrupts(Runnable interrupt) {
    hook =
        Thread.ofPlatform()
            .name("ioreq-interrupt")
            .unstarted(() -> {
              exitCode = signalExitCode();
              interrupt.run();
              awaitEnd(interrupt);
            });
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      exitCode = signalExitCode(); // the signal came first
      interrupt.run();
    }
  }

  private static int signalExitCode() {
    ThreadGroup all = Thread.currentThread().getThreadGroup();
    while (all.getParent() != null) {
      all = all.getParent();
    }
    Thread[] threads = new Thread[all.activeCount() + MORE_THREADS];
    int count = all.enumerate(threads);
    return Arrays.stream(threads, 0, count)
        .map(thread -> EXIT_CODES.get(thread.getName()))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(0);
  }

  /// The code that the process will exit with, as far as it is known by now.
  ///
  /// @param otherwise the code if no signal came
  int exitCode(int otherwise) {
    int known = exitCode;
    return known == 0 ? otherwise : known;
  }

  private void awaitEnd(Runnable interrupt) {
    try {
      if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.printf(
            "ioreq: still ending: not everything in flight has come back;"
                + " kill -KILL %d ends it without a report%n",
            ProcessHandle.current().pid());
        interrupt.run();
        ended.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// The command has ended and said so.
  @Override
  public void close() {
    ended.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // it is running, and has just been let go
    }
  }
}
