package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.TargetState;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Targets that a driver has opened for its own use: tied to its device while they are open, and no
/// longer.
@Timeout(60)
class AdoptedTargetTest {
  private static final int ROUNDS = 500;

  private final IoDevice device = IoDevice.function("driver").queue(IoQueue.manual()).alone();

  @AfterEach
  void close() {
    device.close();
  }

  private static IoTarget open() {
    try {
      return IoTarget.open("null:4096", Access.READ_WRITE);
    } catch (IoRequestException e) {
      throw new AssertionError("it can always be opened", e);
    }
  }

  private static void reopen(IoTarget target) {
    try {
      target.reopen();
    } catch (IoRequestException e) {
      throw new AssertionError("it can always be opened", e);
    }
  }

  private static IoStatus misuseOf(Runnable action) {
    try {
      action.run();
    } catch (IoMisuseException e) {
      return e.status();
    }
    return IoStatus.SUCCESS;
  }

  private static void assertCollected(List<WeakReference<IoTarget>> gone) {
    Waiting.until(
        "the collection of " + gone.size() + " targets",
        () -> {
          System.gc();
          return gone.stream().allMatch(each -> each.refersTo(null));
        });
  }

  /// Both at the same moment, on two threads.
  private static void race(Runnable one, Runnable other) {
    CyclicBarrier start = new CyclicBarrier(2);
    Thread beside = Thread.ofPlatform().start(() -> together(start, other));
    together(start, one);
    Waiting.forEnd(beside);
  }

  private static void together(CyclicBarrier start, Runnable action) {
    try {
      start.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new AssertionError("nobody interrupts", e);
    }
    action.run();
  }

  @Test
  void aTargetThatWasClosedIsForgotten() {
    List<WeakReference<IoTarget>> closed = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      closed.add(adoptedAndClosed());
    }
    assertCollected(closed);
  }

  private WeakReference<IoTarget> adoptedAndClosed() {
    IoTarget target = device.adopt(open());
    target.close();
    return new WeakReference<>(target);
  }

  @Test
  void aTargetThatWasOpenedAgainIsClosedWithItsDevice() {
    IoTarget target = device.adopt(open());
    target.close();
    reopen(target);
    assertThat(target.device()).containsSame(device);
    device.close();
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
  }

  @Test
  void aTargetThatWasClosedForARemovalIsClosedWithItsDevice() {
    IoTarget removed = device.adopt(open());
    IoTarget back = device.adopt(open());
    removed.closeForQueryRemove();
    back.closeForQueryRemove();
    reopen(back);
    device.close();
    assertThat(removed.state()).isEqualTo(TargetState.CLOSED);
    assertThat(back.state()).isEqualTo(TargetState.CLOSED);
  }

  @Test
  void aTargetIsNotOpenedAgainWhenItsDeviceHasGone() {
    IoTarget target = device.adopt(open());
    device.close();
    assertThat(misuseOf(() -> reopen(target))).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
  }

  @Test
  void aTargetBelongsToOneDevice() {
    IoDevice other = IoDevice.function("other").queue(IoQueue.manual()).alone();
    IoTarget target = device.adopt(open());
    assertThat(device.adopt(target)).isSameAs(target);
    assertThat(misuseOf(() -> other.adopt(target))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    other.close();
    assertThat(target.state()).isEqualTo(TargetState.STARTED);
    assertThat(target.device()).containsSame(device);
  }

  @Test
  void aTargetThatLeadsElsewhereNowIsNotClosedWithTheDeviceItLedTo() throws Exception {
    IoDevice other = IoDevice.function("other").queue(IoQueue.manual()).alone();
    IoTarget target = IoTarget.to(other);
    target.closeForQueryRemove();
    target.reopen("null:4096", OpenOptions.of(Access.READ_WRITE));
    other.close();
    assertThat(target.state()).isEqualTo(TargetState.STARTED);
    target.close();
  }

  @Test
  void aCloseBesideItsAdoptionLeavesNothingBehind() {
    List<WeakReference<IoTarget>> closed = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      closed.add(closedBesideItsAdoption());
    }
    assertCollected(closed);
  }

  private WeakReference<IoTarget> closedBesideItsAdoption() {
    IoTarget target = open();
    race(target::close, () -> device.adopt(target));
    return new WeakReference<>(target);
  }

  @Test
  void noTargetIsOpenWhenItsDeviceHasGoneWhoeverOpenedItMeanwhile() {
    for (int i = 0; i < ROUNDS; i++) {
      IoDevice going = IoDevice.function("going").queue(IoQueue.manual()).alone();
      IoTarget target = going.adopt(open());
      target.close();
      race(going::close, () -> misuseOf(() -> reopen(target)));
      assertThat(target.state()).isEqualTo(TargetState.CLOSED);
    }
  }

  @Test
  void aTargetThatWasOpenedAgainBesideTheEndOfItsCloseIsStillTied() {
    for (int i = 0; i < ROUNDS; i++) {
      IoDevice going = IoDevice.function("going").queue(IoQueue.manual()).alone();
      IoTarget target = going.adopt(open());
      race(target::close, () -> Waiting.until("it is open again", () -> isOpenAgain(target)));
      assertThat(target.state()).isEqualTo(TargetState.STARTED);
      going.close();
      assertThat(target.state()).isEqualTo(TargetState.CLOSED);
    }
  }

  /// Opens it as soon as it is closed.
  private static boolean isOpenAgain(IoTarget target) {
    return misuseOf(() -> reopen(target)).isSuccess();
  }
}
