package dev.ioreq.cli.copy;

/// How a block that cannot be read as a whole is read in pieces, so that only what is really
/// unreadable is lost: each failure halves the piece, down to the device's unit, each success
/// doubles it.
final class Salvage {
  private final long unitBytes;
  private long pieceBytes; // 0 while the block is read as a whole

  Salvage(long unitBytes) {
    this.unitBytes = unitBytes;
  }

  void reset() {
    pieceBytes = 0;
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
