package dev.ioreq.linux.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Files for tests that count what goes to the ring. A transfer that bypasses the cache cannot be
/// done without waiting while the cache has bytes that the disk has not, and so goes twice.
public final class FileOnDisk {
  private FileOnDisk() {}

  /// Makes a file and waits until it is on the disk.
  ///
  /// @return its path
  public static Path write(Path file, byte[] content) throws IOException {
    return Files.write(
        file,
        content,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE,
        StandardOpenOption.DSYNC);
  }
}
