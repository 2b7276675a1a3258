package dev.ioreq.linux.engine;

/// Where this package says what it can tell nobody else.
///
/// The logger is looked up when there is something to say: the first one that a process asks for
/// makes all of logging ready, some 4 ms of its start.
final class Log {
  private Log() {}

  static System.Logger logger() {
    return System.getLogger("dev.ioreq.linux");
  }
}
