package dev.ioreq.cli.copy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What this process itself writes to: a copy to the same file would be overwritten by its own
/// report. On systems without `/proc` nothing is known of it.
public enum OwnOutput {
  /// Standard output.
  STANDARD_OUTPUT(1),
  /// Standard error.
  STANDARD_ERROR(2);

  private final Path path;

  OwnOutput(int descriptor) {
    path = Path.of("/proc/self/fd", String.valueOf(descriptor));
  }

  /// The first of some destinations that this output goes to. A character device is none: what a
  /// terminal shows, or the null device drops, is not overwritten.
  ///
  /// @param destinations their names
  /// @return its name, empty if there is none
  /// @throws RefusedException if a name is none
  public Optional<String> among(List<String> destinations) throws RefusedException {
    for (String name : destinations) {
      if (isAt(name)) {
        return Optional.of(name);
      }
    }
    return Optional.empty();
  }

  private boolean isAt(String name) throws RefusedException {
    NamedPath named = NamedPath.of(Destinations.parse(name)).orElse(null);
    if (named == null
        || named.type() == NamedPath.Type.MISSING
        || named.type() == NamedPath.Type.CHARACTER_DEVICE) {
      return false;
    }
    try {
      return Files.isSameFile(path, named.path());
    } catch (IOException e) {
      return false; // it is closed, or this system has no such path
    }
  }
}
