package dev.ioreq;

import java.util.Objects;
import java.util.Optional;

/// How a target is opened. Immutable; begin with [#of(Access)].
///
/// @param access for what
/// @param create whether a file that does not exist is made
/// @param truncate whether an existing file is emptied
/// @param direct whether transfers bypass the operating system's cache (`O_DIRECT`)
/// @param exclusive whether the open fails if somebody else uses the block device (`O_EXCL`), or
///   the file to be made exists
/// @param dropBehind whether what transfers bring into the operating system's cache leaves it again
/// @param handOver whether the engine carries out every transfer, never the thread that sends it
/// @param engine the engine by name, empty for the best one that works here
/// @see "WDF_IO_TARGET_OPEN_PARAMS; man 2 open"
public record OpenOptions(
    Access access,
    boolean create,
    boolean truncate,
    boolean direct,
    boolean exclusive,
    boolean dropBehind,
    boolean handOver,
    Optional<String> engine) {

  /// Checks.
  public OpenOptions {
    Objects.requireNonNull(access, "access");
    Objects.requireNonNull(engine, "engine");
    if ((create || truncate) && !access.canWrite()) {
      throw new IllegalArgumentException(
          "create and truncate need access WRITE or READ_WRITE, not " + access);
    }
  }

  /// An existing target, cached, shared, by the best engine.
  ///
  /// @param access for what
  /// @return the options
  public static OpenOptions of(Access access) {
    return new OpenOptions(access, false, false, false, false, false, false, Optional.empty());
  }

  /// Makes a file that does not exist.
  ///
  /// @return new options
  public OpenOptions withCreate() {
    return new OpenOptions(access, true, truncate, direct, exclusive, dropBehind, handOver, engine);
  }

  /// Empties an existing file.
  ///
  /// @return new options
  public OpenOptions withTruncate() {
    return new OpenOptions(access, create, true, direct, exclusive, dropBehind, handOver, engine);
  }

  /// Bypasses the cache; offsets, lengths and addresses must then be aligned as [DeviceInfo] says.
  ///
  /// @return new options
  public OpenOptions withDirect() {
    return new OpenOptions(access, create, truncate, true, exclusive, dropBehind, handOver, engine);
  }

  /// Fails if somebody else uses the block device, or if the file to be made exists.
  ///
  /// @return new options
  public OpenOptions withExclusive() {
    return new OpenOptions(access, create, truncate, direct, true, dropBehind, handOver, engine);
  }

  /// Uses the cache without filling it: what a read brings in leaves when it has been read, what a
  /// write brings in when it is on the device, to which it is sent at once. What was cached before
  /// stays. For data that passes once, so that it does not displace what others need.
  ///
  /// A hint: where kernel, file system or engine cannot (Linux before 6.14, the portable engine),
  /// and with [#withDirect()], it changes nothing.
  ///
  /// @return new options
  /// @see "RWF_DONTCACHE in man 2 preadv2"
  public OpenOptions withDropBehind() {
    return new OpenOptions(access, create, truncate, direct, exclusive, true, handOver, engine);
  }

  /// Leaves every transfer to the engine, so that a send does not take as long as the transfer.
  ///
  /// Otherwise the thread that sends a transfer carries it out, if that needs no waiting: bytes
  /// from the cache, or that a pipe has at hand. That is many times cheaper, but the send takes as
  /// long as the copy, some milliseconds for some megabytes, and the completion routine runs inside
  /// it. For threads that must not be held up, such as an event loop's.
  ///
  /// What is refused before it is carried out, and what is none (device control, transfers of no
  /// bytes), still ends inside the send; and bytes of the Java heap are copied there, to where the
  /// engine can reach them.
  ///
  /// The portable engine does so in any case. Of targets that no engine serves, such as `memory:`,
  /// it is not asked.
  ///
  /// @return new options
  public OpenOptions withHandOver() {
    return new OpenOptions(access, create, truncate, direct, exclusive, dropBehind, true, engine);
  }

  /// By a certain engine.
  ///
  /// @param name `ring` or `portable`
  /// @return new options
  public OpenOptions withEngine(String name) {
    return new OpenOptions(
        access, create, truncate, direct, exclusive, dropBehind, handOver, Optional.of(name));
  }
}
