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
/// @param maximumTransferBytes the most that one read or write moves, 1 or more; [#UNLIMITED] where
///   a request may be of any length
public record DeviceInfo(
    String kind,
    String engine,
    long sizeBytes,
    int blockSizeBytes,
    int memoryAlignmentBytes,
    int offsetAlignmentBytes,
    boolean isDirect,
    boolean isReadOnly,
    List<ControlCode> controlCodes,
    long maximumTransferBytes) {

  /// A size that means nothing: a terminal, a random number generator.
  public static final long UNKNOWN = -1;

  /// A request may be of any length; the device cuts it itself where it has to.
  public static final long UNLIMITED = Long.MAX_VALUE;

  /// Checks and copies.
  public DeviceInfo {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(engine, "engine");
    controlCodes = List.copyOf(controlCodes);
    if (maximumTransferBytes < 1) {
      throw new IllegalArgumentException(
          "a maximum transfer of " + maximumTransferBytes + " bytes; the least is 1");
    }
  }

  /// A device that takes transfers of any length.
  ///
  /// @param kind the scheme of its name
  /// @param engine who carries requests out
  /// @param sizeBytes its size, or [#UNKNOWN]
  /// @param blockSizeBytes the unit its bytes are kept in
  /// @param memoryAlignmentBytes what addresses of memory must be a multiple of
  /// @param offsetAlignmentBytes what offsets and lengths must be a multiple of
  /// @param isDirect whether transfers bypass the operating system's cache
  /// @param isReadOnly whether writes are refused by the device itself
  /// @param controlCodes the codes it is known to understand
  public DeviceInfo(
      String kind,
      String engine,
      long sizeBytes,
      int blockSizeBytes,
      int memoryAlignmentBytes,
      int offsetAlignmentBytes,
      boolean isDirect,
      boolean isReadOnly,
      List<ControlCode> controlCodes) {
    this(
        kind,
        engine,
        sizeBytes,
        blockSizeBytes,
        memoryAlignmentBytes,
        offsetAlignmentBytes,
        isDirect,
        isReadOnly,
        controlCodes,
        UNLIMITED);
  }

  /// Whether the size means something.
  ///
  /// @return false for [#UNKNOWN]
  public boolean hasSize() {
    return sizeBytes != UNKNOWN;
  }
}
