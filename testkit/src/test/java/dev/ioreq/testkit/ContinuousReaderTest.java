package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.PurgeAction;
import dev.ioreq.SentIoAction;
import dev.ioreq.several.ContinuousReader;
import dev.ioreq.several.ReaderConfig;
import dev.ioreq.testkit.ManualDevice.OnCancel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// How a reader starts and stops, what it sends, and how its data is delivered.
class ContinuousReaderTest extends ReaderTest {
  @Test
  @DisplayName("R-082 as many reads as configured: 0 means 2, more than 10 means 10")
  void asManyReadsAsConfigured() {
    started(ReaderConfig.of(16)).close();
    assertThat(device.arrivals()).hasSize(1);
    device.arrivals().clear();
    started(ReaderConfig.of(16).withReads(0)).close();
    assertThat(device.arrivals()).hasSize(2);
    device.arrivals().clear();
    started(ReaderConfig.of(16).withReads(11)).close();
    assertThat(device.arrivals()).hasSize(10);
  }

  @Test
  @DisplayName("R-083 nothing is read before the start; stop cancels and waits; start reads again")
  void startAndStop() {
    ContinuousReader reader = reader(THREE);
    assertThat(device.arrivals()).isEmpty();
    assertThat(reader.isRunning()).isFalse();
    reader.stop();
    reader.start();
    device.awaitArrivals(3);
    assertThat(reader.isRunning()).isTrue();
    reader.start();
    assertThat(device.kept()).as("start of a running one").isEqualTo(3);
    reader.stop();
    assertThat(device.kept()).isZero();
    assertThat(device.cancels()).isEqualTo(3);
    assertThat(target.requestsInFlight()).isZero();
    assertThat(reader.isRunning()).isFalse();
    reader.start();
    device.awaitArrivals(3);
    assertThat(device.kept()).isEqualTo(3);
    assertThat(failures).isEmpty();
    assertThat(data).isEmpty();
  }

  @Test
  @DisplayName(
      "R-053, R-083 stop waits for reads that the device does not cancel, and delivers them")
  void stopWaitsForTheDevice() {
    ContinuousReader reader = started(THREE);
    device.onCancel(OnCancel.REFUSE);
    Thread stopper = Thread.ofPlatform().start(reader::stop);
    device.awaitCancels(3);
    Waiting.untilParked(stopper);
    give(device.oldest(), 1);
    give(device.oldest(), 2);
    awaitDelivered(2);
    Waiting.untilParked(stopper);
    give(device.oldest(), 3);
    Waiting.forEnd(stopper);
    assertThat(values()).containsExactly((byte) 1, (byte) 2, (byte) 3);
    assertThat(device.arrivals()).hasSize(3);
  }

