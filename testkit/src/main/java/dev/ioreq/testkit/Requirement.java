package dev.ioreq.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/// What a test needs from the machine. A test whose requirement is missing is skipped, and the
/// reason is printed in one form: `requires WHAT: WHY NOT`.
public final class Requirement {
  private static final int COMMAND_SECONDS = 30;

  private Requirement() {}

  /// Goes on only if something is there.
  ///
  /// @param what is needed
  /// @param missing why it is not there, empty if it is
  public static void needs(String what, Optional<String> missing) {
    missing.ifPresent(why -> {
      throw missing(what, why);
    });
  }

  /// Goes on only if a condition holds.
  ///
  /// @param what is needed
  /// @param isThere whether it is there
  /// @param whyNot if not
  public static void needs(String what, boolean isThere, String whyNot) {
    if (!isThere) {
      throw missing(what, whyNot);
    }
  }

  /// Goes on only as the superuser.
  public static void needsRoot() {
    needs("root", "root".equals(System.getProperty("user.name")), "the user is not root");
  }

  /// Skips the test, or, for a place where an exception must be thrown, is the exception to throw.
  ///
  /// @param what is needed
  /// @param why it is not there
  /// @return the exception that skips a test
  public static TestAbortedException missing(String what, String why) {
    String reason = "requires " + what + ": " + why;
    System.out.println("skipped, " + reason);
    return new TestAbortedException(reason);
  }

  /// Runs a command; the test is skipped if it cannot be run or fails.
  ///
  /// @param what the requirement the command stands for
  /// @param command with arguments
  /// @return its output, stripped
  public static String run(String what, List<String> command) {
    Outcome outcome = execute(what, command);
    if (outcome.exitValue != 0) {
      throw missing(what, outcome.failure(command));
    }
    return outcome.text;
  }

  /// Runs a command that may fail; the test is skipped if it cannot be run.
  ///
  /// @param what the requirement the command stands for
  /// @param command with arguments
  /// @return why it failed; empty if it did not
  static Optional<String> failure(String what, List<String> command) {
    Outcome outcome = execute(what, command);
    return outcome.exitValue == 0 ? Optional.empty() : Optional.of(outcome.failure(command));
  }

  private record Outcome(int exitValue, String text) {
    String failure(List<String> command) {
      return "%s gives %s".formatted(String.join(" ", command), text);
    }
  }

  private static Outcome execute(String what, List<String> command) {
    Path output = null;
    try {
      output = Files.createTempFile("ioreq", ".out");
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw missing(what, String.join(" ", command) + " does not end");
      }
      return new Outcome(process.exitValue(), Files.readString(output).strip());
    } catch (IOException e) {
      throw missing(what, "%s".formatted(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw missing(what, "interrupted");
    } finally {
      delete(output);
    }
  }

  private static void delete(@Nullable Path file) {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        file.toFile().deleteOnExit();
      }
    }
  }
}
