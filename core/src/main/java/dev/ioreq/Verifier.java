package dev.ioreq;

import dev.ioreq.log.Log;
import dev.ioreq.trace.InFlightRecorder;
import dev.ioreq.trace.TraceKind;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Checks the rules of the contract while a program runs, and says which one was broken, by what,
/// and what happened to it before.
///
/// **Modes.** [Mode#OFF], the default: nothing is checked and nothing recorded, but a rule of
/// [VerifierRule.Weight#FATAL] throws as ever. [Mode#REPORT], for programs in the making or in
/// trouble: a broken rule is logged with its history, at most once in ten seconds for each rule and
/// kind of object, and the call goes on with the status that the contract names for it.
/// [Mode#STRICT], for tests: the call throws [IoMisuseException]. The system property
/// `ioreq.verifier` (`off`, `report`, `strict`) says with which to begin.
///
/// **History.** Each target and device keeps its last events in a ring, the in-flight recorder,
/// while the verifier is on. The system properties `ioreq.recorder` (`off`, `normal`, `detailed`)
/// and `ioreq.recorder.events` (16 to 1048576, 256 if not given) say how much.
///
/// **Threading.** Every method may be called from any thread; what it changes holds for the whole
/// process, and is seen by other threads soon rather than at once.
///
/// @see "using KMDF Verifier; docs/manual/verifier.md"
public final class Verifier {
  /// What becomes of a broken rule.
  public enum Mode {
    /// Nothing, unless it is fatal.
    OFF,
    /// It is reported, and the call goes on.
    REPORT,
    /// It is reported, and the call throws.
    STRICT
  }

  /// How much the in-flight recorders record.
  public enum History {
    /// Nothing.
    OFF,
    /// Sends, completions, cancels, timeouts and changes of state. Sends and completions may be
    /// given with the time of an event shortly before.
    NORMAL,
    /// Every step of every request, with its exact time: each reads the clock.
    DETAILED
  }

  /// One broken rule.
  ///
  /// @param rule which
  /// @param about the request, target, queue or device, in words
  /// @param detail what happened
  /// @param history what happened to it before, one event a line; empty if nothing was recorded
  /// @param thread the name of the thread that broke it
  public record Violation(
      VerifierRule rule, String about, String detail, String history, String thread) {
    /// Several lines for a person: rule, object, what happened, the way out, the history.
    @Override
    public String toString() {
      return message() + (history.isEmpty() ? "" : System.lineSeparator() + history);
    }

    String message() {
      return "%s: %s: %s. %s".formatted(rule, about, detail, rule.wayOut());
    }
  }

  /// Something that holds until it is closed.
  public interface Registration extends AutoCloseable {
    /// Ends it. Does nothing the second time.
    @Override
    void close();
  }

  private static final Log PROGRAM_LOG = new Log("dev.ioreq");
  private static final Duration DEFAULT_WAIT_LIMIT = Duration.ofSeconds(60);

  /// Events of one object that a report shows.
  private static final int EVENTS_SHOWN = 32;

  private static final int RECORDER_EVENTS =
      VerifierSettings.events(
          System.getProperty(VerifierSettings.EVENTS),
          complaint -> PROGRAM_LOG.say(Level.WARNING, complaint));

  private static final Map<VerifierRule, AtomicLong> COUNTS =
      new EnumMap<>(VerifierRule.class); // filled once
  private static final List<Consumer<Violation>> LISTENERS = new CopyOnWriteArrayList<>();
  private static final ViolationLog LOG = new ViolationLog();
  private static final RequestLedger LEDGER = new RequestLedger();

  // Read on hot paths, so plain: whoever reads them passes barriers enough to see a change soon.
  private static boolean isOn;
  private static boolean isStrict;
  private static volatile Set<VerifierRule> enabled; // replaced, never changed

  private static volatile History wantedHistory =
      VerifierSettings.choice(
          VerifierSettings.HISTORY,
          System.getProperty(VerifierSettings.HISTORY),
          History.NORMAL,
          complaint -> PROGRAM_LOG.say(Level.WARNING, complaint));
  private static volatile long waitLimitNanos = DEFAULT_WAIT_LIMIT.toNanos();

  static {
    Set<VerifierRule> onByDefault = EnumSet.noneOf(VerifierRule.class);
    for (VerifierRule rule : VerifierRule.values()) {
      COUNTS.put(rule, new AtomicLong());
      if (rule.isOnByDefault()) {
        onByDefault.add(rule);
      }
    }
    enabled = onByDefault;
    mode(
        VerifierSettings.choice(
            VerifierSettings.MODE,
            System.getProperty(VerifierSettings.MODE),
            Mode.OFF,
            complaint -> PROGRAM_LOG.say(Level.WARNING, complaint)));
  }

