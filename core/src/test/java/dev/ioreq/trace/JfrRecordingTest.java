package dev.ioreq.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JfrRecordingTest {
  @TempDir Path directory;

  private static void everyKindOnce() {
    if (RequestSentEvent.isWanted()) {
      RequestSentEvent.record(17, "file:x", "read", 8192, 4096, true);
    }
    RequestCancelledEvent.record(17, "file:x", true);
    RequestTimedOutEvent.record(17, "file:x");
    TargetStateChangedEvent.record("file:x", "STARTED", "STOPPED", 2, 3);
    QueueDepthEvent.record("file:x", 4);
    RequestCompletedEvent completed = RequestCompletedEvent.begun();
    if (completed != null) {
      completed.ended(17, "file:x", "read", "EIO", 5, 512);
    }
  }

  private List<RecordedEvent> record(Recording recording) throws IOException {
    try (recording) {
      recording.start();
      assertThat(JfrRecording.isRunning()).as("while it runs").isTrue();
      everyKindOnce();
      recording.stop();
      Path file = directory.resolve("events.jfr");
      recording.dump(file);
      return RecordingFile.readAllEvents(file);
    }
  }

  @Test
  @DisplayName("JFR events are recorded while a recording wants them, and not otherwise")
  void eventsAreRecordedWhileWanted() throws IOException {
    assertThat(JfrRecording.isRunning()).as("before").isFalse();
    Recording all = new Recording();
    for (String name :
        List.of(
            "RequestSent",
            "RequestCompleted",
            "RequestCancelled",
            "RequestTimedOut",
            "TargetStateChanged",
            "QueueDepth")) {
      all.enable("ioreq." + name);
    }
    List<RecordedEvent> events = record(all);
    assertThat(JfrRecording.isRunning()).as("after").isFalse();

    assertThat(events)
        .extracting(e -> e.getEventType().getName())
        .containsExactlyInAnyOrder(
            "ioreq.RequestSent",
            "ioreq.RequestCancelled",
            "ioreq.RequestTimedOut",
            "ioreq.TargetStateChanged",
            "ioreq.QueueDepth",
            "ioreq.RequestCompleted");
    RecordedEvent sent = only(events, "ioreq.RequestSent");
    assertThat(sent.getLong("request")).isEqualTo(17);
    assertThat(sent.getString("target")).isEqualTo("file:x");
    assertThat(sent.getString("operation")).isEqualTo("read");
    assertThat(sent.getLong("deviceOffset")).isEqualTo(8192);
    assertThat(sent.getLong("length")).isEqualTo(4096);
    assertThat(sent.getBoolean("held")).isTrue();
    RecordedEvent completed = only(events, "ioreq.RequestCompleted");
    assertThat(completed.getString("status")).isEqualTo("EIO");
    assertThat(completed.getInt("errno")).isEqualTo(5);
    assertThat(completed.getLong("information")).isEqualTo(512);
    assertThat(completed.getDuration()).isGreaterThan(Duration.ZERO);
    RecordedEvent changed = only(events, "ioreq.TargetStateChanged");
    assertThat(changed.getString("from")).isEqualTo("STARTED");
    assertThat(changed.getString("to")).isEqualTo("STOPPED");
    assertThat(changed.getInt("inFlight")).isEqualTo(2);
    assertThat(changed.getInt("held")).isEqualTo(3);
    assertThat(changed.getStackTrace()).as("who did it").isNotNull();
    assertThat(only(events, "ioreq.QueueDepth").getInt("depth")).isEqualTo(4);

    assertThat(record(new Recording())).as("a recording that does not ask for them").isEmpty();
  }

  @Test
  @DisplayName("JFR settings may change while a recording runs")
  void settingsMayChangeWhileARecordingRuns() {
    try (Recording recording = new Recording()) {
      recording.start();
      assertThat(RequestCompletedEvent.begun()).isNull();
      recording.enable("ioreq.RequestCompleted");
      RequestCompletedEvent begun = Objects.requireNonNull(RequestCompletedEvent.begun());
      recording.disable("ioreq.RequestCompleted");
      begun.ended(1, "", "", "", 0, 0);
      assertThat(RequestCompletedEvent.begun()).isNull();
    }
  }

  private static RecordedEvent only(List<RecordedEvent> events, String name) {
    return events.stream()
        .filter(e -> e.getEventType().getName().equals(name))
        .reduce((one, other) -> {
          throw new AssertionError("two events " + name);
        })
        .orElseThrow();
  }
}
