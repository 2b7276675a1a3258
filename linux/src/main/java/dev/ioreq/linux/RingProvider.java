package dev.ioreq.linux;

import dev.ioreq.Device;
import dev.ioreq.DeviceProvider;
import dev.ioreq.IoRequestException;
import dev.ioreq.OpenOptions;
import dev.ioreq.TargetName;
import dev.ioreq.linux.device.Descriptors;
import dev.ioreq.linux.engine.RingEngines;
import java.util.Optional;
import java.util.Set;

/// Opens `file:PATH`, `block:PATH`, `char:PATH` and `pipe:PATH` for the ring engine. `file:` takes
/// whatever the path is.
///
/// The engine, with its thread, starts when the first name is opened (more than one if the system
/// property `ioreq.linux.engines` says so, and targets are given to them in turn); where the kernel
/// refuses a ring, this provider says so and others serve the names.
public final class RingProvider implements DeviceProvider {
  private static final Set<String> SCHEMES = Set.of("file", "block", "char", "pipe");
  private static final int PREFERRED = 100;

  /// For `ServiceLoader`.
  public RingProvider() {}

  @Override
  public String engine() {
    return "ring";
  }

  @Override
  public int priority() {
    return PREFERRED;
  }

  @Override
  public boolean serves(TargetName name) {
    return SCHEMES.contains(name.scheme());
  }

  @Override
  public Optional<String> unavailable() {
    return RingEngines.unavailable();
  }

  @Override
  public Device open(TargetName name, OpenOptions options) throws IoRequestException {
    return Descriptors.open(name, options, RingEngines.forTarget());
  }
}
