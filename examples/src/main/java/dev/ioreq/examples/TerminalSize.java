package dev.ioreq.examples;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import dev.ioreq.linux.control.LinuxControl;

/// Device control: every request of this kind is a real `ioctl`.
///
/// Opens a terminal of its own, sets its size from one side and reads it from the other. A control
/// code knows how many bytes go in and out, so a buffer that is too small is refused before the
/// kernel could write beyond it.
///
/// @see "general/ioctl; WdfIoTargetFormatRequestForIoctl; man 2 ioctl, man 2 TIOCGWINSZ"
public final class TerminalSize {
  private static final int ROWS = 0;
  private static final int COLUMNS = 2;
  private static final int SIZE_BYTES = 8; // struct winsize: rows, columns, and two more

  private TerminalSize() {}

  /// Sets and reads a size.
  ///
  /// @param args rows and columns; without them 24 and 80
  /// @throws IoRequestException if there is no terminal to be had
  public static void main(String[] args) throws IoRequestException {
    short rows = args.length > 0 ? Short.parseShort(args[0]) : 24;
    short columns = args.length > 1 ? Short.parseShort(args[1]) : 80;
    try (IoTarget keyboard = IoTarget.open("char:/dev/ptmx", Access.READ_WRITE);
        IoTarget user = userSide(keyboard);
        IoMemory size = IoMemory.allocate(SIZE_BYTES)) {
      size.segment().set(JAVA_SHORT, ROWS, rows);
      size.segment().set(JAVA_SHORT, COLUMNS, columns);
      setSize(keyboard, size);

      size.segment().fill((byte) 0);
      user.sendDeviceControlSynchronously(LinuxControl.TIOCGWINSZ, IoMemory.none(), size);
      System.out.printf(
          "%d rows, %d columns%n",
          size.segment().get(JAVA_SHORT, ROWS), size.segment().get(JAVA_SHORT, COLUMNS));
    }
  }

  /// The long way, step by step: a control is formatted, sent and completed like any other request.
  private static void setSize(IoTarget keyboard, IoMemory size) {
    try (IoRequest request = IoRequest.create(keyboard)) {
      keyboard.formatDeviceControl(request, LinuxControl.TIOCSWINSZ, size, IoMemory.none());
      if (!request.send(keyboard, SendOptions.synchronous()) || !request.status().isSuccess()) {
        System.out.println("size not set: " + request.status());
      }
    }
  }

  /// Opens the other side of a pseudo-terminal: unlocks it and asks for its number.
  static IoTarget userSide(IoTarget keyboard) throws IoRequestException {
    try (IoMemory number = IoMemory.allocate(JAVA_INT.byteSize())) {
      number.segment().set(JAVA_INT, 0, 0);
      keyboard.sendDeviceControlSynchronously(LinuxControl.TIOCSPTLCK, number, IoMemory.none());
      keyboard.sendDeviceControlSynchronously(LinuxControl.TIOCGPTN, IoMemory.none(), number);
      int pts = number.segment().get(JAVA_INT, 0);
      return IoTarget.open("char:/dev/pts/" + pts, Access.READ_WRITE);
    }
  }
}
