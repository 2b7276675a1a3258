package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.several.FanOut;
import dev.ioreq.several.Gathering;
import dev.ioreq.several.StagedTransfer;
import dev.ioreq.testkit.ManualDevice.Arrival;
import dev.ioreq.testkit.ManualDevice.OnCancel;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Drivers that carry out a received request with several sends.
class SeveralReceivedTest extends ScriptedTest {
  private static final long STAGE = 16;

  private final ManualDevice lower = new ManualDevice();

  private IoTarget top(IoDevice device) {
    made.track(device);
    return made.track(IoTarget.to(device));
  }

  private static void all(dev.ioreq.Packet packet) {
    packet.complete(IoStatus.SUCCESS, packet.frame().length());
  }

  // ------------------------------------------------------------------ stages

  /// A driver that sends each read on in stages, the received request itself.
  private IoTarget staged() {
    IoTarget below = over(lower);
    return top(
        IoDevice.function("staged")
            .queue(
                IoQueue.parallel()
                    .onRead((queue, request, length) -> {
                      StagedTransfer transfer = new StagedTransfer(below, STAGE);
                      transfer
                          .carriedBy(request)
                          .formatRead(request.retrieveOutput(1), 0, length, request.deviceOffset());
                      transfer.start((status, information) -> {
                        transfer.close();
                        request.complete(status, information);
                      });
                    }))
            .above(below));
  }

