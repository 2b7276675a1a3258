package dev.ioreq.cli;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.control.LinuxControl;
import java.io.Console;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Tells whether a person looks at standard error, and how wide the terminal is.
final class Terminal {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
  private static final int SIZE_BYTES = 8; // struct winsize: rows, columns, and two more
  private static final int COLUMNS = 2;
  private static final int USUAL_COLUMNS = 80;
  private static final int FEWEST_COLUMNS = 20;
  private static final int MOST_COLUMNS = 500;

  private Terminal() {}

  static boolean isStandardError() {
    String kind = System.getenv("TERM");
    if (kind == null || kind.isEmpty() || kind.equals("dumb")) {
      return false; // it need not know how to go back in a line
    }
    try {
      String path = Files.readSymbolicLink(STANDARD_ERROR).toString();
      return path.startsWith("/dev/pts/")
          || path.startsWith("/dev/tty")
          || path.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      // No /proc here: all three streams are taken for alike.
      return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    }
  }

  /// How many characters fit into a line of standard error: what the terminal says, or else the
  /// variable `COLUMNS`, or else 80.
  static int columns() {
    int columns = columnsOfDevice();
    if (columns == 0) {
      columns = columnsOfEnvironment();
    }
    return Math.clamp(columns, FEWEST_COLUMNS, MOST_COLUMNS);
  }

  /// What the terminal says; 0 if it does not know, or cannot be asked without the ring.
  private static int columnsOfDevice() {
    OpenOptions options = OpenOptions.of(Access.READ).withEngine("ring");
    try (IoTarget terminal = IoTarget.open("char:" + STANDARD_ERROR, options);
        IoMemory size = IoMemory.allocate(SIZE_BYTES)) {
      terminal.sendDeviceControlSynchronously(LinuxControl.TIOCGWINSZ, IoMemory.none(), size);
      return Short.toUnsignedInt(size.segment().get(ValueLayout.JAVA_SHORT, COLUMNS));
    } catch (IoRequestException e) {
      return 0;
    }
  }

  private static int columnsOfEnvironment() {
    String columns = System.getenv("COLUMNS");
    try {
      return columns == null ? USUAL_COLUMNS : Integer.parseInt(columns);
    } catch (NumberFormatException e) {
      return USUAL_COLUMNS;
    }
  }
}
