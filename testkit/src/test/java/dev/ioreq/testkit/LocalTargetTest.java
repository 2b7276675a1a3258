package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.ContextType;
import dev.ioreq.DeviceConfig;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.TargetState;
import dev.ioreq.VerifierRule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LocalTargetTest extends ReceivedTest {
  @Test
  @DisplayName(
      "R-001, R-002, R-425 the device below, always the same target, started, without an open")
  void theDeviceBelow() {
    IoDevice device = device(keeper().above(over(lower)));
    IoTarget local = device.localTarget().orElseThrow();
    assertThat(device.localTarget()).containsSame(local);
    assertThat(local.state()).isEqualTo(TargetState.STARTED);
    send(local);
    assertThat(lower.arrivals()).hasSize(1);
    assertThat(got).isEmpty();
    lower.complete();
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-003 a device at the bottom has none")
  void atTheBottom() {
    assertThat(device(keeper().alone()).localTarget()).isEmpty();
  }

  @Test
  @DisplayName("R-007, R-033 a target to a device leads to exactly that one, and has its own state")
  void toExactlyThatDevice() {
    IoDevice middle = device(keeper().above(over(lower)));
    IoDevice upper = device(IoDevice.filter("upper").queue(keeping()).above(middle));
    IoTarget first = made.track(IoTarget.to(middle));
    IoTarget second = made.track(IoTarget.to(middle));
    first.stop(SentIoAction.WAIT);
    send(second);
    assertThat(got.getLast().device()).isSameAs(middle);
    got.getLast().complete(IoStatus.SUCCESS);
    assertThat(upper.localTarget().orElseThrow().state()).isEqualTo(TargetState.STARTED);
  }

  @Test
  @DisplayName("R-067 opened, closed or shared it cannot be: it belongs to its device")
  void belongsToItsDevice() {
    IoTarget below = over(lower);
    IoDevice device = device(keeper().above(below));
    IoTarget local = device.localTarget().orElseThrow();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, local::close);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, local::closeForQueryRemove);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> reopen(local));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> keeper().above(below));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> device.selfTarget().close());
    send(local);
    lower.complete();
    assertThat(recorder.count()).isEqualTo(1);
    device.close();
    local.close();
    assertThat(lower.isClosed()).isTrue();
  }

  private static void reopen(IoTarget target) {
    try {
      target.reopen();
    } catch (IoRequestException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @DisplayName("R-067, R-364 a device that cannot be made leaves what was to be below it alone")
  void aDeviceThatCannotBeMade() {
    IoTarget below = over(lower);
    IoDevice bottom = device(keeper().alone());
    DeviceConfig twice =
        IoDevice.function("f")
            .queue(keeping(), RequestType.READ)
            .queue(keeping(), RequestType.READ);
    assertMisuse(IoStatus.WDF_BUSY, () -> twice.above(below));
    assertMisuse(IoStatus.WDF_BUSY, () -> twice.above(bottom));
    send(below);
    lower.complete();
    below.close();
    assertThat(lower.isClosed()).isTrue();
  }

  @Test
  @DisplayName("R-078, R-435 whose driver sends to a target")
  void whoseDriver() {
    IoDevice bottom = device(keeper().alone());
    IoDevice device = device(keeper().above(bottom));
    assertThat(device.localTarget().orElseThrow().device()).containsSame(device);
    assertThat(device.selfTarget().device()).containsSame(device);
    IoTarget own = IoTarget.to(bottom);
    assertThat(own.device()).isEmpty();
    assertThat(device.adopt(own)).isSameAs(own);
    assertThat(own.device()).containsSame(device);
  }

  @Test
  @DisplayName(
      "R-081, R-431 a filter has the buffer method of the device below; it does not change")
  void bufferMethod() throws Exception {
    ManualDevice buffered = new ManualDevice(1, BufferMethod.BUFFERED, true);
    IoTarget top =
        to(
            IoDevice.filter("f")
                .bufferMethod(BufferMethod.OUT_DIRECT)
                .queue(keeping())
                .above(over(buffered)));
    IoMemory memory = bytes(1, 2);
    sendWrite(top, memory);
    memory.copyFrom(0, new byte[] {9});
    assertThat(of(got.getLast().retrieveInput(0)))
        .as("copied when formatted")
        .containsExactly(1, 2);
    got.getLast().complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-076, R-075 a device that goes ends what its driver sent, and closes its targets")
  void aDeviceThatGoes() {
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    ManualDevice second = new ManualDevice().onCancel(ManualDevice.OnCancel.COMPLETE);
    IoDevice device = device(keeper().above(over(lower)));
    IoTarget local = device.localTarget().orElseThrow();
    IoTarget own = device.adopt(second.target());
    IoTarget client = made.track(IoTarget.to(device));
    final IoRequest passed = send(client);
    ReceivedRequest received = got.getLast();
    received.formatUsingCurrentType();
    received.setCompletionRoutine((sent, target, result) -> received.complete(result.status()));
    assertThat(received.send(local)).isTrue();
    IoRequest child = send(own);
    own.stop(SentIoAction.LEAVE_PENDING);
    IoRequest held = send(own);
    IoRequest toItself = made.request();
    device.selfTarget().formatRead(toItself, IoMemory.none(), 0);
    device.close();
    assertThat(passed.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(child.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(held.status()).isEqualTo(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT);
    for (IoTarget target : List.of(client, local, own, device.selfTarget())) {
      assertThat(target.state()).as("%s", target).isEqualTo(TargetState.CLOSED);
    }
    assertThat(lower.isClosed()).isTrue();
    assertThat(second.isClosed()).isTrue();
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> IoTarget.to(device));
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> device.adopt(over(new ManualDevice())));
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> device.createQueue("late", IoQueue.manual()));
  }

  @Test
  @DisplayName("R-076 the devices above go first: nothing is below when the lowest is closed")
  void theDevicesAboveGoFirst() {
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    IoDevice bottom = device(IoDevice.filter("bottom").above(over(lower)));
    IoDevice middle =
        device(
            IoDevice.filter("middle")
                .queue(
                    IoQueue.parallel()
                        .onDefault((queue, received) ->
                            assertThat(
                                    received.send(
                                        received.device().localTarget().orElseThrow(),
                                        SendOptions.sendAndForget()))
                                .isTrue()))
                .above(bottom));
    IoTarget top = to(IoDevice.filter("top").above(middle));
    IoRequest forgotten = send(top);
    IoRequest direct = send(made.track(IoTarget.to(bottom)));
    assertThat(lower.kept()).isEqualTo(2);
    bottom.close();
    assertThat(forgotten.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(direct.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(top.state()).isEqualTo(TargetState.CLOSED);
    assertThat(lower.isClosed()).isTrue();
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> IoTarget.to(middle));
  }

  @Test
  @DisplayName("R-076 a device that goes takes no device with it whose driver only sends to it")
  void whoseDriverSendsToItStays() {
    IoDevice bottom = device(keeper().alone());
    IoDevice sending = device(keeper().alone());
    IoTarget remote = sending.adopt(IoTarget.to(bottom));
    IoTarget client = to(sending);
    bottom.close();
    assertThat(remote.state()).isEqualTo(TargetState.CLOSED);
    assertThat(client.state()).isEqualTo(TargetState.STARTED);
    send(client);
    got.getLast().complete(IoStatus.SUCCESS);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
  }

  /// A driver that completes what it has received when something of its own has ended, and not
  /// before, whether it is cancelled or not.
  private IoRequest receivedUntil(IoDevice device, IoTarget own) {
    IoRequest passed = send(to(device));
    ReceivedRequest received = got.getLast();
    IoRequest child = made.request();
    own.formatRead(child, IoMemory.none(), 0);
    child.setCompletionRoutine((sent, target, result) -> received.complete(result.status()));
    assertThat(child.send(own)).isTrue();
    return passed;
  }

  @Test
  @DisplayName(
      "R-076 what a driver has sent itself is asked to end before its requests are awaited")
  void whatItsDriverHasSentIsAskedToEnd() {
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    IoDevice above = device(keeper().above(over(lower)));
    IoRequest toLocal = receivedUntil(above, above.localTarget().orElseThrow());
    above.close();
    assertThat(toLocal.status()).isEqualTo(IoStatus.CANCELLED);

    ManualDevice second = new ManualDevice().onCancel(ManualDevice.OnCancel.COMPLETE);
    IoDevice adopting = device(keeper().alone());
    IoRequest toOwn = receivedUntil(adopting, adopting.adopt(over(second)));
    adopting.close();
    assertThat(toOwn.status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-076, R-009 what a driver has sent to itself is asked to end, too")
  void whatItsDriverHasSentToItselfIsAskedToEnd() {
    IoDevice device = device(keeper().alone());
    device.assignSelfQueue(device.createQueue("self", IoQueue.manual()));
    IoRequest toItself = receivedUntil(device, device.selfTarget());
    device.close();
    assertThat(toItself.status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-076, R-300 what came from above is asked to end where its driver has sent it")
  void whatCameFromAboveIsAskedToEnd() {
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    IoTarget remote = over(lower);
    IoDevice device = device(keeper().forwardsTo(remote).alone());
    IoRequest passed = send(to(device));
    ReceivedRequest received = got.getLast();
    received.formatUsingCurrentType();
    received.setCompletionRoutine((sent, target, result) -> received.complete(result.status()));
    assertThat(received.send(remote)).isTrue();
    device.close();
    assertThat(passed.status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-433 a closed device is destroyed, and takes no contexts")
  void aClosedDeviceIsDestroyed() {
    IoDevice device = device(keeper().alone());
    List<String> events = new ArrayList<>();
    device.onDestroy(gone -> events.add("destroyed"));
    assertThat(device).asString().isEqualTo("device keeper");
    device.close();
    assertThat(events).containsExactly("destroyed");
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> device.onDestroy(gone -> {}));
    assertThat(device).asString().isEqualTo("device keeper (closed)");
    IoDevice filter = device(IoDevice.filter("passing").above(over(new ManualDevice())));
    assertThat(filter).asString().isEqualTo("filter passing");
    filter.close();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> filter.context(KEPT));
  }

  private static final ContextType<StringBuilder> KEPT = ContextType.of("kept", StringBuilder::new);

  @Test
  void aDeviceSaysWhatItIs() {
    DeviceInfo own =
        new DeviceInfo("own", "testkit", 5, 1, 1, 1, false, false, List.of(), DeviceInfo.UNLIMITED);
    assertThat(device(keeper().above(over(lower))).info()).isEqualTo(lower.info());
    assertThat(device(keeper().info(own).above(over(new ManualDevice()))).info()).isEqualTo(own);
  }

  @Test
  @DisplayName("R-054 a callback neither resumes its device nor deletes a queue of it")
  void notInACallback() {
    List<String> refused = new ArrayList<>();
    IoDevice device =
        device(
            IoDevice.function("f")
                .queue(
                    IoQueue.parallel()
                        .onDefault((queue, received) -> {
                          IoDevice its = received.device();
                          assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, its::resume);
                          refused.add("resume");
                          assertMisuse(
                              IoStatus.INVALID_DEVICE_REQUEST, () -> its.deleteQueue(queue));
                          refused.add("delete");
                          received.complete(IoStatus.SUCCESS);
                        }))
                .alone());
    send(to(device));
    assertThat(refused).containsExactly("resume", "delete");
    assertThat(reports())
        .containsExactly(VerifierRule.WAIT_IN_CALLBACK, VerifierRule.WAIT_IN_CALLBACK);
  }

  @Test
  @DisplayName("R-212 what a callback throws is reported, unless it ended a request by it")
  void whatACallbackThrowsIsReported() {
    IoDevice device = device(keeper().alone());
    device
        .defaultQueue()
        .orElseThrow()
        .synchronize(() -> {
          throw new IllegalStateException("wrong");
        });
    assertThat(reports()).containsExactly(VerifierRule.ROUTINE_THREW);
    IoTarget top =
        to(
            IoDevice.function("f")
                .onInCallerContext((where, received) -> {
                  if (received.type() == RequestType.DEVICE_CONTROL) {
                    throw new IllegalStateException("wrong");
                  }
                  if (received.type() == RequestType.WRITE) {
                    received.complete(IoStatus.SUCCESS);
                  }
                  throw new IoRequestException(IoStatus.ACCESS_DENIED, 0, "no");
                })
                .alone());
    send(top);
    assertThat(reports()).as("it ended the request").isEmpty();
    sendWrite(top, bytes(1));
    assertThat(reports()).as("the request had ended").containsExactly(VerifierRule.ROUTINE_THREW);
    sendControl(top, BufferMethod.OUT_DIRECT, IoMemory.none(), IoMemory.none());
    assertThat(reports()).containsExactly(VerifierRule.ROUTINE_THREW);
  }

  @Test
  @DisplayName("R-432, R-433 a device is an object: contexts, and cleanup while it still works")
  void aDeviceIsAnObject() {
    IoDevice device = device(keeper().above(over(lower)));
    IoTarget local = device.localTarget().orElseThrow();
    lower.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    device.onCleanup(gone -> send(local));
    device.close();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    device.close();
  }

  @Test
  @DisplayName(
      "R-054 a device is not closed in a callback or a routine, where it could wait for itself")
  void notClosedInARoutine() {
    IoDevice device = device(keeper().above(over(lower)));
    IoRequest request = formatted(device.localTarget().orElseThrow());
    request.setCompletionRoutine(
        (sent, target, result) -> assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, device::close));
    assertThat(request.send(device.localTarget().orElseThrow())).isTrue();
    lower.complete();
    send(device.localTarget().orElseThrow());
    lower.complete();
    assertThat(recorder.count()).isEqualTo(1);
  }
}
