package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the JDK's recorder is told of a target's life.
class JfrEventsTest {
  private static final List<String> NAMES =
      List.of(
          "RequestSent",
          "RequestCompleted",
          "RequestCancelled",
          "RequestTimedOut",
          "TargetStateChanged",
          "QueueDepth");

  @TempDir Path directory;

  @Test
  @DisplayName("JFR tells sends, ends with their durations, cancels, timeouts, states and depths")
  void aTargetsLife() throws IOException, InterruptedException {
    List<RecordedEvent> events;
    try (Recording recording = new Recording()) {
      NAMES.forEach(name -> recording.enable("ioreq." + name));
      recording.start();
      live();
      recording.stop();
      Path file = directory.resolve("life.jfr");
      recording.dump(file);
      events = RecordingFile.readAllEvents(file);
    }
    assertThat(of(events, "RequestSent").map(e -> e.getString("operation") + e.getBoolean("held")))
        .containsExactly("readfalse", "writetrue", "readtrue");
    assertThat(of(events, "RequestCompleted").map(e -> e.getString("status")))
        .containsExactly("SUCCESS", "CANCELLED", "IO_TIMEOUT");
    assertThat(of(events, "RequestCompleted").map(e -> e.getLong("information")))
        .containsExactly(8L, 0L, 0L);
    assertThat(of(events, "RequestCompleted").map(RecordedEvent::getDuration))
        .allMatch(duration -> duration.compareTo(Duration.ZERO) > 0);
    assertThat(of(events, "RequestCancelled").map(e -> e.getBoolean("delivered")))
        .containsExactly(true, true);
    assertThat(of(events, "RequestTimedOut")).hasSize(1);
    assertThat(of(events, "QueueDepth").map(e -> e.getInt("depth"))).containsExactly(1, 0, 1, 0);
    assertThat(of(events, "TargetStateChanged").map(e -> e.getString("from") + e.getString("to")))
        .containsExactly("STARTEDSTOPPED", "STOPPEDCLOSED");
  }

  private static Stream<RecordedEvent> of(List<RecordedEvent> events, String name) {
    return events.stream()
        .filter(e -> e.getEventType().getName().equals("ioreq." + name))
        .sorted(Comparator.comparing(RecordedEvent::getEndTime));
  }

  private static void live() throws IOException, InterruptedException {
    CountDownLatch timedOut = new CountDownLatch(1);
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(8);
        IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, memory, 0);
      assertThat(request.send(target)).isTrue();
      target.stop(SentIoAction.LEAVE_PENDING);
      target.formatWrite(request, memory, 0);
      assertThat(request.send(target)).isTrue();
      assertThat(request.cancelSent()).isTrue();
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine((sent, at, result) -> timedOut.countDown());
      assertThat(request.send(target, SendOptions.timeout(Duration.ofNanos(1)))).isTrue();
      timedOut.await();
    }
  }
}
