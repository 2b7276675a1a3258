package dev.ioreq.bench.curves;

import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Many files of the same size, open at the same time; deleted in the end.
final class SmallFiles implements AutoCloseable {
  private final Path folder;
  private final int bytes;
  private final List<IoTarget> open = new ArrayList<>();

  /// No files yet.
  ///
  /// @param parent where the folder for them is made
  /// @param bytes of each
  SmallFiles(Path parent, int bytes) throws IOException {
    folder = Files.createTempDirectory(parent, "targets");
    this.bytes = bytes;
  }

  /// Sees to it that so many are open.
  ///
  /// @param count at least as many as before
  /// @return all of them
  List<IoTarget> open(int count, OpenOptions options) throws IOException {
    while (open.size() < count) {
      Path small = Files.write(folder.resolve("f" + open.size()), new byte[bytes]);
      open.add(IoTarget.open("file:" + small, options));
    }
    return List.copyOf(open);
  }

  @Override
  public void close() throws IOException {
    open.forEach(IoTarget::close);
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
