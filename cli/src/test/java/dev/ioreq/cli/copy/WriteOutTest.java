package dev.ioreq.cli.copy;

import static dev.ioreq.cli.copy.WriteOut.WINDOW_BYTES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.testkit.ManualDevice;
import dev.ioreq.testkit.Waiting;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriteOutTest {
  private static final long LAG = 4096;

  private final ManualDevice device = new ManualDevice();
  private final List<Range> ranges = new ArrayList<>();

  private void note(Packet packet) {
    Frame frame = packet.frame();
    long at = frame.inputBase();
    ranges.add(
        new Range(
            frame.inputSegment().get(ValueLayout.JAVA_LONG_UNALIGNED, at),
            frame.inputSegment().get(ValueLayout.JAVA_LONG_UNALIGNED, at + 8)));
  }

  private void noteAndComplete(Packet packet, IoStatus status) {
    note(packet);
    packet.complete(status, 0);
  }

  @Test
  void everyWholeWindowBehindTheLagIsSentOnce() {
    device.atOnce(packet -> noteAndComplete(packet, IoStatus.SUCCESS));
    try (IoTarget target = device.target()) {
      WriteOut writeOut = new WriteOut(target, LAG);
      for (long end = 4096; end <= 3 * WINDOW_BYTES; end += 4096) {
        writeOut.reached(end);
      }
      writeOut.close();
    }
    assertThat(ranges)
        .containsExactly(new Range(0, WINDOW_BYTES), new Range(WINDOW_BYTES, WINDOW_BYTES));
  }

  @Test
  void whatComesWhileOneIsUnderWayIsSentAfterItAsOne() {
    try (IoTarget target = device.target()) {
      WriteOut writeOut = new WriteOut(target, LAG);
      writeOut.reached(WINDOW_BYTES + LAG);
      writeOut.reached(2 * WINDOW_BYTES + LAG);
      writeOut.reached(3 * WINDOW_BYTES + LAG);
      assertThat(device.kept()).isEqualTo(1);
      device.atOnce(packet -> noteAndComplete(packet, IoStatus.SUCCESS));
      device.complete();
      writeOut.reached(3 * WINDOW_BYTES + LAG);
      writeOut.close();
    }
    assertThat(ranges).containsExactly(new Range(WINDOW_BYTES, 2 * WINDOW_BYTES));
  }

  @Test
  void whoRefusesIsNotAskedAgain() {
    device.atOnce(packet -> noteAndComplete(packet, IoStatus.NOT_SUPPORTED));
    try (IoTarget target = device.target()) {
      WriteOut writeOut = new WriteOut(target, LAG);
      writeOut.reached(WINDOW_BYTES + LAG);
      writeOut.reached(5 * WINDOW_BYTES);
      writeOut.close();
    }
    assertThat(ranges).hasSize(1);
  }

  @Test
  void closeWaitsForTheOneUnderWay() {
    try (IoTarget target = device.target()) {
      WriteOut writeOut = new WriteOut(target, LAG);
      writeOut.reached(WINDOW_BYTES + LAG);
      Thread closer = Thread.ofPlatform().start(writeOut::close);
      Waiting.until("the wait", () -> closer.getState() == Thread.State.WAITING);
      device.complete();
      Waiting.forEnd(closer);
    }
  }
}
