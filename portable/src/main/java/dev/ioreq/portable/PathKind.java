package dev.ioreq.portable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a path leads to.
enum PathKind {
  /// Nothing, or nothing that may be seen: the open will tell.
  MISSING("file"),
  /// A regular file, or whatever a system without file modes has.
  FILE("file"),
  /// A block device.
  BLOCK("block"),
  /// A character device.
  CHARACTER("char"),
  /// A named pipe.
  PIPE("pipe"),
  /// A directory.
  DIRECTORY("directory"),
  /// The name of a local socket.
  SOCKET("socket");

  private static final int TYPE_MASK = 0xF000; // man 7 inode

  private final String word;

  PathKind(String word) {
    this.word = word;
  }

  static PathKind of(Path path) {
    try {
      Object mode = Files.getAttribute(path, "unix:mode");
      return switch ((int) mode & TYPE_MASK) {
        case 0x1000 -> PIPE;
        case 0x2000 -> CHARACTER;
        case 0x4000 -> DIRECTORY;
        case 0x6000 -> BLOCK;
        case 0xC000 -> SOCKET;
        default -> FILE;
      };
    } catch (IOException e) {
      return MISSING;
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      return Files.isDirectory(path) ? DIRECTORY : Files.exists(path) ? FILE : MISSING;
    }
  }

  /// What [dev.ioreq.DeviceInfo#kind()] says.
  String word() {
    return word;
  }
}
