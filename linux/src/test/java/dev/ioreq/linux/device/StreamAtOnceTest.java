package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.engine.Pipe;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// What a pipe or device can do at once is done where it is sent, and only that.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class StreamAtOnceTest {
  private static final int CAPACITY = 1 << 16;

  @TempDir private Path folder;

  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final List<IoRequest> requests = new ArrayList<>();

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    requests.forEach(IoRequest::close);
    engine.end();
  }

  @Test
  void aReadIsDoneWhereItIsSentIfThePipeHasBytes() throws IoRequestException {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(8)) {
      pipe.write((byte) 1, (byte) 2);
      Recorder recorder = sendRead(target, memory);
      assertThat(recorder.await().thread()).isSameAs(Thread.currentThread());
      assertThat(recorder.calls().getFirst().information()).isEqualTo(2);
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 1)).isEqualTo((byte) 2);
    }
    assertThat(taken()).isZero();
  }

  @Test
  void aWriteIsDoneWhereItIsSentIfThePipeHasRoom() throws IoRequestException {
    try (Pipe pipe = Pipe.open(CAPACITY);
        IoTarget target = RingTargets.open(pipe.writeName(), Access.WRITE, engine);
        IoMemory memory = IoMemory.allocate(CAPACITY)) {
      Recorder recorder = sendWrite(target, memory);
      assertThat(recorder.await().thread()).isSameAs(Thread.currentThread());
      assertThat(recorder.calls().getFirst().information()).isEqualTo(CAPACITY);
      assertThat(pipe.waiting()).isEqualTo(CAPACITY);
    }
    assertThat(taken()).isZero();
  }

  @Test
  void synchronousTransfersOfEitherKindOfThreadNeedNoEngine() throws Exception {
    try (Pipe pipe = Pipe.open();
        IoTarget from = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoTarget to = RingTargets.open(pipe.writeName(), Access.WRITE, engine);
        IoMemory memory = IoMemory.allocate(3)) {
      for (Thread.Builder builder : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
        Waiting.forEnd(
            builder.start(() -> {
              try {
                assertThat(to.sendWriteSynchronously(memory, 0)).isEqualTo(3);
                assertThat(from.sendReadSynchronously(memory, 0)).isEqualTo(3);
              } catch (IoRequestException e) {
                throw new AssertionError(e);
              }
            }));
        assertThat(pipe.waiting()).isZero();
      }
    }
    assertThat(taken()).isZero();
  }

  @Test
  void aReadOfAnEmptyPipeWaitsForTheEngine() throws IoRequestException {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(8)) {
      Recorder recorder = sendRead(target, memory);
      assertThat(recorder.count()).isZero();
      pipe.write((byte) 1);
      assertThat(recorder.await().thread()).isSameAs(engine);
      pipe.write((byte) 1);
      assertThat(sendRead(target, memory).await().thread())
          .as("the pipe is nobody's any more")
          .isSameAs(Thread.currentThread());
    }
  }

  /// The engine's thread is held up, so that it cannot take notice of the bytes for the first.
  @Test
  void aReadIsNotDoneAtOnceBehindOneThatWaits() throws IoRequestException {
    CountDownLatch isHeldUp = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory one = IoMemory.allocate(1);
        IoMemory other = IoMemory.allocate(1)) {
      Recorder first = sendRead(target, one);
      IoRequest holdsUp = newRead(zero, other, 1);
      holdsUp.setCompletionRoutine((sent, to, result) -> {
        isHeldUp.countDown();
        Waiting.forLatch("the second send", goOn);
      });
      assertThat(holdsUp.send(zero)).isTrue();
      Waiting.forLatch("the routine on the engine's thread", isHeldUp);
      pipe.write((byte) 1, (byte) 2);
      Recorder second = sendRead(target, other);
      assertThat(second.count()).isZero();
      goOn.countDown();
      assertThat(first.await().information()).isEqualTo(1);
      assertThat(second.await().information()).isEqualTo(1);
      assertThat(one.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
      assertThat(other.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 2);
    }
  }

  @Test
  void aReadIsDoneAtOnceAfterOneThatWasCancelled() throws IoRequestException {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(8)) {
      Recorder recorder = sendRead(target, memory);
      assertThat(requests.getLast().cancelSent()).isTrue();
      assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
      pipe.write((byte) 1);
      assertThat(sendRead(target, memory).await().thread()).isSameAs(Thread.currentThread());
    }
  }

  /// The cancel comes while the request waits to be put into the ring, inside a routine.
  @Test
  void aReadIsDoneAtOnceAfterOneThatWasWithdrawn() throws IoRequestException {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(8)) {
      IoRequest withdrawn = newRead(target, memory, 8);
      Recorder recorder = new Recorder();
      withdrawn.setCompletionRoutine(recorder);
      IoRequest first = newRead(zero, memory, 8);
      first.setCompletionRoutine((sent, to, result) -> {
        withdrawn.send(target);
        withdrawn.cancelSent();
      });
      assertThat(first.send(zero)).isTrue();
      assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
      assertThat(taken()).as("only that of /dev/zero").isEqualTo(1);
      pipe.write((byte) 1);
      assertThat(sendRead(target, memory).await().thread()).isSameAs(Thread.currentThread());
    }
  }

  @Test
  void aRoutineOnTheEnginesThreadLeavesItToTheRing() throws IoRequestException {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(8)) {
      Recorder recorder = new Recorder();
      IoRequest again = newRead(target, memory, 1);
      again.setCompletionRoutine(recorder);
      IoRequest first = newRead(target, memory, 1);
      first.setCompletionRoutine((sent, to, result) -> again.send(target));
      assertThat(first.send(target)).isTrue();
      pipe.write((byte) 1, (byte) 2);
      assertThat(recorder.await().thread()).isSameAs(engine);
    }
    assertThat(taken()).isEqualTo(2);
  }

  @Test
  void aWriteLargerThanThePipeGoesOnWhenThereIsRoom() throws IoRequestException {
    int length = 5 * CAPACITY / 2;
    try (Pipe pipe = Pipe.open(CAPACITY);
        IoTarget from = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoTarget target = RingTargets.open(pipe.writeName(), Access.WRITE, engine);
        IoMemory memory = Wholes.pattern(0, length);
        IoMemory read = IoMemory.allocate(length)) {
      Recorder recorder = sendWrite(target, memory);
      assertThat(recorder.count()).isZero();
      int moved = 0;
      while (moved < length) {
        IoRequest request = IoRequest.create(from);
        requests.add(request);
        from.formatRead(request, read, moved, length - moved, 0);
        moved += (int) Wholes.outcome(request, from).information();
      }
      assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(recorder.calls().getFirst().information()).isEqualTo(length);
      Wholes.expectPattern(read, 0, length);
    }
  }

  @Test
  void aWriteThatIsCancelledTellsWhatItHasWritten() throws IoRequestException {
    try (Pipe pipe = Pipe.open(CAPACITY);
        IoTarget target = RingTargets.open(pipe.writeName(), Access.WRITE, engine);
        IoMemory memory = IoMemory.allocate(CAPACITY + 1)) {
      Recorder recorder = sendWrite(target, memory);
      assertThat(recorder.count()).isZero();
      assertThat(requests.getLast().cancelSent()).isTrue();
      assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
      assertThat(recorder.calls().getFirst().information()).isEqualTo(CAPACITY);
      assertThat(pipe.waiting()).isEqualTo(CAPACITY);
    }
  }

  @Test
  void theEndOfAPipeAndABrokenOneAreFoundAtOnce() throws IoRequestException {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(8)) {
      pipe.closeWriteEnd();
      Recorder recorder = sendRead(target, memory);
      assertThat(recorder.await().thread()).isSameAs(Thread.currentThread());
      assertThat(recorder.calls().getFirst().status()).isEqualTo(IoStatus.END_OF_FILE);
    }
    Pipe pipe = Pipe.open();
    try (IoTarget target = RingTargets.open(pipe.writeName(), Access.WRITE, engine);
        IoMemory memory = IoMemory.allocate(8)) {
      pipe.close();
      Recorder recorder = sendWrite(target, memory);
      assertThat(recorder.count()).isEqualTo(1);
      assertThat(recorder.await().status().errno()).isEqualTo(Errno.EPIPE);
    }
    assertThat(taken()).isZero();
  }

  /// Whoever has the pipe open otherwise still waits at it.
  @Test
  void onlyTheTargetsOwnDescriptorNeverWaits() throws IoRequestException {
    long ends = DescriptorCalls.pipe2(FileCalls.O_CLOEXEC);
    int readEnd = DescriptorCalls.readEnd(ends);
    try (IoTarget target = RingTargets.open("pipe:/proc/self/fd/" + readEnd, Access.READ, engine)) {
      assertThat(target.info().kind()).isEqualTo("pipe");
      assertThat(DescriptorCalls.fcntl(readEnd, DescriptorCalls.F_GETFL, 0) & FileCalls.O_NONBLOCK)
          .isZero();
    } finally {
      FileCalls.close(readEnd);
      FileCalls.close(DescriptorCalls.writeEnd(ends));
    }
  }

  /// Kernels before 5.15 answer a transfer of such a descriptor with EAGAIN instead of waiting for
  /// it; with RWF_NOWAIT each kernel does.
  @Test
  void aKernelThatDoesNotWaitIsAskedWhenThereAreBytes() throws IoRequestException {
    long ends = DescriptorCalls.pipe2(FileCalls.O_CLOEXEC | FileCalls.O_NONBLOCK);
    int writeEnd = DescriptorCalls.writeEnd(ends);
    StreamDevice device =
        new StreamDevice(
            "pipe",
            DescriptorCalls.readEnd(ends),
            OpenOptions.of(Access.READ),
            engine,
            TransferCalls.RWF_NOWAIT,
            false) {
          @Override
          int transferFlags() {
            return TransferCalls.RWF_NOWAIT;
          }
        };
    try (IoTarget target = IoTarget.over("pipe", device);
        IoMemory memory = IoMemory.allocate(8)) {
      Recorder recorder = sendRead(target, memory);
      Recorder cancelled = sendRead(target, memory);
      assertThat(requests.getLast().cancelSent()).isTrue();
      assertThat(cancelled.await().status()).isEqualTo(IoStatus.CANCELLED);
      assertThat(recorder.count()).isZero();
      assertThat(TransferCalls.write(writeEnd, memory.segment().address(), 3)).isEqualTo(3);
      assertThat(recorder.await().information()).isEqualTo(3);
      assertThat(taken()).as("entries, where each is asked again and again").isLessThan(10);
    } finally {
      FileCalls.close(writeEnd);
    }
  }

  @Test
  void aTargetThatHandsOverLeavesAllToTheEngine() throws Exception {
    Path file = Files.write(folder.resolve("data"), new byte[8]);
    for (String name : List.of("char:/dev/zero", "file:" + file)) {
      try (IoTarget target = RingTargets.byRing(name, Access.READ_WRITE, engine);
          IoMemory memory = IoMemory.allocate(8)) {
        for (int i = 0; i < 6; i++) { // then the next few are not tried without a thread
          Wholes.write(target, memory, 0);
        }
        long before = taken();
        assertThat(Wholes.read(target, memory, 0).thread()).isSameAs(engine);
        assertThat(Wholes.write(target, memory, 0).thread()).isSameAs(engine);
        assertThat(target.sendReadSynchronously(memory, 0)).isEqualTo(8);
        Thread virtual =
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    target.sendWriteSynchronously(memory, 0);
                  } catch (IoRequestException e) {
                    throw new AssertionError(e);
                  }
                });
        Waiting.forEnd(virtual);
        assertThat(taken() - before).isEqualTo(4);
      }
    }
  }

  /// How many packets have gone to the ring. What has completed here happened before.
  private long taken() {
    return engine.taken();
  }

  private Recorder sendRead(IoTarget target, IoMemory memory) {
    Recorder recorder = new Recorder();
    send(newRead(target, memory, (int) memory.sizeBytes()), target, recorder);
    return recorder;
  }

  private IoRequest newRead(IoTarget target, IoMemory memory, int length) {
    IoRequest request = IoRequest.create(target);
    requests.add(request);
    target.formatRead(request, memory, 0, length, 0);
    return request;
  }

  private Recorder sendWrite(IoTarget target, IoMemory memory) {
    IoRequest request = IoRequest.create(target);
    requests.add(request);
    target.formatWrite(request, memory, 0);
    Recorder recorder = new Recorder();
    send(request, target, recorder);
    return recorder;
  }

  private static void send(IoRequest request, IoTarget target, Recorder recorder) {
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).as("%s", request.status()).isTrue();
  }
}
