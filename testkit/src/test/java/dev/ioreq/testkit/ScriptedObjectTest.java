package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ioreq.Access;
import dev.ioreq.ContextType;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoObject;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.TargetState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// When objects end whose requests are on their way.
class ScriptedObjectTest extends ScriptedTest {
  private static final ContextType<AtomicInteger> COUNT =
      ContextType.of("count", AtomicInteger::new);

  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final ManualDevice device = new ManualDevice();

  private Consumer<IoObject> noting(String what) {
    return object -> events.add(what);
  }

  @Test
  @DisplayName("R-074 a target's cleanup callback runs first, and the target still works in it")
  void aTargetCleansUpWhileItWorks() {
    device.onCancel(ManualDevice.OnCancel.COMPLETE);
    IoTarget target = over(device);
    IoRequest earlier = send(target);
    target.onCleanup(object -> {
      IoTarget ending = (IoTarget) object;
      assertThat(ending.state()).isEqualTo(TargetState.STARTED);
      assertThat(device.cancels()).isZero();
      send(ending);
      device.complete();
      ending.stop(SentIoAction.LEAVE_PENDING);
      ending.close();
      assertThat(ending.state())
          .as("closing within is of no effect")
          .isEqualTo(TargetState.STOPPED);
      events.add("cleanup");
    });
    target.onDestroy(object -> {
      assertThat(device.isClosed()).isTrue();
      assertThat(((IoTarget) object).state()).isEqualTo(TargetState.CLOSED);
      events.add("destroy");
    });
    target.close();
    assertThat(events).containsExactly("cleanup", "destroy");
    assertThat(earlier.status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(device.cancels()).as("the second was").isEqualTo(1);
    assertThat(recorder.count()).isEqualTo(2);
    target.close();
    assertThat(events).hasSize(2);
  }

  @Test
  @DisplayName("R-074 the drain comes after the cleanup callback and before the destroy callback")
  void theDrainIsBetweenTheCallbacks() {
    device.onCancel(ManualDevice.OnCancel.NOTE);
    IoTarget target = over(device);
    send(target);
    CountDownLatch cleaned = new CountDownLatch(1);
    target.onCleanup(object -> cleaned.countDown());
    target.onDestroy(noting("destroy"));
    Thread closer = Thread.ofPlatform().start(target::close);
    Waiting.forLatch("the cleanup callback", cleaned);
    device.awaitCancels(1);
    Waiting.untilParked(closer);
    assertThat(events).isEmpty();
    device.complete();
    Waiting.forEnd(closer);
    assertThat(events).containsExactly("destroy");
  }

  @Test
  void aSecondCloseWaitsForTheFirstOnesCallback() {
    IoTarget target = over(device);
    CountDownLatch inCallback = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    target.onCleanup(object -> {
      inCallback.countDown();
      Waiting.forLatch("go", go);
      assertThat(((IoTarget) object).state()).isEqualTo(TargetState.STARTED);
      events.add("cleanup");
    });
    Thread first = Thread.ofPlatform().start(target::close);
    Waiting.forLatch("the callback", inCallback);
    Thread second = Thread.ofPlatform().start(target::close);
    Waiting.untilParked(second);
    assertThat(target.state()).isEqualTo(TargetState.STARTED);
    go.countDown();
    Waiting.forEnd(first);
    Waiting.forEnd(second);
    assertThat(events).containsExactly("cleanup");
  }

  @Test
  @DisplayName("R-103, R-104 a request closed in flight is deleted after its routine")
  void aRequestClosedInFlightIsDeletedAfterItsRoutine() {
    IoTarget target = over(device);
    IoRequest request = formatted(target);
    IoMemory memory = made.memory(64);
    memory.parent(request);
    memory.onDestroy(noting("memory"));
    target.formatRead(request, memory, 0);
    request.context(COUNT);
    request.onCleanup(noting("cleanup"));
    request.onDestroy(noting("destroy"));
    request.setCompletionRoutine((done, at, result) -> {
      assertThat(done.context(COUNT).incrementAndGet()).isEqualTo(1);
      events.add("routine");
    });
    assertThat(request.send(target)).isTrue();
    request.close();
    assertThat(events).isEmpty();
    device.complete();
    assertThat(events).containsExactly("routine", "cleanup", "memory", "destroy");
  }

  @Test
  @DisplayName("R-075 requests in flight below a target that is closed end before it does")
  void childrenInFlightEndWithTheirTarget() {
    device.onCancel(ManualDevice.OnCancel.COMPLETE);
    IoTarget target = over(device);
    IoRequest request = send(target);
    request.parent(target);
    request.onDestroy(noting("request"));
    target.onDestroy(noting("target"));
    target.close();
    assertThat(events).containsExactly("request", "target");
    assertThat(recorder.count()).isEqualTo(1);
    assertThatThrownBy(request::reuse).isInstanceOf(IoMisuseException.class);
  }

  @Test
  @DisplayName("R-068 a close for query remove keeps contexts, children and callbacks")
  void aCloseForQueryRemoveKeepsTheLife() throws IoRequestException {
    IoTarget target = made.track(IoTarget.open("memory:4096", Access.READ_WRITE));
    AtomicInteger count = target.context(COUNT);
    IoRequest child = made.request();
    child.parent(target);
    target.onCleanup(noting("cleanup"));
    target.closeForQueryRemove();
    assertThat(target.context(COUNT)).isSameAs(count);
    target.reopen();
    child.reuse();
    target.closeForQueryRemove();
    assertThat(events).isEmpty();
    target.close();
    assertThat(events).containsExactly("cleanup");
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
    assertThat(target.hasContext(COUNT)).isFalse();
    assertThatThrownBy(child::reuse).isInstanceOf(IoMisuseException.class);
  }

  @Test
  void aReopenThatFailsAfterAQueryRemoveKeepsTheLife() throws IoRequestException {
    IoTarget target = made.track(IoTarget.open("memory:4096", Access.READ_WRITE));
    AtomicInteger count = target.context(COUNT);
    target.onCleanup(noting("cleanup"));
    target.closeForQueryRemove();
    assertThatThrownBy(() -> target.reopen("nosuchkind:x", OpenOptions.of(Access.READ)))
        .isInstanceOf(IoRequestException.class);
    assertThat(target.context(COUNT)).isSameAs(count);
    assertThat(events).isEmpty();
    target.reopen();
    assertThat(target.state()).isEqualTo(TargetState.STARTED);
  }

  @Test
  @DisplayName("R-065 a target opened again begins a new life")
  void aTargetOpenedAgainBeginsANewLife() throws IoRequestException {
    IoTarget target = made.track(IoTarget.open("memory:4096", Access.READ_WRITE));
    AtomicInteger count = target.context(COUNT);
    target.onCleanup(noting("cleanup"));
    target.onDestroy(noting("destroy"));
    target.close();
    assertThatThrownBy(() -> target.context(COUNT)).isInstanceOf(IoMisuseException.class);
    assertThatThrownBy(() -> target.reopen("nosuchkind:x", OpenOptions.of(Access.READ)))
        .isInstanceOf(IoRequestException.class);
    assertThatThrownBy(() -> target.context(COUNT))
        .as("it could not be opened")
        .isInstanceOf(IoMisuseException.class);
    target.reopen();
    assertThat(target.context(COUNT)).isNotSameAs(count);
    target.onCleanup(noting("cleanup 2"));
    target.close();
    assertThat(events).containsExactly("cleanup", "destroy", "cleanup 2");
  }

  @Test
  @DisplayName("R-433 a closed target that is referenced keeps its contexts, reopened too")
  void aReferencedTargetKeepsItsContexts() throws IoRequestException {
    IoTarget target = made.track(IoTarget.open("memory:4096", Access.READ_WRITE));
    AtomicInteger count = target.context(COUNT);
    target.onDestroy(noting("destroy"));
    target.reference();
    target.parent(made.request());
    target.close();
    assertThat(target.context(COUNT)).isSameAs(count);
    target.reopen();
    assertThat(target.parent()).isEmpty();
    assertThat(target.context(COUNT)).isSameAs(count);
    target.dereference();
    assertThatThrownBy(target::dereference).isInstanceOf(IoMisuseException.class);
    assertThat(events).isEmpty();
    target.reference();
    target.close();
    assertThatThrownBy(() -> target.reopen("nosuchkind:x", OpenOptions.of(Access.READ)))
        .isInstanceOf(IoRequestException.class);
    assertThat(events).isEmpty();
    target.dereference();
    assertThat(events).containsExactly("destroy");
  }

  @Test
  @DisplayName("R-018, R-074 a target deleted with its parent is DELETED and not opened again")
  void aTargetDeletedWithItsParentStaysSo() throws IoRequestException {
    IoTarget target = made.track(IoTarget.open("memory:4096", Access.READ_WRITE));
    IoTarget closed = made.track(IoTarget.open("memory:4096", Access.READ_WRITE));
    IoRequest parent = made.request();
    target.parent(parent);
    closed.parent(parent);
    closed.closeForQueryRemove();
    parent.close();
    for (IoTarget deleted : List.of(target, closed)) {
      assertThat(deleted.state()).isEqualTo(TargetState.DELETED);
      assertThatThrownBy(deleted::reopen)
          .isInstanceOfSatisfying(
              IoMisuseException.class,
              e -> assertThat(e.status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE));
      deleted.stop(SentIoAction.WAIT);
      assertThat(deleted.state()).isEqualTo(TargetState.DELETED);
      IoRequest request = made.request();
      assertThatThrownBy(() -> deleted.formatRead(request, IoMemory.none(), 0))
          .isInstanceOf(IoMisuseException.class);
    }
  }
}
