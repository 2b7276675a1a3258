package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.SynchronizationScope;
import dev.ioreq.VerifierRule;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MarkCancelableTest extends ReceivedTest {
  private final List<ReceivedRequest> cancelled = new ArrayList<>();

  private IoRequest request = IoRequest.create(); // replaced by the one that is sent

  private ReceivedRequest received() {
    request = send(to(keeper().above(over(lower))));
    return got.getLast();
  }

  @Test
  @DisplayName("R-313, R-316 marked: a cancel calls the routine once; the driver still owns it")
  void marked() {
    ReceivedRequest received = received();
    assertThat(received.tryMarkCancelable(cancelled::add)).isTrue();
    assertThat(request.cancelSent()).isTrue();
    assertThat(cancelled).containsExactly(received);
    assertThat(recorder.count()).isZero();
    assertThat(received.queue()).isPresent();
    received.complete(IoStatus.CANCELLED);
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(reports()).isEmpty();
  }

  @Test
  @DisplayName("R-314 cancelled already: the routine runs inside the mark")
  void cancelledAlready() {
    ReceivedRequest received = received();
    request.cancelSent();
    received.markCancelable(r -> {
      cancelled.add(r);
      r.complete(IoStatus.CANCELLED, 0);
    });
    assertThat(cancelled).hasSize(1);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-314 in a handler of the queue: right after that has returned")
  void inAHandler() {
    List<String> order = new ArrayList<>();
    for (SynchronizationScope scope : SynchronizationScope.values()) {
      order.clear();
      IoTarget top =
          to(
              IoDevice.function("f")
                  .synchronize(scope)
                  .queue(
                      IoQueue.parallel()
                          .onDefault((queue, received) -> {
                            request.cancelSent();
                            received.markCancelable(r -> {
                              order.add("cancel");
                              r.complete(IoStatus.CANCELLED, 0);
                            });
                            order.add("handler");
                          }))
                  .alone());
      request = formatted(top);
      assertThat(request.send(top)).isTrue();
      assertThat(order).as("%s", scope).containsExactly("handler", "cancel");
      assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    }
  }

  @Test
  @DisplayName(
      "R-315 the other form on a cancelled request: false, and the routine is never called")
  void theOtherForm() {
    ReceivedRequest received = received();
    request.cancelSent();
    assertThat(received.tryMarkCancelable(cancelled::add)).isFalse();
    received.complete(IoStatus.CANCELLED);
    assertThat(cancelled).isEmpty();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-317, S-60 twice, or not the driver's: INVALID_DEVICE_REQUEST")
  void notMarkable() {
    ReceivedRequest received = received();
    received.markCancelable(cancelled::add);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.markCancelable(cancelled::add));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.tryMarkCancelable(cancelled::add));
    assertThat(reports()).containsExactly(VerifierRule.MARKED_TWICE, VerifierRule.MARKED_TWICE);
    assertThat(received.unmarkCancelable()).isTrue();
    received.complete(IoStatus.SUCCESS);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.markCancelable(cancelled::add));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.tryMarkCancelable(cancelled::add));
  }

  @Test
  @DisplayName("R-320 unmarked: the routine is not called any more, and the flag is seen")
  void unmarked() {
    ReceivedRequest received = received();
    received.markCancelable(cancelled::add);
    assertThat(received.unmarkCancelable()).isTrue();
    assertThat(request.cancelSent()).isFalse();
    assertThat(cancelled).isEmpty();
    assertThat(received.isCanceled()).isTrue();
    received.markCancelable(r -> r.complete(IoStatus.CANCELLED, 0));
    assertThat(recorder.await().status()).as("marked again").isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName("R-321 unmark after the cancel: false, the request is the cancel routine's")
  void unmarkAfterTheCancel() {
    ReceivedRequest received = received();
    received.markCancelable(cancelled::add);
    request.cancelSent();
    assertThat(received.unmarkCancelable()).isFalse();
    cancelled.getFirst().complete(IoStatus.CANCELLED, 0);
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(reports()).isEmpty();
  }

  @Test
  @DisplayName(
      "R-321 unmark while the cancel routine waits for the scope: false; it runs afterwards")
  void unmarkWhileTheRoutineWaits() {
    CountDownLatch isHandling = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<Boolean> unmarked = new ArrayList<>();
    IoTarget top =
        to(
            IoDevice.function("f")
                .synchronize(SynchronizationScope.QUEUE)
                .queue(
                    IoQueue.parallel()
                        .onRead((queue, received, length) -> {
                          received.markCancelable(r -> {
                            cancelled.add(r);
                            r.complete(IoStatus.CANCELLED, 0);
                          });
                          got.add(received);
                        })
                        .onWrite((queue, received, length) -> {
                          isHandling.countDown();
                          Waiting.forLatch("the cancel", goOn);
                          assertThat(cancelled).as("R-319").isEmpty();
                          unmarked.add(got.getFirst().unmarkCancelable());
                          received.complete(IoStatus.SUCCESS, 0);
                        }))
                .alone());
    request = send(top);
    Thread writer = Thread.ofPlatform().start(() -> sendWrite(top, bytes(1)));
    Waiting.forLatch("the handler", isHandling);
    assertThat(request.cancelSent()).as("delivered, to run later").isTrue();
    goOn.countDown();
    Waiting.forEnd(writer);
    assertThat(unmarked).containsExactly(false);
    assertThat(cancelled).hasSize(1);
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-322, D-19 unmark of what is not marked: INVALID_DEVICE_REQUEST")
  void unmarkOfWhatIsNotMarked() {
    ReceivedRequest received = received();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, received::unmarkCancelable);
    assertThat(reports()).containsExactly(VerifierRule.UNMARK_NOT_MARKED);
    received.complete(IoStatus.SUCCESS);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, received::unmarkCancelable);
  }

  @Test
  @DisplayName(
      "R-325 after the cancel routine has completed it, unmark is misuse, reference or not")
  void unmarkAfterTheEnd() {
    ReceivedRequest received = received();
    received.reference();
    received.markCancelable(r -> r.complete(IoStatus.CANCELLED, 0));
    assertThat(request.cancelSent()).isTrue();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, received::unmarkCancelable);
    received.dereference();
  }

  @Test
  @DisplayName("R-323 completed while marked: reported; the routine is not called")
  void completedWhileMarked() {
    ReceivedRequest received = received();
    received.markCancelable(cancelled::add);
    received.complete(IoStatus.SUCCESS, 1);
    assertThat(reports()).containsExactly(VerifierRule.COMPLETE_MARKED_REQUEST);
    assertThat(recorder.await().information()).isEqualTo(1);
    assertThat(request.cancelSent()).isFalse();
    assertThat(cancelled).isEmpty();
  }

  @Test
  @DisplayName("R-324, R-219 a marked request is neither sent nor forwarded nor put back")
  void neitherSentNorForwarded() {
    ReceivedRequest received = received();
    IoTarget below = received.device().localTarget().orElseThrow();
    IoQueue other = received.device().createQueue("other", IoQueue.manual());
    received.markCancelable(cancelled::add);
    received.formatUsingCurrentType();
    received.setCompletionRoutine(recorder);
    assertThat(received.send(below)).isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(received.send(below, SendOptions.synchronous())).isFalse();
    assertThat(received.send(below, SendOptions.sendAndForget())).isFalse();
    assertThat(received.status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(reports()).hasSize(3).containsOnly(VerifierRule.SEND_MARKED_REQUEST);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.forwardTo(other));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, received::requeue);
    assertThat(reports())
        .containsExactly(VerifierRule.QUEUE_CALL_ON_MARKED, VerifierRule.QUEUE_CALL_ON_MARKED);
    assertThat(lower.arrivals()).isEmpty();
    assertThat(received.unmarkCancelable()).isTrue();
    received.complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-327 asked of a marked or foreign request: false, and reported")
  void isCanceled() {
    ReceivedRequest received = received();
    request.cancelSent();
    assertThat(received.isCanceled()).isTrue();
    received.reuse();
    received.markCancelable(cancelled::add);
    assertThat(received.isCanceled()).isFalse();
    received.unmarkCancelable();
    assertThat(reports()).containsExactly(VerifierRule.IS_CANCELED_NOT_OWNED);
    received.formatUsingCurrentType();
    received.setCompletionRoutine((sent, target, result) -> {});
    assertThat(received.send(received.device().localTarget().orElseThrow())).isTrue();
    assertThat(received.isCanceled()).isFalse();
    assertThat(reports()).containsExactly(VerifierRule.IS_CANCELED_NOT_OWNED);
    lower.complete();
    received.complete(IoStatus.SUCCESS);
    assertThat(received.isCanceled()).isFalse();
    assertThat(reports()).containsExactly(VerifierRule.IS_CANCELED_NOT_OWNED);
  }

  @Test
  @DisplayName("R-329 a purge of the queue runs the cancel routines of what is marked")
  void purge() {
    ReceivedRequest received = received();
    IoQueue queue = received.queue().orElseThrow();
    received.markCancelable(r -> r.complete(IoStatus.CANCELLED, 0));
    List<IoQueue> purged = new ArrayList<>();
    queue.purge(purged::add);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(purged).containsExactly(queue);
  }

  @Test
  @DisplayName("what was unmarked and marked again is marked once")
  void markedAgain() {
    ReceivedRequest received = received();
    IoQueue queue = received.queue().orElseThrow();
    List<ReceivedRequest> cancelled = new ArrayList<>();
    received.markCancelable(r -> {});
    assertThat(received.unmarkCancelable()).isTrue();
    received.markCancelable(cancelled::add);
    queue.purge(null);
    assertThat(cancelled).containsExactly(received);
    received.complete(IoStatus.CANCELLED, 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
  }

  @Test
  @DisplayName(
      "R-330 without synchronization the plain form calls the routine with the caller's lock held")
  void insideTheCall() {
    ReceivedRequest received = received();
    request.cancelSent();
    Object lock = new Object();
    List<Boolean> held = new ArrayList<>();
    synchronized (lock) {
      received.markCancelable(r -> held.add(Thread.holdsLock(lock)));
    }
    assertThat(held).containsExactly(true);
    received.complete(IoStatus.CANCELLED);
  }
}
