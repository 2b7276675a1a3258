package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DeviceStackTest extends ScriptedTest {
  private final ManualDevice lower = new ManualDevice();

  private IoTarget top(IoDevice device) {
    made.track(device);
    return made.track(IoTarget.to(device));
  }

  @Test
  @DisplayName("R-426, R-366 a filter without queues lets everything pass")
  void aFilterWithoutQueuesIsTransparent() {
    IoTarget top = top(IoDevice.filter("f").above(over(lower)));
    IoRequest request = send(top);
    assertThat(lower.arrivals()).hasSize(1);
    lower.complete(IoStatus.SUCCESS, 64);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(64);
  }

  @Test
  @DisplayName("R-204, R-182, R-428 routines run bottom to top through three filters")
  void routinesRunBottomToTop() {
    List<String> order = new ArrayList<>();
    IoTarget below = over(lower);
    for (String name : List.of("a", "b", "c")) {
      below = filter(name, below, order);
    }
    IoRequest request = send(below);
    assertThat(recorder.calls()).isEmpty();
    lower.complete(IoStatus.SUCCESS, 7);
    assertThat(order).containsExactly("a", "b", "c");
    assertThat(recorder.calls().getFirst().information()).isEqualTo(7);
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
  }

  private IoTarget filter(String name, IoTarget below, List<String> order) {
    return top(
        IoDevice.filter(name)
            .queue(
                IoQueue.parallel()
                    .onRead((queue, request, length) -> {
                      request.formatUsingCurrentType();
                      request.setCompletionRoutine((sent, target, result) -> {
                        order.add(name);
                        request.complete(result.status());
                      });
                      if (!request.send(below)) {
                        request.complete(request.status());
                      }
                    }))
            .above(below));
  }

  @Test
  @DisplayName("R-309 a cancel goes through the filters to the device that has the packet")
  void aCancelGoesDown() {
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    List<String> order = new ArrayList<>();
    IoTarget below = over(lower);
    for (String name : List.of("a", "b", "c")) {
      below = filter(name, below, order);
    }
    IoRequest request = send(below);
    assertThat(request.cancelSent()).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(order).containsExactly("a", "b", "c");
  }

  @Test
  @DisplayName("R-236, R-240 send and forget")
  void sendAndForget() {
    IoTarget below = over(lower);
    IoTarget top =
        top(
            IoDevice.filter("f")
                .queue(
                    IoQueue.sequential()
                        .onRead((queue, request, length) -> {
                          if (!request.send(below, SendOptions.sendAndForget())) {
                            request.complete(request.status());
                          }
                        }))
                .above(below));
    send(top);
    send(top);
    assertThat(lower.arrivals()).hasSize(2);
    lower.complete(IoStatus.SUCCESS, 1);
    lower.complete(IoStatus.SUCCESS, 2);
    assertThat(recorder.calls()).hasSize(2);
  }

  @Test
  @DisplayName("R-385, R-331 manual queue; a waiting request is cancelled by the framework")
  void manualQueue() {
    IoDevice device = made.track(IoDevice.function("m").queue(IoQueue.manual()).alone());
    IoTarget top = made.track(IoTarget.to(device));
    IoQueue queue = device.defaultQueue().orElseThrow();
    final IoRequest first = send(top);
    send(top);
    assertThat(queue.state().queued()).isEqualTo(2);
    assertThat(first.cancelSent()).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    List<ReceivedRequest> taken = new ArrayList<>();
    Consumer<ReceivedRequest> taker = taken::add;
    assertThat(queue.retrieveNext(taker)).isEqualTo(IoStatus.SUCCESS);
    assertThat(queue.retrieveNext(taker)).isEqualTo(IoStatus.NO_MORE_ENTRIES);
    taken.getFirst().complete(IoStatus.SUCCESS, 3);
    assertThat(recorder.calls()).hasSize(2);
  }

  @Test
  @DisplayName("R-313, R-320 a marked request is cancelled by its routine")
  void marked() throws Exception {
    List<ReceivedRequest> owned = new ArrayList<>();
    IoDevice device =
        made.track(
            IoDevice.function("m")
                .queue(
                    IoQueue.parallel()
                        .onDefault((queue, request) -> {
                          request.markCancelable(r -> r.complete(IoStatus.CANCELLED, 0));
                          owned.add(request);
                        }))
                .alone());
    IoTarget top = made.track(IoTarget.to(device));
    final IoRequest one = send(top);
    send(top);
    assertThat(one.cancelSent()).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    ReceivedRequest second = owned.get(1);
    assertThat(second.unmarkCancelable()).isTrue();
    IoMemory output = second.retrieveOutput(64);
    output.segment().fill((byte) 9);
    second.complete(IoStatus.SUCCESS, 64);
    assertThat(recorder.calls()).hasSize(2);
  }
}
