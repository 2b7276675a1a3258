package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.PurgeAction;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.VerifierRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ReceivedSendTest extends ReceivedTest {
  private final Recorder drivers = new Recorder();

  private IoTarget below(ReceivedRequest received) {
    return received.device().localTarget().orElseThrow();
  }

  /// Sends it down as it came, with the driver's recorder as its routine.
  private void sendOn(ReceivedRequest received, IoTarget target) {
    received.formatUsingCurrentType();
    received.setCompletionRoutine(drivers);
    assertThat(received.send(target)).as("%s", received.status()).isTrue();
  }

  @Test
  @DisplayName("R-187 what the driver is told of a request")
  void parameters() {
    IoTarget top = to(keeper().alone());
    IoRequest request = made.request();
    top.formatRead(request, made.memory(16), 4, 8, 4096);
    sendFormatted(request, top);
    ReceivedRequest read = got.getLast();
    assertThat(read.type()).isEqualTo(RequestType.READ);
    assertThat(read.outputLength()).isEqualTo(8);
    assertThat(read.inputLength()).isZero();
    assertThat(read.deviceOffset()).isEqualTo(4096);
    assertThat(read).asString().startsWith("received request ").endsWith(" at device keeper");
    read.complete(IoStatus.SUCCESS);
    sendControl(top, BufferMethod.OUT_DIRECT, bytes(1, 2), bytes(1, 2, 3));
    ReceivedRequest control = got.getLast();
    assertThat(control.type()).isEqualTo(RequestType.DEVICE_CONTROL);
    assertThat(control.controlCode()).isEqualTo(code(BufferMethod.OUT_DIRECT));
    assertThat(control.inputLength()).isEqualTo(2);
    assertThat(control.outputLength()).isEqualTo(3);
    control.complete(IoStatus.SUCCESS);
    top.formatInternalDeviceControlOthers(request, code(BufferMethod.NEITHER), "a", 2, null);
    sendFormatted(request, top);
    ReceivedRequest others = got.getLast();
    assertThat(others.argument1()).isEqualTo("a");
    assertThat(others.argument2()).isEqualTo(2);
    assertThat(others.argument4()).isNull();
    others.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName(
      "R-095, R-096, R-436 one handle per layer, the same on its way through queues and targets")
  void oneHandlePerLayer() {
    IoDevice bottom = device(keeper().above(over(lower)));
    IoDevice device = device(keeper().above(bottom));
    IoQueue second = device.createQueue("second", keeping());
    send(to(device));
    ReceivedRequest upper = got.getLast();
    assertThat(upper.queue()).isEqualTo(device.defaultQueue());
    assertThat(upper.forwardTo(second)).isEqualTo(IoStatus.SUCCESS);
    assertThat(got.getLast()).isSameAs(upper);
    assertThat(upper.queue()).contains(second);
    sendOn(upper, below(upper));
    ReceivedRequest below = got.getLast();
    assertThat(below).isNotSameAs(upper);
    assertThat(below.device()).isSameAs(bottom);
    assertThat(below.queue()).isEqualTo(bottom.defaultQueue());
    below.complete(IoStatus.SUCCESS, 1);
    assertThat(below.queue()).as("R-436, once it is completed").isEmpty();
    assertThat(drivers.calls().getFirst().request()).isSameAs(upper);
    assertThat(upper.queue()).contains(second);
    upper.complete(IoStatus.SUCCESS, 1);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName(
      "R-097, R-206, R-205 the driver keeps it as long as it likes; nothing ends by itself")
  void theDriverKeepsIt() {
    ReceivedRequest received = receive();
    assertThat(recorder.count()).isZero();
    sendOn(received, below(received));
    lower.complete(IoStatus.SUCCESS, 9);
    assertThat(drivers.count()).isEqualTo(1);
    assertThat(recorder.count()).as("the routine has returned, and the driver keeps it").isZero();
    Waiting.forEnd(Thread.ofPlatform().start(() -> received.complete(IoStatus.SUCCESS)));
    assertThat(recorder.await().information()).isEqualTo(9);
  }

  @Test
  @DisplayName(
      "R-182, R-184, S-09 repeated unchanged; the routine is told NO_FORMAT and the status")
  void currentType() {
    IoTarget top = to(keeper().above(over(lower)));
    IoRequest request = made.request();
    IoMemory memory = made.memory(32);
    top.formatRead(request, memory, 8, 16, 512);
    sendFormatted(request, top);
    ReceivedRequest received = got.getLast();
    sendOn(received, below(received));
    assertThat(lower.arrivals()).containsExactly(new ManualDevice.Arrival("READ", 512, 0, 16));
    Packet packet = lower.oldest();
    assertThat(packet.frame().outputAddress()).isEqualTo(memory.segment().address() + 8);
    packet.complete(IoStatus.DEVICE_BUSY, 5);
    assertThat(drivers.calls())
        .singleElement()
        .satisfies(call -> {
          assertThat(call.type()).isEqualTo(RequestType.NO_FORMAT);
          assertThat(call.status()).isEqualTo(IoStatus.DEVICE_BUSY);
          assertThat(call.information()).isEqualTo(5);
        });
    received.complete(drivers.calls().getFirst().status());
    assertThat(recorder.await().information()).as("R-208").isEqualTo(5);
  }

  @Test
  @DisplayName("R-183, R-150, R-337 no frame is left below a device that has nothing below it")
  void noFrameLeft() {
    send(to(keeper().alone()));
    ReceivedRequest received = got.getLast();
    assertMisuse(IoStatus.REQUEST_NOT_ACCEPTED, received::formatUsingCurrentType);
    IoTarget other = over(lower);
    assertMisuse(
        IoStatus.REQUEST_NOT_ACCEPTED, () -> other.formatRead(received, IoMemory.none(), 0));
    received.complete(IoStatus.SUCCESS, 3);
    assertThat(recorder.await().information()).isEqualTo(3);
  }

  @Test
  @DisplayName("R-149 formatting for a closed target")
  void closedTarget() {
    ReceivedRequest received = receive();
    IoTarget remote = over(new ManualDevice());
    remote.close();
    assertMisuse(
        IoStatus.INVALID_DEVICE_STATE, () -> remote.formatRead(received, IoMemory.none(), 0));
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> received.changeTarget(remote));
    received.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-157, R-185 formatted for one target, sent to another with the same needs")
  void toAnotherTargetWithTheSameNeeds() {
    ReceivedRequest received = receive();
    ManualDevice other = new ManualDevice();
    sendOn(received, over(other));
    assertThat(lower.arrivals()).isEmpty();
    other.complete(IoStatus.SUCCESS, 2);
    received.complete(drivers.await().status());
    assertThat(recorder.await().information()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-220 a target that needs more frames than are left: FALSE, REQUEST_NOT_ACCEPTED")
  void tooFewFramesAtSend() {
    ReceivedRequest received = receive();
    ManualDevice deep = new ManualDevice(2, BufferMethod.OUT_DIRECT, true);
    IoTarget target = over(deep);
    received.formatUsingCurrentType();
    received.setCompletionRoutine(drivers);
    assertThat(received.send(target)).isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    target.stop(SentIoAction.WAIT);
    assertThat(received.send(target)).as("held back neither").isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    assertThat(received.send(target, SendOptions.ignoreTargetState())).isFalse();
    assertThat(deep.arrivals()).isEmpty();
    assertThat(drivers.count()).isZero();
    assertThat(received.send(below(received))).as("R-218").isTrue();
    lower.complete();
    received.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-190, R-219 without a routine: FALSE, INVALID_DEVICE_REQUEST, nothing delivered")
  void withoutRoutine() {
    ReceivedRequest received = receive();
    received.formatUsingCurrentType();
    assertThat(received.send(below(received))).isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(reports()).containsExactly(VerifierRule.RECEIVED_SENT_WITHOUT_ROUTINE);
    assertThat(lower.arrivals()).isEmpty();
    received.complete(received.status());
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName(
      "R-192, R-190, S-32 the routine is for one send; forgetting to set it again is reported")
  void theRoutineIsForOneSend() {
    ReceivedRequest received = receive();
    sendOn(received, below(received));
    lower.complete();
    received.formatUsingCurrentType();
    assertThat(received.send(below(received))).isFalse();
    assertThat(reports()).containsExactly(VerifierRule.RECEIVED_SENT_WITHOUT_ROUTINE);
    assertThat(lower.arrivals()).hasSize(1);
    received.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-120 formatted and sent again from its routine without reuse")
  void againFromItsRoutine() {
    ReceivedRequest received = receive();
    IoTarget below = below(received);
    List<Long> offsets = new ArrayList<>();
    Recorder again =
        new Recorder((sent, target, result) -> {
          offsets.add(result.deviceOffset());
          below.formatRead(sent, IoMemory.none(), 77);
          sent.setCompletionRoutine(drivers);
          assertThat(sent.send(below)).isTrue();
        });
    below.formatRead(received, IoMemory.none(), 5);
    received.setCompletionRoutine(again);
    assertThat(received.send(below)).isTrue();
    lower.complete(IoStatus.SUCCESS, 0);
    assertThat(again.count()).isEqualTo(1);
    assertThat(drivers.count()).isZero();
    lower.complete(IoStatus.SUCCESS, 4);
    assertThat(drivers.count()).isEqualTo(1);
    assertThat(offsets).containsExactly(5L);
    received.complete(IoStatus.SUCCESS);
    assertThat(recorder.await().information()).isEqualTo(4);
  }

  @Test
  @DisplayName("R-194, R-214, R-218, R-277, S-12 refused: status, routine and formatting stay")
  void refused() {
    ReceivedRequest received = receive();
    IoTarget below = below(received);
    below.purge(PurgeAction.PURGE);
    received.formatUsingCurrentType();
    received.setCompletionRoutine(drivers);
    assertThat(received.send(below)).isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(drivers.count()).isZero();
    below.start();
    assertThat(received.send(below)).isTrue();
    lower.complete(IoStatus.SUCCESS, 6);
    assertThat(drivers.count()).isEqualTo(1);
    received.complete(IoStatus.SUCCESS);
    assertThat(recorder.await().information()).isEqualTo(6);
  }

  @Test
  @DisplayName(
      "R-213, R-215, R-200, R-278, R-283 an inline error is true, and comes in the routine")
  void inlineError() {
    lower.atOnce(packet -> packet.complete(IoStatus.UNSUCCESSFUL, 3));
    ReceivedRequest received = receive();
    received.formatUsingCurrentType();
    List<String> seen = new ArrayList<>();
    received.setCompletionRoutine((sent, target, result) -> {
      seen.add(sent.status() + " " + sent.information());
      received.complete(result.status());
    });
    assertThat(received.send(below(received))).isTrue();
    assertThat(seen).containsExactly(IoStatus.UNSUCCESSFUL + " 3");
    assertThat(recorder.calls().getFirst().status()).isEqualTo(IoStatus.UNSUCCESSFUL);
  }

  @Test
  @DisplayName("R-217, R-346 at a target it cannot be sent, formatted, reused or completed")
  void atATarget() {
    ReceivedRequest received = receive();
    IoTarget below = below(received);
    for (boolean isHeld : new boolean[] {false, true}) {
      if (isHeld) {
        below.stop(SentIoAction.LEAVE_PENDING);
      }
      sendOn(received, below);
      assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.send(below));
      assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, received::formatUsingCurrentType);
      assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, received::reuse);
      assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.changeTarget(below));
      assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.complete(IoStatus.SUCCESS, 0));
      assertMisuse(
          IoStatus.INVALID_DEVICE_REQUEST, () -> received.send(below, SendOptions.sendAndForget()));
      assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.markCancelable(request -> {}));
      if (isHeld) {
        below.start();
      }
      assertThat(recorder.count()).isZero();
      lower.complete();
    }
    assertThat(drivers.count()).isEqualTo(2);
    assertThat(lower.arrivals()).hasSize(2);
    received.complete(IoStatus.SUCCESS);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-217 nor between its end and its routine, when that is deferred")
  void whileItsRoutineIsDue() {
    lower.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    List<ReceivedRequest> handled = new ArrayList<>();
    IoTarget top =
        to(
            IoDevice.function("f")
                .queue(
                    IoQueue.parallel()
                        .onDefault((queue, received) -> {
                          handled.add(received);
                          received.formatUsingCurrentType();
                          received.setCompletionRoutine((sent, target, result) -> {
                            drivers.completed(sent, target, result);
                            received.complete(result.status());
                          });
                          assertThat(received.send(below(received))).isTrue();
                          if (drivers.count() < handled.size()) { // its routine is deferred
                            assertMisuse(
                                IoStatus.INVALID_DEVICE_REQUEST,
                                () -> received.complete(IoStatus.SUCCESS, 0));
                            throw new IllegalStateException("a handler that fails after its send");
                          }
                        }))
                .above(over(lower)));
    int depth = 40;
    IoMemory memory = made.memory(8);
    IoRequest request = made.request();
    CompletionRoutine again =
        new CompletionRoutine() {
          @Override
          public void completed(IoRequest sent, IoTarget target, CompletionParameters result) {
            assertThat(result.status()).isEqualTo(IoStatus.SUCCESS);
            if (handled.size() < depth) {
              top.formatRead(sent, memory, 0);
              sent.setCompletionRoutine(this);
              assertThat(sent.send(top)).isTrue();
            }
          }
        };
    top.formatRead(request, memory, 0);
    request.setCompletionRoutine(again);
    assertThat(request.send(top)).isTrue();
    assertThat(handled).hasSize(depth);
    assertThat(drivers.count()).isEqualTo(depth);
    assertThat(reports()).as("the handlers that threw").contains(VerifierRule.ROUTINE_THREW);
  }

  @Test
  @DisplayName("R-118, R-119 reuse: status, cancel and formatting; the packet and the rest stay")
  void reuse() throws Exception {
    IoRequest request = send(to(keeper().above(over(lower))));
    ReceivedRequest received = got.getLast();
    IoMemory output = received.retrieveOutput(0);
    received.setInformation(5);
    assertThat(request.cancelSent()).as("R-300").isFalse();
    assertThat(received.isCanceled()).isTrue();
    received.formatUsingCurrentType();
    received.cancelSent();
    received.reuse(IoStatus.NO_MORE_ENTRIES);
    assertThat(received.status()).isEqualTo(IoStatus.NO_MORE_ENTRIES);
    assertThat(received.isCanceled()).as("R-119").isFalse();
    assertThat(received.information()).isEqualTo(5);
    assertThat(received.retrieveOutput(0)).isSameAs(output);
    assertThat(received.deviceOffset()).isZero();
    received.setCompletionRoutine(drivers);
    assertThat(received.send(below(received))).as("not formatted").isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    sendOn(received, below(received));
    lower.complete(IoStatus.SUCCESS, 1);
    received.complete(IoStatus.SUCCESS);
    assertThat(recorder.await().information()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-233 sent synchronously without a routine; the driver completes it afterwards")
  void synchronously() {
    lower.atOnce(packet -> packet.complete(IoStatus.END_OF_FILE, 7));
    ReceivedRequest received = receive();
    received.formatUsingCurrentType();
    assertThat(received.send(below(received), SendOptions.synchronous())).isTrue();
    assertThat(received.status()).isEqualTo(IoStatus.END_OF_FILE);
    assertThat(received.information()).isEqualTo(7);
    assertThat(recorder.count()).isZero();
    received.complete(received.status());
    assertThat(recorder.await().status()).isEqualTo(IoStatus.END_OF_FILE);
  }

  @Test
  @DisplayName(
      "R-262, R-275, R-142 a received request for a synchronous call, also of another kind")
  void inASynchronousCall() throws Exception {
    lower.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 8));
    ReceivedRequest received = receive();
    IoTarget below = below(received);
    assertThat(
            below.sendReadSynchronously(
                Optional.of(received),
                received.retrieveOutput(0),
                0,
                8,
                0,
                SendOptions.synchronous()))
        .isEqualTo(8);
    below.sendDeviceControlSynchronously(
        Optional.of(received),
        code(BufferMethod.BUFFERED),
        IoMemory.none(),
        IoMemory.none(),
        SendOptions.synchronous());
    assertThat(recorder.count()).isZero();
    received.complete(IoStatus.SUCCESS, 16);
    assertThat(recorder.await().information()).isEqualTo(16);
  }

  @Test
  @DisplayName("R-216 no queue for the type: a function device refuses, a filter passes it down")
  void noQueueForTheType() {
    IoTarget below = over(lower);
    IoTarget function =
        to(
            IoDevice.function("f")
                .queue(IoQueue.parallel().onWrite((q, r, length) -> got.add(r)), RequestType.WRITE)
                .above(over(new ManualDevice())));
    send(function);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    IoTarget filter =
        to(
            IoDevice.filter("f")
                .queue(IoQueue.parallel().onWrite((q, r, length) -> got.add(r)))
                .above(below));
    send(filter);
    assertThat(got).isEmpty();
    lower.complete(IoStatus.SUCCESS, 5);
    assertThat(recorder.await().information()).isEqualTo(5);
  }

  @Test
  @DisplayName("R-282 before it is sent, a received request has the status that its originator set")
  void statusBefore() {
    IoTarget top = to(keeper().alone());
    IoRequest request = made.request();
    top.formatRead(request, made.memory(1), 0);
    request.reuse(IoStatus.NO_MORE_ENTRIES);
    top.formatRead(request, made.memory(1), 0);
    sendFormatted(request, top);
    assertThat(got.getLast().status()).isEqualTo(IoStatus.NO_MORE_ENTRIES);
    got.getLast().complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-288, R-294 completion parameters say how it was formatted for the last send")
  void completionParameters() throws Exception {
    ReceivedRequest received = receive();
    IoTarget below = below(received);
    assertThat(received.completionParameters().type()).isEqualTo(RequestType.NO_FORMAT);
    below.formatRead(received, received.retrieveOutput(0), 0);
    received.setCompletionRoutine(drivers);
    assertThat(received.send(below)).isTrue();
    lower.complete();
    assertThat(drivers.calls().getLast().type()).isEqualTo(RequestType.READ);
    below.formatDeviceControl(
        received, code(BufferMethod.BUFFERED), IoMemory.none(), IoMemory.none());
    received.setCompletionRoutine(drivers);
    assertThat(received.send(below)).isTrue();
    lower.complete();
    assertThat(drivers.calls().getLast().type()).isEqualTo(RequestType.DEVICE_CONTROL);
    sendOn(received, below);
    lower.complete();
    assertThat(drivers.calls().getLast().type()).isEqualTo(RequestType.NO_FORMAT);
    below.formatInternalDeviceControlOthers(
        received, code(BufferMethod.BUFFERED), null, null, null);
    received.setCompletionRoutine(drivers);
    assertThat(received.send(below)).isTrue();
    lower.complete();
    assertThat(drivers.calls().getLast().type())
        .isEqualTo(RequestType.INTERNAL_DEVICE_CONTROL_OTHERS);
    received.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-435, R-437, R-012 who sent it: a client, or a driver for its own use")
  void whoSentIt() {
    IoDevice bottom = device(keeper().alone());
    IoDevice upper = device(keeper().above(bottom));
    IoTarget client = made.track(IoTarget.to(upper));
    send(client);
    ReceivedRequest first = got.getLast();
    assertThat(first.client()).contains(client);
    assertThat(first.isFromDriver()).isFalse();
    sendOn(first, below(first));
    ReceivedRequest second = got.getLast();
    assertThat(second.client()).as("kept on the way down").contains(client);
    assertThat(second.isFromDriver()).isFalse();
    second.complete(IoStatus.SUCCESS);

    IoTarget remote = upper.adopt(IoTarget.to(bottom));
    sendOn(first, remote);
    assertThat(got.getLast().client()).as("a remote target replaces it").contains(remote);
    got.getLast().complete(IoStatus.SUCCESS);
    assertThat(first.send(below(first), SendOptions.sendAndForget())).isTrue();
    ReceivedRequest forgotten = got.getLast();
    assertThat(forgotten.client()).contains(client);
    forgotten.complete(IoStatus.SUCCESS);

    IoTarget local = upper.localTarget().orElseThrow();
    send(local);
    assertThat(got.getLast().client()).as("a driver's own").isEmpty();
    assertThat(got.getLast().isFromDriver()).isTrue();
    got.getLast().complete(IoStatus.SUCCESS);
    send(remote);
    assertThat(got.getLast().isFromDriver()).isTrue();
    got.getLast().complete(IoStatus.SUCCESS);
    IoRequest internal = made.request();
    client.formatInternalDeviceControl(
        internal, code(BufferMethod.BUFFERED), IoMemory.none(), IoMemory.none());
    sendFormatted(internal, client);
    assertThat(got.getLast().isFromDriver()).as("only drivers send such").isTrue();
    got.getLast().complete(IoStatus.SUCCESS);
  }
}
