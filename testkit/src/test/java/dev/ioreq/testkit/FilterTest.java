package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.DeviceConfig;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FilterTest extends QueueTest {
  private final ManualDevice lower = new ManualDevice();
  private final IoTarget below = over(lower);

  private IoDevice above(DeviceConfig config) {
    return made.track(config.above(below));
  }

  @Test
  @DisplayName("R-425 each device's local target is the device below it, always the same")
  void theLocalTarget() {
    IoDevice d = above(IoDevice.function("d").queue(IoQueue.parallel().onDefault(keep)));
    IoDevice f = made.track(IoDevice.filter("f").above(d));
    assertThat(d.localTarget()).containsSame(below);
    assertThat(f.localTarget()).isPresent();
    assertThat(f.localTarget().orElseThrow()).isSameAs(f.localTarget().orElseThrow());
    assertThat(alone(IoDevice.function("bottom")).localTarget()).isEmpty();
    assertThat(d.stackSize()).isEqualTo(2);
    assertThat(f.stackSize()).isEqualTo(3);
    send(top(f)); // enters at f, which passes it on to d
    assertThat(given).hasSize(1);
    assertThat(given.getFirst().device()).isSameAs(d);
    completeAll();
  }

  @Test
  @DisplayName("R-426, R-365 a filter without queues passes every type on, unchanged, in one frame")
  void aFilterWithoutQueues() {
    IoDevice filter = above(IoDevice.filter("f"));
    IoTarget top = top(filter);
    readOf(top, 1);
    write(top, 2);
    control(top, 3, 4);
    internalControl(top, 5, 6);
    assertThat(lower.arrivals())
        .extracting(ManualDevice.Arrival::type)
        .containsExactly(
            RequestType.READ.name(),
            RequestType.WRITE.name(),
            RequestType.DEVICE_CONTROL.name(),
            RequestType.INTERNAL_DEVICE_CONTROL.name());
    assertThat(lower.arrivals().get(2).inputLength()).isEqualTo(3);
    assertThat(lower.arrivals().get(2).outputLength()).isEqualTo(4);
    lower.completeAll();
    assertThat(recorder.count()).isEqualTo(4);
  }

  @Test
  @DisplayName("each type goes past filters to the highest device that looks at it")
  void filtersOverOneAnother() {
    IoDevice first = above(IoDevice.filter("first"));
    IoDevice second =
        made.track(
            IoDevice.filter("second")
                .queue(IoQueue.parallel().onWrite((queue, request, length) -> keep(request)))
                .above(first));
    IoDevice third = made.track(IoDevice.filter("third").above(second));
    List<RequestType> seen = new ArrayList<>();
    IoDevice fourth =
        made.track(
            IoDevice.filter("fourth")
                .onInCallerContext((device, request) -> {
                  seen.add(request.type());
                  request.enqueue();
                })
                .above(third));
    IoTarget top = top(made.track(IoDevice.filter("fifth").above(fourth)));
    readOf(top, 1);
    write(top, 2);
    control(top, 3, 4);
    assertThat(seen)
        .containsExactly(RequestType.READ, RequestType.WRITE, RequestType.DEVICE_CONTROL);
    assertThat(lower.arrivals())
        .extracting(ManualDevice.Arrival::type)
        .containsExactly(RequestType.READ.name(), RequestType.DEVICE_CONTROL.name());
    assertThat(given).hasSize(1);
    assertThat(given.getFirst().device()).isSameAs(second);
    lower.completeAll();
    completeAll();
    assertThat(recorder.count()).isEqualTo(3);
  }

  @Test
  @DisplayName("S-10, R-366 what a filter's default queue has no handler for goes down by itself")
  void whatTheDefaultQueueHasNoHandlerFor() {
    IoDevice filter =
        above(
            IoDevice.filter("f")
                .queue(
                    IoQueue.parallel()
                        .onDeviceControl((queue, request, out, in, code) -> keep(request))));
    IoTarget top = top(filter);
    readOf(top, 1);
    write(top, 2);
    control(top, 3, 4);
    assertThat(lower.arrivals()).hasSize(2);
    assertThat(given).hasSize(1);
    assertThat(queueOf(filter).state().driverOwned()).isEqualTo(1);
    lower.completeAll();
    completeAll();
    assertThat(recorder.count()).isEqualTo(3);
  }

  @Test
  @DisplayName("S-10, R-365, R-367 the same device as a function device refuses them")
  void asAFunctionDevice() {
    IoDevice function =
        above(
            IoDevice.function("f")
                .queue(
                    IoQueue.parallel()
                        .onDeviceControl((queue, request, out, in, code) -> keep(request))));
    IoTarget top = top(function);
    readOf(top, 1);
    write(top, 2);
    assertThat(lower.arrivals()).isEmpty();
    assertThat(ends())
        .containsExactly(IoStatus.INVALID_DEVICE_REQUEST, IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName("R-426 a stopped queue of a filter does not hold back what it has no handler for")
  void aStoppedQueueOfAFilter() {
    IoDevice filter =
        above(
            IoDevice.filter("f")
                .queue(IoQueue.parallel().onWrite((queue, request, length) -> keep(request))));
    queueOf(filter).stop(null);
    readOf(top(filter), 1);
    assertThat(lower.arrivals()).hasSize(1);
    lower.complete();
  }

  @Test
  @DisplayName("R-427, R-236, S-08 send and forget: the originator sees lower's result")
  void sendAndForget() {
    IoDevice filter =
        above(
            IoDevice.filter("f")
                .queue(
                    IoQueue.sequential()
                        .onDefault((queue, request) -> {
                          if (!request.send(below, SendOptions.sendAndForget())) {
                            request.complete(request.status());
                          }
                        })));
    final IoRequest request = control(top(filter), 3, 4);
    assertThat(lower.arrivals())
        .containsExactly(new ManualDevice.Arrival("DEVICE_CONTROL", 0, 3, 4));
    assertThat(queueOf(filter).state().isIdle()).isTrue();
    lower.complete(IoStatus.END_OF_FILE, 2);
    assertThat(request.status()).isEqualTo(IoStatus.END_OF_FILE);
    assertThat(request.information()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-427, R-244 refused, the filter completes with the status")
  void sendAndForgetRefused() {
    List<IoStatus> refused = new ArrayList<>();
    IoTarget closed = top(function(IoQueue.manual()));
    IoDevice filter =
        above(
            IoDevice.filter("f")
                .queue(
                    IoQueue.parallel()
                        .onDefault((queue, request) -> {
                          assertThat(request.send(closed, SendOptions.sendAndForget())).isFalse();
                          refused.add(request.status());
                          request.complete(request.status());
                        })));
    closed.close();
    send(top(filter));
    assertThat(refused).containsExactly(IoStatus.INVALID_DEVICE_STATE);
    assertThat(ends()).containsExactly(IoStatus.INVALID_DEVICE_STATE);
  }

  @Test
  @DisplayName("R-428, R-182, R-208, S-09 formatted as it came: lower's status and information")
  void formattedAsItCame() {
    IoDevice filter =
        above(
            IoDevice.filter("f")
                .queue(
                    IoQueue.parallel()
                        .onDefault((queue, request) -> {
                          request.formatUsingCurrentType();
                          request.setCompletionRoutine((sent, target, result) -> {
                            assertThat(sent).isSameAs(request);
                            assertThat(result.type()).as("R-184").isEqualTo(RequestType.NO_FORMAT);
                            request.complete(result.status());
                          });
                          assertThat(request.send(below)).isTrue();
                        })));
    final IoRequest request = control(top(filter), 3, 4);
    assertThat(lower.arrivals())
        .containsExactly(new ManualDevice.Arrival("DEVICE_CONTROL", 0, 3, 4));
    lower.complete(IoStatus.ACCESS_DENIED, 2);
    assertThat(request.status()).isEqualTo(IoStatus.ACCESS_DENIED);
    assertThat(request.information()).isEqualTo(2);
    assertThat(recorder.calls().getFirst().type()).isEqualTo(RequestType.DEVICE_CONTROL);
  }

  @Test
  @DisplayName("R-428, S-12 refused, the filter completes with the status, once")
  void formattedAndRefused() {
    IoTarget gone = made.track(new ManualDevice().target());
    IoDevice filter =
        above(
            IoDevice.filter("f")
                .queue(
                    IoQueue.parallel()
                        .onDefault((queue, request) -> {
                          request.formatUsingCurrentType();
                          request.setCompletionRoutine((sent, target, result) -> keep(request));
                          assertThat(request.send(gone)).isFalse();
                          request.complete(request.status());
                        })));
    gone.close();
    send(top(filter));
    assertThat(ends()).containsExactly(IoStatus.INVALID_DEVICE_STATE);
    assertThat(given).as("its routine is not called").isEmpty();
  }

  @Test
  @DisplayName("R-429 the received request's memory, formatted for the device below")
  void theReceivedMemory() {
    IoDevice filter =
        above(
            IoDevice.filter("f")
                .queue(
                    IoQueue.parallel()
                        .onWrite((queue, request, length) -> {
                          below.formatWrite(request, request.retrieveInput(1), 2, 3, 100);
                          send(request);
                        })
                        .onRead((queue, request, length) -> {
                          below.formatRead(request, request.retrieveOutput(1), 4, 5, 200);
                          send(request);
                        })));
    IoTarget top = top(filter);
    IoMemory memory = made.memory(16);
    for (int i = 0; i < 16; i++) {
      memory.segment().set(ValueLayout.JAVA_BYTE, i, (byte) i);
    }
    IoRequest request = made.request();
    top.formatWrite(request, memory, 1, 10, 7);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(top)).isTrue();
    assertThat(lower.arrivals().getFirst()).isEqualTo(new ManualDevice.Arrival("WRITE", 100, 3, 0));
    var packet = lower.oldest();
    assertThat(packet.frame().inputSegment().get(ValueLayout.JAVA_BYTE, packet.frame().inputBase()))
        .as("offset 2 of the window that begins at 1")
        .isEqualTo((byte) 3);
    packet.complete(IoStatus.SUCCESS, 3);
    assertThat(recorder.calls().getFirst().information()).isEqualTo(3);
    assertThat(recorder.calls().getFirst().type()).isEqualTo(RequestType.WRITE);

    top.formatRead(request, memory, 1, 10, 7);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(top)).isTrue();
    assertThat(lower.arrivals().get(1)).isEqualTo(new ManualDevice.Arrival("READ", 200, 0, 5));
    packet = lower.oldest();
    packet
        .frame()
        .outputSegment()
        .set(ValueLayout.JAVA_BYTE, packet.frame().outputBase(), (byte) 99);
    packet.complete(IoStatus.SUCCESS, 5);
    assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 5)).isEqualTo((byte) 99);
  }

  private void send(ReceivedRequest request) {
    request.setCompletionRoutine((sent, target, result) -> {
      assertThat(request.deviceOffset()).as("its own frame is as it was").isEqualTo(7);
      request.complete(result.status());
    });
    assertThat(request.send(below)).isTrue();
  }

  @Test
  @DisplayName("R-429, R-138 memory of the filter's own: the sender's buffer is not touched")
  void memoryOfTheFiltersOwn() {
    IoMemory own = made.memory(64);
    IoDevice filter =
        above(
            IoDevice.filter("f")
                .queue(
                    IoQueue.parallel()
                        .onRead((queue, request, length) -> {
                          below.formatRead(request, own, 0);
                          request.setCompletionRoutine((sent, target, result) -> {
                            request.reuse();
                            request.complete(result.status(), 0);
                          });
                          assertThat(request.send(below)).isTrue();
                        })));
    IoTarget top = top(filter);
    IoMemory memory = made.memory(64);
    IoRequest request = made.request();
    top.formatRead(request, memory, 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(top)).isTrue();
    var packet = lower.oldest();
    packet.frame().outputSegment().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
    packet.complete(IoStatus.SUCCESS, 64);
    assertThat(own.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
    assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 0)).isZero();
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-431 a filter has the buffer method of the device below")
  void aFilterHasTheBufferMethodBelow() {
    ManualDevice buffered = new ManualDevice(1, BufferMethod.BUFFERED, true);
    IoDevice filter = made.track(IoDevice.filter("f").above(made.track(buffered.target())));
    IoTarget top = top(filter);
    IoRequest request = made.request();
    IoMemory memory = made.memory(8);
    top.formatWrite(request, memory, 0);
    memory.segment().fill((byte) 9); // too late, the bytes are copied
    request.setCompletionRoutine(recorder);
    assertThat(request.send(top)).isTrue();
    var packet = buffered.oldest();
    assertThat(packet.frame().inputSegment().get(ValueLayout.JAVA_BYTE, packet.frame().inputBase()))
        .isZero();
    packet.complete(IoStatus.SUCCESS, 8);
  }

  @Test
  @DisplayName("S-11, R-241, R-026 a stopped target holds formatted requests, not forgotten ones")
  void aStoppedTarget() {
    IoDevice filter =
        above(
            IoDevice.filter("f")
                .queue(
                    IoQueue.parallel()
                        .onRead((queue, request, length) ->
                            assertThat(request.send(below, SendOptions.sendAndForget())).isTrue())
                        .onWrite((queue, request, length) -> {
                          request.formatUsingCurrentType();
                          request.setCompletionRoutine(
                              (sent, target, result) -> request.complete(result.status()));
                          assertThat(request.send(below)).isTrue();
                        })));
    IoTarget top = top(filter);
    below.stop(SentIoAction.LEAVE_PENDING);
    write(top, 8);
    assertThat(lower.arrivals()).isEmpty();
    readOf(top, 8);
    assertThat(lower.arrivals()).hasSize(1);
    below.start();
    assertThat(lower.arrivals()).hasSize(2);
    lower.completeAll();
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-311 what its originator has cancelled is refused by a stopped target")
  void whatIsCancelledIsRefusedByAStoppedTarget() {
    IoDevice filter = above(IoDevice.filter("f").queue(IoQueue.parallel().onDefault(keep)));
    final IoRequest request = send(top(filter));
    assertThat(request.cancelSent()).isFalse();
    below.stop(SentIoAction.LEAVE_PENDING);
    ReceivedRequest received = given.getFirst();
    received.formatUsingCurrentType();
    received.setCompletionRoutine((sent, target, result) -> {});
    assertThat(received.send(below)).isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.CANCELLED);
    received.complete(IoStatus.CANCELLED, 0);
    assertThat(ends()).containsExactly(IoStatus.CANCELLED);
    below.start();
    assertThat(lower.arrivals()).isEmpty();
  }

  @Test
  @DisplayName("R-311 what its originator has cancelled is delivered by a started target")
  void whatIsCancelledIsDelivered() {
    IoDevice filter = above(IoDevice.filter("f").queue(IoQueue.parallel().onDefault(keep)));
    final IoRequest request = send(top(filter));
    request.cancelSent();
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    ReceivedRequest received = given.getFirst();
    received.formatUsingCurrentType();
    received.setCompletionRoutine((sent, target, result) -> received.complete(result.status()));
    assertThat(received.send(below)).isTrue();
    assertThat(lower.arrivals()).hasSize(1);
    assertThat(request.status()).as("lower saw the flag").isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-415, R-204 completing runs the routines above before it returns")
  void completingRunsTheRoutinesAbove() {
    IoDevice filter = above(IoDevice.filter("f").queue(IoQueue.parallel().onDefault(keep)));
    send(top(filter));
    given.getFirst().complete(IoStatus.SUCCESS, 3);
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(recorder.calls().getFirst().thread()).isSameAs(Thread.currentThread());
  }

  @Test
  @DisplayName("R-414, R-284 complete with information, and information set before")
  void completeWithInformation() {
    IoDevice filter = above(IoDevice.filter("f").queue(IoQueue.parallel().onDefault(keep)));
    IoTarget top = top(filter);
    send(top);
    given.get(0).complete(IoStatus.SUCCESS, 3);
    send(top);
    given.get(1).setInformation(4);
    given.get(1).complete(IoStatus.SUCCESS);
    assertThat(recorder.calls()).extracting(Recorder.Call::information).containsExactly(3L, 4L);
  }
}
