package dev.ioreq.linux.device;

import static dev.ioreq.linux.device.Wholes.read;
import static dev.ioreq.linux.device.Wholes.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import dev.ioreq.StorageControl;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.engine.Pipe;
import dev.ioreq.linux.engine.Pty;
import dev.ioreq.linux.engine.RingEngines;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.testkit.Recorder;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class StreamDeviceTest {
  @BeforeEach
  void needsRing() {
    RingTargets.needsRing();
  }

  @Test
  void zeroGivesZeroesWhateverTheOffset() throws IoRequestException {
    try (IoTarget zero = IoTarget.open("/dev/zero", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(100_000)) {
      assertThat(zero.info().kind()).isEqualTo("char");
      assertThat(zero.info().engine()).isEqualTo("ring");
      assertThat(zero.info().hasSize()).isFalse();
      memory.segment().fill((byte) 7);
      // the kernel gives fewer where its thread has run long enough
      int moved = (int) zero.sendReadSynchronously(memory, 1L << 50);
      assertThat(moved).isBetween(1, 100_000);
      byte[] expected = new byte[100_000];
      Arrays.fill(expected, moved, expected.length, (byte) 7);
      assertThat(memory.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
      assertThat(zero.sendWriteSynchronously(memory, 0)).isEqualTo(100_000);
    }
  }

  @Test
  void fullTakesNothing() throws IoRequestException {
    try (IoTarget full = IoTarget.open("/dev/full", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(512)) {
      Recorder.Call call = write(full, memory, 0);
      assertThat(call.status().errno()).isEqualTo(Errno.ENOSPC);
      assertThat(call.status().name()).isEqualTo("ENOSPC");
      assertThat(call.information()).isZero();
      assertThat(read(full, memory, 0).information()).isEqualTo(512);
    }
  }

  @Test
  void randomGivesOtherBytesEachTime() throws IoRequestException {
    try (IoTarget random = IoTarget.open("/dev/random", Access.READ);
        IoMemory one = IoMemory.allocate(256);
        IoMemory other = IoMemory.allocate(256)) {
      assertThat(random.sendReadSynchronously(one, 0)).isEqualTo(256);
      assertThat(random.sendReadSynchronously(other, 0)).isEqualTo(256);
      assertThat(one.segment().mismatch(other.segment())).isNotNegative();
    }
  }

  @Test
  void nullTakesAllAndIsAtItsEnd() throws IoRequestException {
    try (IoTarget sink = IoTarget.open("/dev/null", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(512)) {
      assertThat(write(sink, memory, 0).information()).isEqualTo(512);
      assertThat(read(sink, memory, 0).status()).isEqualTo(IoStatus.END_OF_FILE);
    }
  }

  @Test
  void aReadOfAPipeGivesWhatIsThere() throws IoRequestException {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ);
        IoMemory memory = IoMemory.allocate(100)) {
      assertThat(target.info().kind()).isEqualTo("pipe");
      pipe.write((byte) 1, (byte) 2, (byte) 3);
      Recorder.Call call = read(target, memory, 0);
      assertThat(call.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(call.information()).isEqualTo(3);
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 2)).isEqualTo((byte) 3);
    }
  }

  @Test
  void aPipeWithoutWritersIsAtItsEnd() throws IoRequestException {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ);
        IoMemory memory = IoMemory.allocate(8);
        IoRequest request = IoRequest.create(target)) {
      Recorder recorder = new Recorder();
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      assertThat(recorder.count()).isZero();
      pipe.closeWriteEnd();
      assertThat(recorder.await().status()).isEqualTo(IoStatus.END_OF_FILE);
    }
  }

  @Test
  void aWriteToAPipeWithoutReadersIsBroken() throws IoRequestException {
    Pipe pipe = Pipe.open();
    try (IoTarget target = RingTargets.open(pipe.writeName(), Access.WRITE);
        IoMemory memory = IoMemory.allocate(8)) {
      pipe.close();
      assertThat(write(target, memory, 0).status().errno()).isEqualTo(Errno.EPIPE);
    } finally {
      pipe.close();
    }
  }

  @Test
  void aWriteToAFullPipeWaitsForRoom() throws IoRequestException {
    int capacity = 1 << 16;
    try (Pipe pipe = Pipe.open(capacity);
        IoTarget target = RingTargets.open(pipe.writeName(), Access.WRITE);
        IoMemory memory = IoMemory.allocate(8);
        IoRequest request = IoRequest.create(target)) {
      pipe.write(new byte[capacity]);
      Recorder recorder = new Recorder();
      target.formatWrite(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      assertThat(request.status()).isEqualTo(IoStatus.PENDING);
      pipe.drain(capacity);
      assertThat(recorder.await().information()).isEqualTo(8);
      pipe.drain(8);
    }
  }

  @Test
  void aTerminalCarriesBothWays() throws IoRequestException {
    try (Pty pty = Pty.open(RingEngines.forTarget());
        IoMemory from = IoMemory.allocate(5);
        IoMemory to = IoMemory.allocate(80)) {
      from.copyFrom(0, new byte[] {'h', 'e', 'l', 'l', 'o'});
      assertThat(pty.master().sendWriteSynchronously(from, 0)).isEqualTo(5);
      assertThat(pty.terminal().sendReadSynchronously(to, 0)).isEqualTo(5);
      assertThat(to.segment().asSlice(0, 5).mismatch(from.segment())).isEqualTo(-1);
      assertThat(pty.terminal().sendWriteSynchronously(from, 0)).isEqualTo(5);
      assertThat(pty.master().sendReadSynchronously(to, 0)).isEqualTo(5);
    }
  }

  @Test
  void aReadOfATerminalIsCancelledAndItsMemoryLeftAlone() throws IoRequestException {
    try (Pty pty = Pty.open(RingEngines.forTarget());
        IoMemory memory = IoMemory.allocate(1);
        IoMemory from = IoMemory.allocate(1);
        IoRequest request = IoRequest.create(pty.terminal())) {
      memory.segment().fill((byte) 0x5A);
      Recorder recorder = new Recorder();
      pty.terminal().formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(pty.terminal())).isTrue();
      assertThat(request.cancelSent()).isTrue();
      assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
      pty.master().sendWriteSynchronously(from, 0);
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 0x5A);
      assertThat(pty.terminal().sendReadSynchronously(memory, 0)).isEqualTo(1);
    }
  }

  @Test
  void aReadOfATerminalTimesOut() throws IoRequestException {
    try (Pty pty = Pty.open(RingEngines.forTarget());
        IoMemory memory = IoMemory.allocate(1);
        IoRequest request = IoRequest.create(pty.terminal())) {
      Recorder recorder = new Recorder();
      pty.terminal().formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(pty.terminal(), SendOptions.timeout(Duration.ofMillis(2)))).isTrue();
      assertThat(recorder.await().status()).isEqualTo(IoStatus.IO_TIMEOUT);
    }
  }

  @Test
  void aTerminalWhoseOtherSideDisappearsEndsItsReads() throws IoRequestException {
    Pty pty = Pty.open(RingEngines.forTarget());
    try (IoTarget terminal = pty.terminal();
        IoMemory memory = IoMemory.allocate(8);
        IoRequest request = IoRequest.create(terminal)) {
      Recorder recorder = new Recorder();
      terminal.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(terminal)).isTrue();
      pty.master().close();
      IoStatus status = recorder.await().status();
      assertThat(status.equals(IoStatus.END_OF_FILE) || status.errno() == Errno.EIO)
          .as("%s", status)
          .isTrue();
      assertThat(write(terminal, memory, 0).status().errno()).isEqualTo(Errno.EIO);
    } finally {
      pty.close();
    }
  }

  @Test
  void aMasterWhoseTerminalIsClosedGivesEio() throws IoRequestException {
    try (Pty pty = Pty.open(RingEngines.forTarget());
        IoMemory memory = IoMemory.allocate(8);
        IoRequest request = IoRequest.create(pty.master())) {
      Recorder recorder = new Recorder();
      pty.master().formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(pty.master())).isTrue();
      pty.terminal().close();
      assertThat(recorder.await().status().errno()).isEqualTo(Errno.EIO);
    }
  }

  @Test
  void aStreamIsNoStorage() throws IoRequestException {
    try (IoTarget zero = IoTarget.open("/dev/zero", Access.READ_WRITE);
        IoRequest request = IoRequest.create(zero)) {
      zero.formatDeviceControl(request, StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
      assertThat(Wholes.outcome(request, zero).status()).isEqualTo(IoStatus.NOT_SUPPORTED);
    }
  }
}
