package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ioreq.trace.InFlightRecorder;
import dev.ioreq.trace.TraceKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class VerifierTest {
  private static final VerifierRule ERROR = VerifierRule.SEND_MARKED_REQUEST;
  private static final VerifierRule NOTICE = VerifierRule.WAIT_TOO_LONG;
  private static final VerifierRule FATAL = VerifierRule.REQUEST_SENT_TWICE;

  private final Verifier.Mode before = Verifier.mode();
  private final List<Verifier.Violation> heard = new ArrayList<>();
  private final Verifier.Registration listening = Verifier.listen(heard::add);

  @BeforeEach
  void report() {
    Verifier.mode(Verifier.Mode.REPORT);
  }

  @AfterEach
  void asBefore() {
    listening.close();
    Verifier.mode(before);
  }

  private static void breakRule(VerifierRule rule) {
    Verifier.violated(rule, "request 17", IoStatus.INVALID_DEVICE_REQUEST, "it was marked before");
  }

  @Test
  @DisplayName("R-442 reporting: a broken rule is counted and told, and the call goes on")
  void reportingTellsAndGoesOn() {
    long counted = Verifier.violations(ERROR);
    long all = Verifier.violations();
    breakRule(ERROR);
    breakRule(ERROR);

    assertThat(Verifier.violations(ERROR)).isEqualTo(counted + 2);
    assertThat(Verifier.violations()).isEqualTo(all + 2);
    assertThat(heard)
        .hasSize(2)
        .first()
        .isEqualTo(
            new Verifier.Violation(
                ERROR, "request 17", "it was marked before", "", Thread.currentThread().getName()));
  }

  @Test
  @DisplayName("R-442 strict: the call throws, and says the rule, the object, and the way out")
  void strictThrows() {
    Verifier.mode(Verifier.Mode.STRICT);
    IoMisuseException thrown =
        catchThrowableOfType(IoMisuseException.class, () -> breakRule(ERROR));
    assertThat(thrown.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(thrown)
        .hasMessageContaining("SEND_MARKED_REQUEST")
        .hasMessageContaining("request 17")
        .hasMessageContaining("it was marked before")
        .hasMessageContaining(ERROR.wayOut())
        .hasMessageContaining("[INVALID_DEVICE_REQUEST]");
    assertThat(heard).as("told before it throws").hasSize(1);

    breakRule(NOTICE);
    assertThat(heard).as("a notice never throws").hasSize(2);
  }

  @Test
  @DisplayName("R-442 off: nothing is checked, but what is fatal throws in every mode")
  void offLeavesTheFatalOnes() {
    for (Verifier.Mode mode : Verifier.Mode.values()) {
      heard.clear();
      Verifier.mode(mode);
      assertThat(Verifier.mode()).isEqualTo(mode);
      assertThat(Verifier.isOn()).isEqualTo(mode != Verifier.Mode.OFF);
      assertThat(Verifier.isStrict()).isEqualTo(mode == Verifier.Mode.STRICT);
      IoMisuseException fatal =
          Verifier.fatal(FATAL, "request 17", IoStatus.INVALID_DEVICE_REQUEST, "sent to file:x");
      assertThat(fatal).hasMessageContaining("REQUEST_SENT_TWICE").hasMessageContaining("file:x");
      assertThat(heard).as("%s", mode).hasSize(mode == Verifier.Mode.OFF ? 0 : 1);
    }
    heard.clear();
    Verifier.mode(Verifier.Mode.OFF);
    breakRule(ERROR);
    assertThat(heard).isEmpty();
  }

  @Test
  @DisplayName("single rules are switched off and on; two are on only when asked for")
  void singleRulesAreSwitched() {
    Verifier.mode(Verifier.Mode.STRICT);
    Verifier.disable(ERROR);
    try {
      assertThat(Verifier.checks(ERROR)).isFalse();
      breakRule(ERROR);
      assertThat(heard).isEmpty();
    } finally {
      Verifier.enable(ERROR);
    }
    assertThatThrownBy(() -> breakRule(ERROR)).isInstanceOf(IoMisuseException.class);

    for (VerifierRule rule : VerifierRule.values()) {
      assertThat(Verifier.checks(rule)).as("%s", rule).isEqualTo(rule.isOnByDefault());
    }
    assertThat(Verifier.checks(VerifierRule.SYNCHRONOUS_WITHOUT_TIMEOUT)).as("R-276").isFalse();
    assertThat(Verifier.checks(VerifierRule.STATUS_WHILE_IN_FLIGHT)).as("R-279").isFalse();
  }

  @Test
  @DisplayName("a listener that throws harms nobody, and one that is closed hears no more")
  void listenersHarmNobody() {
    Verifier.Registration bad =
        Verifier.listen(violation -> {
          throw new IllegalStateException("a listener's own trouble, on purpose");
        });
    Verifier.Registration wrong =
        Verifier.listen(violation -> {
          throw new AssertionError("what a listener of a test throws, on purpose");
        });
    List<Verifier.Violation> late = new ArrayList<>();
    Verifier.Registration second = Verifier.listen(late::add);
    breakRule(ERROR);
    assertThat(heard).hasSize(1);
    assertThat(late).hasSize(1);
    second.close();
    second.close();
    bad.close();
    wrong.close();
    breakRule(ERROR);
    assertThat(heard).hasSize(2);
    assertThat(late).hasSize(1);
  }

  @Test
  @DisplayName("an error of the virtual machine in a listener disturbs nobody, as in a routine")
  void anErrorOfTheVirtualMachineInAListener() {
    List<Verifier.Violation> behind = new ArrayList<>();
    try (Verifier.Registration deep =
            Verifier.listen(violation -> {
              throw new StackOverflowError("thrown by the test on purpose");
            });
        Verifier.Registration next = Verifier.listen(behind::add)) {
      breakRule(ERROR);
      assertThat(behind).as("%s, %s", deep, next).hasSize(1);
    }
  }

  @Test
  @DisplayName("R-440 the recorders record while the verifier is on, as much as is wanted")
  void theRecordersFollowTheMode() {
    Verifier.History wanted = Verifier.history();
    try {
      for (Verifier.History history : Verifier.History.values()) {
        Verifier.history(history);
        assertThat(InFlightRecorder.detail().name()).isEqualTo(history.name());
        Verifier.mode(Verifier.Mode.OFF);
        assertThat(InFlightRecorder.detail()).isEqualTo(InFlightRecorder.Detail.OFF);
        Verifier.mode(Verifier.Mode.REPORT);
        assertThat(InFlightRecorder.detail().name()).isEqualTo(history.name());
      }
    } finally {
      Verifier.history(wanted);
    }
  }

  @Test
  @DisplayName("every rule names its statements, what is wrong and the way out, in sentences")
  void everyRuleExplainsItself() {
    for (VerifierRule rule : VerifierRule.values()) {
      assertThat(rule.wrong()).as("%s", rule).matches("[A-Z].*\\.");
      assertThat(rule.wayOut()).as("%s", rule).matches("[A-Z].*[.)]");
      assertThat(rule.statements())
          .as("%s", rule)
          .isNotEmpty()
          .allMatch(s -> s.matches("R-\\d{3}"));
    }
  }

  // ------------------------------------------------------------------ the log

  @Test
  @DisplayName("of each rule and kind of object one line in ten seconds is logged")
  void theLogStaysReadable() {
    ViolationLog log = new ViolationLog();
    long now = 5;
    assertThat(log.admit(ERROR, String.class, now)).isZero();
    assertThat(log.admit(ERROR, String.class, now + 1)).isEqualTo(ViolationLog.LEFT_OUT);
    assertThat(log.admit(ERROR, Integer.class, now + 1)).as("another kind").isZero();
    assertThat(log.admit(NOTICE, String.class, now + 1)).as("another rule").isZero();
    long later = now + ViolationLog.QUIET_NANOS;
    assertThat(log.admit(ERROR, String.class, later - 1)).isEqualTo(ViolationLog.LEFT_OUT);
    assertThat(log.admit(ERROR, String.class, later)).as("left out before").isEqualTo(2);
    assertThat(log.admit(ERROR, String.class, later + 1)).isEqualTo(ViolationLog.LEFT_OUT);
  }

  // ------------------------------------------------------------------ settings

  @Test
  @DisplayName("a wrong setting is complained of by value and choices, and the default holds")
  void aWrongSettingIsComplainedOf() {
    List<String> complaints = new ArrayList<>();
    assertThat(
            VerifierSettings.choice("ioreq.verifier", null, Verifier.Mode.REPORT, complaints::add))
        .isEqualTo(Verifier.Mode.REPORT);
    assertThat(
            VerifierSettings.choice(
                "ioreq.verifier", "Strict", Verifier.Mode.REPORT, complaints::add))
        .isEqualTo(Verifier.Mode.STRICT);
    assertThat(complaints).isEmpty();
    assertThat(
            VerifierSettings.choice("ioreq.verifier", "on", Verifier.Mode.REPORT, complaints::add))
        .isEqualTo(Verifier.Mode.REPORT);
    assertThat(complaints)
        .containsExactly(
            "the system property ioreq.verifier is 'on'; it can be off, report, strict. report is used");
  }

  @Test
  @DisplayName("R-440 the recorder's size is configurable")
  void theRecordersSizeIsConfigurable() {
    List<String> complaints = new ArrayList<>();
    assertThat(VerifierSettings.events(null, complaints::add)).isEqualTo(256);
    assertThat(VerifierSettings.events("16", complaints::add)).isEqualTo(16);
    assertThat(VerifierSettings.events("1000", complaints::add)).isEqualTo(1024);
    assertThat(VerifierSettings.events("1048576", complaints::add)).isEqualTo(1 << 20);
    assertThat(complaints).isEmpty();
    for (String wrong : List.of("15", "1048577", "many", "", "-1")) {
      assertThat(VerifierSettings.events(wrong, complaints::add)).isEqualTo(256);
      assertThat(complaints.removeLast())
          .contains("'" + wrong + "'")
          .contains("16 to 1048576")
          .contains("256 is used");
    }
  }

  // ------------------------------------------------------------------ waits

  @Test
  @DisplayName("R-441 a wait longer than the limit is reported, and again after as long")
  void aLongWaitIsReported() {
    AtomicLong clock = new AtomicLong(1000);
    Duration limit = Verifier.waitLimit();
    Verifier.waitLimit(Duration.ofNanos(100));
    try {
      Verifier.mode(Verifier.Mode.STRICT); // even then: the wait goes on
      WaitWatch watch = WaitWatch.begin(NOTICE, "file:x", "stop", clock::get);
      assertThat(watch.turnNanos()).isEqualTo(100);
      clock.addAndGet(99);
      watch.lookAt(() -> "nothing yet");
      assertThat(heard).isEmpty();
      clock.addAndGet(1);
      assertThat(watch.turnNanos()).isZero();
      watch.lookAt(() -> "request 17");
      watch.lookAt(() -> "request 17");
      assertThat(heard).hasSize(1);
      assertThat(heard.getFirst().rule()).isEqualTo(VerifierRule.WAIT_TOO_LONG);
      assertThat(heard.getFirst().about()).isEqualTo("file:x");
      assertThat(heard.getFirst().detail()).startsWith("stop has waited").endsWith("request 17");
      assertThat(watch.turnNanos()).isEqualTo(100);
      clock.addAndGet(250);
      watch.lookAt(() -> "request 17");
      assertThat(heard).hasSize(2);
      assertThat(watch.turnNanos()).as("the rest of the fourth turn").isEqualTo(50);
    } finally {
      Verifier.waitLimit(limit);
    }
  }

  @Test
  @DisplayName("R-441 without a limit, or with the verifier off, no wait is reported")
  void withoutALimitNoWaitIsReported() {
    AtomicLong clock = new AtomicLong(1000);
    Duration limit = Verifier.waitLimit();
    assertThat(limit).as("the default").isEqualTo(Duration.ofSeconds(60));
    try {
      Verifier.waitLimit(Duration.ZERO);
      WaitWatch unlimited = WaitWatch.begin(NOTICE, "file:x", "stop", clock::get);
      Verifier.waitLimit(Duration.ofNanos(1));
      Verifier.mode(Verifier.Mode.OFF);
      WaitWatch off = WaitWatch.begin(NOTICE, "file:x", "stop", clock::get);
      Verifier.mode(Verifier.Mode.REPORT);
      clock.addAndGet(1_000_000);
      for (WaitWatch watch : new WaitWatch[] {unlimited, off}) {
        assertThat(watch.turnNanos()).isEqualTo(Long.MAX_VALUE);
        watch.lookAt(() -> "request 17");
      }
      assertThat(heard).isEmpty();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Verifier.waitLimit(Duration.ofSeconds(-1)));
      Verifier.waitLimit(Duration.ofSeconds(Long.MAX_VALUE));
      assertThat(Verifier.waitLimit()).as("above a year: none").isEqualTo(Duration.ZERO);
    } finally {
      Verifier.waitLimit(limit);
    }
  }

  // ------------------------------------------------------------------ allocations and leaks

  @Test
  @DisplayName("R-443 every allocation after the n-th fails, until that is ended")
  void everyAllocationAfterTheNthFails() {
    AllocationFaults.allocating("a packet");
    Verifier.Registration faults = Verifier.failAllocationsAfter(2);
    AllocationFaults.allocating("a packet");
    AllocationFaults.allocating("a packet");
    for (int i = 0; i < 3; i++) {
      IoMisuseException thrown =
          catchThrowableOfType(
              IoMisuseException.class, () -> AllocationFaults.allocating("a packet"));
      assertThat(thrown.status()).isEqualTo(IoStatus.INSUFFICIENT_RESOURCES);
      assertThat(thrown).hasMessageContaining("a packet");
    }
    Verifier.Registration later = Verifier.failAllocationsAfter(1);
    AllocationFaults.allocating("a packet");
    faults.close(); // replaced: ends nothing
    assertThatThrownBy(() -> AllocationFaults.allocating("a packet"))
        .isInstanceOf(IoMisuseException.class);
    later.close();
    AllocationFaults.allocating("a packet");
    assertThatIllegalArgumentException().isThrownBy(() -> Verifier.failAllocationsAfter(-1));
  }

  @Test
  @DisplayName("R-444 more created requests than the limit are reported, with where they come from")
  void tooManyRequestsAreReported() {
    RequestLedger ledger = new RequestLedger();
    Object owner = "file:x";
    assertThat(ledger.opened(owner)).as("nothing is counted at first").isNull();
    ledger.limit(2);
    List<RequestLedger.Ticket> open = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      open.add(ticket(ledger, owner));
    }
    ticket(ledger, "another");
    assertThat(heard).isEmpty();
    open.add(ticket(ledger, owner));
    assertThat(heard).hasSize(1);
    assertThat(heard.getFirst().rule()).isEqualTo(VerifierRule.TOO_MANY_REQUESTS);
    assertThat(heard.getFirst().about()).isEqualTo("file:x");
    assertThat(heard.getFirst().detail()).contains("3 created requests live, the limit is 2");
    for (int i = 0; i < 3; i++) {
      open.add(ticket(ledger, owner));
    }
    assertThat(heard).as("six: not yet doubled").hasSize(1);
    open.add(ticket(ledger, owner));
    assertThat(heard).as("seven").hasSize(2);
    open.forEach(RequestLedger.Ticket::close);
    assertThat(ledger.live(owner)).isZero();
    ledger.limit(0);
    assertThat(ledger.opened(owner)).isNull();
  }

  private static RequestLedger.Ticket ticket(RequestLedger ledger, Object owner) {
    RequestLedger.Ticket ticket = ledger.opened(owner);
    if (ticket == null) {
      throw new AssertionError("not counted");
    }
    return ticket;
  }

  @Test
  @DisplayName("R-440 a report ends with the history of what it is about")
  void aReportEndsWithTheHistory() {
    Verifier.History wanted = Verifier.history();
    Verifier.history(Verifier.History.NORMAL);
    try {
      InFlightRecorder recorder = new InFlightRecorder("file:x", 16, RecordedNames.NAMES);
      recorder.event(
          TraceKind.STATE_CHANGED,
          InFlightRecorder.ITSELF,
          TargetState.STARTED.value(),
          TargetState.PURGED.value());
      Verifier.violated(ERROR, recorder, IoStatus.INVALID_DEVICE_REQUEST, "it was marked before");
      assertThat(heard.getFirst().history().lines().skip(1))
          .satisfiesExactly(
              line -> assertThat(line).endsWith("state changed STARTED to PURGED"),
              line -> assertThat(line).endsWith("violated SEND_MARKED_REQUEST"));
      assertThat(heard.getFirst().toString()).endsWith(heard.getFirst().history());
      assertThat(Verifier.fatal(FATAL, recorder, IoStatus.INVALID_DEVICE_REQUEST, "sent"))
          .hasMessageContaining("[INVALID_DEVICE_REQUEST]" + System.lineSeparator())
          .hasMessageEndingWith("violated REQUEST_SENT_TWICE");
    } finally {
      Verifier.history(wanted);
    }
  }
}
