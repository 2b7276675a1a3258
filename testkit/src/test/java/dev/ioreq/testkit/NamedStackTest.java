package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.DeviceStack;
import dev.ioreq.IoDevice;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.TargetState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class NamedStackTest extends ReceivedTest {
  private static final OpenOptions ALONE = OpenOptions.of(Access.READ_WRITE).withExclusive();

  private DeviceStack stack = DeviceStack.over(over(lower));

  @AfterEach
  void closeStack() {
    stack.close();
  }

  private static IoTarget open(String name) throws Exception {
    return IoTarget.open(name, Access.READ_WRITE);
  }

  private IoDevice filter(String name) {
    return stack.device(name).orElseThrow();
  }

  private DeviceStack three() {
    return stack
        .add(IoDevice.function("bottom").queue(keeping()))
        .register("disk")
        .add(IoDevice.filter("middle").queue(keeping()))
        .add(IoDevice.filter("top").queue(keeping()));
  }

  @Test
  @DisplayName(
      "R-006, R-425 a name leads to the top: the filters above the named layer see it first")
  void aNameLeadsToTheTop() throws Exception {
    three();
    assertThat(stack.layers())
        .extracting(IoDevice::name)
        .containsExactly("bottom", "middle", "top");
    try (IoTarget target = open("device:disk")) {
      assertThat(target.state()).isEqualTo(TargetState.STARTED);
      assertThat(target.name()).isEqualTo("device:disk");
      IoRequest request = send(target);
      for (String name : new String[] {"top", "middle", "bottom"}) {
        ReceivedRequest received = got.getLast();
        assertThat(received.device()).isSameAs(filter(name));
        assertThat(received.client()).containsSame(target);
        received.formatUsingCurrentType();
        received.setCompletionRoutine((sent, at, result) -> received.complete(result.status()));
        assertThat(received.send(received.device().localTarget().orElseThrow())).isTrue();
      }
      lower.complete(IoStatus.SUCCESS, 9);
      assertThat(request.information()).isEqualTo(9);
    }
  }

  @Test
  @DisplayName("R-016 a name that no stack has: OBJECT_NAME_NOT_FOUND")
  void noSuchName() {
    assertRefused(IoStatus.OBJECT_NAME_NOT_FOUND, () -> open("device:nobody"));
  }

  @Test
  @DisplayName(
      "R-006, R-065 the name lives with the stack; the next stack of that name can be opened")
  void theNameLivesWithTheStack() throws Exception {
    three();
    IoTarget target = made.track(open("device:disk"));
    stack.close();
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
    assertThat(lower.isClosed()).isTrue();
    assertRefused(IoStatus.OBJECT_NAME_NOT_FOUND, target::reopen);
    assertRefused(IoStatus.NO_SUCH_DEVICE, stack::open);
    stack = DeviceStack.of(IoDevice.function("new").queue(keeping())).register("disk");
    target.reopen();
    send(target);
    assertThat(got.getLast().device()).isSameAs(filter("new"));
    got.getLast().complete(IoStatus.SUCCESS);
    stack.close();
    assertThat(target.state())
        .as("the reopened one is closed with the stack too")
        .isEqualTo(TargetState.CLOSED);
  }

  @Test
  @DisplayName(
      "R-022 one client alone: SHARING_VIOLATION for others, and for it while there are others")
  void oneClientAlone() throws Exception {
    three();
    try (IoTarget first = open("device:disk")) {
      assertRefused(IoStatus.SHARING_VIOLATION, () -> IoTarget.open("device:disk", ALONE));
      try (IoTarget second = stack.open()) {
        assertThat(second.state()).isEqualTo(first.state());
      }
    }
    try (IoTarget alone = IoTarget.open("device:disk", ALONE)) {
      assertThat(alone.state()).isEqualTo(TargetState.STARTED);
      assertRefused(IoStatus.SHARING_VIOLATION, () -> open("device:disk"));
      assertRefused(IoStatus.SHARING_VIOLATION, stack::open);
    }
    open("device:disk").close();
  }

  @Test
  @DisplayName(
      "R-335, R-331 a client that closes takes back what it has waiting, and nobody else's")
  void aClientThatCloses() throws Exception {
    stack.add(IoDevice.function("manual").queue(IoQueue.manual()));
    IoTarget first = made.track(stack.open());
    IoTarget second = made.track(stack.open());
    IoRequest gone = send(first);
    IoRequest stays = send(second);
    first.close();
    assertThat(gone.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(stays.status()).isEqualTo(IoStatus.PENDING);
    filter("manual").defaultQueue().orElseThrow().retrieveNext(got::add);
    assertThat(got.getLast().client()).containsSame(second);
    got.getLast().complete(IoStatus.SUCCESS);
    assertThat(stays.status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-014 names and layers that do not fit are refused")
  void whatDoesNotFit() {
    assertRefused(IoStatus.NO_SUCH_DEVICE, stack::open);
    three();
    assertMisuse(IoStatus.INVALID_DEVICE_STATE, () -> stack.register("other"));
    DeviceStack second = DeviceStack.over(filter("bottom"));
    assertMisuse(IoStatus.SHARING_VIOLATION, () -> second.register("disk"));
    assertThat(DeviceStack.named("disk")).containsSame(stack);
    second.add(IoDevice.filter("beside").queue(keeping()));
    second.close();
    assertMisuse(
        IoStatus.INVALID_DEVICE_STATE, () -> second.add(IoDevice.filter("late").queue(keeping())));
    stack.close();
    assertThat(DeviceStack.named("disk")).isEmpty();
  }

  @Test
  @DisplayName(
      "R-064 closing the stack ends what is in flight in any of its layers, from the top on")
  void closingEndsWhatIsInFlight() throws Exception {
    lower.onCancel(ManualDevice.OnCancel.COMPLETE);
    three();
    IoTarget target = made.track(stack.open());
    IoRequest marked = send(target);
    got.getLast().markCancelable(received -> received.complete(IoStatus.CANCELLED, 0));
    IoRequest below = send(target);
    ReceivedRequest received = got.getLast();
    received.formatUsingCurrentType();
    received.setCompletionRoutine((sent, at, result) -> received.complete(result.status()));
    assertThat(received.send(filter("top").localTarget().orElseThrow())).isTrue();
    got.getLast().markCancelable(r -> r.complete(IoStatus.CANCELLED, 1));
    stack.close();
    assertThat(marked.status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(below.information()).isEqualTo(1);
    stack.close();
  }

  @Test
  @DisplayName(
      "R-076, R-236 a target to the stack itself goes with the top, and takes what is forgotten")
  void aTargetToTheStackGoesWithTheTop() throws Exception {
    three();
    IoTarget target = made.track(stack.open());
    IoTarget alike = to(keeper().forwardsTo(target).alone());
    send(alike);
    assertThat(got.getLast().send(target, SendOptions.sendAndForget())).isTrue();
    got.getLast().complete(IoStatus.SUCCESS, 4);
    assertThat(recorder.await().information()).isEqualTo(4);
    filter("top").close();
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
  }
}
