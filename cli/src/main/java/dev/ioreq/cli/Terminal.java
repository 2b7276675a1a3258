package dev.ioreq.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Tells whether a person looks at standard error.
final class Terminal {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  private Terminal() {}

  static boolean isStandardError() {
    try {
      String path = Files.readSymbolicLink(STANDARD_ERROR).toString();
      boolean isTerminal =
          path.startsWith("/dev/pts/")
              || path.startsWith("/dev/tty")
              || path.equals("/dev/console");
      return isTerminal && !"dumb".equals(System.getenv("TERM"));
    } catch (IOException | UnsupportedOperationException e) {
      // No /proc here: all three streams are taken for alike.
      return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    }
  }
}
