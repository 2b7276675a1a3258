package dev.ioreq.cli;

import java.util.concurrent.CountDownLatch;

/// Lets a command end in its own way when the process is told to end (Ctrl-C, `kill`).
///
/// The virtual machine answers such a signal with its shutdown hooks, and exits with 128 + the
/// number of the signal when they have returned. So the hook here passes the wish on, and returns
/// when the command has said how far it came: the exit code is 130 after Ctrl-C, 143 after `kill`.
final class Interrupts implements AutoCloseable {
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook;

  /// Begins to listen.
  ///
  /// @param interrupt ends the command early; called at most once, by another thread
  Interrupts(Runnable interrupt) {
    hook =
        Thread.ofPlatform()
            .name("ioreq-interrupt")
            .unstarted(() -> {
              interrupt.run();
              awaitEnd();
            });
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      interrupt.run(); // the signal came first
    }
  }

  private void awaitEnd() {
    try {
      ended.await();
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
