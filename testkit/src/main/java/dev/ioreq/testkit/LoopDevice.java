package dev.ioreq.testkit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A file as a block device, for tests that need one. Skips the test where the machine gives none.
///
/// @see "man 8 losetup"
public final class LoopDevice implements AutoCloseable {
  private static final String WHAT = "loop devices";

  private final Path file;
  private final Path path;

  private LoopDevice(Path file, Path path) {
    this.file = file;
    this.path = path;
  }

  /// Makes a device of a new, empty, sparse file.
  ///
  /// @param sizeBytes a multiple of 512
  /// @return the device
  /// @throws IOException if the file cannot be made
  public static LoopDevice create(long sizeBytes) throws IOException {
    Requirement.needsRoot();
    Path file = Files.createTempFile("ioreq-loop", ".img");
    try {
      try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
        image.setLength(sizeBytes);
      }
      String device = Requirement.run(WHAT, List.of("losetup", "-f", "--show", file.toString()));
      return new LoopDevice(file, Path.of(device));
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /// The block device.
  ///
  /// @return such as `/dev/loop0`
  public Path path() {
    return path;
  }

  /// Gives the device back and deletes the file.
  @Override
  public void close() throws IOException {
    try {
      Requirement.run(WHAT, List.of("losetup", "-d", path.toString()));
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
