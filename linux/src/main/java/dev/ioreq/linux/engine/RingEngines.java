package dev.ioreq.linux.engine;

import dev.ioreq.linux.abi.NativeAccess;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.log.Log;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The engines of this process: one, unless the system property `ioreq.linux.engines` asks for
/// more. They start when the first target is opened, and live with the process.
///
/// A target belongs to one engine as long as it is open; targets are given to the engines in turn.
/// More engines than one serve programs whose completion routines need more than one processor.
///
/// Any thread.
public final class RingEngines {
  private static final Log LOG = new Log("dev.ioreq.linux");

  /// The system property that says how many, 1..64.
  static final String COUNT = "ioreq.linux.engines";

  static final int MOST = 64;

  private static final RingEngines SHARED =
      new RingEngines(System.getProperty(COUNT), RingConfig.defaults());

  private final int count;
  private final RingConfig config;
  private final List<RingEngine> engines = new ArrayList<>(); // guarded by this
  private String refusal = ""; // guarded by this; not empty once the first start has failed
  private int next; // guarded by this

  /// @param count how many, as the property has it
  RingEngines(@Nullable String count, RingConfig config) {
    this.count = parse(count);
    this.config = config;
  }

  /// Why there can be no ring in this process; asks the kernel the first time.
  ///
  /// @return the reason, for a person, or empty if the engines work
  public static Optional<String> unavailable() {
    return SHARED.start();
  }

  /// The engine for a target that is being opened.
  ///
  /// @return an engine, running
  /// @throws IllegalStateException if [#unavailable()] gives a reason
  public static RingEngine forTarget() {
    return SHARED.take();
  }

  synchronized Optional<String> start() {
    if (engines.isEmpty() && refusal.isEmpty()) {
      refusal = NativeAccess.problem().orElse("");
      if (refusal.isEmpty()) {
        open();
      }
    }
    return refusal.isEmpty() ? Optional.empty() : Optional.of(refusal);
  }

  synchronized RingEngine take() {
    Optional<String> reason = start();
    if (reason.isPresent()) {
      throw new IllegalStateException("no ring: " + reason.get());
    }
    RingEngine engine = engines.get(next);
    next = (next + 1) % engines.size();
    return engine;
  }

  private void open() {
    try {
      engines.add(RingEngine.open(config));
    } catch (RingEngine.UnavailableException e) {
      refusal = String.valueOf(e.getMessage());
      return;
    }
    try {
      while (engines.size() < count) {
        engines.add(RingEngine.open(config));
      }
    } catch (RingEngine.UnavailableException e) {
      LOG.say(
          Level.WARNING,
          "%d engines instead of %d: %s".formatted(engines.size(), count, e.getMessage()));
    }
  }

  private static int parse(@Nullable String given) {
    if (given == null) {
      return 1;
    }
    try {
      int count = Integer.parseInt(given.strip());
      if (count >= 1 && count <= MOST) {
        return count;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    LOG.say(
        Level.WARNING,
        "the system property %s is '%s'; it can be 1 to %d. 1 is used"
            .formatted(COUNT, given, MOST));
    return 1;
  }
}
