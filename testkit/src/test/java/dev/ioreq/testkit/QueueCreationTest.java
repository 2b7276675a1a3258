package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.ContextType;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.RequestType;
import dev.ioreq.VerifierRule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class QueueCreationTest extends QueueTest {
  /// What a driver keeps with a request.
  private static final class Notes {
    private int seen;
  }

  private static final ContextType<Notes> NOTES =
      ContextType.of("notes", Notes::new, notes -> notes.seen = 0);

  @Test
  @DisplayName("R-360 a new queue accepts and dispatches at once")
  void aNewQueueIsReady() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    assertThat(queueOf(device).state().isReady()).isTrue();
    assertThat(queueOf(device).state().bits()).isEqualTo(0x1 + 0x2 + 0x4 + 0x8);
    send(top(device));
    assertThat(given).hasSize(1);
    completeAll();
  }

  @Test
  @DisplayName("R-360 a power-managed queue made while the device is suspended delivers at resume")
  void aQueueMadeWhileSuspended() {
    IoDevice device = alone(IoDevice.function("f"));
    device.suspend();
    IoQueue queue = device.createQueue("late", IoQueue.parallel().onDefault(keep));
    device.route(RequestType.READ, queue);
    assertThat(queue.state().isHeld()).isTrue();
    send(top(device));
    assertThat(given).isEmpty();
    device.resume();
    assertThat(given).hasSize(1);
    completeAll();
  }

  @Test
  @DisplayName("R-361 a queue that delivers needs a handler")
  void aQueueThatDeliversNeedsAHandler() {
    IoDevice device = alone(IoDevice.function("f"));
    for (QueueConfig config : List.of(IoQueue.sequential(), IoQueue.parallel())) {
      assertMisuse(IoStatus.WDF_NO_CALLBACK, () -> device.createQueue("q", config));
      assertMisuse(IoStatus.WDF_NO_CALLBACK, () -> IoDevice.function("g").queue(config));
    }
    device.createQueue("q", IoQueue.sequential().onWrite((queue, request, length) -> {}));
  }

  @Test
  @DisplayName("R-361 a manual queue has no handler for requests")
  void aManualQueueHasNoHandler() {
    IoDevice device = alone(IoDevice.function("f"));
    List<QueueConfig> wrong =
        List.of(
            IoQueue.manual().onRead((queue, request, length) -> {}),
            IoQueue.manual().onWrite((queue, request, length) -> {}),
            IoQueue.manual().onDeviceControl((queue, request, out, in, code) -> {}),
            IoQueue.manual().onInternalDeviceControl((queue, request, out, in, code) -> {}),
            IoQueue.manual().onDefault(keep));
    for (QueueConfig config : wrong) {
      assertMisuse(IoStatus.INVALID_PARAMETER, () -> device.createQueue("q", config));
    }
    device.createQueue("q", IoQueue.manual().onCanceledOnQueue(keep));
  }

  @Test
  @DisplayName("R-362 a second default queue is refused")
  void aSecondDefaultQueueIsRefused() {
    assertMisuse(
        IoStatus.UNSUCCESSFUL,
        () -> IoDevice.function("f").queue(IoQueue.manual()).queue(IoQueue.manual()));
  }

  @Test
  @DisplayName("R-363, R-364 the default queue gets what is not routed to another")
  void theDefaultQueueGetsTheRest() {
    List<IoQueue> took = new ArrayList<>();
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault((queue, request) -> {
                  took.add(queue);
                  keep(request);
                }));
    IoQueue writes =
        device.createQueue(
            "writes",
            IoQueue.parallel()
                .onWrite((queue, request, length) -> {
                  took.add(queue);
                  keep(request);
                }));
    device.route(RequestType.WRITE, writes);
    IoTarget top = top(device);
    IoQueue rest = queueOf(device);
    send(top);
    write(top, 8);
    control(top, 8, 8);
    internalControl(top, 8, 8);
    assertThat(took).containsExactly(rest, writes, rest, rest);
    completeAll();
  }

  @Test
  @DisplayName("R-364 each type can have a queue, the one with three arguments goes with internal")
  void eachTypeCanHaveAQueue() {
    IoDevice device =
        alone(
            IoDevice.function("f")
                .queue(IoQueue.manual(), RequestType.READ)
                .queue(IoQueue.manual(), RequestType.WRITE)
                .queue(IoQueue.manual(), RequestType.DEVICE_CONTROL)
                .queue(
                    IoQueue.parallel()
                        .onInternalDeviceControl((queue, request, out, in, code) -> keep(request)),
                    RequestType.INTERNAL_DEVICE_CONTROL));
    IoTarget top = top(device);
    IoRequest others = made.request();
    top.formatInternalDeviceControlOthers(others, INTERNAL, "one", null, 4L);
    others.setCompletionRoutine(recorder);
    assertThat(others.send(top)).isTrue();
    assertThat(given).hasSize(1);
    assertThat(given.getFirst().type()).isEqualTo(RequestType.INTERNAL_DEVICE_CONTROL_OTHERS);
    assertThat(given.getFirst().argument1()).isEqualTo("one");
    assertThat(given.getFirst().argument2()).isNull();
    assertThat(given.getFirst().argument4()).isEqualTo(4L);
    completeAll();
  }

  @Test
  @DisplayName("R-364 a queue for both internal types")
  void aQueueForBothInternalTypes() {
    IoDevice device =
        alone(
            IoDevice.function("f")
                .queue(
                    IoQueue.parallel().onDefault(keep),
                    RequestType.INTERNAL_DEVICE_CONTROL,
                    RequestType.INTERNAL_DEVICE_CONTROL_OTHERS));
    internalControl(top(device), 8, 8);
    assertThat(given).hasSize(1);
    completeAll();
  }

  @Test
  @DisplayName("R-364 what cannot be routed")
  void whatCannotBeRouted() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    final IoDevice other = function(IoQueue.parallel().onDefault(keep));
    IoQueue reads = device.createQueue("reads", IoQueue.parallel().onRead((q, r, length) -> {}));
    IoQueue anything = device.createQueue("anything", IoQueue.parallel().onDefault(keep));
    device.route(RequestType.READ, reads);
    assertMisuse(IoStatus.WDF_BUSY, () -> device.route(RequestType.READ, anything));
    assertMisuse(IoStatus.WDF_BUSY, () -> device.route(RequestType.READ, reads));
    assertMisuse(
        IoStatus.INVALID_DEVICE_REQUEST, () -> device.route(RequestType.WRITE, queueOf(device)));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> device.route(RequestType.WRITE, reads));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> other.route(RequestType.WRITE, anything));
    device.route(RequestType.WRITE, device.createQueue("m", IoQueue.manual()));
  }

  @Test
  @DisplayName("R-365, R-216 a function device without a queue for the type")
  void aFunctionDeviceWithoutAQueue() {
    IoDevice device = alone(IoDevice.function("f").queue(IoQueue.manual(), RequestType.WRITE));
    send(top(device));
    assertThat(ends()).containsExactly(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(recorder.calls().getFirst().information()).isZero();
  }

  @Test
  @DisplayName("R-367 a function device whose queue has no handler for the type")
  void aFunctionDeviceWithoutAHandler() {
    IoDevice device = function(IoQueue.sequential().onWrite((queue, request, length) -> {}));
    IoTarget top = top(device);
    send(top);
    control(top, 8, 8);
    internalControl(top, 8, 8);
    assertThat(ends()).hasSize(3).containsOnly(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(queueOf(device).state().isIdle()).isTrue();
  }

  @Test
  @DisplayName("R-368 a queue that requests are routed to is not deleted")
  void aRoutedQueueIsNotDeleted() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    IoQueue reads = device.createQueue("reads", IoQueue.parallel().onDefault(keep));
    device.route(RequestType.READ, reads);
    Violations.reported(VerifierRule.DELETE_DEFAULT_QUEUE, () -> device.deleteQueue(reads));
    Violations.reported(
        VerifierRule.DELETE_DEFAULT_QUEUE, () -> device.deleteQueue(queueOf(device)));
    IoTarget top = top(device);
    send(top);
    write(top, 8);
    assertThat(given).hasSize(2);
    completeAll();
  }

  @Test
  @DisplayName("R-368 another queue is purged, waited for and deleted")
  void anotherQueueIsDeleted() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    IoQueue spare = device.createQueue("spare", IoQueue.manual());
    IoTarget top = top(device);
    final IoRequest waits = send(top);
    final IoRequest owned = send(top);
    given.get(0).forwardTo(spare);
    given.get(1).forwardTo(spare);
    // the first is taken out again, so the driver holds it; the second waits
    final var taken = retrieve(spare);
    Elsewhere deleting = begin(() -> device.deleteQueue(spare));
    assertThat(recorder.await().request()).isSameAs(owned);
    assertThat(owned.status()).isEqualTo(IoStatus.CANCELLED);
    Waiting.untilParked(deleting.thread());
    assertMisuse(IoStatus.DELETE_PENDING, () -> device.route(RequestType.READ, spare));
    taken.complete(IoStatus.SUCCESS, 0);
    deleting.end();
    assertThat(waits.status()).isEqualTo(IoStatus.SUCCESS);
    send(top);
    assertThat(given.get(2).forwardTo(spare)).isEqualTo(IoStatus.WDF_BUSY);
    given.get(2).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-369 each received request has a context, zeroed for the next one")
  void eachRequestHasAContext() {
    IoDevice device =
        function(
            IoQueue.parallel()
                .onDefault((queue, request) -> {
                  Notes notes = request.context(NOTES);
                  notes.seen++;
                  request.complete(IoStatus.SUCCESS, notes.seen);
                }));
    asPrograms();
    IoTarget top = top(device);
    IoRequest request = made.request();
    IoMemory memory = made.memory(8);
    for (int i = 0; i < 3; i++) {
      request.reuse();
      top.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(top)).isTrue();
    }
    assertThat(recorder.calls()).extracting(Recorder.Call::information).containsOnly(1L);
  }

  @Test
  @DisplayName("R-360 a closed device makes no queues")
  void aClosedDeviceMakesNoQueues() {
    IoDevice device = function(IoQueue.parallel().onDefault(keep));
    device.close();
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> device.createQueue("late", IoQueue.manual()));
  }
}
