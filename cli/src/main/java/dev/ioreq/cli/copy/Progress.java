package dev.ioreq.cli.copy;

/// Shows a person how a copy gets on. Called by one thread only, a few times a second.
public interface Progress {
  /// A pass begins.
  ///
  /// @param what `copy` or `verify`
  /// @param totalBytes how much there is to move
  void begin(String what, long totalBytes);

  /// So much is done.
  ///
  /// @param bytes from 0 to the total
  void update(long bytes);

  /// Something happened that a person should know.
  ///
  /// @param line one line
  void message(String line);

  /// The pass is over.
  void end();
}
