package dev.ioreq;

/// What a target is opened for.
public enum Access {
  /// Reads, and device control that changes nothing.
  READ,
  /// Writes.
  WRITE,
  /// Both.
  READ_WRITE;

  /// Whether reads are allowed.
  ///
  /// @return true for [#READ] and [#READ_WRITE]
  public boolean canRead() {
    return this != WRITE;
  }

  /// Whether writes are allowed.
  ///
  /// @return true for [#WRITE] and [#READ_WRITE]
  public boolean canWrite() {
    return this != READ;
  }
}
