package dev.ioreq;

import java.util.Objects;

/// What a target was opened from.
///
/// @param name what it is called
/// @param options how it was opened
/// @param isByName whether the name opens it: then it can be opened so again
record TargetOrigin(TargetName name, OpenOptions options, boolean isByName) {
  private static final String WITHOUT_NAME = "device";

  TargetOrigin {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(options, "options");
  }

  /// A name that opens it.
  static TargetOrigin named(TargetName name, OpenOptions options) {
    return new TargetOrigin(name, options, true);
  }

  /// A device that was there.
  ///
  /// @param name for messages
  static TargetOrigin given(String name) {
    return new TargetOrigin(
        new TargetName(WITHOUT_NAME, name), OpenOptions.of(Access.READ_WRITE), false);
  }
}
