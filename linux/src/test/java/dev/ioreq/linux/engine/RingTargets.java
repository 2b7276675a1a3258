package dev.ioreq.linux.engine;

import dev.ioreq.Access;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.TargetName;
import dev.ioreq.linux.device.Descriptors;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Requirement;
import java.util.Set;

/// Targets of the ring engine, for tests; they are skipped where there is no ring.
public final class RingTargets {
  private RingTargets() {}

  /// Skips the test where the kernel gives no ring.
  public static void needsRing() {
    Requirement.needs("io_uring", RingEngines.unavailable());
  }

  /// An engine of the test's own, which ends it.
  ///
  /// @param config how its ring is to be
  public static RingEngine engine(RingConfig config) {
    return engine(config, RingEngine.Tables.defaults());
  }

  /// The same with tables of other sizes.
  public static RingEngine engine(RingConfig config, RingEngine.Tables tables) {
    needsRing();
    try {
      return RingEngine.open(config, tables);
    } catch (RingEngine.UnavailableException e) {
      throw new AssertionError("a process that has a ring gets another", e);
    }
  }

  /// The kernel's numbers of the threads of all engines, that of the process included.
  static Set<Integer> tasks() {
    needsRing();
    return ThisProcess.tasks("ioreq-ring");
  }

  /// The number of the thread of the one engine that was started since.
  ///
  /// @param before what [#tasks()] gave before
  static int newTask(Set<Integer> before) {
    Set<Integer> tasks = tasks();
    tasks.removeAll(before);
    if (tasks.size() != 1) {
      throw new AssertionError("not one new engine, but threads " + tasks);
    }
    return tasks.iterator().next();
  }

  /// A target by an engine of the test's own.
  public static IoTarget open(String name, OpenOptions options, RingEngine engine)
      throws IoRequestException {
    return IoTarget.over(name, Descriptors.open(TargetName.parse(name), options, engine));
  }

  /// The same with options that say no more than the access.
  public static IoTarget open(String name, Access access, RingEngine engine)
      throws IoRequestException {
    return open(name, OpenOptions.of(access), engine);
  }

  /// The same, and every transfer goes through the ring, even if it could be done where it is sent.
  public static IoTarget byRing(String name, Access access, RingEngine engine)
      throws IoRequestException {
    return open(name, OpenOptions.of(access).withHandOver(), engine);
  }

  /// A target by the engine of the process.
  public static IoTarget open(String name, OpenOptions options) throws IoRequestException {
    needsRing();
    return IoTarget.open(name, options.withEngine("ring"));
  }

  /// The same with options that say no more than the access.
  public static IoTarget open(String name, Access access) throws IoRequestException {
    return open(name, OpenOptions.of(access));
  }
}
