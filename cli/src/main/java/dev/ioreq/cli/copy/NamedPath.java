package dev.ioreq.cli.copy;

import dev.ioreq.TargetName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known of a target before it is opened, because its name is a path.
///
/// @param path the path
/// @param type what is there, as the operating system says
record NamedPath(Path path, Type type) {
  enum Type {
    MISSING,
    FILE,
    FOLDER,
    BLOCK_DEVICE,
    CHARACTER_DEVICE,
    OTHER
  }

  private static final Set<String> SCHEMES = Set.of("file", "block", "char");
  private static final int TYPE_MASK = 0xF000;

  /// The path behind a name, if it has one.
  ///
  /// @throws RefusedException if it cannot be a path
  static Optional<NamedPath> of(TargetName name) throws RefusedException {
    if (!SCHEMES.contains(name.scheme())) {
      return Optional.empty();
    }
    try {
      Path path = Path.of(name.rest());
      return Optional.of(new NamedPath(path, typeOf(path)));
    } catch (InvalidPathException e) {
      throw new RefusedException("'" + name.rest() + "' is not a path: " + e.getReason());
    }
  }

  static Type typeOf(Path path) {
    try {
      return switch ((int) Files.getAttribute(path, "unix:mode") & TYPE_MASK) {
        case 0x8000 -> Type.FILE;
        case 0x4000 -> Type.FOLDER;
        case 0x6000 -> Type.BLOCK_DEVICE;
        case 0x2000 -> Type.CHARACTER_DEVICE;
        default -> Type.OTHER;
      };
    } catch (IOException e) {
      return Type.MISSING;
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      return Files.isDirectory(path) ? Type.FOLDER : Type.FILE; // a system without such attributes
    }
  }

  /// Whether two paths lead to the same bytes: the same file, or the same device.
  boolean isSameAs(NamedPath other) {
    try {
      if (type == Type.MISSING || other.type == Type.MISSING) {
        return type == other.type
            && path.toAbsolutePath().normalize().equals(other.path.toAbsolutePath().normalize());
      }
      if (type == Type.BLOCK_DEVICE && other.type == Type.BLOCK_DEVICE) {
        DeviceUse.@Nullable DeviceNumber own = DeviceUse.DeviceNumber.ofDevice(path);
        return own != null && own.equals(DeviceUse.DeviceNumber.ofDevice(other.path));
      }
      return type != Type.CHARACTER_DEVICE && Files.isSameFile(path, other.path);
    } catch (IOException e) {
      return false; // gone meanwhile: the open will tell
    }
  }

  /// Whether it is a file or a block device.
  boolean isStorage() {
    return type == Type.FILE || type == Type.BLOCK_DEVICE;
  }

  boolean isFileWithContent() throws RefusedException {
    try {
      return type == Type.FILE && Files.size(path) > 0;
    } catch (IOException e) {
      throw new RefusedException("cannot tell whether " + path + " is empty: " + e.getMessage());
    }
  }
}
