package dev.ioreq.builtin;

import dev.ioreq.DeviceProvider;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.TargetName;
import java.util.Optional;

/// What the providers of this package have in common.
abstract class BuiltinProvider implements DeviceProvider {
  private final String scheme;

  BuiltinProvider(String scheme) {
    this.scheme = scheme;
  }

  @Override
  public final String engine() {
    return "core";
  }

  @Override
  public final int priority() {
    return 0;
  }

  @Override
  public final boolean serves(TargetName name) {
    return name.scheme().equals(scheme);
  }

  @Override
  public final Optional<String> unavailable() {
    return Optional.empty();
  }

  static long size(TargetName name, String text) throws IoRequestException {
    try {
      return TargetName.parseSize(text);
    } catch (IllegalArgumentException e) {
      IoRequestException failure =
          new IoRequestException(
              IoStatus.INVALID_PARAMETER, 0, "open of " + name + ": " + e.getMessage());
      failure.initCause(e);
      throw failure;
    }
  }
}
