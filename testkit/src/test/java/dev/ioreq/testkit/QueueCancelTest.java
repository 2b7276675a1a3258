package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.CancelRoutine;
import dev.ioreq.IoDevice;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.VerifierRule;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class QueueCancelTest extends QueueTest {
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final CancelRoutine cancel =
      request -> {
        events.add("event");
        request.complete(IoStatus.CANCELLED, 0);
      };
  private final IoDevice device = function(IoQueue.parallel().onDefault(keep));
  private final IoTarget top = top(device);

  private ReceivedRequest sentAndGiven() {
    send(top);
    return given.getLast();
  }

  @Test
  @DisplayName("R-313, R-298, R-303 a cancel calls the routine, once, on the canceller's thread")
  void aCancelCallsTheRoutine() {
    final IoRequest request = send(top);
    given.getFirst().markCancelable(cancel);
    assertThat(request.cancelSent()).isTrue();
    assertThat(request.cancelSent()).isFalse();
    assertThat(events).containsExactly("event");
    assertThat(ends()).containsExactly(IoStatus.CANCELLED);
    assertThat(recorder.calls().getFirst().thread()).isSameAs(Thread.currentThread());
  }

  @Test
  @DisplayName("R-307 two cancels of which the first is ignored call it once")
  void twoCancels() {
    final IoRequest request = send(top);
    given.getFirst().markCancelable(marked -> events.add("event"));
    assertThat(request.cancelSent()).isTrue();
    request.cancelSent();
    assertThat(events).containsExactly("event");
    given.getFirst().complete(IoStatus.SUCCESS, 0);
    assertThat(ends()).as("R-312, R-318").containsExactly(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-314 marked when already cancelled: called before the call returns")
  void markedWhenAlreadyCancelled() {
    final IoRequest request = send(top);
    assertThat(request.cancelSent()).as("R-300").isFalse();
    given.getFirst().markCancelable(cancel);
    assertThat(events).containsExactly("event");
    assertThat(request.status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-314 the same inside a handler of the queue: called when that has returned")
  void markedInsideAHandler() {
    IoRequest[] sent = new IoRequest[1];
    IoDevice other =
        function(
            IoQueue.sequential()
                .onDefault((queue, request) -> {
                  sent[0].cancelSent();
                  request.markCancelable(cancel);
                  events.add("handler ends");
                }));
    IoTarget otherTop = top(other);
    sent[0] = formatted(otherTop);
    assertThat(sent[0].send(otherTop)).isTrue();
    assertThat(events).containsExactly("handler ends", "event");
    assertThat(queueOf(other).state().isIdle()).isTrue();
  }

  @Test
  @DisplayName("R-315 the other form when already cancelled: false, and never called")
  void theOtherForm() {
    final IoRequest request = send(top);
    request.cancelSent();
    ReceivedRequest received = given.getFirst();
    assertThat(received.tryMarkCancelable(cancel)).isFalse();
    assertThat(received.isCanceled()).isTrue();
    received.complete(IoStatus.CANCELLED, 0);
    assertThat(events).isEmpty();
    assertThat(ends()).containsExactly(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-316 the other form otherwise: marked")
  void theOtherFormMarks() {
    final IoRequest request = send(top);
    assertThat(given.getFirst().tryMarkCancelable(cancel)).isTrue();
    assertThat(request.cancelSent()).isTrue();
    assertThat(events).containsExactly("event");
  }

  @Test
  @DisplayName("R-317 what cannot be marked")
  void whatCannotBeMarked() {
    ReceivedRequest request = sentAndGiven();
    request.markCancelable(cancel);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> request.markCancelable(cancel));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> request.tryMarkCancelable(cancel));
    assertThat(request.unmarkCancelable()).isTrue();
    request.complete(IoStatus.SUCCESS, 0);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> request.markCancelable(cancel));
    IoDevice caller =
        alone(
            IoDevice.function("c")
                .onInCallerContext((where, early) -> {
                  assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> early.markCancelable(cancel));
                  early.complete(IoStatus.SUCCESS, 0);
                }));
    send(top(caller));
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-317 a request whose event has been called is not marked again")
  void notMarkedAgain() {
    final IoRequest request = send(top);
    ReceivedRequest received = given.getFirst();
    received.markCancelable(marked -> events.add("event"));
    assertThat(request.cancelSent()).isTrue();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.markCancelable(cancel));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.tryMarkCancelable(cancel));
    assertThat(received.unmarkCancelable()).as("R-321").isFalse();
    received.complete(IoStatus.CANCELLED, 0);
    assertThat(events).containsExactly("event");
  }

  @Test
  @DisplayName("R-320 unmarked: the event is not called, and the driver goes on")
  void unmarked() {
    final IoRequest request = send(top);
    ReceivedRequest received = given.getFirst();
    received.markCancelable(cancel);
    assertThat(received.unmarkCancelable()).isTrue();
    assertThat(request.cancelSent()).isFalse();
    assertThat(received.isCanceled()).isTrue();
    received.complete(IoStatus.SUCCESS, 0);
    assertThat(events).isEmpty();
    assertThat(ends()).containsExactly(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-322 what is not marked is not unmarked")
  void whatIsNotMarked() {
    ReceivedRequest received = sentAndGiven();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, received::unmarkCancelable);
    completeAll();
  }

  @Test
  @DisplayName("R-323 completing what is marked is reported, and completes it")
  void completingWhatIsMarked() {
    final IoRequest request = send(top);
    given.getFirst().markCancelable(cancel);
    Violations.reported(
        VerifierRule.COMPLETE_MARKED_REQUEST, () -> given.getFirst().complete(IoStatus.SUCCESS, 0));
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.cancelSent()).isFalse();
    assertThat(events).isEmpty();
  }

  @Test
  @DisplayName("R-324, R-219 what is marked is not sent")
  void whatIsMarkedIsNotSent() {
    ManualDevice lower = new ManualDevice();
    IoTarget below = over(lower);
    IoDevice filter =
        made.track(IoDevice.filter("f").queue(IoQueue.parallel().onDefault(keep)).above(below));
    send(top(filter));
    ReceivedRequest request = given.getFirst();
    request.markCancelable(cancel);
    request.formatUsingCurrentType();
    request.setCompletionRoutine((sent, target, result) -> {});
    boolean isSent =
        Violations.reported(VerifierRule.SEND_MARKED_REQUEST, () -> request.send(below));
    assertThat(isSent).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(lower.arrivals()).isEmpty();
    assertThat(request.unmarkCancelable()).isTrue();
    request.complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-327, R-328 a driver that looks now and then")
  void aDriverThatLooks() {
    final IoRequest request = send(top);
    ReceivedRequest received = given.getFirst();
    assertThat(received.isCanceled()).isFalse();
    request.cancelSent();
    assertThat(received.isCanceled()).isTrue();
    received.complete(IoStatus.CANCELLED, 0);
    boolean isCanceled =
        Violations.reported(VerifierRule.IS_CANCELED_NOT_OWNED, received::isCanceled);
    assertThat(isCanceled).as("not the driver's any more").isFalse();
    assertThat(ends()).containsExactly(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-118, R-119 reuse forgets the cancel and its event, and the request can be marked")
  void reuseForgetsTheCancel() {
    final IoRequest request = send(top);
    ReceivedRequest received = given.getFirst();
    received.markCancelable(marked -> events.add("event"));
    assertThat(request.cancelSent()).isTrue();
    received.reuse();
    assertThat(received.isCanceled()).isFalse();
    assertThat(received.tryMarkCancelable(cancel)).isTrue();
    assertThat(received.unmarkCancelable()).isTrue();
    received.complete(IoStatus.SUCCESS, 0);
    assertThat(ends()).containsExactly(IoStatus.SUCCESS);
    assertThat(events).containsExactly("event");
  }

  @Test
  @DisplayName("R-299, R-331 a request that waits is cancelled without the driver")
  void aRequestThatWaits() {
    IoDevice sequential = function(IoQueue.sequential().onDefault(keep));
    IoTarget queueTop = top(sequential);
    send(queueTop);
    final IoRequest waits = send(queueTop);
    final IoRequest last = send(queueTop);
    assertThat(waits.cancelSent()).isTrue();
    assertThat(waits.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(waits.information()).isZero();
    given.getFirst().complete(IoStatus.SUCCESS, 0);
    assertThat(given).hasSize(2);
    given.get(1).complete(IoStatus.SUCCESS, 0);
    assertThat(last.status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-330, R-203 an event may send, complete and forward")
  void anEventMaySendAgain() {
    IoQueue manual = device.createQueue("manual", IoQueue.manual());
    send(top);
    final IoRequest request = send(top);
    given
        .get(1)
        .markCancelable(marked -> {
          given.getFirst().forwardTo(manual);
          marked.complete(IoStatus.CANCELLED, 0);
          send(top);
        });
    assertThat(request.cancelSent()).isTrue();
    assertThat(given).hasSize(3);
    given.get(2).complete(IoStatus.SUCCESS, 0);
    retrieve(manual).complete(IoStatus.SUCCESS, 0);
    assertThat(recorder.count()).isEqualTo(3);
  }
}
