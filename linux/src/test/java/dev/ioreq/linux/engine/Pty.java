package dev.ioreq.linux.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.control.LinuxControl;

/// A pseudo-terminal in raw mode, both its ends as targets: what is written to one is read from the
/// other.
///
/// @see "man 4 ptmx; man 3 cfmakeraw"
public record Pty(IoTarget master, IoTarget terminal) implements AutoCloseable {
  /// Where the flags are in `struct termios` of the kernel, 36 bytes: input, output, control, local
  /// modes, 32 bits each; the line discipline; 19 control characters.
  private static final int TERMIOS_BYTES = 36;

  private static final int CONTROL_CHARACTERS = 17;
  private static final int VTIME = 5;
  private static final int VMIN = 6;

  /// Opens a new pair.
  public static Pty open(RingEngine engine) throws IoRequestException {
    OpenOptions options = OpenOptions.of(Access.READ_WRITE);
    IoTarget master = RingTargets.open("char:/dev/ptmx", options, engine);
    try (IoMemory number = IoMemory.allocate(JAVA_INT.byteSize())) {
      number.segment().set(JAVA_INT, 0, 0);
      master.sendDeviceControlSynchronously(LinuxControl.TIOCSPTLCK, number, IoMemory.none());
      master.sendDeviceControlSynchronously(LinuxControl.TIOCGPTN, IoMemory.none(), number);
      String name = "char:/dev/pts/" + number.segment().get(JAVA_INT, 0);
      Pty pty = new Pty(master, RingTargets.open(name, options, engine));
      pty.makeRaw();
      return pty;
    }
  }

  private void makeRaw() throws IoRequestException {
    try (IoMemory termios = IoMemory.allocate(TERMIOS_BYTES)) {
      terminal.sendDeviceControlSynchronously(LinuxControl.TCGETS, IoMemory.none(), termios);
      termios.segment().set(JAVA_INT, 0, 0);
      termios.segment().set(JAVA_INT, 4, 0);
      termios.segment().set(JAVA_INT, 12, 0);
      termios.segment().set(JAVA_BYTE, CONTROL_CHARACTERS + VTIME, (byte) 0);
      termios.segment().set(JAVA_BYTE, CONTROL_CHARACTERS + VMIN, (byte) 1);
      terminal.sendDeviceControlSynchronously(LinuxControl.TCSETS, termios, IoMemory.none());
    }
  }

  @Override
  public void close() {
    terminal.close();
    master.close();
  }
}
