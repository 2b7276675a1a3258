package dev.ioreq.bench;

import dev.ioreq.IoMemory;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A temporary file of 16 MiB that is in the page cache, opened as a target and as a channel, and
/// one block of memory for each. One thread at a time.
final class CachedFile implements AutoCloseable {
  private static final int BLOCK_BYTES = 4096;
  private static final int BLOCKS = 4096;

  final IoTarget target;
  final IoMemory memory = IoMemory.allocate(BLOCK_BYTES);
  final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK_BYTES);
  private final Path file;
  private int next;

  /// Makes and opens it.
  ///
  /// @param folder where
  /// @param options of the target
  /// @throws IOException if the folder takes none
  CachedFile(Path folder, OpenOptions options) throws IOException {
    file = Files.createTempFile(folder, "ioreq", ".bench");
    Files.write(file, new byte[BLOCK_BYTES * BLOCKS]);
    target = IoTarget.open("file:" + file, options);
    channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /// The channel's memory, ready for a whole block.
  ByteBuffer buffer() {
    return buffer.clear();
  }

  /// Where the next block begins.
  long nextOffset() {
    next = (next + 1) % BLOCKS;
    return (long) next * BLOCK_BYTES;
  }

  @Override
  public void close() throws IOException {
    target.close();
    memory.close();
    channel.close();
    Files.delete(file);
  }
}
