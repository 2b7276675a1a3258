package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class QueueRetrievalTest extends QueueTest {
  private final IoDevice device = function(IoQueue.manual());
  private final IoQueue queue = queueOf(device);
  private final IoTarget top = top(device);

  private IoStatus find(@Nullable ReceivedRequest after, Predicate<ReceivedRequest> wanted) {
    return queue.find(after, wanted, given::add);
  }

  @Test
  @DisplayName("R-385 retrieve gives the oldest and its ownership")
  void retrieveGivesTheOldest() {
    assertThat(tryRetrieve(queue)).isEqualTo(IoStatus.NO_MORE_ENTRIES);
    readOf(top, 1);
    readOf(top, 2);
    ReceivedRequest first = retrieve(queue);
    assertThat(first.outputLength()).isEqualTo(1);
    assertThat(queue.state().queued()).isEqualTo(1);
    assertThat(queue.state().driverOwned()).isEqualTo(1);
    first.complete(IoStatus.SUCCESS, 0);
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
    assertThat(tryRetrieve(queue)).isEqualTo(IoStatus.NO_MORE_ENTRIES);
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-386 a parallel queue gives its requests by itself")
  void notFromAParallelQueue() {
    IoDevice parallel = function(IoQueue.parallel().onDefault(keep));
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> tryRetrieve(queueOf(parallel)));
  }

  @Test
  @DisplayName("R-387 nothing from a stopped queue, or one whose device is suspended")
  void nothingFromAStoppedQueue() {
    readOf(top, 1);
    queue.stop(null);
    assertThat(tryRetrieve(queue)).isEqualTo(IoStatus.WDF_PAUSED);
    assertThat(queue.retrieveFound(found())).isEqualTo(IoStatus.WDF_PAUSED);
    queue.start();
    device.suspend();
    assertThat(tryRetrieve(queue)).isEqualTo(IoStatus.WDF_PAUSED);
    device.resume();
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
  }

  private ReceivedRequest found() {
    assertThat(find(null, request -> true)).isEqualTo(IoStatus.SUCCESS);
    given.getLast().releaseFound();
    return given.getLast();
  }

  @Test
  @DisplayName("R-387 a queue that drains still gives")
  void aDrainingQueueGives() {
    readOf(top, 1);
    List<String> called = new ArrayList<>();
    queue.drain(drained -> called.add("drained"));
    ReceivedRequest request = retrieve(queue);
    assertThat(called).isEmpty();
    request.complete(IoStatus.SUCCESS, 0);
    assertThat(called).containsExactly("drained");
    assertThat(tryRetrieve(queue)).isEqualTo(IoStatus.NO_MORE_ENTRIES);
  }

  @Test
  @DisplayName("R-374 what is empty is completed and not retrieved")
  void whatIsEmptyIsNotRetrieved() {
    readOf(top, 0);
    write(top, 0);
    readOf(top, 3);
    assertThat(recorder.count()).isZero();
    ReceivedRequest request = retrieve(queue);
    assertThat(request.outputLength()).isEqualTo(3);
    assertThat(ends()).containsExactly(IoStatus.SUCCESS, IoStatus.SUCCESS);
    request.complete(IoStatus.SUCCESS, 0);
    readOf(top, 0);
    assertThat(tryRetrieve(queue)).isEqualTo(IoStatus.NO_MORE_ENTRIES);
    assertThat(recorder.count()).isEqualTo(4);
  }

  @Test
  @DisplayName("R-374 what is empty and was found is completed and not given")
  void whatIsEmptyIsNotGivenWhenFound() {
    readOf(top, 0);
    assertThat(queue.retrieveFound(found())).isEqualTo(IoStatus.NOT_FOUND);
    assertThat(ends()).containsExactly(IoStatus.SUCCESS);
    assertThat(queue.state().isIdle()).isTrue();
  }

  @Test
  @DisplayName("R-389 find looks, behind what was found last, and takes nothing")
  void findLooks() {
    readOf(top, 1);
    write(top, 2);
    readOf(top, 3);
    assertThat(find(null, request -> request.type() == RequestType.READ))
        .isEqualTo(IoStatus.SUCCESS);
    assertThat(find(given.getFirst(), request -> request.type() == RequestType.READ))
        .isEqualTo(IoStatus.SUCCESS);
    assertThat(given).extracting(ReceivedRequest::outputLength).containsExactly(1L, 3L);
    assertThat(queue.state().queued()).isEqualTo(3);
    assertThat(queue.state().driverOwned()).isZero();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> given.getFirst().requeue());
    given.forEach(ReceivedRequest::releaseFound);
    for (int i = 0; i < 3; i++) {
      retrieve(queue).complete(IoStatus.SUCCESS, 0);
    }
  }

  @Test
  @DisplayName("R-389 only a manual queue is searched")
  void onlyAManualQueueIsSearched() {
    IoDevice sequential = function(IoQueue.sequential().onDefault(keep));
    IoQueue other = queueOf(sequential);
    assertMisuse(
        IoStatus.INVALID_DEVICE_REQUEST, () -> other.find(null, request -> true, given::add));
    readOf(top, 1);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> other.retrieveFound(found()));
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-390 no match, and what is in the queue no more")
  void noMatch() {
    assertThat(find(null, request -> true)).isEqualTo(IoStatus.NO_MORE_ENTRIES);
    readOf(top, 1);
    final IoRequest second = readOf(top, 2);
    assertThat(find(null, request -> request.outputLength() == 9))
        .isEqualTo(IoStatus.NO_MORE_ENTRIES);
    assertThat(find(null, request -> request.outputLength() == 2)).isEqualTo(IoStatus.SUCCESS);
    ReceivedRequest tag = given.getFirst();
    assertThat(find(tag, request -> true)).as("the end").isEqualTo(IoStatus.NO_MORE_ENTRIES);
    assertThat(second.cancelSent()).isTrue();
    assertThat(find(tag, request -> true)).isEqualTo(IoStatus.NOT_FOUND);
    tag.releaseFound();
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-391 what was found can be taken, once, and is the same handle")
  void whatWasFoundCanBeTaken() {
    readOf(top, 1);
    readOf(top, 2);
    assertThat(find(null, request -> request.outputLength() == 2)).isEqualTo(IoStatus.SUCCESS);
    ReceivedRequest found = given.getFirst();
    assertThat(queue.retrieveFound(found)).isEqualTo(IoStatus.SUCCESS);
    assertThat(queue.state().driverOwned()).isEqualTo(1);
    assertThat(queue.retrieveFound(found)).isEqualTo(IoStatus.NOT_FOUND);
    found.complete(IoStatus.SUCCESS, 0);
    assertThat(queue.retrieveFound(found)).isEqualTo(IoStatus.NOT_FOUND);
    found.releaseFound();
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-391, R-390 a finding that is kept is not taken for the next request")
  void aFindingIsNotTakenForTheNext() {
    IoRequest request = made.request();
    IoMemory memory = made.memory(8);
    top.formatRead(request, memory, 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(top)).isTrue();
    assertThat(find(null, any -> true)).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.cancelSent()).isTrue();
    request.reuse();
    top.formatRead(request, memory, 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(top)).isTrue();
    ReceivedRequest stale = given.getFirst();
    assertThat(queue.retrieveFound(stale)).isEqualTo(IoStatus.NOT_FOUND);
    assertThat(find(stale, any -> true)).isEqualTo(IoStatus.NOT_FOUND);
    stale.releaseFound();
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-392, R-393 one notification each time the queue was empty")
  void oneNotificationEachTime() {
    AtomicInteger notified = new AtomicInteger();
    queue.readyNotify(ready -> {
      assertThat(ready).isSameAs(queue);
      notified.incrementAndGet();
    });
    readOf(top, 1);
    readOf(top, 2);
    assertThat(notified).hasValue(1);
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
    readOf(top, 3);
    assertThat(notified).hasValue(1);
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
    final IoRequest next = readOf(top, 4);
    assertThat(notified).hasValue(2);
    assertThat(next.cancelSent()).isTrue();
    readOf(top, 5);
    assertThat(notified).as("a cancel empties the queue as well").hasValue(3);
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-392 not while stopped or held; at the start, if requests wait")
  void atTheStart() {
    AtomicInteger notified = new AtomicInteger();
    queue.readyNotify(ready -> notified.incrementAndGet());
    queue.stop(null);
    readOf(top, 1);
    assertThat(notified).hasValue(0);
    queue.start();
    assertThat(notified).hasValue(1);
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
    queue.stop(null);
    queue.start();
    assertThat(notified).as("nothing waits").hasValue(1);
    device.suspend();
    readOf(top, 2);
    assertThat(notified).hasValue(1);
    device.resume();
    assertThat(notified).hasValue(2);
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-392 one registration; it is removed while the queue is stopped")
  void oneRegistration() {
    queue.readyNotify(ready -> {});
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> queue.readyNotify(ready -> {}));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> queue.readyNotify(null));
    queue.stop(null);
    queue.readyNotify(null);
    queue.readyNotify(ready -> {});
    queue.start();
  }

  @Test
  @Tag("long")
  @DisplayName("S-27, R-392, R-393 a loop that empties the queue when notified misses nothing")
  void aLoopThatEmptiesTheQueue() {
    AtomicInteger served = new AtomicInteger();
    queue.readyNotify(ready -> {
      IoStatus status = IoStatus.SUCCESS;
      while (status.isSuccess()) {
        status =
            ready.retrieveNext(request -> {
              served.incrementAndGet();
              request.complete(IoStatus.SUCCESS, 0);
            });
      }
    });
    int threads = 4;
    int turns = 2000;
    List<Elsewhere> senders = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      senders.add(
          begin(() -> {
            for (int i = 0; i < turns; i++) {
              readOf(top, 8);
            }
          }));
    }
    senders.forEach(Elsewhere::end);
    recorder.await(threads * turns);
    assertThat(served).hasValue(threads * turns);
    assertThat(queue.state().isIdle()).isTrue();
  }

  @Test
  @DisplayName("R-392 a notification that requeues is told again, and does not nest")
  void aNotificationThatRequeues() {
    AtomicInteger depth = new AtomicInteger();
    AtomicInteger deepest = new AtomicInteger();
    AtomicInteger left = new AtomicInteger(20_000);
    queue.readyNotify(ready -> {
      deepest.accumulateAndGet(depth.incrementAndGet(), Math::max);
      ReceivedRequest request = retrieve(ready);
      if (left.decrementAndGet() > 0) {
        request.requeue();
      } else {
        request.complete(IoStatus.SUCCESS, 0);
      }
      depth.decrementAndGet();
    });
    readOf(top, 8);
    assertThat(ends()).containsExactly(IoStatus.SUCCESS);
    assertThat(deepest).hasValue(1);
  }

  @Test
  @DisplayName("R-391 a handle stands for the next request when its finding was let go, not before")
  void aHandleIsUsedAgainWhenItsFindingWasLetGo() {
    asPrograms();
    IoRequest request = made.request();
    IoMemory memory = made.memory(8);
    resend(request, memory);
    assertThat(find(null, any -> true)).isEqualTo(IoStatus.SUCCESS);
    final ReceivedRequest found = given.getFirst();
    assertThat(request.cancelSent()).isTrue();
    resend(request, memory);
    ReceivedRequest second = retrieve(queue);
    assertThat(second).isNotSameAs(found);
    second.complete(IoStatus.SUCCESS, 0);
    found.releaseFound();
    found.releaseFound();
    resend(request, memory);
    ReceivedRequest third = retrieve(queue);
    assertThat(third).isSameAs(found);
    third.complete(IoStatus.SUCCESS, 0);
  }

  private void resend(IoRequest request, IoMemory memory) {
    request.reuse();
    top.formatRead(request, memory, 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(top)).isTrue();
  }
}
