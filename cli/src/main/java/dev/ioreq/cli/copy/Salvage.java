package dev.ioreq.cli.copy;

/// How a block that cannot be read as a whole is read in pieces, so that only what is really
/// unreadable is lost: each failure halves the piece, down to the device's unit, each success
/// doubles it.
///
/// A read through the cache also fails for bytes that are good, wherever they share a page with bad
/// ones, and once more when it is sent again. So pieces are read past the cache where that is
/// possible, the first of them the whole block.
final class Salvage {
  private final long unitBytes;
  private long pieceBytes; // 0 while the block is read as a whole

  Salvage(long unitBytes) {
    this.unitBytes = unitBytes;
  }

  void reset() {
    pieceBytes = 0;
  }

  /// The block is read again, past the cache.
  void begin(long bytes) {
    pieceBytes = bytes;
  }

  boolean isActive() {
    return pieceBytes > 0;
  }

  /// A read failed.
  ///
  /// @return whether smaller pieces are left to try; if not, the piece is lost
  boolean failed(long askedBytes) {
    if (askedBytes <= unitBytes) {
      pieceBytes = unitBytes;
      return false;
    }
    pieceBytes = Math.max(unitBytes, askedBytes / 2 / unitBytes * unitBytes);
    return true;
  }

  void succeeded() {
    pieceBytes *= 2;
  }

  /// How much to ask for next.
  long piece(long leftBytes) {
    return Math.min(pieceBytes, leftBytes);
  }

  boolean isSmallest(long bytes) {
    return bytes <= unitBytes;
  }
}
