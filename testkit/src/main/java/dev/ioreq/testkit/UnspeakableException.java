package dev.ioreq.testkit;

/// An exception that fails when it is asked what it is.
public final class UnspeakableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// One more.
  public UnspeakableException() {}

  @Override
  public String getMessage() {
    throw new IllegalStateException("thrown on purpose by an exception's words");
  }

  @Override
  public String toString() {
    return getMessage();
  }
}
