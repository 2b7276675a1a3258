package dev.ioreq.cli.copy;

/// What was asked for was refused before anything was touched: it cannot work, or would destroy
/// data.
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /// Whether nothing may be printed on standard output.
  private final boolean isOutputTaken;

  /// A refusal.
  ///
  /// @param message the value, the limit, the way out
  public RefusedException(String message) {
    this(message, false);
  }

  /// A refusal.
  ///
  /// @param message the value, the limit, the way out
  /// @param isOutputTaken whether standard output is a destination: then nothing else goes there
  public RefusedException(String message, boolean isOutputTaken) {
    super(message);
    this.isOutputTaken = isOutputTaken;
  }

  /// Whether standard output is a destination, and the refusal is not to be told there.
  ///
  /// @return true if so
  public boolean isOutputTaken() {
    return isOutputTaken;
  }
}