  @Test
  @DisplayName("R-083 stop waits for a callback that runs")
  void stopWaitsForACallback() {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    inRead =
        () -> {
          entered.countDown();
          Waiting.forLatch("the test", go);
        };
    ContinuousReader reader = started(THREE);
    give(device.oldest(), 1);
    Waiting.forLatch("callback", entered);
    Thread stopper = Thread.ofPlatform().start(reader::stop);
    device.awaitCancels(2);
    Waiting.untilParked(stopper);
    go.countDown();
    Waiting.forEnd(stopper);
    assertThat(delivered.availablePermits()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-083 a stop of the target cancels the reads, its start sends them again")
  void stopAndStartOfTheTarget() {
    for (ReaderConfig config : List.of(THREE, THREE.inAnyOrder())) {
      ContinuousReader reader = started(config);
      target.stop(SentIoAction.CANCEL);
      assertThat(device.kept()).isZero();
      Waiting.until("reads held back", () -> target.requestsHeld() == 3);
      target.start();
      device.awaitArrivals(3);
      give(device.oldest(), 7);
      awaitDelivered(1);
      device.awaitArrivals(1);
      target.stop(SentIoAction.CANCEL);
      Waiting.until("reads held back", () -> target.requestsHeld() == 3);
      reader.close();
      assertThat(target.requestsHeld()).isZero();
      target.start();
    }
    assertThat(failures).isEmpty();
  }

  @Test
  @DisplayName("R-083 a purge or close of the target ends the reads, which is no failure")
  void purgeAndCloseOfTheTarget() {
    ContinuousReader reader = started(THREE);
    target.purge(PurgeAction.PURGE_AND_WAIT);
    awaitIdle(reader);
    assertThat(misuse(reader::start)).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    target.stop(SentIoAction.CANCEL);
    reader.start();
    Waiting.until("reads held back", () -> target.requestsHeld() == 3);
    target.purge(PurgeAction.PURGE_AND_WAIT); // held ones: never sent
    awaitIdle(reader);
    target.start();
    reader.start();
    device.awaitArrivals(3);
    target.close();
    awaitIdle(reader);
    assertThat(misuse(reader::start)).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(failures).isEmpty();
    assertThat(data).isEmpty();
  }

  @Test
  @DisplayName(
      "R-084 a read is sent again with a fresh buffer, and not on the stack of its routine")
  void sentAgainWithAFreshBuffer() {
    for (ReaderConfig config : List.of(ReaderConfig.of(16), ReaderConfig.of(16).inAnyOrder())) {
      List<IoMemory> handedOut = new CopyOnWriteArrayList<>();
      ContinuousReader reader =
          reader(
              config
                  .withReads(1)
                  .withMemory(() -> {
                    IoMemory made = IoMemory.allocate(16);
                    handedOut.add(made);
                    return made;
                  }));
      List<Thread> senders = new CopyOnWriteArrayList<>();
      List<Integer> depths = new CopyOnWriteArrayList<>();
      device.atOnce(packet -> {
        senders.add(Thread.currentThread());
        depths.add(Thread.currentThread().getStackTrace().length);
        if (senders.size() < 1000) {
          give(packet, 1);
        } else {
          device.atOnce(null).dispatch(packet);
        }
      });
      reader.start();
      awaitDelivered(999);
      Waiting.until("the last send", () -> senders.size() == 1000);
      assertThat(senders).doesNotContain(Thread.currentThread());
      assertThat(depths).allMatch(depth -> depth <= depths.getFirst() + 4);
      assertThat(handedOut).hasSize(1000).doesNotHaveDuplicates();
      reader.close();
    }
  }

  @Test
  @DisplayName("R-085 in order: by the order of sends, one callback at a time")
  void inOrder() {
    started(THREE);
    Packet first = device.oldest();
    Packet second = device.oldest();
    give(device.oldest(), 3);
    give(second, 2);
    assertThat(data).isEmpty();
    give(first, 1);
    awaitDelivered(3);
    assertThat(values()).containsExactly((byte) 1, (byte) 2, (byte) 3);
    assertThat(data.getFirst().thread().isVirtual()).isTrue();
  }

  @Test
  @DisplayName("R-085 in any order: on the completing threads, at the same time")
  void inAnyOrder() {
    CountDownLatch both = new CountDownLatch(2);
    inRead =
        () -> {
          both.countDown();
          Waiting.forLatch("the other callback", both);
        };
    started(THREE.inAnyOrder());
    Packet first = device.oldest();
    Packet second = device.oldest();
    Thread other = Thread.ofPlatform().start(() -> give(second, 2));
    give(first, 1);
    Waiting.forEnd(other);
    assertThat(data)
        .extracting(Data::thread)
        .containsExactlyInAnyOrder(Thread.currentThread(), other);
  }

  @Test
  @DisplayName("R-086 header and trailer are room in the buffer, and not in the byte count")
  void headerAndTrailer() {
    List<byte[]> buffers = new CopyOnWriteArrayList<>();
    List<@Nullable Object> contexts = new CopyOnWriteArrayList<>();
    ContinuousReader reader =
        new ContinuousReader(
            target,
            ReaderConfig.of(32).withReads(1).withRoom(8, 4).withContext("context"),
            (at, memory, bytes, context) -> {
              buffers.add(memory.segment().toArray(ValueLayout.JAVA_BYTE));
              contexts.add(context);
              data.add(new Data((byte) 9, bytes, Thread.currentThread()));
              delivered.release();
            },
            (at, status, context) -> false);
    readers.add(reader);
    reader.start();
    device.awaitArrivals(1);
    assertThat(device.arrivals().getFirst().outputLength()).isEqualTo(32);
    give(device.oldest(), 9);
    awaitDelivered(1);
    assertThat(data.getFirst().bytes()).isEqualTo(32);
    assertThat(contexts).containsExactly("context");
    byte[] expected = new byte[44];
    Arrays.fill(expected, 8, 40, (byte) 9);
    assertThat(buffers).containsExactly(expected);
  }

  @Test
  @DisplayName("R-086 the buffer is freed after the callback, unless it was kept or sent on")
  void theBufferIsFreed() {
    List<IoMemory> handedOut = new CopyOnWriteArrayList<>();
    List<MemorySegment.Scope> scopes = new CopyOnWriteArrayList<>();
    IoRequest sentOn = made.request();
    ManualDevice other = new ManualDevice();
    IoTarget onward = over(other);
    AtomicInteger turn = new AtomicInteger();
    List<ContinuousReader> self = new ArrayList<>();
    ContinuousReader reader =
        new ContinuousReader(
            target,
            ReaderConfig.of(16)
                .withReads(1)
                .withMemory(() -> {
                  IoMemory made = IoMemory.allocate(16);
                  handedOut.add(made);
                  scopes.add(made.segment().scope());
                  return made;
                }),
            (at, memory, bytes, context) -> {
              switch (turn.getAndIncrement()) {
                case 0 -> self.getFirst().keep(memory);
                case 1 -> {
                  onward.formatWrite(sentOn, memory, 0);
                  sentOn.send(onward);
                }
                default -> {}
              }
              delivered.release();
            },
            (at, status, context) -> false);
    self.add(reader);
    readers.add(reader);
    reader.start();
    for (int i = 1; i <= 3; i++) {
      device.awaitArrivals(1);
      give(device.oldest(), i);
    }
    device.awaitArrivals(1);
    assertThat(handedOut).hasSize(4);
    assertThat(scopes.get(0).isAlive()).as("kept").isTrue();
    assertThat(scopes.get(1).isAlive()).as("sent on").isTrue();
    assertThat(scopes.get(2).isAlive()).as("neither").isFalse();
    handedOut.getFirst().close();
    assertThat(scopes.get(0).isAlive()).isFalse();
    other.complete(IoStatus.SUCCESS, 16);
    sentOn.reuse();
    assertThat(scopes.get(1).isAlive()).isFalse();
    reader.close();
    assertThat(scopes.get(3).isAlive()).as("of the last read").isFalse();
    assertThat(misuse(() -> reader.keep(IoMemory.none()))).isEqualTo(IoStatus.INVALID_PARAMETER);
  }

  @Test
  @DisplayName("R-088, R-054 stop and close from a callback or a completion routine throw")
  void stopFromACallbackThrows() {
    List<IoStatus> thrown = new CopyOnWriteArrayList<>();
    ContinuousReader reader = reader(THREE);
    Runnable stop =
        () -> {
          thrown.add(misuse(reader::stop));
          thrown.add(misuse(reader::close));
        };
    inFailed = stop;
    inRead = stop;
    reader.start();
    device.awaitArrivals(3);
    give(device.oldest(), 1);
    awaitDelivered(1);
    device.awaitArrivals(1);
    device.complete(EIO, 0);
    awaitFailed();
    awaitIdle(reader);
    ManualDevice other = new ManualDevice();
    other.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget elsewhere = over(other);
    IoRequest request = made.request();
    elsewhere.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((ended, at, result) -> stop.run());
    assertThat(request.send(elsewhere)).isTrue();
    assertThat(thrown).hasSize(6).containsOnly(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName("R-090 one reader at a target; another one after its close")
  void oneReaderAtATarget() {
    ContinuousReader reader = started(THREE);
    assertThat(misuse(() -> reader(THREE))).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    reader.close();
    reader.close();
    assertThat(misuse(reader::start)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    ContinuousReader next = started(THREE);
    next.close();
    target.close();
    assertThat(misuse(() -> reader(THREE))).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(misuse(() -> reader(THREE)))
        .as("and the claim was given back")
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
  }

  @Test
  @DisplayName("reads at positions follow one another; after a gap the data is read again")
  void readsAtPositions() {
    goesOn = true;
    started(ReaderConfig.of(16).withReads(2).withPositions(100));
    assertThat(device.arrivals())
        .extracting(ManualDevice.Arrival::deviceOffset)
        .containsExactly(100L, 116L);
    give(device.oldest(), 1);
    device.awaitArrivals(1);
    assertThat(device.arrivals().getLast().deviceOffset()).isEqualTo(132);
    // a short one at 116: what was read at 132 is behind a gap
    device.complete(IoStatus.SUCCESS, 4);
    give(device.oldest(), 99);
    device.awaitArrivals(2);
    assertThat(device.arrivals().subList(3, 5))
        .extracting(ManualDevice.Arrival::deviceOffset)
        .containsExactly(120L, 136L);
    assertThat(data).extracting(Data::bytes).containsExactly(16L, 4L);
    device.complete(IoStatus.END_OF_FILE, 0);
    awaitFailed();
    device.awaitArrivals(2);
    assertThat(device.arrivals().subList(5, 7))
        .extracting(ManualDevice.Arrival::deviceOffset)
        .as("it goes on where the data ended")
        .containsExactly(120L, 136L);
  }
}
