package dev.ioreq.cli.copy;

/// What was asked for was refused before anything was touched: it cannot work, or would destroy
/// data.
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /// A refusal.
  ///
  /// @param message the value, the limit, the way out
  public RefusedException(String message) {
    super(message);
  }
}
