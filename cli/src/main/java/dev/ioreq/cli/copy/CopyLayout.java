package dev.ioreq.cli.copy;

import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemoryPool;
import java.util.List;

/// How a copy is cut into blocks, as far as what it reads and writes allows.
///
/// @param lengthBytes how much there is to copy
/// @param blocks how many blocks that is
/// @param depth how many of them are under way at once: what was asked for, or fewer where more
///   cannot be
/// @param memoryAlignment where the memory of a block has to begin, in bytes
/// @param bufferBytes how large the memory of a block has to be: a block, or all there is in whole
///   pages, if that is less and every device's unit fits into a page
record CopyLayout(
    long lengthBytes, long blocks, int depth, long memoryAlignment, long bufferBytes) {

  /// Enough for every device read past the cache.
  static final long PAGE_BYTES = 4096;

  /// @param isStream whether the source tells its end only when it is read
  /// @param infos of all that is read or written
  static CopyLayout of(
      CopyOptions options, long lengthBytes, boolean isStream, List<DeviceInfo> infos) {
    // Without positions only the order of the requests tells where bytes belong: one at a time.
    boolean hasOrder = isStream || infos.stream().anyMatch(info -> !info.hasSize());
    long blocks = Math.ceilDiv(lengthBytes, options.blockSizeBytes());
    int depth = hasOrder ? 1 : Math.clamp(blocks, 1, options.depth());
    long alignment = PAGE_BYTES;
    boolean isOneUnit = true;
    for (DeviceInfo info : infos) {
      alignment = Math.max(alignment, info.memoryAlignmentBytes());
      isOneUnit &= PAGE_BYTES % info.offsetAlignmentBytes() == 0;
    }
    // a small file wants little memory; --verify may open what it reads anew, with other units
    boolean isSmall = lengthBytes < options.blockSizeBytes() && isOneUnit && !options.verify();
    long bufferBytes =
        isSmall
            ? Math.min(
                options.blockSizeBytes(),
                Math.ceilDiv(Math.max(lengthBytes, 1), PAGE_BYTES) * PAGE_BYTES)
            : options.blockSizeBytes();
    return new CopyLayout(lengthBytes, blocks, depth, alignment, bufferBytes);
  }

  /// The memory of the blocks, one for each that is under way.
  ///
  /// @throws RefusedException if there is not that much
  IoMemoryPool allocate() throws RefusedException {
    try {
      return new IoMemoryPool(bufferBytes, depth, memoryAlignment);
    } catch (OutOfMemoryError | IllegalArgumentException | ArithmeticException e) {
      throw withoutMemory(e);
    }
  }

  /// What the verification compares with.
  ///
  /// @param isWanted whether there is going to be one; if not, it is empty
  /// @throws RefusedException if there is no memory for it
  BlockDigests allocateDigests(boolean isWanted) throws RefusedException {
    try {
      return new BlockDigests(isWanted ? blocks : 0);
    } catch (OutOfMemoryError e) {
      throw withoutMemory(e);
    }
  }

  private RefusedException withoutMemory(Throwable cause) {
    RefusedException refused =
        new RefusedException(
            "there is no memory for %d blocks of %d bytes; lower --depth or --block-size"
                .formatted(depth, bufferBytes));
    refused.initCause(cause);
    return refused;
  }
}
