package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Frame;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
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
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ContinuousReaderTest extends ScriptedTest {
  private static final IoStatus EIO = IoStatus.ofErrno(5);
  private static final ReaderConfig THREE = ReaderConfig.of(16).withReads(3);

  /// What a callback was given: the first byte of data, how many, and on which thread.
  private record Data(byte first, long bytes, Thread thread) {}

  private final ManualDevice device = new ManualDevice().onCancel(OnCancel.COMPLETE);
  private final IoTarget target = over(device);
  private final List<Data> data = new CopyOnWriteArrayList<>();
  private final Semaphore delivered = new Semaphore(0);
  private final List<IoStatus> failures = new CopyOnWriteArrayList<>();
  private final Semaphore failed = new Semaphore(0);
  private final List<ContinuousReader> readers = new ArrayList<>();
  private volatile boolean goesOn;
  private volatile Runnable inRead = () -> {};
  private volatile Runnable inFailed = () -> {};

  private ContinuousReader reader(ReaderConfig config) {
    ContinuousReader reader =
        new ContinuousReader(
            target,
            config,
            (at, memory, bytes, context) -> {
              byte first = memory.segment().get(ValueLayout.JAVA_BYTE, config.headerBytes());
              data.add(new Data(first, bytes, Thread.currentThread()));
              try {
                inRead.run();
              } finally {
                delivered.release();
              }
            },
            (at, status, context) -> {
              failures.add(status);
              try {
                inFailed.run();
              } finally {
                failed.release();
              }
              return goesOn;
            });
    readers.add(reader);
    return reader;
  }

  /// A reader that has sent all its reads.
  private ContinuousReader started(ReaderConfig config) {
    ContinuousReader reader = reader(config);
    reader.start();
    device.awaitArrivals(config.reads());
    return reader;
  }

  private void awaitDelivered(int more) {
    Waiting.forPermits(more + " callbacks", delivered, more);
  }

  private void awaitFailed() {
    Waiting.forPermits("failure callback", failed, 1);
  }

  private static void awaitIdle(ContinuousReader reader) {
    Waiting.until("idle reader", () -> !reader.isRunning());
  }

  /// Completes a read with bytes.
  private static void give(Packet packet, int value) {
    Frame frame = packet.frame();
    frame.outputSegment().asSlice(frame.outputBase(), frame.outputLength()).fill((byte) value);
    packet.complete(IoStatus.SUCCESS, frame.outputLength());
  }

  private List<Byte> values() {
    return data.stream().map(Data::first).toList();
  }

  @AfterEach
  void closeReaders() {
    inRead = () -> {};
    inFailed = () -> {};
    goesOn = false;
    device.atOnce(null);
    for (ContinuousReader reader : readers) {
      Thread closer = Thread.ofPlatform().daemon().start(reader::close);
      // a device that refused a cancel keeps the packet
      Waiting.until(
          "close of " + reader,
          () -> {
            device.completeIfKept(IoStatus.CANCELLED);
            return !closer.isAlive();
          });
    }
  }

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
  @DisplayName("R-087 a failure cancels the others, then the callback runs alone: false, idle")
  void aFailureEndsAll() {
    List<Integer> keptThen = new CopyOnWriteArrayList<>();
    List<Thread> threads = new CopyOnWriteArrayList<>();
    inFailed =
        () -> {
          keptThen.add(device.kept());
          assertThat(Thread.currentThread().isVirtual()).isTrue();
        };
    for (ReaderConfig config : List.of(THREE, THREE.inAnyOrder())) {
      ContinuousReader reader = started(config);
      device.complete(EIO, 0);
      awaitFailed();
      awaitIdle(reader);
      assertThat(failures).containsExactly(EIO);
      assertThat(keptThen).containsExactly(0);
      assertThat(threads).allMatch(Thread::isVirtual);
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
