package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.ControlCode;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.PurgeAction;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.several.FanOut;
import dev.ioreq.several.Gathering;
import dev.ioreq.testkit.ManualDevice.OnCancel;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class FanOutTest extends ScriptedTest {
  private static final IoStatus EIO = IoStatus.ofErrno(5);
  private static final IoStatus ENOSPC = IoStatus.ofErrno(28);

  private final ManualDevice device = new ManualDevice();
  private final IoTarget target = over(device);
  private final IoMemory memory = made.memory(64);
  private final Ends ends = new Ends();
  private final List<FanOut> fanOuts = new ArrayList<>();

  private FanOut fanOut(Gathering gathering) {
    FanOut fanOut = new FanOut(8, gathering);
    fanOuts.add(fanOut);
    return fanOut;
  }

  /// Reads of windows of 16 bytes, one after the other, the last one shorter.
  private static void split(FanOut fanOut, IoTarget target, IoMemory memory, long lengthBytes) {
    for (long at = 0; at < lengthBytes; at += 16) {
      fanOut.addRead(target, memory, at, Math.min(16, lengthBytes - at), 1000 + at);
    }
  }

  private FanOut started(Gathering gathering, long lengthBytes) {
    FanOut fanOut = fanOut(gathering);
    split(fanOut, target, memory, lengthBytes);
    fanOut.start(ends);
    return fanOut;
  }

  @AfterEach
  void closeFanOuts() {
    fanOuts.forEach(FanOut::close);
  }

  @Test
  @DisplayName(
      "R-348, R-350, S-35 windows of one memory, ended in any order: one end, after the last")
  void windowsOfOneMemory() {
    started(Gathering.SUM, 54);
    assertThat(device.arrivals())
        .containsExactly(
            new ManualDevice.Arrival("READ", 1000, 0, 16),
            new ManualDevice.Arrival("READ", 1016, 0, 16),
            new ManualDevice.Arrival("READ", 1032, 0, 16),
            new ManualDevice.Arrival("READ", 1048, 0, 6));
    Packet first = device.oldest();
    Packet second = device.oldest();
    device.complete(IoStatus.SUCCESS, 16);
    device.complete(IoStatus.SUCCESS, 6);
    second.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.count()).isZero();
    first.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 54));
    assertThat(ends.count()).isEqualTo(1);
  }

  @Test
  @Tag("long")
  @DisplayName("R-350 routines on several threads at once: one end")
  void routinesOnSeveralThreads() {
    FanOut fanOut = fanOut(Gathering.SUM);
    for (int round = 1; round <= 1000; round++) {
      split(fanOut, target, memory, 32);
      fanOut.start(ends);
      Packet first = device.oldest();
      Packet second = device.oldest();
      CountDownLatch go = new CountDownLatch(1);
      Thread other =
          Thread.ofPlatform()
              .start(() -> {
                go.countDown();
                first.complete(IoStatus.SUCCESS, 1);
              });
      Waiting.forLatch("other thread", go);
      second.complete(IoStatus.SUCCESS, 2);
      Waiting.forEnd(other);
      assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 3));
      assertThat(ends.count()).isEqualTo(round);
    }
  }

  @Test
  @DisplayName("R-356 the first child completes before the second is sent: no early end")
  void theFirstChildCompletesInsideItsSend() {
    ManualDevice quick = new ManualDevice();
    List<Integer> seen = new ArrayList<>();
    quick.atOnce(packet -> {
      packet.complete(IoStatus.SUCCESS, 16);
      seen.add(ends.count());
    });
    FanOut fanOut = fanOut(Gathering.SUM);
    fanOut.addRead(over(quick), memory, 0, 16, 0);
    fanOut.addRead(target, memory, 16, 16, 16);
    fanOut.start(ends);
    assertThat(seen).containsExactly(0);
    assertThat(ends.count()).isZero();
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 32));
  }

  @Test
  @DisplayName("R-353 send j is refused: the others are waited for, and the reason is the status")
  void oneSendIsRefused() {
    IoTarget purged = over(new ManualDevice());
    purged.purge(PurgeAction.PURGE);
    FanOut fanOut = fanOut(Gathering.CONTIGUOUS_PREFIX);
    fanOut.addRead(target, memory, 0, 16, 0);
    fanOut.addRead(purged, memory, 16, 16, 0);
    fanOut.addRead(target, memory, 32, 16, 0);
    fanOut.start(ends);
    assertThat(device.kept()).isEqualTo(2);
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.count()).isZero();
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.INVALID_DEVICE_STATE, 16));
    assertThat(fanOut.status(1)).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(fanOut.status(2)).isEqualTo(IoStatus.SUCCESS);
    assertThat(fanOut.information(2)).isEqualTo(16);
  }

  @Test
  @DisplayName("R-353 all sends are refused: the end comes inside start")
  void allSendsAreRefused() {
    target.purge(PurgeAction.PURGE);
    started(Gathering.SUM, 64);
    assertThat(ends.count()).isEqualTo(1);
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.INVALID_DEVICE_STATE, 0));
    assertThat(device.arrivals()).isEmpty();
  }

  @Test
  @DisplayName("R-352 the failure that comes first in time wins")
  void theFirstFailureWins() {
    FanOut fanOut = started(Gathering.SUM, 64);
    Packet first = device.oldest();
    device.complete(EIO, 3);
    first.complete(ENOSPC, 0);
    device.complete(IoStatus.SUCCESS, 16);
    device.complete(IoStatus.DEVICE_BUSY, 0);
    assertThat(ends.await()).isEqualTo(new Ends.End(EIO, 19));
    assertThat(fanOut.status(0)).isEqualTo(ENOSPC);
    assertThat(fanOut.information(1)).isEqualTo(3);
  }

  @Test
  @DisplayName("R-352 the contiguous prefix ends with the first failure, or the first short child")
  void theContiguousPrefix() {
    started(Gathering.CONTIGUOUS_PREFIX, 64);
    device.complete(IoStatus.SUCCESS, 16);
    device.complete(EIO, 5);
    device.complete(IoStatus.SUCCESS, 16);
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await()).isEqualTo(new Ends.End(EIO, 21));
    started(Gathering.CONTIGUOUS_PREFIX, 64);
    device.complete(IoStatus.SUCCESS, 16);
    device.complete(IoStatus.SUCCESS, 9);
    device.complete(IoStatus.SUCCESS, 16);
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 25));
  }

  @Test
  @DisplayName("a split read over the end of a file ends as one read would")
  void aSplitReadOverTheEndOfAFile() {
    started(Gathering.CONTIGUOUS_PREFIX, 64);
    device.complete(IoStatus.SUCCESS, 16);
    device.complete(IoStatus.SUCCESS, 4);
    device.complete(IoStatus.END_OF_FILE, 0);
    device.complete(IoStatus.END_OF_FILE, 0);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 20));
    started(Gathering.CONTIGUOUS_PREFIX, 32);
    device.complete(IoStatus.END_OF_FILE, 0);
    device.complete(IoStatus.END_OF_FILE, 0);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.END_OF_FILE, 0));
    started(Gathering.SUM, 32);
    device.complete(IoStatus.SUCCESS, 4);
    device.complete(IoStatus.END_OF_FILE, 0);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.END_OF_FILE, 4));
  }

  @Test
  @DisplayName("R-357 one write to several targets: each gets all, and the least counts")
  void oneWriteToSeveralTargets() {
    List<ManualDevice> devices = List.of(new ManualDevice(), new ManualDevice(), device);
    FanOut fanOut = fanOut(Gathering.LEAST);
    devices.forEach(each -> fanOut.addWrite(over(each), memory, 0, 0, 8));
    fanOut.start(ends);
    for (ManualDevice each : devices) {
      assertThat(each.arrivals()).containsExactly(new ManualDevice.Arrival("WRITE", 8, 64, 0));
    }
    devices.get(0).complete(IoStatus.SUCCESS, 64);
    devices.get(1).complete(IoStatus.SUCCESS, 60);
    devices.get(2).complete(IoStatus.SUCCESS, 64);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 60));
  }

  @Test
  @DisplayName("R-358 children of other kinds, each with its own timeout")
  void childrenOfOtherKinds() {
    device.onCancel(OnCancel.COMPLETE);
    ManualDevice other = new ManualDevice();
    FanOut fanOut = fanOut(Gathering.SUM);
    fanOut.addRead(target, memory, 0, 16, 0, SendOptions.timeout(Duration.ofMillis(1)));
    fanOut.addRead(target, memory, 16, 16, 0, SendOptions.timeout(Duration.ofHours(1)));
    IoTarget controlled = over(other);
    IoRequest control = fanOut.add(controlled, SendOptions.none());
    controlled.formatDeviceControl(
        control,
        ControlCode.of("NOTHING", 1, 1, BufferMethod.BUFFERED, 0),
        IoMemory.none(),
        IoMemory.none());
    fanOut.start(ends);
    device.awaitCancels(1);
    assertThat(device.kept()).isEqualTo(1);
    device.complete(IoStatus.SUCCESS, 16);
    other.complete(IoStatus.SUCCESS, 3);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.IO_TIMEOUT, 19));
    assertThat(fanOut.status(0)).isEqualTo(IoStatus.IO_TIMEOUT);
    assertThat(fanOut.status(1)).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-359 a stopped target holds its child back, and the whole waits for it")
  void aStoppedTargetHoldsItsChildBack() {
    ManualDevice other = new ManualDevice();
    IoTarget stopped = over(other);
    stopped.stop(SentIoAction.LEAVE_PENDING);
    FanOut fanOut = fanOut(Gathering.SUM);
    fanOut.addRead(target, memory, 0, 16, 0);
    fanOut.addRead(stopped, memory, 16, 16, 0);
    fanOut.start(ends);
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.count()).isZero();
    assertThat(stopped.requestsHeld()).isEqualTo(1);
    stopped.start();
    other.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 32));
  }

  @Test
  @DisplayName("R-351 when the end is reported no request holds a reference on memory")
  void noReferenceIsLeftAtTheEnd() {
    IoMemory mine = IoMemory.allocate(64);
    MemorySegment.Scope scope = mine.segment().scope();
    List<Boolean> alive = new ArrayList<>();
    ends.then(() -> {
      mine.close();
      alive.add(scope.isAlive());
    });
    FanOut fanOut = fanOut(Gathering.SUM);
    split(fanOut, target, mine, 64);
    fanOut.start(ends);
    device.completeAll();
    assertThat(alive).containsExactly(false);
  }

  @Test
  @DisplayName("R-354 cancel asks every child; the end comes when all have ended")
  void cancelAsksEveryChild() {
    device.onCancel(OnCancel.COMPLETE);
    ManualDevice stubborn = new ManualDevice();
    FanOut fanOut = fanOut(Gathering.SUM);
    split(fanOut, target, memory, 48);
    fanOut.addRead(over(stubborn), memory, 48, 16, 0);
    fanOut.start(ends);
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(fanOut.cancel()).isTrue();
    assertThat(device.cancels()).isEqualTo(2);
    assertThat(stubborn.cancels()).isEqualTo(1);
    assertThat(ends.count()).isZero();
    stubborn.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.CANCELLED, 32));
    assertThat(fanOut.cancel()).as("of an ended one").isFalse();
  }

  @Test
  @DisplayName("R-355 a cancel of a round leaves nothing behind for the next one")
  void aCancelLeavesNothingBehind() {
    FanOut fanOut = started(Gathering.SUM, 32);
    device.complete(IoStatus.SUCCESS, 16);
    fanOut.cancel(); // marks the child that has ended, is refused by the other's device
    fanOut.cancel();
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 32));
    assertThat(fanOut.cancel()).isFalse();
    split(fanOut, target, memory, 32);
    fanOut.start(ends);
    assertThat(device.kept()).isEqualTo(2);
    device.complete(IoStatus.SUCCESS, 16);
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 32));
  }

  @Test
  @DisplayName("R-306, R-354 a cancel before the start: nothing is sent")
  void aCancelBeforeTheStart() {
    FanOut fanOut = fanOut(Gathering.SUM);
    split(fanOut, target, memory, 32);
    assertThat(fanOut.cancel()).isTrue();
    fanOut.start(ends);
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.CANCELLED, 0));
    assertThat(device.arrivals()).isEmpty();
    split(fanOut, target, memory, 32);
    fanOut.start(ends);
    device.completeAll();
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 0));
  }

  @Test
  @DisplayName("R-354, R-356 a cancel between two sends: the children to come are not delivered")
  void aCancelBetweenTwoSends() {
    FanOut fanOut = fanOut(Gathering.SUM);
    device.atOnce(packet -> {
      assertThat(fanOut.cancel()).isTrue();
      packet.complete(IoStatus.SUCCESS, 16);
    });
    split(fanOut, target, memory, 64);
    fanOut.start(ends);
    assertThat(device.arrivals()).hasSize(1);
    assertThat(ends.count()).isEqualTo(1);
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.CANCELLED, 16));
  }

  @Test
  @DisplayName(
      "R-210 rounds begun from the end routine do not grow the stack, refused ones included")
  void roundsBegunFromTheEndRoutine() {
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 16));
    IoTarget purged = over(new ManualDevice());
    purged.purge(PurgeAction.PURGE);
    for (boolean isRefusedLast : new boolean[] {true, false}) {
      FanOut fanOut = fanOut(Gathering.SUM);
      Ends rounds = new Ends();
      Runnable fill =
          () -> {
            fanOut.addRead(isRefusedLast ? target : purged, memory, 0, 16, 0);
            fanOut.addRead(isRefusedLast ? purged : target, memory, 16, 16, 0);
            fanOut.start(rounds);
          };
      rounds.then(() -> {
        if (rounds.count() < 5_000) {
          fill.run();
        }
      });
      fill.run();
      assertThat(rounds.count()).isEqualTo(5_000);
    }
  }

  @Test
  @Tag("long")
  @DisplayName("a round is filled and started again from its end routine, and by another thread")
  void theNextRoundIsAnotherThreads() {
    target.purge(PurgeAction.PURGE);
    FanOut fanOut = fanOut(Gathering.SUM);
    List<Thread> others = new ArrayList<>();
    ends.then(() -> {
      if (ends.count() < 1000) {
        Thread other =
            Thread.ofPlatform()
                .unstarted(() -> {
                  split(fanOut, target, memory, 32);
                  fanOut.start(ends);
                });
        others.add(other);
        other.start();
      }
    });
    split(fanOut, target, memory, 32);
    fanOut.start(ends);
    for (int i = 0; i < 1000; i++) {
      ends.await();
    }
    others.forEach(Waiting::forEnd);
    assertThat(ends.count()).isEqualTo(1000);
  }

  @Test
  @DisplayName("misuse throws and changes nothing")
  void misuseThrows() {
    FanOut fanOut = fanOut(Gathering.SUM);
    assertThat(misuse(() -> fanOut.start(ends))).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    assertThat(misuse(() -> fanOut.add(target, SendOptions.synchronous())))
        .isEqualTo(IoStatus.INVALID_PARAMETER);
    assertThat(misuse(() -> fanOut.addRead(target, memory, 60, 16, 0)))
        .as("R-136, and it is not added")
        .isEqualTo(IoStatus.INTEGER_OVERFLOW);
    assertThat(fanOut.count()).isZero();
    assertThat(misuse(() -> fanOut.start(ends))).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    for (int i = 0; i < 8; i++) {
      fanOut.addRead(target, memory, 0, 16, 0);
    }
    assertThat(misuse(() -> fanOut.addRead(target, memory, 0, 16, 0)))
        .isEqualTo(IoStatus.INSUFFICIENT_RESOURCES);
    fanOut.start(ends);
    assertThat(misuse(() -> fanOut.start(ends))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(misuse(() -> fanOut.addRead(target, memory, 0, 16, 0)))
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(misuse(fanOut::reuse)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(device.kept()).isEqualTo(8);
    device.completeAll();
    assertThat(ends.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-155 a child that was not formatted fails, the others go on")
  void aChildThatWasNotFormatted() {
    FanOut fanOut = fanOut(Gathering.SUM);
    fanOut.addRead(target, memory, 0, 16, 0);
    fanOut.add(target, SendOptions.none());
    fanOut.start(ends);
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.REQUEST_NOT_ACCEPTED, 16));
  }

  @Test
  @DisplayName("what was added is forgotten by reuse, with its references")
  void reuseForgets() {
    IoMemory mine = IoMemory.allocate(64);
    MemorySegment.Scope scope = mine.segment().scope();
    FanOut fanOut = fanOut(Gathering.SUM);
    split(fanOut, target, mine, 64);
    mine.close();
    assertThat(scope.isAlive()).isTrue();
    fanOut.reuse();
    assertThat(scope.isAlive()).isFalse();
    assertThat(misuse(() -> fanOut.start(ends))).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
  }

  @Test
  @DisplayName("a fan-out closed while it runs ends as it would, and is released then")
  void closedWhileItRuns() {
    FanOut fanOut = started(Gathering.SUM, 32);
    fanOut.close();
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.count()).isZero();
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 32));
    assertThat(misuse(() -> fanOut.addRead(target, memory, 0, 16, 0)))
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName("an end routine that throws disturbs nobody")
  void anEndRoutineThatThrows() {
    FanOut fanOut = fanOut(Gathering.SUM);
    fanOut.addRead(target, memory, 0, 16, 0);
    fanOut.start((status, information) -> {
      throw new IllegalStateException("thrown by the test");
    });
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(target.requestsInFlight()).isZero();
    fanOut.addRead(target, memory, 0, 16, 0);
    fanOut.start(ends);
    device.complete(IoStatus.SUCCESS, 16);
    assertThat(ends.await().status()).isEqualTo(IoStatus.SUCCESS);
  }
}
