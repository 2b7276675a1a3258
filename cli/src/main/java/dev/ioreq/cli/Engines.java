package dev.ioreq.cli;

import dev.ioreq.IoTarget;
import org.jspecify.annotations.Nullable;

/// Starts the engines in the background.
///
/// [#begin()] and [#await()] are for one thread. Between the two it must not use targets: classes
/// of the library that two threads initialise from different ends could wait for each other.
final class Engines {
  private static @Nullable Thread starting;

  private Engines() {}

  static void begin() {
    starting =
        Thread.ofPlatform()
            .daemon()
            .name("ioreq-start")
            .uncaughtExceptionHandler((thread, failure) -> {}) // it shows again where it is used
            .start(IoTarget::engines);
  }

  /// Waits until they have started, if they were begun.
  static void await() {
    Thread thread = starting;
    starting = null;
    boolean isInterrupted = false;
    while (thread != null) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
