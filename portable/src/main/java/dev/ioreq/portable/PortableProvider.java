package dev.ioreq.portable;

import dev.ioreq.Device;
import dev.ioreq.DeviceProvider;
import dev.ioreq.IoRequestException;
import dev.ioreq.OpenOptions;
import dev.ioreq.TargetName;
import java.util.Optional;
import java.util.Set;

/// Opens `file:PATH`, `block:PATH` and `char:PATH` over `java.nio`, on any system.
///
/// What the path really is decides how it behaves; the scheme only says what was expected.
///
/// Requests for files and block devices are carried out by at most `ioreq.portable.threads` threads
/// of the process (a system property; twice the processors, within 4..16, where it is not set).
public final class PortableProvider implements DeviceProvider {
  private static final int PRIORITY = 10;
  private static final Set<String> SCHEMES = Set.of("file", "block", "char");

  /// For `ServiceLoader`.
  public PortableProvider() {}

  @Override
  public String engine() {
    return "portable";
  }

  @Override
  public int priority() {
    return PRIORITY;
  }

  @Override
  public boolean serves(TargetName name) {
    return SCHEMES.contains(name.scheme());
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.empty();
  }

  @Override
  public Device open(TargetName name, OpenOptions options) throws IoRequestException {
    return new Opening(name, options).open();
  }
}
