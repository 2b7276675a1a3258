package dev.ioreq;

import java.util.Optional;

/// Opens devices by name. Found by `ServiceLoader`; an engine brings one, and so does every new
/// kind of target.
///
/// **Threading.** Any method from any thread.
public interface DeviceProvider {
  /// The engine that carries the devices' requests out; what `--engine` names.
  ///
  /// @return `ring`, `portable`, `core`, …
  String engine();

  /// Which provider is tried first where several serve a name.
  ///
  /// @return the highest first
  int priority();

  /// Whether it opens names of this kind.
  ///
  /// @param name a parsed name
  /// @return true if [#open] may be called with it
  boolean serves(TargetName name);

  /// Why it cannot work on this machine.
  ///
  /// @return the reason, for a person, or empty if it can
  Optional<String> unavailable();

  /// Opens a device.
  ///
  /// @param name a name that it serves
  /// @param options access and more
  /// @return the device, open
  /// @throws IoRequestException if it cannot be opened, with the status
  Device open(TargetName name, OpenOptions options) throws IoRequestException;
}
