package dev.ioreq.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class InFlightRecorderTest {
  private static final TraceNames NAMES =
      new TraceNames() {
        @Override
        public String status(int code) {
          return "status" + code;
        }

        @Override
        public String state(int value) {
          return "state" + value;
        }

        @Override
        public String operation(int type) {
          return "operation" + type;
        }

        @Override
        public String rule(int number) {
          return "rule" + number;
        }
      };

  private final InFlightRecorder.Detail before = InFlightRecorder.detail();

  private static InFlightRecorder recorder(int size) {
    return new InFlightRecorder("file:x", size, NAMES);
  }

  @BeforeEach
  void recordAsUsual() {
    InFlightRecorder.detail(InFlightRecorder.Detail.NORMAL);
  }

  @AfterEach
  void recordAsBefore() {
    InFlightRecorder.detail(before);
  }

  @Test
  @DisplayName("R-440 the last events are kept and told oldest first, with object and status")
  void theLastEventsAreToldOldestFirst() {
    InFlightRecorder recorder = recorder(4);
    recorder.event(TraceKind.SENT, 17, TraceKind.operation(3, 4096), 8192);
    recorder.event(TraceKind.STATE_CHANGED, InFlightRecorder.ITSELF, 1, 2);
    recorder.event(TraceKind.HELD, 18, 1, 0);
    recorder.event(TraceKind.CANCEL_DELIVERED, 17, 1, 0);
    recorder.event(TraceKind.COMPLETED, 17, 120, 512);

    assertThat(recorder.recorded()).isEqualTo(5);
    assertThat(recorder.entries())
        .extracting(InFlightRecorder.Entry::kind)
        .containsExactly(
            TraceKind.STATE_CHANGED,
            TraceKind.HELD,
            TraceKind.CANCEL_DELIVERED,
            TraceKind.COMPLETED);
    List<String> lines = recorder.dump().lines().toList();
    assertThat(lines.getFirst()).startsWith("file:x, the last 4 of 5 events, oldest first");
    assertThat(lines.subList(1, 5))
        .extracting(line -> line.substring(line.indexOf("  ", line.indexOf('.'))).strip())
        .containsExactly(
            "itself       state changed state1 to state2",
            "request 18   held back (1)",
            "request 17   cancel delivered: yes",
            "request 17   completed status120, information 512");
    recorder.event(TraceKind.SENT, 17, TraceKind.operation(3, 4096), 8192);
    assertThat(recorder.dump()).endsWith("request 17   sent operation3 of 4096 bytes at 8192");
  }

  @Test
  @DisplayName("R-440 the events of one request and of the target itself can be told alone")
  void theEventsOfOneRequestCanBeToldAlone() {
    InFlightRecorder recorder = recorder(16);
    assertThat(recorder.recent(1, 4)).isEmpty();
    for (int i = 0; i < 6; i++) {
      recorder.event(TraceKind.SENT, 1 + i % 2, 0, i);
    }
    recorder.event(TraceKind.STATE_CHANGED, InFlightRecorder.ITSELF, 1, 6);
    assertThat(recorder.recent(7, 4).lines().skip(1)).as("no such request").hasSize(1);
    assertThat(recorder.recent(2, 3).lines().skip(1))
        .satisfiesExactly(
            line -> assertThat(line).endsWith("request 2    sent operation0 of 0 bytes at 3"),
            line -> assertThat(line).endsWith("request 2    sent operation0 of 0 bytes at 5"),
            line -> assertThat(line).endsWith("itself       state changed state1 to state6"));
  }

  @Test
  @DisplayName("R-440 how much is recorded can be switched")
  void howMuchIsRecordedCanBeSwitched() {
    InFlightRecorder recorder = recorder(16);
    recorder.event(TraceKind.ROUTINE_CALLED, 1, 0, 0);
    recorder.event(TraceKind.SENT, 1, 0, 0);
    InFlightRecorder.detail(InFlightRecorder.Detail.OFF);
    recorder.event(TraceKind.REFUSED, 1, 0, 0);
    InFlightRecorder.detail(InFlightRecorder.Detail.DETAILED);
    recorder.event(TraceKind.ROUTINE_CALLED, 1, 0, 0);
    recorder.event(TraceKind.COMPLETED, 1, 0, 0);

    assertThat(recorder.entries())
        .extracting(InFlightRecorder.Entry::kind)
        .containsExactly(TraceKind.SENT, TraceKind.ROUTINE_CALLED, TraceKind.COMPLETED);
    assertThat(recorder.entries())
        .extracting(InFlightRecorder.Entry::isExact)
        .containsExactly(true, true, true);
  }

  @Test
  @DisplayName("a frequent event may carry an earlier time and says so; a rare one has its own")
  void onlyFrequentEventsCarryAnEarlierTime() {
    InFlightRecorder recorder = recorder(16);
    for (int i = 0; i < 10; i++) {
      recorder.event(TraceKind.SENT, 1, 0, 0);
    }
    recorder.event(TraceKind.TIMED_OUT, 1, 0, 0);
    recorder.event(TraceKind.COMPLETED, 1, 0, 0);

    List<InFlightRecorder.Entry> entries = recorder.entries();
    assertThat(entries)
        .filteredOn(InFlightRecorder.Entry::isExact)
        .extracting(InFlightRecorder.Entry::number)
        .containsExactly(0L, 8L, 10L);
    for (int i = 1; i < entries.size(); i++) {
      InFlightRecorder.Entry earlier = entries.get(i - 1);
      InFlightRecorder.Entry entry = entries.get(i);
      if (entry.isExact()) {
        assertThat(entry.nanos() - earlier.nanos()).isNotNegative();
      } else {
        assertThat(entry.nanos()).isEqualTo(earlier.nanos());
      }
    }
    assertThat(recorder.dump().lines().skip(2).findFirst()).get().asString().contains("<=");
  }

  @Test
  @DisplayName("R-440 read while two threads write, no event is told that nobody recorded")
  void noEventIsToldThatNobodyRecorded() {
    InFlightRecorder recorder = recorder(8); // so that writers often meet, and lap one another
    AtomicBoolean isOver = new AtomicBoolean();
    List<Thread> writers = new ArrayList<>();
    for (int w = 1; w <= 2; w++) {
      long object = w;
      writers.add(
          Thread.ofPlatform()
              .start(() -> {
                for (long n = 0; !isOver.get(); n++) {
                  recorder.event(TraceKind.COMPLETED, object, n, n * 31 + object);
                }
              }));
    }
    try {
      for (int reads = 0; reads < 300_000; reads++) {
        for (InFlightRecorder.Entry entry : recorder.entries()) {
          if (entry.b() != entry.a() * 31 + entry.object() || entry.kind() != TraceKind.COMPLETED) {
            throw new AssertionError("nobody recorded " + entry);
          }
        }
      }
    } finally {
      isOver.set(true);
      for (Thread writer : writers) {
        join(writer);
      }
    }
    assertThat(recorder.entries()).as("at rest").isNotEmpty();
  }

  @Test
  void aSizeThatIsNoPowerOfTwoIsRefused() {
    assertThatThrownBy(() -> recorder(100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("100")
        .hasMessageContaining("power of two");
  }

  private static void join(Thread thread) {
    try {
      assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
