package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import dev.ioreq.several.ContinuousReader;
import dev.ioreq.several.ReaderConfig;
import dev.ioreq.testkit.ManualDevice.OnCancel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Reads that fail, buffers that are not to be had, and callbacks that throw: who is told, when,
/// and whether the reader goes on.
class ContinuousReaderFailureTest extends ReaderTest {
  @Test
  @DisplayName("R-087 a failure cancels the others, then the callback runs alone: false, idle")
  void aFailureEndsAll() {
    List<Integer> keptThen = new CopyOnWriteArrayList<>();
    List<Thread> threads = new CopyOnWriteArrayList<>();
    inFailed =
        () -> {
          keptThen.add(device.kept());
          threads.add(Thread.currentThread());
        };
    for (ReaderConfig config : List.of(THREE, THREE.inAnyOrder())) {
      ContinuousReader reader = started(config);
      device.complete(EIO, 0);
      awaitFailed();
      awaitIdle(reader);
      assertThat(failures).containsExactly(EIO);
      assertThat(keptThen).containsExactly(0);
      assertThat(threads).isNotEmpty().allMatch(Thread::isVirtual);
      assertThat(device.kept()).isZero();
      reader.start();
      device.awaitArrivals(3);
      reader.close();
      failures.clear();
      keptThen.clear();
    }
  }

  @Test
  @DisplayName("R-087 the callback waits for a read that the device does not cancel")
  void theFailureCallbackWaits() {
    device.onCancel(OnCancel.REFUSE);
    ContinuousReader reader = started(THREE.inAnyOrder());
    device.complete(EIO, 0);
    device.awaitCancels(2);
    device.complete(IoStatus.CANCELLED, 0);
    assertThat(failures).isEmpty();
    give(device.oldest(), 5);
    awaitFailed();
    awaitIdle(reader);
    assertThat(failures).containsExactly(EIO);
    assertThat(values()).as("what was read is delivered all the same").containsExactly((byte) 5);
  }

  @Test
  @DisplayName("R-087 the callback answers true: all reads are sent again")
  void aFailureThatIsOvercome() {
    goesOn = true;
    ContinuousReader reader = started(THREE);
    for (int i = 0; i < 3; i++) {
      device.complete(EIO, 0);
      awaitFailed();
      device.awaitArrivals(3);
      assertThat(device.kept()).isEqualTo(3);
    }
    assertThat(reader.isRunning()).isTrue();
    assertThat(failures).hasSize(3);
  }

  @Test
  @DisplayName("R-087 what was read is delivered before the failure is reported")
  void dataBeforeTheFailure() {
    device.onCancel(OnCancel.REFUSE);
    ContinuousReader reader = started(THREE);
    List<Byte> before = new CopyOnWriteArrayList<>();
    inFailed = () -> before.addAll(values());
    Packet first = device.oldest();
    device.complete(EIO, 0);
    device.awaitCancels(2);
    give(device.oldest(), 3);
    assertThat(failures).isEmpty();
    give(first, 1);
    awaitFailed();
    awaitIdle(reader);
    assertThat(before).containsExactly((byte) 1, (byte) 3);
    assertThat(failures).containsExactly(EIO);
  }

  @Test
  @DisplayName("R-087 at positions a failure takes its turn: nothing before the end is missed")
  void aFailureTakesItsTurn() {
    ContinuousReader reader = started(THREE.withPositions(0));
    List<Byte> before = new CopyOnWriteArrayList<>();
    inFailed = () -> before.addAll(values());
    Packet first = device.oldest();
    Packet second = device.oldest();
    device.complete(IoStatus.END_OF_FILE, 0);
    give(second, 2);
    assertThat(device.cancels()).isZero();
    give(first, 1);
    awaitFailed();
    awaitIdle(reader);
    assertThat(before).containsExactly((byte) 1, (byte) 2);
    assertThat(failures).containsExactly(IoStatus.END_OF_FILE);
  }

  @Test
  @DisplayName("R-087 a stop while the failure is dealt with: its answer does not count")
  void aStopWhileAFailureIsDealtWith() {
    goesOn = true;
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    inFailed =
        () -> {
          entered.countDown();
          Waiting.forLatch("the test", go);
        };
    ContinuousReader reader = started(THREE);
    device.complete(EIO, 0);
    Waiting.forLatch("failure callback", entered);
    Thread stopper = Thread.ofPlatform().start(reader::stop);
    Waiting.untilParked(stopper);
    go.countDown();
    Waiting.forEnd(stopper);
    assertThat(reader.isRunning()).isFalse();
    assertThat(device.arrivals()).hasSize(3);
  }

  @Test
  @DisplayName("a callback that throws disturbs nobody")
  void aCallbackThatThrows() {
    inRead =
        () -> {
          throw new IllegalStateException("thrown by the test");
        };
    inFailed = inRead;
    goesOn = true;
    for (ReaderConfig config : List.of(THREE, THREE.inAnyOrder())) {
      ContinuousReader reader = started(config);
      give(device.oldest(), 1);
      awaitDelivered(1);
      device.awaitArrivals(1);
      assertThat(device.kept()).isEqualTo(3);
      device.complete(EIO, 0);
      awaitFailed();
      awaitIdle(reader);
      reader.close();
    }
  }

  @Test
  @DisplayName("no buffer to be had is a failure; so is one that is too small")
  void noBuffer() {
    try (IoMemoryPool pool = new IoMemoryPool(16, 2)) {
      ContinuousReader reader = reader(THREE.withMemory(pool::tryTake));
      reader.start();
      awaitFailed();
      awaitIdle(reader);
      assertThat(failures).containsExactly(IoStatus.INSUFFICIENT_RESOURCES);
      reader.close();
    }
    ContinuousReader small = reader(THREE.withMemory(() -> IoMemory.allocate(15)));
    small.start();
    awaitFailed();
    awaitIdle(small);
    assertThat(failures).last().isEqualTo(IoStatus.BUFFER_TOO_SMALL);
    small.close();
    ContinuousReader throwing =
        reader(
            THREE.withMemory(() -> {
              throw new IllegalStateException("thrown by the test");
            }));
    throwing.start();
    awaitFailed();
    awaitIdle(throwing);
    assertThat(failures).last().isEqualTo(IoStatus.INSUFFICIENT_RESOURCES);
    throwing.close();
    ContinuousReader wrong =
        reader(
            THREE.withMemory(() -> {
              throw new AssertionError("thrown by the test");
            }));
    wrong.start();
    awaitFailed();
    awaitIdle(wrong);
    assertThat(failures).last().isEqualTo(IoStatus.INSUFFICIENT_RESOURCES);
  }
}