  private Verifier() {}

  // ------------------------------------------------------------------ modes and rules

  /// What becomes of a broken rule now.
  ///
  /// @return the mode
  public static Mode mode() {
    return isStrict ? Mode.STRICT : isOn ? Mode.REPORT : Mode.OFF;
  }

  /// Changes the mode.
  ///
  /// @param mode what becomes of broken rules from now on
  public static synchronized void mode(Mode mode) {
    isStrict = mode == Mode.STRICT;
    isOn = mode != Mode.OFF;
    record();
  }

  /// Whether rules are checked. hot path
  ///
  /// @return false in the mode off
  public static boolean isOn() {
    return isOn;
  }

  /// Whether a broken rule throws. hot path
  ///
  /// @return true in the strict mode
  public static boolean isStrict() {
    return isStrict;
  }

  /// Whether a rule is checked now. hot path
  ///
  /// @param rule which
  /// @return true if the verifier is on and the rule is enabled
  public static boolean checks(VerifierRule rule) {
    return isOn && enabled.contains(rule);
  }

  /// Checks a rule from now on; for those that are not on by default.
  ///
  /// @param rule which
  public static synchronized void enable(VerifierRule rule) {
    Set<VerifierRule> more = EnumSet.of(rule);
    more.addAll(enabled);
    enabled = more;
  }

  /// Does not check a rule any more. A fatal one still throws, and is not counted or listened to.
  ///
  /// @param rule which
  public static synchronized void disable(VerifierRule rule) {
    Set<VerifierRule> fewer = EnumSet.noneOf(VerifierRule.class);
    fewer.addAll(enabled);
    fewer.remove(rule);
    enabled = fewer;
  }

  // ------------------------------------------------------------------ what was found

  /// Is told of every broken rule from now on, also of those that throw, on the thread that broke
  /// it and before it throws. Must not wait.
  ///
  /// @param listener is told; what it throws is logged
  /// @return close it to be told no more
  public static Registration listen(Consumer<Violation> listener) {
    Objects.requireNonNull(listener, "listener");
    LISTENERS.add(listener);
    AtomicBoolean isOver = new AtomicBoolean();
    return () -> {
      if (isOver.compareAndSet(false, true)) { // the same one may listen twice
        LISTENERS.remove(listener);
      }
    };
  }

  /// How often a rule was broken in this process while it was checked.
  ///
  /// @param rule which
  /// @return a count from 0
  public static long violations(VerifierRule rule) {
    return counter(rule).get();
  }

  /// How often any rule was broken in this process while it was checked.
  ///
  /// @return a count from 0
  public static long violations() {
    return COUNTS.values().stream().mapToLong(AtomicLong::get).sum();
  }

  // ------------------------------------------------------------------ history

  /// How much is recorded while the verifier is on.
  ///
  /// @return what was wanted last
  public static History history() {
    return wantedHistory;
  }

  /// Changes how much is recorded.
  ///
  /// @param wanted how much from now on
  public static synchronized void history(History wanted) {
    wantedHistory = Objects.requireNonNull(wanted, "wanted");
    record();
  }

  /// The last events of a target's requests, and of the target itself, one a line, oldest first.
  ///
  /// @param target open or closed
  /// @return text; `docs/manual/verifier.md` says how to read it
  public static String dump(IoTarget target) {
    return target.traffic().trace().recorder().dump();
  }

  /// The last events of a device's queues, one a line, oldest first. What the device sent on is in
  /// the histories of the targets it sent it to.
  ///
  /// @param device in use or closed
  /// @return text
  public static String dump(IoDevice device) {
    return device.recorder().dump();
  }

  private static void record() {
    InFlightRecorder.detail(
        !isOn
            ? InFlightRecorder.Detail.OFF
            : switch (wantedHistory) {
              case OFF -> InFlightRecorder.Detail.OFF;
              case NORMAL -> InFlightRecorder.Detail.NORMAL;
              case DETAILED -> InFlightRecorder.Detail.DETAILED;
            });
  }

  // ------------------------------------------------------------------ options

  /// How long a stop, a purge, a close or a synchronous send may wait before that is reported as
  /// [VerifierRule#WAIT_TOO_LONG], with what it waits for; and again each time as long has passed.
  /// The wait goes on. 60 s if never called. Holds for waits that begin after it.
  ///
  /// @param limit above 0, or zero for never
  public static void waitLimit(Duration limit) {
    if (limit.isNegative()) {
      throw new IllegalArgumentException(
          "the limit of waits is " + limit + "; give 0 or more, 0 for none");
    }
    waitLimitNanos = Math.max(0, limit.compareTo(Duration.ofDays(365)) > 0 ? 0 : limit.toNanos());
  }

