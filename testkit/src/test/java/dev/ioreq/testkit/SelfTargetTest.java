package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.RequestType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SelfTargetTest extends ReceivedTest {
  @Test
  @DisplayName("R-009 into the queue that dispatching chooses for the type")
  void theQueueOfTheType() {
    IoDevice device =
        device(
            keeper()
                .queue(IoQueue.parallel().onWrite((q, r, n) -> got.add(r)), RequestType.WRITE)
                .above(over(lower)));
    IoTarget self = device.selfTarget();
    send(self);
    assertThat(got.getLast().queue()).isEqualTo(device.defaultQueue());
    assertThat(got.getLast().isFromDriver()).isTrue();
    assertThat(got.getLast().client()).isEmpty();
    got.getLast().complete(IoStatus.SUCCESS, 3);
    assertThat(recorder.await().information()).isEqualTo(3);
    sendWrite(self, bytes(1));
    assertThat(got.getLast().queue()).isPresent().isNotEqualTo(device.defaultQueue());
    got.getLast().complete(IoStatus.SUCCESS);
    assertThat(lower.arrivals()).isEmpty();
  }

  @Test
  @DisplayName("R-009 to the assigned queue, whatever the type")
  void theAssignedQueue() {
    IoDevice device = device(keeper().alone());
    List<IoQueue> queues = new ArrayList<>();
    IoQueue queue =
        device.createQueue(
            "mine",
            IoQueue.parallel()
                .onDefault((q, r) -> {
                  queues.add(q);
                  r.complete(IoStatus.SUCCESS, 0);
                }));
    device.assignSelfQueue(queue);
    send(device.selfTarget());
    sendControl(device.selfTarget(), BufferMethod.BUFFERED, bytes(1), IoMemory.none());
    assertThat(queues).containsExactly(queue, queue);
    IoTarget top = made.track(IoTarget.to(device));
    send(top);
    assertThat(queues).as("only the self target").hasSize(2);
    got.getLast().complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName(
      "R-009 no queue: INVALID_DEVICE_STATE, in a filter too; a type without handler is refused")
  void noQueue() {
    IoDevice function = device(IoDevice.function("f").alone());
    send(function.selfTarget());
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    IoDevice filter = device(IoDevice.filter("f").above(over(lower)));
    send(filter.selfTarget());
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(lower.arrivals()).isEmpty();
    IoDevice writes =
        device(
            IoDevice.function("w")
                .queue(IoQueue.parallel().onWrite((q, r, n) -> got.add(r)))
                .alone());
    send(writes.selfTarget());
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName(
      "R-009, R-384 the caller's context sees it first, and gives it to the assigned queue")
  void throughTheCallersContext() {
    List<String> seen = new ArrayList<>();
    IoDevice device =
        device(
            IoDevice.function("f")
                .onInCallerContext((at, received) -> {
                  seen.add("context");
                  assertThat(received.enqueue()).isEqualTo(IoStatus.SUCCESS);
                })
                .queue(completing(seen, "default"))
                .alone());
    device.assignSelfQueue(device.createQueue("mine", completing(seen, "mine")));
    send(device.selfTarget());
    assertThat(seen).containsExactly("context", "mine");
    send(made.track(IoTarget.to(device)));
    assertThat(seen).containsExactly("context", "mine", "context", "default");
  }

  private static QueueConfig completing(List<String> seen, String name) {
    return IoQueue.parallel()
        .onDefault((queue, received) -> {
          seen.add(name);
          received.complete(IoStatus.SUCCESS, 0);
        });
  }

  @Test
  @DisplayName("R-384 a handler in the caller's context without a default queue may fail")
  void aContextHandlerThatFails() {
    IoDevice device =
        device(
            IoDevice.filter("f")
                .onInCallerContext((queue, received) -> {
                  if (received.type() == RequestType.WRITE) {
                    throw new IllegalStateException("the driver's mistake");
                  }
                  received.enqueue();
                })
                .above(over(lower)));
    IoTarget top = made.track(IoTarget.to(device));
    sendWrite(top, bytes(1));
    assertThat(recorder.await().status()).isEqualTo(IoStatus.UNSUCCESSFUL);
    send(top);
    lower.complete(IoStatus.SUCCESS, 2);
    assertThat(recorder.await().information()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-010 another device's queue, or a device in use")
  void assigning() {
    IoDevice device = device(keeper().alone());
    IoDevice other = device(keeper().alone());
    IoQueue queue = device.createQueue("mine", IoQueue.manual());
    assertMisuse(
        IoStatus.INVALID_DEVICE_REQUEST,
        () -> device.assignSelfQueue(other.defaultQueue().orElseThrow()));
    IoTarget top = made.track(IoTarget.to(device));
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> device.assignSelfQueue(queue));
    IoQueue ofOther = other.createQueue("mine", IoQueue.manual());
    send(other.selfTarget());
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> other.assignSelfQueue(ofOther));
    got.getLast().complete(IoStatus.SUCCESS);
    IoRequest request = send(top);
    assertThat(got.getLast().queue()).isEqualTo(device.defaultQueue());
    got.getLast().complete(IoStatus.SUCCESS);
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
  }
}
