package dev.ioreq.cli.copy;

/// What the verification of a destination found.
public enum Verification {
  /// It was not asked for.
  NOT_ASKED("not asked"),
  /// It was asked for and did not come to an end.
  NOT_DONE("not done"),
  /// Read back from the device itself, past the caches of the operating system: equal.
  EQUAL("equal"),
  /// Read back, possibly from a cache of the operating system: equal.
  EQUAL_FROM_CACHE("equal, read from cache"),
  /// Read back: different.
  DIFFERENT("different");

  private final String text;

  Verification(String text) {
    this.text = text;
  }

  /// Whether what was read back is what was written.
  ///
  /// @return true for the two that found it equal
  public boolean isEqual() {
    return this == EQUAL || this == EQUAL_FROM_CACHE;
  }

  @Override
  public String toString() {
    return text;
  }
}