  /// The limit of waits.
  ///
  /// @return zero for none
  public static Duration waitLimit() {
    return Duration.ofNanos(waitLimitNanos);
  }

  static long waitLimitNanos() {
    return waitLimitNanos;
  }

  /// Lets every allocation of core after the next so many fail: what needed it throws
  /// [IoMisuseException] with [IoStatus#INSUFFICIENT_RESOURCES]. It shows whether a program gets by
  /// without memory, and works in every mode.
  ///
  /// @param succeeding how many allocations still succeed, from 0
  /// @return close it to let them succeed again; a later call replaces an earlier one
  public static Registration failAllocationsAfter(long succeeding) {
    if (succeeding < 0) {
      throw new IllegalArgumentException(
          "the number of allocations that succeed is " + succeeding + "; give 0 or more");
    }
    return AllocationFaults.after(succeeding);
  }

  /// Counts the created requests of each target that live, from now on, and reports a target that
  /// has more than a limit as [VerifierRule#TOO_MANY_REQUESTS], with the places where most were
  /// created. Creating a request then costs microseconds: for the search of a leak.
  ///
  /// @param limit how many one target may have; 0, as at first, for not counting
  public static void requestLimit(int limit) {
    if (limit < 0) {
      throw new IllegalArgumentException(
          "the limit of created requests is " + limit + "; give 1 or more, 0 for none");
    }
    LEDGER.limit(limit);
  }

  // ------------------------------------------------------------------ for core

  static RequestLedger ledger() {
    return LEDGER;
  }

  /// How many events a new recorder keeps.
  static int recorderEvents() {
    return RECORDER_EVENTS;
  }

  /// A rule that is not fatal was broken. Returns if the call is to go on.
  ///
  /// @throws IoMisuseException in the strict mode, if the rule is not a mere notice
  static void violated(VerifierRule rule, Object about, IoStatus status, String detail) {
    assert rule.weight() != VerifierRule.Weight.FATAL : rule + " must throw";
    if (!checks(rule)) {
      return;
    }
    Violation violation = violation(rule, about, detail);
    count(violation);
    if (isStrict && rule.weight() == VerifierRule.Weight.ERROR) {
      throw new IoMisuseException(status, violation.message(), violation.history());
    }
    int leftOut = LOG.admit(rule, about.getClass(), System.nanoTime());
    if (leftOut != ViolationLog.LEFT_OUT) {
      PROGRAM_LOG.say(
          Level.WARNING,
          leftOut == 0 ? violation.toString() : violation + " (and " + leftOut + " before it)");
    }
  }

  /// A fatal rule was broken: throw the result, in every mode.
  static IoMisuseException fatal(VerifierRule rule, Object about, IoStatus status, String detail) {
    assert rule.weight() == VerifierRule.Weight.FATAL : rule + " need not throw";
    Violation violation = violation(rule, about, detail);
    if (checks(rule)) {
      count(violation);
    }
    return new IoMisuseException(status, violation.message(), violation.history());
  }

  private static Violation violation(VerifierRule rule, Object about, String detail) {
    return new Violation(
        rule, about.toString(), detail, historyOf(rule, about), Thread.currentThread().getName());
  }

  /// Writes the broken rule into the history of what it is about, and takes a copy of that.
  private static String historyOf(VerifierRule rule, Object about) {
    InFlightRecorder recorder = recorderOf(about);
    if (recorder == null) {
      return "";
    }
    long object = about instanceof IoRequest request ? request.id() : InFlightRecorder.ITSELF;
    recorder.event(TraceKind.VIOLATED, object, RecordedNames.numberOf(rule), 0);
    return recorder.recent(object, EVENTS_SHOWN);
  }

  private static @Nullable InFlightRecorder recorderOf(Object about) {
    return switch (about) {
      case IoRequest request -> request.recorder();
      case IoTarget target -> target.traffic().trace().recorder();
      case IoDevice device -> device.recorder();
      case IoQueue queue -> queue.device().recorder();
      case InFlightRecorder recorder -> recorder;
      default -> null;
    };
  }

  private static AtomicLong counter(VerifierRule rule) {
    return Objects.requireNonNull(COUNTS.get(rule));
  }

  private static void count(Violation violation) {
    counter(violation.rule()).incrementAndGet();
    for (Consumer<Violation> listener : LISTENERS) {
      try {
        listener.accept(violation);
      } catch (Throwable e) {
        PROGRAM_LOG.error("a listener of the verifier threw", e);
      }
    }
  }
}
