package dev.ioreq.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A file system of its own, for tests that fill it up, or want one of a certain kind. Skips the
/// test where the machine gives none.
///
/// @see "man 8 mkfs.ext4; man 8 mount"
public final class TemporaryFileSystem implements AutoCloseable {
  private static final String WHAT = "mounting a file system";

  private final Path folder;
  private final @Nullable LoopDevice device; // below it, if there is one

  private TemporaryFileSystem(Path folder, @Nullable LoopDevice device) {
    this.folder = folder;
    this.device = device;
  }

  /// Makes and mounts an ext4 file system without journal.
  ///
  /// @param sizeBytes of its device, some MiB
  /// @return the file system
  /// @throws IOException if the file behind it cannot be made
  public static TemporaryFileSystem create(long sizeBytes) throws IOException {
    LoopDevice device = LoopDevice.create(sizeBytes);
    Path folder = Files.createTempDirectory("ioreq-mount");
    try {
      String path = device.path().toString();
      Requirement.run(WHAT, List.of("mkfs.ext4", "-q", "-F", "-O", "^has_journal", path));
      Requirement.run(WHAT, List.of("mount", "-t", "ext4", path, folder.toString()));
      return new TemporaryFileSystem(folder, device);
    } catch (RuntimeException e) {
      device.close();
      Files.deleteIfExists(folder);
      throw e;
    }
  }

  /// Mounts an overlay, as containers have it.
  ///
  /// @param folders where its layers are made; empty
  /// @return the file system
  /// @throws IOException if the folders cannot be made
  /// @see "man 8 mount, overlay"
  public static TemporaryFileSystem overlay(Path folders) throws IOException {
    for (String name : List.of("lower", "upper", "work", "mounted")) {
      Files.createDirectory(folders.resolve(name));
    }
    Path folder = folders.resolve("mounted");
    String layers = "lowerdir=%1$s/lower,upperdir=%1$s/upper,workdir=%1$s/work".formatted(folders);
    Requirement.run(
        WHAT, List.of("mount", "-t", "overlay", "overlay", "-o", layers, folder.toString()));
    return new TemporaryFileSystem(folder, null);
  }

  /// Where it is mounted.
  ///
  /// @return an empty folder but for `lost+found`
  public Path folder() {
    return folder;
  }

  /// Unmounts it and gives the device back. Fails if anything in it is open still: who has closed
  /// what he opened need not wait.
  @Override
  public void close() throws IOException {
    Optional<String> failure = Requirement.failure(WHAT, List.of("umount", folder.toString()));
    if (failure.isPresent()) { // gone with the last that is open
      var ignored = Requirement.failure(WHAT, List.of("umount", "--lazy", folder.toString()));
    }
    if (device != null) {
      device.close();
    }
    Files.deleteIfExists(folder);
    failure.ifPresent(why -> {
      throw new AssertionError(why);
    });
  }
}
