package dev.ioreq;

import java.util.List;
import java.util.Objects;

/// What a target's device is, as of when it was asked.
///
/// @param kind the scheme of its name: `file`, `block`, `char`, `memory`, …
/// @param engine who carries requests out: `ring`, `portable` or `core`
/// @param sizeBytes its size; [#UNKNOWN] where a size means nothing
/// @param blockSizeBytes the unit its bytes are kept in, 1 or more
/// @param memoryAlignmentBytes what addresses of memory must be a multiple of, 1 or more
/// @param offsetAlignmentBytes what offsets and lengths must be a multiple of, 1 or more
/// @param isDirect whether transfers bypass the operating system's cache
/// @param isReadOnly whether writes are refused by the device itself
/// @param controlCodes the codes it is known to understand
public record DeviceInfo(
    String kind,
    String engine,
    long sizeBytes,
    int blockSizeBytes,
    int memoryAlignmentBytes,
    int offsetAlignmentBytes,
    boolean isDirect,
    boolean isReadOnly,
    List<ControlCode> controlCodes) {

  /// A size that means nothing: a terminal, a random number generator.
  public static final long UNKNOWN = -1;

  /// Checks and copies.
  public DeviceInfo {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(engine, "engine");
    controlCodes = List.copyOf(controlCodes);
  }

  /// Whether the size means something.
  ///
  /// @return false for [#UNKNOWN]
  public boolean hasSize() {
    return sizeBytes != UNKNOWN;
  }
}
