package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.ControlCode;
import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.TargetName;
import dev.ioreq.linux.abi.IoctlNumber;
import dev.ioreq.linux.control.LinuxControl;
import dev.ioreq.linux.engine.Pipe;
import dev.ioreq.linux.engine.Pty;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// Transfers of a stream come one after another, and none holds up the engine.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class StreamOrderTest {
  private static final int CAPACITY = 1 << 16;
  private static final int CONTROL_CHARACTERS = 17;
  private static final int VMIN = 6;

  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final List<IoRequest> requests = new ArrayList<>();

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    requests.forEach(IoRequest::close);
    engine.end();
  }

  @Test
  void readsThatWaitAreServedInTheOrderOfTheirSends() throws IoRequestException {
    int count = 100;
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(count)) {
      Recorder recorder = new Recorder();
      byte[] bytes = new byte[count];
      for (int i = 0; i < count; i++) {
        bytes[i] = (byte) i;
        IoRequest request = newRequest(target);
        target.formatRead(request, memory, i, 1, 0);
        send(request, target, recorder);
      }
      pipe.write(bytes);
      recorder.await(count);
      assertThat(memory.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes);
      assertThat(recorder.order()).isEqualTo(requests);
    }
  }

  @Test
  void aWriteThatGoesOnHasNoOthersBytesInsideIt() throws IoRequestException {
    int large = CAPACITY + 5000;
    int small = 100;
    try (Pipe pipe = Pipe.open(CAPACITY);
        IoTarget from = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoTarget target = RingTargets.open(pipe.writeName(), Access.WRITE, engine);
        IoMemory memory = IoMemory.allocate(large + small);
        IoMemory read = IoMemory.allocate(large + small)) {
      memory.segment().asSlice(0, large).fill((byte) 1);
      memory.segment().asSlice(large).fill((byte) 2);
      Recorder recorder = new Recorder();
      IoRequest first = newRequest(target);
      target.formatWrite(first, memory, 0, large, 0);
      send(first, target, recorder);
      readAll(from, read, 0, 8192);
      IoRequest second = newRequest(target);
      target.formatWrite(second, memory, large, small, 0);
      send(second, target, recorder);
      readAll(from, read, 8192, large + small);
      recorder.await(2);
      assertThat(read.segment().mismatch(memory.segment())).isEqualTo(-1);
    }
  }

  /// Writes larger than the pipe, from several threads: each comes out in one piece.
  @Test
  void writesOfSeveralThreadsStayInOnePiece() throws Exception {
    int length = CAPACITY + 3;
    int threads = 4;
    int each = 20;
    try (Pipe pipe = Pipe.open(CAPACITY);
        IoTarget from = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoTarget target = RingTargets.open(pipe.writeName(), Access.WRITE, engine);
        IoMemory read = IoMemory.allocate(length)) {
      List<Thread> writers = new ArrayList<>();
      for (int i = 1; i <= threads; i++) {
        byte content = (byte) i;
        writers.add(Thread.ofPlatform().start(() -> writeOften(target, length, content, each)));
      }
      for (int i = 0; i < threads * each; i++) {
        readAll(from, read, 0, length);
        byte content = read.segment().get(ValueLayout.JAVA_BYTE, 0);
        byte[] bytes = read.segment().toArray(ValueLayout.JAVA_BYTE);
        assertThat(content).isBetween((byte) 1, (byte) threads);
        assertThat(bytes).containsOnly(content);
      }
      writers.forEach(Waiting::forEnd);
    }
  }

  private static void writeOften(IoTarget target, int length, byte content, int count) {
    try (IoMemory memory = IoMemory.allocate(length)) {
      memory.segment().fill(content);
      for (int i = 0; i < count; i++) {
        assertThat(target.sendWriteSynchronously(memory, 0)).isEqualTo(length);
      }
    } catch (IoRequestException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void oneThatWaitsForItsTurnIsCancelledByItself() throws IoRequestException {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(3)) {
      Recorder first = new Recorder();
      Recorder second = new Recorder();
      Recorder third = new Recorder();
      int place = 0;
      for (Recorder recorder : List.of(first, second, third)) {
        IoRequest request = newRequest(target);
        target.formatRead(request, memory, place++, 1, 0);
        send(request, target, recorder);
      }
      assertThat(requests.get(1).cancelSent()).isTrue();
      assertThat(second.await().status()).isEqualTo(IoStatus.CANCELLED);
      assertThat(first.count()).isZero();
      pipe.write((byte) 5, (byte) 6);
      assertThat(first.await().information()).isEqualTo(1);
      assertThat(third.await().information()).isEqualTo(1);
      assertThat(memory.segment().toArray(ValueLayout.JAVA_BYTE)).containsExactly(5, 0, 6);
    }
  }

  /// It came while a device above had the request, and nothing is moved for it, whether its turn
  /// would be now or later.
  @Test
  void aCancelThatComesBeforeTheRequestIsHeeded() throws IoRequestException {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(1)) {
      for (boolean isBehindAnother : new boolean[] {false, true}) {
        CancelsFirst device =
            new CancelsFirst(
                Descriptors.open(
                    TargetName.parse(pipe.readName()), OpenOptions.of(Access.READ), engine));
        try (IoTarget late = IoTarget.over("late", device)) {
          if (isBehindAnother) {
            send(newRead(late, memory), late, new Recorder());
          } else {
            pipe.write((byte) 1);
          }
          IoRequest request = newRead(late, memory);
          device.cancelled = request;
          Recorder recorder = new Recorder();
          send(request, late, recorder);
          assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
          device.cancelled = null;
          if (!isBehindAnother) {
            assertThat(target.sendReadSynchronously(memory, 0)).isEqualTo(1);
          }
        }
      }
    }
  }

  /// Passes packets on; that of a certain request after its cancel.
  private static final class CancelsFirst implements Device {
    private final Device below;
    private volatile @Nullable IoRequest cancelled;

    CancelsFirst(Device below) {
      this.below = below;
    }

    @Override
    public int stackSize() {
      return 1;
    }

    @Override
    public void dispatch(Packet packet) {
      IoRequest request = cancelled;
      if (request != null) {
        request.cancelSent();
      }
      below.dispatch(packet);
    }

    @Override
    public CancelResult cancel(Packet packet) {
      return cancelled == null ? below.cancel(packet) : CancelResult.NOT_DELIVERED;
    }

    @Override
    public DeviceInfo info() {
      return below.info();
    }

    @Override
    public void close() {
      below.close();
    }
  }

  private IoRequest newRead(IoTarget target, IoMemory memory) {
    IoRequest request = newRequest(target);
    target.formatRead(request, memory, 0);
    return request;
  }

  /// Another thread cancels at each moment of a send that has to wait for its turn, which never
  /// comes.
  @Test
  void aCancelBesideTheSendIsNotLost() throws Exception {
    int count = 300_000;
    AtomicInteger sent = new AtomicInteger(-1);
    AtomicInteger cancelled = new AtomicInteger(-1);
    AtomicInteger ended = new AtomicInteger();
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(1)) {
      send(newRead(target, memory), target, new Recorder());
      IoRequest request = newRequest(target);
      Thread canceller =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < count; i++) {
                  while (sent.get() < i) {
                    Thread.onSpinWait();
                  }
                  for (int spin = i % 97; spin > 0; spin--) {
                    Thread.onSpinWait();
                  }
                  request.cancelSent();
                  cancelled.set(i);
                }
              });
      for (int i = 0; i < count; i++) {
        int number = i;
        request.reuse();
        target.formatRead(request, memory, 0);
        request.setCompletionRoutine((of, at, result) -> ended.incrementAndGet());
        sent.set(i);
        if (!request.send(target)) {
          ended.incrementAndGet(); // the cancel came first
        }
        BooleanSupplier isOver = () -> cancelled.get() == number && ended.get() == number + 1;
        for (int spin = 0; spin < 20_000 && !isOver.getAsBoolean(); spin++) {
          Thread.onSpinWait();
        }
        Waiting.until("the end of send " + i, isOver);
      }
      Waiting.forEnd(canceller);
    }
  }

  @Test
  void theCloseOfATargetEndsThoseThatWaitForTheirTurn() throws IoRequestException {
    Recorder recorder = new Recorder();
    try (Pipe pipe = Pipe.open();
        IoMemory memory = IoMemory.allocate(1)) {
      try (IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine)) {
        for (int i = 0; i < 50; i++) {
          IoRequest request = newRequest(target);
          target.formatRead(request, memory, 0);
          send(request, target, recorder);
        }
      }
      recorder.await(50);
      assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.CANCELLED));
    }
  }

  /// A driver that waited inside the submission would keep the engine from everything.
  @Test
  void aTerminalThatTakesNothingHoldsNobodyUp() throws IoRequestException {
    int length = 1 << 20;
    try (Pty pty = Pty.open(engine);
        IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(length);
        IoMemory eight = IoMemory.allocate(8)) {
      for (IoTarget end : List.of(pty.terminal(), pty.master())) {
        Recorder recorder = new Recorder();
        IoRequest request = newRequest(end);
        end.formatWrite(request, memory, 0);
        send(request, end, recorder);
        assertThat(zero.sendReadSynchronously(eight, 0)).isEqualTo(8);
        assertThat(recorder.count()).isZero();
        assertThat(request.cancelSent()).isTrue();
        assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
        assertThat(recorder.calls().getFirst().information()).isBetween(1L, length - 1L);
      }
    }
  }

  @Test
  void aReadOfATerminalBeginsWhenAsManyBytesAreThereAsItsSettingsSay() throws IoRequestException {
    try (Pty pty = Pty.open(engine);
        IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory two = IoMemory.allocate(2);
        IoMemory memory = IoMemory.allocate(8)) {
      IoTarget terminal = pty.terminal();
      setLeastBytes(terminal, 3);
      Recorder recorder = new Recorder();
      IoRequest request = newRequest(terminal);
      terminal.formatRead(request, memory, 0);
      send(request, terminal, recorder);
      pty.master().sendWriteSynchronously(two, 0);
      assertThat(zero.sendReadSynchronously(two, 0)).isEqualTo(2);
      assertThat(recorder.count()).isZero();
      pty.master().sendWriteSynchronously(two, 0);
      assertThat(recorder.await().information()).isBetween(3L, 4L);
    }
  }

  @Test
  void aReadOfATerminalThatWantsLessThanItsSettingsSayIsGivenIt() throws IoRequestException {
    try (Pty pty = Pty.open(engine);
        IoMemory four = IoMemory.allocate(4)) {
      setLeastBytes(pty.terminal(), 10);
      pty.master().sendWriteSynchronously(four, 0);
      assertThat(pty.terminal().sendReadSynchronously(four, 0)).isEqualTo(4);
    }
  }

  private static void setLeastBytes(IoTarget terminal, int count) throws IoRequestException {
    try (IoMemory termios = IoMemory.allocate(36)) {
      terminal.sendDeviceControlSynchronously(LinuxControl.TCGETS, IoMemory.none(), termios);
      termios.segment().set(ValueLayout.JAVA_BYTE, CONTROL_CHARACTERS + VMIN, (byte) count);
      terminal.sendDeviceControlSynchronously(LinuxControl.TCSETS, termios, IoMemory.none());
    }
  }

  /// It would make the descriptor one that waits, behind the engine's back.
  @Test
  void thatAStreamIsNotWaitedForCannotBeChanged() throws IoRequestException {
    ControlCode waits =
        ControlCode.linux(
            "FIONBIO", (int) IoctlNumber.FIONBIO, ControlCode.Direction.IN, Integer.BYTES);
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory zero = IoMemory.allocate(Integer.BYTES);
        IoRequest request = IoRequest.create(target)) {
      target.formatDeviceControl(request, waits, zero, IoMemory.none());
      assertThat(Wholes.outcome(request, target).status()).isEqualTo(IoStatus.NOT_SUPPORTED);
    }
  }

  private static void readAll(IoTarget from, IoMemory memory, int begin, int end)
      throws IoRequestException {
    int at = begin;
    try (IoRequest request = IoRequest.create(from)) {
      while (at < end) {
        request.reuse();
        from.formatRead(request, memory, at, end - at, 0);
        Recorder.Call call = Wholes.outcome(request, from);
        assertThat(call.status()).isEqualTo(IoStatus.SUCCESS);
        at += (int) call.information();
      }
    }
  }

  private IoRequest newRequest(IoTarget target) {
    IoRequest request = IoRequest.create(target);
    requests.add(request);
    return request;
  }

  private static void send(IoRequest request, IoTarget target, Recorder recorder) {
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).as("%s", request.status()).isTrue();
  }
}
