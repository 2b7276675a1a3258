package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.engine.Pipe;
import dev.ioreq.linux.engine.Pty;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.several.ContinuousReader;
import dev.ioreq.several.FanOut;
import dev.ioreq.several.Gathering;
import dev.ioreq.several.ReaderConfig;
import dev.ioreq.several.StagedTransfer;
import dev.ioreq.testkit.Waiting;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// Fan-outs, staged transfers and continuous readers over real devices.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class SeveralTest {
  private static final int FILE_BYTES = 1_000_003;

  private final byte[] content = new byte[FILE_BYTES];
  private final Semaphore arrived = new Semaphore(0);
  private final Semaphore ended = new Semaphore(0);
  private final List<String> ends = new CopyOnWriteArrayList<>();
  private final ByteArrayOutputStream received = new ByteArrayOutputStream(); // the callbacks'
  private final List<IoStatus> failures = new CopyOnWriteArrayList<>();

  @TempDir Path directory;

  @BeforeEach
  void needsRing() {
    RingTargets.needsRing();
    new Random(1).nextBytes(content);
  }

  private IoTarget file() throws IOException {
    Path path = directory.resolve("content");
    Files.write(path, content);
    return RingTargets.open("file:" + path, Access.READ_WRITE);
  }

  private void ended(IoStatus status, long information) {
    ends.add(status + " " + information);
    ended.release();
  }

  private void awaitEnd() {
    Waiting.forPermits("end", ended, 1);
  }

  private ContinuousReader reader(IoTarget target, ReaderConfig config) {
    return new ContinuousReader(
        target,
        config,
        (at, memory, bytes, context) -> {
          byte[] data = new byte[(int) bytes];
          MemorySegment.copy(
              memory.segment(), ValueLayout.JAVA_BYTE, config.headerBytes(), data, 0, data.length);
          received.writeBytes(data);
          arrived.release(data.length);
        },
        (at, status, context) -> {
          failures.add(status);
          ended.release();
          return false;
        });
  }

  private void awaitBytes(int count) {
    Waiting.forPermits(count + " bytes", arrived, count);
  }

  @Test
  @DisplayName("R-348 a file read by a fan-out, over its end")
  void aFileReadByAFanOut() throws IOException {
    int part = 70_000;
    try (IoTarget file = file();
        IoMemory memory = IoMemory.allocate(16L * part);
        FanOut fanOut = new FanOut(16, Gathering.CONTIGUOUS_PREFIX)) {
      for (int i = 0; i < 16; i++) {
        fanOut.addRead(file, memory, (long) i * part, part, (long) i * part);
      }
      fanOut.start(this::ended);
      awaitEnd();
      assertThat(ends).containsExactly(IoStatus.SUCCESS + " " + FILE_BYTES);
      assertThat(memory.segment().asSlice(0, FILE_BYTES).toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(content);
    }
  }

  @Test
  @DisplayName("R-357 one write to a file and a pipe")
  void oneWriteToAFileAndAPipe() throws IOException {
    try (IoTarget file = file();
        Pipe pipe = Pipe.open();
        IoTarget stream = RingTargets.open(pipe.writeName(), Access.WRITE);
        IoMemory memory = IoMemory.allocate(1000);
        FanOut fanOut = new FanOut(2, Gathering.LEAST)) {
      memory.segment().fill((byte) 3);
      fanOut.addWrite(file, memory, 0, 0, 10);
      fanOut.addWrite(stream, memory, 0, 0, 0);
      fanOut.start(this::ended);
      awaitEnd();
      assertThat(ends).containsExactly(IoStatus.SUCCESS + " 1000");
      assertThat(pipe.waiting()).isEqualTo(1000);
      byte[] written = Files.readAllBytes(directory.resolve("content"));
      assertThat(written[9]).isEqualTo(content[9]);
      assertThat(written[10]).isEqualTo((byte) 3);
      assertThat(written[1009]).isEqualTo((byte) 3);
      assertThat(written[1010]).isEqualTo(content[1010]);
    }
  }

  @Test
  @DisplayName("R-354 a fan-out of reads that wait for a pipe is cancelled")
  void aFanOutIsCancelled() throws IOException {
    try (IoTarget file = file();
        Pipe pipe = Pipe.open();
        IoTarget stream = RingTargets.open(pipe.readName(), Access.READ);
        IoMemory memory = IoMemory.allocate(64);
        FanOut fanOut = new FanOut(4, Gathering.SUM)) {
      fanOut.addRead(file, memory, 0, 16, 0);
      for (int i = 1; i < 4; i++) {
        fanOut.addRead(stream, memory, i * 16L, 16, 0);
      }
      fanOut.start(this::ended);
      assertThat(fanOut.cancel()).isTrue();
      awaitEnd();
      assertThat(ends).hasSize(1);
      assertThat(ends.getFirst()).startsWith(IoStatus.CANCELLED.toString());
    }
  }

  @Test
  @DisplayName("R-349 a file copied in stages, and read by the device's own measure")
  void aFileCopiedInStages() throws IOException {
    try (IoTarget file = file();
        IoMemory memory = IoMemory.allocate(FILE_BYTES + 5000);
        StagedTransfer read = new StagedTransfer(file, 4096);
        StagedTransfer whole = new StagedTransfer(file)) {
      read.formatRead(memory, 0, 0, 0);
      read.start(this::ended);
      awaitEnd();
      assertThat(memory.segment().asSlice(0, FILE_BYTES).toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(content);
      Path copy = directory.resolve("copy");
      OpenOptions create = OpenOptions.of(Access.READ_WRITE).withCreate();
      try (IoTarget other = RingTargets.open("file:" + copy, create);
          StagedTransfer write = new StagedTransfer(other, 10_000)) {
        write.formatWrite(memory, 0, FILE_BYTES, 0);
        write.start(this::ended);
        awaitEnd();
      }
      assertThat(Files.readAllBytes(copy)).isEqualTo(content);
      whole.formatRead(memory, 0, 0, 0);
      whole.start(this::ended);
      awaitEnd();
      assertThat(ends).hasSize(3).containsOnly(IoStatus.SUCCESS + " " + FILE_BYTES);
    }
  }

  @Test
  @DisplayName("R-349 short reads of a pipe make one transfer of the whole length")
  void shortReadsOfAPipe() throws IOException {
    try (Pipe pipe = Pipe.open();
        IoTarget stream = RingTargets.open(pipe.readName(), Access.READ);
        IoMemory memory = IoMemory.allocate(8);
        StagedTransfer transfer = new StagedTransfer(stream)) {
      transfer.formatRead(memory, 0, 0, 0);
      transfer.start(this::ended);
      pipe.write((byte) 1, (byte) 2, (byte) 3);
      Waiting.until("the first bytes are read", () -> pipe.waiting() == 0);
      assertThat(ends).isEmpty();
      pipe.write((byte) 4, (byte) 5, (byte) 6, (byte) 7, (byte) 8);
      awaitEnd();
      assertThat(ends).containsExactly(IoStatus.SUCCESS + " 8");
      assertThat(memory.segment().toArray(ValueLayout.JAVA_BYTE))
          .containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }
  }

  @Test
  @DisplayName("R-083, R-084, R-087 a pipe is read until its writers are gone")
  void aPipeIsReadToItsEnd() throws IOException {
    try (Pipe pipe = Pipe.open();
        IoTarget stream = RingTargets.open(pipe.readName(), Access.READ);
        ContinuousReader reader = reader(stream, ReaderConfig.of(7).withRoom(4, 4))) {
      reader.start();
      for (int at = 0; at < 5000; at += 10) {
        byte[] chunk = new byte[10];
        System.arraycopy(content, at, chunk, 0, 10);
        pipe.write(chunk);
      }
      awaitBytes(5000);
      assertThat(received.toByteArray()).isEqualTo(Arrays.copyOf(content, 5000));
      pipe.closeWriteEnd();
      awaitEnd();
      assertThat(failures).containsExactly(IoStatus.END_OF_FILE);
    }
  }

  @Test
  @DisplayName(
      "R-082, R-083 several reads of a pipe, in any order: all bytes come, and a stop loses none")
  void severalReadsOfAPipe() throws IOException {
    try (Pipe pipe = Pipe.open();
        IoTarget stream = RingTargets.open(pipe.readName(), Access.READ);
        ContinuousReader reader = reader(stream, ReaderConfig.of(16).withReads(4).inAnyOrder())) {
      for (int turn = 0; turn < 200; turn++) {
        reader.start();
        pipe.write((byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5);
        if (turn % 3 == 0) {
          awaitBytes(5);
          arrived.release(5);
        }
        reader.stop();
        // a request is in flight until its routine has returned, and the last one runs on for a
        // moment
        Waiting.until("the last routine's return", () -> stream.requestsInFlight() == 0);
      }
      reader.start();
      awaitBytes(1000);
      assertThat(pipe.waiting()).isZero();
      assertThat(failures).isEmpty();
    }
  }

  @Test
  @DisplayName("R-083 a terminal is read, line by line, stopped and started again")
  void aTerminalIsRead() throws Exception {
    RingEngine engine = RingTargets.engine(RingConfig.defaults());
    try (Pty pty = Pty.open(engine);
        ContinuousReader reader = reader(pty.terminal(), ReaderConfig.of(64));
        IoMemory memory = IoMemory.allocate(6)) {
      memory.copyFrom(0, new byte[] {'h', 'e', 'l', 'l', 'o', '\n'});
      for (int turn = 0; turn < 20; turn++) {
        reader.start();
        assertThat(pty.master().sendWriteSynchronously(memory, 0)).isEqualTo(6);
        awaitBytes(6);
        reader.stop();
      }
      assertThat(received.toString(StandardCharsets.US_ASCII)).isEqualTo("hello\n".repeat(20));
      assertThat(failures).isEmpty();
    } finally {
      engine.end();
    }
  }

  @Test
  @DisplayName("R-085, R-087 a file is read in order, and ends as END_OF_FILE")
  void aFileIsReadToItsEnd() throws IOException {
    try (IoTarget file = file();
        ContinuousReader reader =
            reader(file, ReaderConfig.of(4096).withReads(5).withPositions(3))) {
      reader.start();
      awaitEnd();
      Waiting.until("idle reader", () -> !reader.isRunning());
      assertThat(failures).containsExactly(IoStatus.END_OF_FILE);
      assertThat(received.toByteArray()).isEqualTo(Arrays.copyOfRange(content, 3, FILE_BYTES));
      // what is appended later is found by the next start
      Files.write(directory.resolve("content"), new byte[] {9, 8, 7}, StandardOpenOption.APPEND);
      received.reset();
      reader.start();
      awaitEnd();
      assertThat(received.toByteArray()).containsExactly(9, 8, 7);
    }
  }
}
