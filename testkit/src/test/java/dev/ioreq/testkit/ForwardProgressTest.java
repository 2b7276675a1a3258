package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.ContextType;
import dev.ioreq.ForwardProgress;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import dev.ioreq.SendOptions;
import dev.ioreq.VerifierRule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ForwardProgressTest extends QueueTest {
  private static final ContextType<StringBuilder> KEPT =
      ContextType.of("resources", StringBuilder::new);

  /// Resources that can be had, or not.
  private static final class Resources implements ForwardProgress {
    private final List<ReceivedRequest> prepared = new ArrayList<>();
    private volatile boolean canBeHad;
    private volatile boolean mayUseReserved = true;

    @Override
    public void prepareReserved(ReceivedRequest request) {
      assertThat(request.isReserved()).isTrue();
      prepared.add(request);
    }

    @Override
    public boolean allocate(ReceivedRequest request) {
      assertThat(request.isReserved()).isFalse();
      assertThat(request.context(KEPT)).as("a place for what was had").isNotNull();
      return canBeHad;
    }

    @Override
    public boolean mayUseReserved(ReceivedRequest request) {
      return mayUseReserved;
    }
  }

  private final Resources resources = new Resources();
  private final IoDevice device =
      function(guaranteed(IoQueue.parallel().onDefault(keep), 2, resources));
  private final IoQueue queue = queueOf(device);
  private final IoTarget top = top(device);

  private static QueueConfig guaranteed(QueueConfig config, int count, Resources resources) {
    return config.guaranteeForwardProgress(count, resources);
  }

  @Test
  @DisplayName("R-423 each reserved request is prepared when the queue is made")
  void eachReservedRequestIsPrepared() {
    assertThat(resources.prepared).hasSize(2).doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("R-423 a usual request if the resources can be had, else a reserved one")
  void aReservedOneIfNeeded() {
    resources.canBeHad = true;
    send(top);
    assertThat(given.get(0).isReserved()).isFalse();
    resources.canBeHad = false;
    readOf(top, 7);
    ReceivedRequest reserved = given.get(1);
    assertThat(reserved.isReserved()).isTrue();
    assertThat(resources.prepared).contains(reserved);
    assertThat(reserved.type()).isEqualTo(RequestType.READ);
    assertThat(reserved.outputLength()).isEqualTo(7);
    assertThat(reserved.queue()).containsSame(queue);
    reserved.complete(IoStatus.SUCCESS, 7);
    assertThat(recorder.calls().getFirst().information()).isEqualTo(7);
    given.get(0).complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-423 the policy may refuse a reserved request")
  void thePolicyMayRefuse() {
    resources.mayUseReserved = false;
    send(top);
    assertThat(ends()).containsExactly(IoStatus.INSUFFICIENT_RESOURCES);
    assertThat(given).isEmpty();
    assertThat(queue.state().isIdle()).isTrue();
  }

  @Test
  @DisplayName("R-424 with all in use the next waits until one returns")
  void theNextWaits() {
    for (int i = 0; i < 4; i++) {
      readOf(top, 1 + i);
    }
    assertThat(given).hasSize(2);
    assertThat(queue.state().queued()).isEqualTo(2);
    given.get(1).complete(IoStatus.SUCCESS, 0);
    assertThat(given).hasSize(3);
    assertThat(given.get(2).outputLength()).isEqualTo(3);
    assertThat(given.get(2)).isSameAs(given.get(1));
    given.get(0).complete(IoStatus.SUCCESS, 0);
    given.get(2).complete(IoStatus.SUCCESS, 0);
    given.get(3).complete(IoStatus.SUCCESS, 0);
    assertThat(recorder.count()).isEqualTo(4);
    assertThat(queue.state().isIdle()).isTrue();
  }

  /// All reserved requests can be had again.
  private void expectAllFree() {
    int before = given.size();
    send(top);
    send(top);
    assertThat(given).hasSize(before + 2);
    given.get(before).complete(IoStatus.SUCCESS, 0);
    given.get(before + 1).complete(IoStatus.SUCCESS, 0);
    assertThat(queue.state().isIdle()).isTrue();
  }

  @Test
  @DisplayName("R-424 a reserved request that is cancelled in the queue returns")
  void cancelledInTheQueue() {
    queue.stop(null);
    for (int i = 0; i < 3; i++) {
      IoRequest request = send(top);
      assertThat(request.cancelSent()).isTrue();
    }
    assertThat(ends()).hasSize(3).containsOnly(IoStatus.CANCELLED);
    queue.start();
    expectAllFree();
  }

  @Test
  @DisplayName("R-424 one that waits for a reserved request is cancelled there")
  void cancelledWhileItWaits() {
    send(top);
    send(top);
    final IoRequest waits = send(top);
    assertThat(waits.cancelSent()).isTrue();
    assertThat(waits.status()).isEqualTo(IoStatus.CANCELLED);
    completeAll();
    given.clear();
    expectAllFree();
  }

  @Test
  @DisplayName("R-424 a reserved request that a closed queue refuses returns")
  void refusedByTheQueue() {
    queue.drain(null);
    for (int i = 0; i < 3; i++) {
      send(top);
    }
    assertThat(ends()).hasSize(3).containsOnly(IoStatus.INVALID_DEVICE_STATE);
    queue.start();
    expectAllFree();
  }

  @Test
  @DisplayName("R-424, R-374 a reserved request for an empty transfer returns")
  void anEmptyTransfer() {
    for (int i = 0; i < 3; i++) {
      readOf(top, 0);
    }
    assertThat(ends()).hasSize(3).containsOnly(IoStatus.SUCCESS);
    expectAllFree();
  }

  @Test
  @DisplayName("R-424, R-394 a reserved request that was forwarded returns to its own queue")
  void forwarded() {
    IoQueue other = device.createQueue("other", IoQueue.manual());
    for (int i = 0; i < 3; i++) {
      send(top);
    }
    given.get(0).forwardTo(other);
    given.get(1).forwardTo(other);
    assertThat(given).hasSize(2);
    retrieve(other).complete(IoStatus.SUCCESS, 0);
    assertThat(given).as("the one that waited has it").hasSize(3);
    retrieve(other).complete(IoStatus.SUCCESS, 0);
    given.get(2).complete(IoStatus.SUCCESS, 0);
    assertThat(recorder.count()).isEqualTo(3);
    given.clear();
    expectAllFree();
  }

  @Test
  @DisplayName("R-424, R-240 a reserved request that was sent and forgotten returns")
  void sentAndForgotten() {
    ManualDevice lower = new ManualDevice();
    IoTarget below = over(lower);
    IoDevice filter =
        made.track(
            IoDevice.filter("f")
                .queue(guaranteed(IoQueue.parallel().onDefault(keep), 1, resources))
                .above(below));
    IoTarget filterTop = top(filter);
    for (int i = 0; i < 3; i++) {
      send(filterTop);
      assertThat(given).hasSize(i + 1);
      assertThat(given.get(i).isReserved()).isTrue();
      assertThat(given.get(i).send(below, SendOptions.sendAndForget())).isTrue();
    }
    lower.completeAll();
    assertThat(recorder.count()).isEqualTo(3);
  }

  @Test
  @DisplayName("R-406, R-424 a drain delivers what waits for a reserved request, and waits for it")
  void aDrainDeliversWhatWaits() {
    for (int i = 0; i < 3; i++) {
      send(top);
    }
    List<String> called = new ArrayList<>();
    queue.drain(drained -> called.add("drained"));
    IoQueue other = device.createQueue("other", IoQueue.manual());
    given.get(0).forwardTo(other);
    given.get(1).forwardTo(other);
    assertThat(called).as("one still waits").isEmpty();
    retrieve(other).complete(IoStatus.SUCCESS, 0);
    assertThat(given).hasSize(3);
    given.get(2).complete(IoStatus.SUCCESS, 0);
    assertThat(called).containsExactly("drained");
    retrieve(other).complete(IoStatus.SUCCESS, 0);
    assertThat(ends()).hasSize(3).containsOnly(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-407, R-424 a purge cancels what waits for a reserved request")
  void aPurgeCancelsWhatWaits() {
    send(top);
    send(top);
    final IoRequest waits = send(top);
    queue.purge(null);
    assertThat(waits.status()).isEqualTo(IoStatus.CANCELLED);
    completeAll();
    assertThat(queue.state().isPurged()).isTrue();
  }

  @Test
  @DisplayName("R-384, R-423 a request that the caller's context enqueues has the guarantee too")
  void enqueuedFromTheCallersContext() {
    IoDevice other =
        alone(
            IoDevice.function("f")
                .queue(guaranteed(IoQueue.parallel().onDefault(keep), 1, resources))
                .onInCallerContext(
                    (where, request) -> assertThat(request.enqueue()).isEqualTo(IoStatus.SUCCESS)));
    IoTarget otherTop = top(other);
    send(otherTop);
    send(otherTop);
    assertThat(given).hasSize(1);
    assertThat(given.getFirst().isReserved()).isTrue();
    given.get(0).complete(IoStatus.SUCCESS, 0);
    given.get(1).complete(IoStatus.SUCCESS, 0);
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("R-424, R-334 what is cancelled already does not wait for a reserved request")
  void cancelledBeforeItWaits() {
    IoDevice upper =
        made.track(
            IoDevice.filter("upper").queue(IoQueue.parallel().onDefault(keep)).above(device));
    final IoRequest late = send(top(upper));
    ReceivedRequest above = given.getLast();
    send(top);
    send(top);
    assertThat(late.cancelSent()).as("its driver has it").isFalse();
    above.formatUsingCurrentType();
    above.setCompletionRoutine((sent, target, result) -> above.complete(result.status()));
    assertThat(above.send(upper.localTarget().orElseThrow())).isTrue();
    assertThat(late.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(queue.state().queued()).isZero();
    given.get(1).complete(IoStatus.SUCCESS, 0);
    given.get(2).complete(IoStatus.SUCCESS, 0);
    given.clear();
    expectAllFree();
  }

  @Test
  @DisplayName("R-424, R-392 a manual queue tells of a request that has got its reserved one")
  void aManualQueueTells() {
    List<String> told = new ArrayList<>();
    IoDevice manual = function(guaranteed(IoQueue.manual(), 1, resources));
    IoQueue queue = queueOf(manual);
    queue.readyNotify(ready -> told.add("ready"));
    IoTarget top = top(manual);
    send(top);
    send(top);
    assertThat(told).hasSize(1);
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
    assertThat(told).hasSize(2);
    retrieve(queue).complete(IoStatus.SUCCESS, 0);
  }

  /// Resources that throw, and the handles that were asked for.
  private static final class Throwing implements ForwardProgress {
    private final List<ReceivedRequest> asked = new ArrayList<>();
    private final Throwable ofAllocate;
    private final boolean canStandFor;

    Throwing(Throwable ofAllocate, boolean canStandFor) {
      this.ofAllocate = ofAllocate;
      this.canStandFor = canStandFor;
    }

    @Override
    public void prepareReserved(ReceivedRequest request) {}

    @Override
    public boolean allocate(ReceivedRequest request) {
      asked.add(request);
      throw sneaky(ofAllocate);
    }

    @Override
    public boolean mayUseReserved(ReceivedRequest request) {
      if (canStandFor) {
        return true;
      }
      throw sneaky(ofAllocate);
    }

    @SuppressWarnings("unchecked") // it throws anyway
    private static <T extends Throwable> RuntimeException sneaky(Throwable thrown) throws T {
      throw (T) thrown;
    }
  }

  @Test
  @DisplayName("resources that throw: the request ends for want of them, and its handle is free")
  void resourcesThatThrow() {
    asPrograms(); // handles are used again
    for (Throwable wrong :
        List.of(new IllegalStateException("none"), new OutOfMemoryError("none"))) {
      Throwing throwing = new Throwing(wrong, false);
      IoDevice other =
          function(IoQueue.parallel().onDefault(keep).guaranteeForwardProgress(1, throwing));
      IoTarget otherTop = top(other);
      IoRequest request = made.request();
      IoMemory memory = made.memory(8);
      for (int i = 0; i < 3; i++) {
        otherTop.formatRead(request, memory, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(otherTop)).isTrue();
      }
      assertThat(throwing.asked).hasSize(3).containsOnly(throwing.asked.getFirst());
      assertThat(queueOf(other).state().isIdle()).isTrue();
    }
    assertThat(ends()).hasSize(6).containsOnly(IoStatus.INSUFFICIENT_RESOURCES);
    assertThat(given).isEmpty();
  }

  @Test
  @DisplayName("an allocation that throws has not succeeded: a reserved request takes the place")
  void anAllocationThatThrows() {
    Throwing throwing = new Throwing(new OutOfMemoryError("none"), true);
    IoDevice other =
        function(IoQueue.parallel().onDefault(keep).guaranteeForwardProgress(1, throwing));
    send(top(other));
    assertThat(given).hasSize(1);
    assertThat(given.getFirst().isReserved()).isTrue();
    completeAll();
    assertThat(ends()).containsExactly(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-423 a reserved request that stands for none is not the driver's")
  void aReservedOneThatStandsForNone() {
    ReceivedRequest reserved = resources.prepared.getFirst();
    assertThat(
            Violations.<Long>reported(
                VerifierRule.USE_AFTER_COMPLETION, () -> reserved.information()))
        .isZero();
  }
}
