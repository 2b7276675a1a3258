package dev.ioreq.cli.copy;

/// A range of the source.
///
/// @param offsetBytes where it begins, from 0
/// @param lengthBytes how long it is, 1 or more
public record Range(long offsetBytes, long lengthBytes) {
  /// Where it ends.
  ///
  /// @return the first byte behind it
  public long endBytes() {
    return offsetBytes + lengthBytes;
  }
}
