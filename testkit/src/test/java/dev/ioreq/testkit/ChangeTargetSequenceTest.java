package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.DeviceConfig;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.PurgeAction;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SentIoAction;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ChangeTargetSequenceTest extends ReceivedTest {
  private final Recorder drivers = new Recorder();

  private static IoTarget below(ReceivedRequest received) {
    return received.device().localTarget().orElseThrow();
  }

  private static IoMemory input(ReceivedRequest received) {
    try {
      return received.retrieveInput(0);
    } catch (IoRequestException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @DisplayName(
      "R-344, R-345, R-347, S-32 one write to many targets of several depths, one after another")
  void oneAfterAnother() {
    List<ManualDevice> devices = new ArrayList<>();
    List<IoTarget> targets = new ArrayList<>();
    for (int depth = 1; depth <= 12; depth++) {
      ManualDevice device = new ManualDevice(1 + depth % 3, BufferMethod.OUT_DIRECT, true);
      devices.add(device);
      targets.add(over(device));
    }
    DeviceConfig config = keeper();
    targets.forEach(config::forwardsTo);
    IoTarget top = to(config.above(over(lower)));
    IoMemory data = bytes(1, 2, 3);
    sendWrite(top, data);
    ReceivedRequest received = got.getLast();
    CompletionRoutine next =
        new CompletionRoutine() {
          private int sent;

          @Override
          public void completed(IoRequest request, IoTarget target, CompletionParameters result) {
            assertThat(target).isSameAs(targets.get(sent));
            assertThat(result.information()).isEqualTo(sent);
            sent++;
            if (sent == targets.size()) {
              received.complete(result.status(), 3);
              return;
            }
            IoTarget following = targets.get(sent);
            received.changeTarget(following);
            following.formatWrite(received, input(received), sent);
            received.setCompletionRoutine(this);
            assertThat(received.send(following)).as("%s", received.status()).isTrue();
          }
        };
    received.changeTarget(targets.getFirst());
    targets.getFirst().formatWrite(received, input(received), 0);
    received.setCompletionRoutine(next);
    assertThat(received.send(targets.getFirst())).isTrue();
    for (int i = 0; i < devices.size(); i++) {
      assertThat(recorder.count()).isZero();
      assertThat(devices.get(i).arrivals())
          .containsExactly(new ManualDevice.Arrival("WRITE", i, 3, 0));
      devices.get(i).complete(IoStatus.SUCCESS, i);
    }
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(recorder.await().information()).isEqualTo(3);
  }

  @Test
  @DisplayName(
      "R-336, R-337, R-150, S-33 a deeper target is refused, and the request goes elsewhere")
  void aDeeperTarget() {
    ManualDevice deep = new ManualDevice(2, BufferMethod.OUT_DIRECT, true);
    IoTarget deepTarget = over(deep);
    sendWrite(to(keeper().above(over(lower))), bytes(1, 2));
    ReceivedRequest received = got.getLast();
    IoTarget below = below(received);
    below.formatWrite(received, input(received), 0);
    assertMisuse(IoStatus.REQUEST_NOT_ACCEPTED, () -> received.changeTarget(deepTarget));
    received.setCompletionRoutine(drivers);
    assertThat(received.send(below)).as("otherwise untouched").isTrue();
    assertThat(lower.arrivals()).hasSize(1);
    lower.complete();
    assertMisuse(
        IoStatus.REQUEST_NOT_ACCEPTED, () -> deepTarget.formatWrite(received, input(received), 0));
    received.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-347 announced, the same target is reached")
  void announced() {
    ManualDevice deep = new ManualDevice(2, BufferMethod.OUT_DIRECT, true);
    IoTarget deepTarget = over(deep);
    sendWrite(to(keeper().forwardsTo(deepTarget).above(over(lower))), bytes(1, 2));
    ReceivedRequest received = got.getLast();
    assertThat(received.device().stackSize()).isEqualTo(3);
    received.changeTarget(deepTarget);
    deepTarget.formatWrite(received, input(received), 0);
    received.setCompletionRoutine(drivers);
    assertThat(received.send(deepTarget)).isTrue();
    deep.complete();
    received.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-151, R-338, S-33 a created request gets the frames it needs")
  void aCreatedRequest() {
    IoTarget shallow = over(lower);
    ManualDevice deep = new ManualDevice(5, BufferMethod.OUT_DIRECT, true);
    IoTarget deepTarget = over(deep);
    IoRequest request = made.track(IoRequest.create(shallow));
    deepTarget.formatRead(request, made.memory(8), 0);
    sendFormatted(request, deepTarget);
    deep.complete();
    request.changeTarget(shallow);
    shallow.formatRead(request, made.memory(8), 0);
    sendFormatted(request, shallow);
    lower.complete();
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-340, R-155, S-34 change target after format: the send is refused as unformatted")
  void wrongOrder() {
    sendWrite(to(keeper().above(over(lower))), bytes(1, 2));
    ReceivedRequest received = got.getLast();
    IoTarget below = below(received);
    below.formatWrite(received, input(received), 0);
    received.setCompletionRoutine(drivers);
    received.changeTarget(below);
    assertThat(received.send(below)).isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    received.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName(
      "R-339, R-336, S-33 a stopped or purged target passes the check, a closed one does not")
  void statesOfTheTarget() {
    IoTarget other = over(new ManualDevice());
    ReceivedRequest received = receive();
    other.stop(SentIoAction.WAIT);
    received.changeTarget(other);
    other.purge(PurgeAction.PURGE);
    received.changeTarget(other);
    other.close();
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> received.changeTarget(other));
    received.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-120, R-144, S-23, S-24 staged: windows one after another, in the same request")
  void staged() {
    int stage = 4;
    IoTarget top = to(keeper().above(over(lower)));
    IoRequest request = made.request();
    top.formatRead(request, made.memory(10 * stage + 3), 1000);
    sendFormatted(request, top);
    ReceivedRequest received = got.getLast();
    stage(received, 0, stage);
    for (int i = 0; i < 11; i++) {
      assertThat(recorder.count()).isZero();
      long length = i < 10 ? stage : 3;
      assertThat(lower.arrivals().getLast())
          .isEqualTo(new ManualDevice.Arrival("READ", 1000 + (long) i * stage, 0, length));
      lower.complete(IoStatus.SUCCESS, length);
    }
    assertThat(lower.arrivals()).hasSize(11);
    assertThat(recorder.await().information()).isEqualTo(43);
    assertThat(recorder.count()).isEqualTo(1);

    top.formatRead(request, made.memory(10L * stage), 0);
    sendFormatted(request, top);
    stage(got.getLast(), 0, stage);
    lower.complete(IoStatus.SUCCESS, stage);
    lower.complete(IoStatus.UNSUCCESSFUL, 1);
    assertThat(lower.arrivals()).hasSize(13);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.UNSUCCESSFUL);
  }

  private void stage(ReceivedRequest received, long done, long stage) {
    IoTarget below = below(received);
    try {
      IoMemory output = received.retrieveOutput(0);
      long length = Math.min(stage, output.sizeBytes() - done);
      below.formatRead(received, output, done, length, received.deviceOffset() + done);
    } catch (IoRequestException e) {
      throw new AssertionError(e);
    }
    received.setCompletionRoutine((sent, target, result) -> {
      long now = done + result.information();
      if (!result.status().isSuccess() || now == received.outputLength()) {
        received.complete(result.status(), now);
      } else {
        stage(received, now, stage);
      }
    });
    if (!received.send(below)) {
      received.complete(received.status(), done);
    }
  }

  @Test
  @DisplayName("S-26, R-345 a thousand stages that complete inline")
  void aThousandInlineStages() {
    lower.atOnce(packet -> packet.complete(IoStatus.SUCCESS, packet.frame().outputLength()));
    IoTarget top = to(keeper().above(over(lower)));
    IoRequest request = made.request();
    top.formatRead(request, made.memory(1000), 0);
    sendFormatted(request, top);
    stage(got.getLast(), 0, 1);
    assertThat(recorder.await().information()).isEqualTo(1000);
    assertThat(lower.arrivals()).hasSize(1000);
  }

  @Test
  @DisplayName("S-25, R-311, R-222 cancelled between two stages: the next device is told at once")
  void cancelledBetweenStages() {
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    IoTarget top = to(keeper().above(over(lower)));
    IoRequest request = made.request();
    top.formatRead(request, made.memory(64), 0);
    sendFormatted(request, top);
    ReceivedRequest received = got.getLast();
    stage(received, 0, 8);
    lower.complete(IoStatus.SUCCESS, 8);
    IoTarget below = below(received);
    Packet second = lower.oldest(); // the cancel comes too late for it
    assertThat(below.requestsInFlight()).isEqualTo(1);
    assertThat(request.cancelSent()).isFalse();
    second.complete(IoStatus.SUCCESS, 8);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(lower.arrivals()).as("stage 3 reached the device with the flag").hasSize(3);
    assertThat(recorder.count()).isEqualTo(1);
  }
}
