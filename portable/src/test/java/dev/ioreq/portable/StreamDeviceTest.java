package dev.ioreq.portable;

import static dev.ioreq.portable.Targets.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.ControlCode;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Pattern;
import dev.ioreq.SendOptions;
import dev.ioreq.StorageControl;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Requirement;
import dev.ioreq.testkit.Waiting;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StreamDeviceTest {
  @TempDir private Path directory;

  @Test
  void zeroGivesZeroes() throws IOException {
    try (IoTarget zero = device("/dev/zero", Access.READ);
        IoMemory memory = IoMemory.allocate(3 << 20)) {
      memory.segment().fill((byte) 1);
      assertThat(zero.sendReadSynchronously(memory, 12345)).isEqualTo(3 << 20);
      assertThat(memory.segment().mismatch(MemorySegment.ofArray(new byte[3 << 20]))).isEqualTo(-1);
      DeviceInfo info = zero.info();
      assertThat(info.kind()).isEqualTo("char");
      assertThat(info.hasSize()).isFalse();
      assertThat(info.controlCodes()).isEmpty();
    }
  }

  @Test
  void nullIsAtItsEndAndTakesEverything() throws IOException {
    try (IoTarget device = device("/dev/null", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(100_000)) {
      assertThat(failure(() -> device.sendReadSynchronously(memory, 0)).status())
          .isEqualTo(IoStatus.END_OF_FILE);
      assertThat(device.sendWriteSynchronously(memory, 0)).isEqualTo(100_000);
    }
  }

  @Test
  void fullHasNoSpace() throws IOException {
    try (IoTarget full = device("/dev/full", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(100)) {
      assertThat(failure(() -> full.sendWriteSynchronously(memory, 0)).status().name())
          .isEqualTo("ENOSPC");
      assertThat(full.sendReadSynchronously(memory, 0)).isEqualTo(100);
    }
  }

  @Test
  void randomGivesDifferentBytes() throws IOException {
    try (IoTarget random = device("/dev/random", Access.READ);
        IoMemory one = IoMemory.allocate(64);
        IoMemory other = IoMemory.allocate(64)) {
      assertThat(random.sendReadSynchronously(one, 0)).isEqualTo(64);
      assertThat(random.sendReadSynchronously(other, 0)).isEqualTo(64);
      assertThat(one.segment().mismatch(other.segment())).isNotEqualTo(-1);
    }
  }

  @Test
  void whatItCannotDoIsToldAtOnce() throws IOException {
    try (IoTarget zero = device("/dev/zero", Access.READ);
        IoTarget sink = device("/dev/null", Access.WRITE);
        IoMemory memory = IoMemory.allocate(100)) {
      assertThat(failure(() -> zero.sendWriteSynchronously(memory, 0)).status())
          .isEqualTo(IoStatus.ACCESS_DENIED);
      assertThat(failure(() -> sink.sendReadSynchronously(memory, 0)).status())
          .isEqualTo(IoStatus.ACCESS_DENIED);
      assertThat(zero.sendReadSynchronously(IoMemory.none(), 0)).isZero();
      for (ControlCode code :
          List.of(StorageControl.FLUSH, StorageControl.DISCARD, ControlCode.linux("X", 0x5401))) {
        assertThat(
                failure(() ->
                        zero.sendDeviceControlSynchronously(code, IoMemory.none(), IoMemory.none()))
                    .status())
            .isEqualTo(IoStatus.NOT_SUPPORTED);
      }
      assertThat(
              failure(() ->
                      zero.sendInternalDeviceControlSynchronously(
                          StorageControl.FLUSH, IoMemory.none(), IoMemory.none()))
                  .status())
          .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    }
  }

  @Test
  void aReadThatWaitsIsCancelledAndTheTerminalLives() throws IOException {
    try (IoTarget terminal = device("/dev/ptmx", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(100);
        IoRequest request = IoRequest.create(terminal)) {
      Recorder recorder = new Recorder();
      terminal.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(terminal)).isTrue();
      untilInTransfer("ioreq-portable-read /dev/ptmx");
      assertThat(request.cancelSent()).isTrue();
      Recorder.Call call = recorder.await();
      assertThat(call.status()).isEqualTo(IoStatus.CANCELLED);
      assertThat(call.information()).isZero();

      // the same terminal: what is written to it comes back as its echo, to the next reads,
      // whatever the read that was left has got
      request.reuse();
      memory.copyFrom(0, "hello".getBytes(StandardCharsets.US_ASCII));
      terminal.formatWrite(request, memory, 0, 5, 0);
      assertThat(Targets.await(request, terminal).information()).isEqualTo(5);
      StringBuilder echo = new StringBuilder();
      while (echo.length() < 5) {
        terminal.formatRead(request, memory, 0, 2, 0);
        Recorder.Call read = Targets.await(request, terminal);
        assertThat(read.status()).isEqualTo(IoStatus.SUCCESS);
        byte[] bytes = new byte[(int) read.information()];
        memory.copyTo(0, bytes);
        echo.append(new String(bytes, StandardCharsets.US_ASCII));
      }
      assertThat(echo).hasToString("hello");
    }
  }

  @Test
  void aReadThatWaitsTimesOut() throws IOException {
    try (IoTarget terminal = device("/dev/ptmx", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(100)) {
      SendOptions options = SendOptions.synchronous().withTimeout(Duration.ofMillis(20));
      assertThat(
              failure(() ->
                      terminal.sendReadSynchronously(Optional.empty(), memory, 0, 0, 0, options))
                  .status())
          .isEqualTo(IoStatus.IO_TIMEOUT);
    }
  }

  @Test
  void readsThatWaitAreEndedByCloseAndTheirThreadEnds() throws IOException {
    Recorder recorder = new Recorder();
    List<IoRequest> sent = new ArrayList<>();
    Thread reader;
    try (IoTarget terminal = device("/dev/ptmx", Access.READ_WRITE);
        IoMemory memory = IoMemory.allocate(100)) {
      for (int i = 0; i < 10; i++) {
        IoRequest request = IoRequest.create(terminal);
        sent.add(request);
        terminal.formatRead(request, memory, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(terminal)).isTrue();
      }
      reader = untilInTransfer("ioreq-portable-read /dev/ptmx");
    }
    assertThat(recorder.calls())
        .hasSize(10)
        .allMatch(call -> call.status().equals(IoStatus.CANCELLED));
    Waiting.forEnd(reader);
    sent.forEach(IoRequest::close);
  }

  @Test
  void aReadThatWaitsDelaysNoFile() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[100]);
    List<IoTarget> terminals = new ArrayList<>();
    List<IoRequest> sent = new ArrayList<>();
    Recorder recorder = new Recorder();
    try (IoTarget target = Targets.open("file:" + file, Access.READ);
        IoMemory memory = IoMemory.allocate(100)) {
      for (int i = 0; i < 20; i++) { // more than the pool has threads
        IoTarget terminal = device("/dev/ptmx", Access.READ_WRITE);
        terminals.add(terminal);
        IoRequest request = IoRequest.create(terminal);
        sent.add(request);
        terminal.formatRead(request, memory, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(terminal)).isTrue();
      }
      assertThat(target.sendReadSynchronously(memory, 0)).isEqualTo(100);
      assertThat(recorder.count()).isZero();
    } finally {
      terminals.forEach(IoTarget::close);
      sent.forEach(IoRequest::close);
    }
    assertThat(recorder.count()).isEqualTo(20);
  }

  @Test
  void aWriteThatWaitsIsCancelled() throws IOException {
    try (IoTarget pipe = pipe();
        IoMemory memory = IoMemory.allocate(1 << 20);
        IoRequest request = IoRequest.create(pipe)) {
      Recorder recorder = new Recorder();
      pipe.formatWrite(request, memory, 0); // far more than a pipe holds
      request.setCompletionRoutine(recorder);
      assertThat(request.send(pipe)).isTrue();
      untilInTransfer("ioreq-portable-write ");
      assertThat(request.cancelSent()).isTrue();
      assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
      assertThat(pipe.info().kind()).isEqualTo("pipe");
    }
  }

  @Test
  void bytesOfAPipeComeInTheOrderOfTheWrites() throws IOException {
    try (IoTarget pipe = pipe();
        IoMemory memory = IoMemory.allocate(4);
        IoRequest request = IoRequest.create(pipe)) {
      Recorder reads = new Recorder();
      sendRead(pipe, request, memory, reads);
      untilInTransfer("ioreq-portable-read ");
      assertThat(request.cancelSent()).isTrue();
      assertThat(reads.await().status()).isEqualTo(IoStatus.CANCELLED);
      try (IoMemory out = IoMemory.allocate(1)) {
        for (byte i = 0; i < 8; i++) {
          out.segment().fill(i);
          assertThat(pipe.sendWriteSynchronously(out, 0)).isEqualTo(1);
        }
      }
      List<Byte> got = new ArrayList<>();
      while (got.size() < 8) {
        request.reuse();
        sendRead(pipe, request, memory, reads);
        long count = reads.await().information();
        byte[] bytes = new byte[(int) count];
        memory.copyTo(0, bytes);
        for (byte value : bytes) {
          got.add(value);
        }
      }
      assertThat(got)
          .containsExactly(
              (byte) 0, (byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5, (byte) 6, (byte) 7);
    }
  }

  @Test
  void aThreadThatDiesOfARoutineIsReplaced() throws IOException {
    Recorder deadly =
        new Recorder((request, target, result) -> {
          throw new InternalError("thrown by a test, on purpose");
        });
    try (IoTarget zero = device("/dev/zero", Access.READ);
        IoMemory memory = IoMemory.allocate(100);
        IoRequest request = IoRequest.create(zero)) {
      sendRead(zero, request, memory, deadly);
      assertThat(deadly.await().status()).isEqualTo(IoStatus.SUCCESS);
      Waiting.forEnd(deadly.calls().getFirst().thread());
      sendRead(zero, request, memory, new Recorder());
      assertThat(zero.sendReadSynchronously(memory, 0)).isEqualTo(100);
    }
  }

  @Test
  void cancelsAgainstBytesThatArriveLoseNone() throws IOException {
    int rounds = 500;
    int got = 0;
    Recorder recorder = new Recorder();
    try (IoTarget pipe = pipe();
        IoMemory in = IoMemory.allocate(16);
        IoMemory out = IoMemory.allocate(1);
        IoRequest request = IoRequest.create(pipe)) {
      for (int i = 0; i < rounds; i++) {
        sendRead(pipe, request, in, recorder);
        out.segment().fill((byte) i);
        assertThat(pipe.sendWriteSynchronously(out, 0)).isEqualTo(1);
        boolean isDelivered = request.cancelSent();
        Recorder.Call call = recorder.await();
        if (isDelivered) {
          assertThat(call.status()).isEqualTo(IoStatus.CANCELLED);
        } else { // not there to be cancelled: over, or between the queue and the transfer
          assertThat(call.status()).isIn(IoStatus.SUCCESS, IoStatus.CANCELLED);
        }
        got += check(in, got, call.information());
        request.reuse();
      }
      while (got < rounds) {
        sendRead(pipe, request, in, recorder);
        got += check(in, got, recorder.await().information());
        request.reuse();
      }
      assertThat(got).isEqualTo(rounds);
    }
  }

  private static int check(IoMemory memory, int first, long count) {
    for (int i = 0; i < count; i++) {
      assertThat(memory.segment().get(java.lang.foreign.ValueLayout.JAVA_BYTE, i))
          .isEqualTo((byte) (first + i));
    }
    return (int) count;
  }

  private static void sendRead(
      IoTarget target, IoRequest request, IoMemory memory, Recorder recorder) {
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).isTrue();
  }

  /// More than one call moves, through a pipe of 64 KiB.
  @Test
  void aLargeWriteIsWrittenWhole() throws IOException {
    int length = Lane.MOST_BYTES + 100_001;
    try (IoTarget pipe = pipe();
        IoMemory from = IoMemory.allocate(length);
        IoMemory to = IoMemory.allocate(length);
        IoRequest write = IoRequest.create(pipe)) {
      Pattern.fill(7, 0, from.segment(), 0, length);
      Recorder written = new Recorder();
      pipe.formatWrite(write, from, 0);
      write.setCompletionRoutine(written);
      assertThat(write.send(pipe)).isTrue();
      int at = 0;
      try (IoRequest read = IoRequest.create(pipe)) {
        while (at < length) {
          Recorder recorder = new Recorder();
          read.reuse();
          pipe.formatRead(read, to, at, length - at, 0);
          read.setCompletionRoutine(recorder);
          assertThat(read.send(pipe)).isTrue();
          at += (int) recorder.await().information();
        }
      }
      assertThat(written.await().information()).isEqualTo(length);
      assertThat(written.calls().getFirst().status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(to.segment().mismatch(from.segment())).isEqualTo(-1);
    }
  }

  private IoTarget pipe() throws IOException {
    Path path = directory.resolve("pipe");
    Requirement.run("mkfifo", List.of("mkfifo", path.toString()));
    return Targets.open("file:" + path, Access.READ_WRITE);
  }

  private static IoTarget device(String path, Access access) throws IoRequestException {
    Requirement.needs(path, Files.exists(Path.of(path)), "it is not there");
    return Targets.open("char:" + path, access);
  }

  /// Waits until a lane's thread is inside a transfer.
  private static Thread untilInTransfer(String name) {
    Thread[] found = new Thread[1];
    Waiting.until(
        name + "… is in a transfer",
        () ->
            Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getKey().getName().startsWith(name))
                .filter(entry ->
                    entry.getValue().length > 0
                        && entry.getValue()[0].isNativeMethod()
                        && entry.getValue()[0].getClassName().contains("FileDispatcher"))
                .peek(entry -> found[0] = entry.getKey())
                .findAny()
                .isPresent());
    return found[0];
  }
}
