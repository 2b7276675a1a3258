package dev.ioreq.log;

import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/// Says by the program's log what can be told nobody else.
///
/// What speaks here is in the middle of completing other people's requests, on a thread that must
/// not end. So nothing that the program's log throws is passed on: a handler that fails, or an
/// error of the virtual machine that the log meets because there is no memory left.
///
/// The logger is looked up when there is something to say: the first one that a process asks for
/// makes all of logging ready, some 4 ms of its start.
///
/// Any thread.
public final class Log {
  private final String name;

  /// @param name the logger's
  public Log(String name) {
    this.name = name;
  }

  /// Says something.
  ///
  /// @param level how important
  /// @param message as it is: nothing in it is replaced
  public void say(Level level, String message) {
    say(level, message, null);
  }

  /// Says something, and why.
  ///
  /// @param level how important
  /// @param message as it is: nothing in it is replaced
  /// @param thrown the cause, if there is one
  public void say(Level level, String message, @Nullable Throwable thrown) {
    try {
      System.getLogger(name).log(level, message, thrown);
    } catch (Throwable failure) {
      // there is nobody left to tell
    }
  }

  /// Says that something failed.
  ///
  /// @param message as it is: nothing in it is replaced
  /// @param thrown the cause
  public void error(String message, Throwable thrown) {
    say(Level.ERROR, message, thrown);
  }
}
