package dev.ioreq.bench.rivals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The file that is read: every sector begins with a number made from its place, so that a block
/// from elsewhere, or none, is seen.
public final class TestFile {
  /// What buffers are aligned to.
  static final int PAGE_BYTES = 4096;

  private static final int SECTOR_BYTES = 512;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

  private TestFile() {}

  /// Makes the file, unless it is there in this length, and has it written to the disk.
  ///
  /// @param sizeBytes a multiple of 1 MiB
  /// @throws IOException if it cannot be written, and then nothing is left of it; or if there is
  ///   another file of that name, which stays
  public static void make(Path file, long sizeBytes) throws IOException {
    if (Files.exists(file)) {
      if (!isOne(file)) {
        throw new IOException(file + " is somebody else's file: move it, or choose another folder");
      }
      if (Files.size(file) == sizeBytes) {
        return;
      }
    }
    try {
      write(file, sizeBytes);
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw new IOException(
          "%s of %d MiB cannot be written: %s".formatted(file, sizeBytes >> 20, e.getMessage()), e);
    }
  }

  /// Whether a file begins as such a file does.
  private static boolean isOne(Path file) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.read(head) == Long.BYTES && head.getLong(0) == tag(0);
    }
  }

  private static void write(Path file, long sizeBytes) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.nativeOrder());
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      for (long offset = 0; offset < sizeBytes; offset += CHUNK_BYTES) {
        for (int sector = 0; sector < CHUNK_BYTES; sector += SECTOR_BYTES) {
          chunk.putLong(sector, tag(offset + sector));
        }
        chunk.clear();
        while (chunk.hasRemaining()) {
          channel.write(chunk);
        }
      }
      channel.force(true);
    }
  }

  /// Reads it once, so that the cache holds it.
  ///
  /// @throws IOException if it cannot be read
  public static void cache(Path file) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(chunk) > 0) {
        chunk.clear();
      }
    }
  }

  /// Compares a block with what must be at its place.
  ///
  /// @param block in native order, from position 0 of the buffer
  /// @param offsetBytes where in the file
  /// @throws IllegalStateException if it is another
  static void check(ByteBuffer block, long offsetBytes) {
    for (int sector = 0; sector < block.capacity(); sector += SECTOR_BYTES) {
      if (block.getLong(sector) != tag(offsetBytes + sector)) {
        throw new IllegalStateException("wrong bytes at offset " + (offsetBytes + sector));
      }
    }
  }

  static long tag(long offsetBytes) {
    return (offsetBytes / SECTOR_BYTES + 1) * FACTOR;
  }
}