  private IoRequest read(IoTarget target, long lengthBytes) {
    IoRequest request = made.request();
    target.formatRead(request, made.memory(lengthBytes), 1000);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).isTrue();
    return request;
  }

  @Test
  @DisplayName("R-120, R-345, S-23 a received request carries its own stages")
  void aReceivedRequestCarriesItsStages() {
    IoTarget target = staged();
    read(target, 10 * STAGE + 7);
    for (int stage = 0; stage < 11; stage++) {
      long length = stage == 10 ? 7 : STAGE;
      assertThat(lower.arrivals().getLast())
          .isEqualTo(new Arrival("READ", 1000 + stage * STAGE, 0, length));
      lower.complete(IoStatus.SUCCESS, length);
    }
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(recorder.calls().getLast().information()).isEqualTo(167);
    assertThat(lower.arrivals()).hasSize(11);
  }

  @Test
  @DisplayName("S-24 a stage that fails: its status and the bytes so far go up")
  void aStageThatFails() {
    read(staged(), 100);
    lower.complete(IoStatus.SUCCESS, STAGE);
    lower.complete(IoStatus.ofErrno(5), 3);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.ofErrno(5));
    assertThat(recorder.calls().getLast().information()).isEqualTo(19);
  }

  @Test
  @DisplayName("R-328, S-25 the originator cancels between two stages: no further one is sent")
  void theOriginatorCancelsBetweenTwoStages() {
    IoTarget target = staged();
    IoRequest request = made.request();
    lower.atOnce(packet -> {
      if (lower.arrivals().size() == 2) {
        request.cancelSent();
      }
      packet.complete(IoStatus.SUCCESS, STAGE);
    });
    target.formatRead(request, made.memory(100), 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(recorder.calls().getLast().information()).isEqualTo(2 * STAGE);
    assertThat(lower.arrivals()).hasSize(2);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-309 the originator cancels a stage in flight: the cancel reaches the device")
  void theOriginatorCancelsAStage() {
    lower.onCancel(OnCancel.COMPLETE);
    IoRequest request = read(staged(), 100);
    lower.complete(IoStatus.SUCCESS, STAGE);
    assertThat(request.cancelSent()).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(recorder.calls().getLast().information()).isEqualTo(STAGE);
  }

  @Test
  @DisplayName("R-210, S-26 a thousand stages that complete at once")
  void aThousandStages() {
    lower.atOnce(SeveralReceivedTest::all);
    read(staged(), 2000 * STAGE);
    assertThat(recorder.await().information()).isEqualTo(2000 * STAGE);
  }

  // ------------------------------------------------------------------ fan-out

  /// A driver that splits each read over several targets, and cancels the parts with it.
  private IoDevice split(List<IoTarget> parts) {
    return IoDevice.function("split")
        .forwardsTo(parts.getFirst())
        .queue(IoQueue.parallel().onRead((queue, request, length) -> new Split(request, parts)))
        .alone();
  }

  /// One received read. The parts and the cancel routine both have to be over before it completes.
  private static final class Split {
    private final ReceivedRequest request;
    private final FanOut parts;
    private final AtomicInteger leaving = new AtomicInteger(2);
    private IoStatus status = IoStatus.PENDING;
    private long information;

    private Split(ReceivedRequest request, List<IoTarget> targets) throws IoRequestException {
      this.request = request;
      parts = new FanOut(targets.size(), Gathering.CONTIGUOUS_PREFIX);
      IoMemory memory = request.retrieveOutput(1);
      long part = Math.ceilDiv(memory.sizeBytes(), (long) targets.size());
      for (int i = 0; i < targets.size(); i++) {
        long at = i * part;
        parts.addRead(targets.get(i), memory, at, Math.min(part, memory.sizeBytes() - at), at);
      }
      request.markCancelable(cancelled -> {
        parts.cancel();
        leave();
      });
      parts.start((status, information) -> {
        this.status = status;
        this.information = information;
        if (request.unmarkCancelable()) {
          leaving.decrementAndGet(); // the cancel routine will not come
        }
        leave();
      });
    }

    private void leave() {
      if (leaving.decrementAndGet() == 0) {
        parts.close();
        request.complete(status, information);
      }
    }
  }

  @Test
  @DisplayName("R-348, R-351, S-35 windows of a received memory: one completion, nothing held")
  void windowsOfAReceivedMemory() {
    ManualDevice other = new ManualDevice();
    IoTarget target = top(split(List.of(over(lower), over(other))));
    read(target, 100);
    assertThat(lower.arrivals()).containsExactly(new Arrival("READ", 0, 0, 50));
    assertThat(other.arrivals()).containsExactly(new Arrival("READ", 50, 0, 50));
    other.complete(IoStatus.SUCCESS, 50);
    assertThat(recorder.count()).isZero();
    lower.complete(IoStatus.SUCCESS, 50);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(recorder.calls().getLast().information()).isEqualTo(100);
  }

  @Test
  @DisplayName("R-354, R-308, S-35 the originator's cancel reaches every part")
  void theOriginatorsCancelReachesEveryPart() {
    lower.onCancel(OnCancel.COMPLETE);
    ManualDevice stubborn = new ManualDevice();
    IoTarget target = top(split(List.of(over(lower), over(stubborn))));
    IoRequest request = read(target, 100);
    assertThat(request.cancelSent()).isTrue();
    assertThat(lower.cancels()).isEqualTo(1);
    assertThat(stubborn.cancels()).isEqualTo(1);
    assertThat(recorder.count()).isZero();
    stubborn.complete(IoStatus.SUCCESS, 50);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @Tag("long")
  @DisplayName("R-354, R-355, R-326 cancels race with parts that end: one completion each time")
  void cancelsRaceWithPartsThatEnd() {
    long seed = Long.getLong("ioreq.test.seed", System.nanoTime());
    System.out.printf("SeveralReceivedTest: seed %d%n", seed);
    Random random = new Random(seed);
    IoTarget one = made.track(IoTarget.over("one", new QueueingDevice(seed)));
    IoTarget two = made.track(IoTarget.over("two", new QueueingDevice(seed + 1)));
    IoTarget target = top(split(List.of(one, two, one)));
    IoRequest request = made.request();
    IoMemory memory = made.memory(48);
    List<Integer> ends = new ArrayList<>(List.of(0, 0));
    for (int turn = 0; turn < 5_000; turn++) {
      request.reuse();
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      for (int spin = random.nextInt(3000); spin > 0; spin--) {
        Thread.onSpinWait();
      }
      request.cancelSent();
      Recorder.Call call = recorder.await();
      assertThat(recorder.count()).isEqualTo(turn + 1);
      boolean isSuccess = call.status().isSuccess();
      assertThat(isSuccess || call.status().equals(IoStatus.CANCELLED))
          .as("%s", call.status())
          .isTrue();
      ends.set(isSuccess ? 0 : 1, ends.get(isSuccess ? 0 : 1) + 1);
      if (isSuccess) {
        assertThat(call.information()).isEqualTo(48);
        assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 47)).isEqualTo((byte) 32);
      }
    }
    System.out.printf(
        "SeveralReceivedTest: %d succeeded, %d cancelled%n", ends.get(0), ends.get(1));
    assertThat(ends).allMatch(count -> count > 0);
  }
}
