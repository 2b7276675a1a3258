package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.SendOptions;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Requirement;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// A transfer larger than the kernel moves at once, 2 GiB less a page, is carried on.
@Timeout(value = 240, threadMode = ThreadMode.SEPARATE_THREAD)
class HugeTransferTest {
  private static final long KERNELS_MOST = 0x7fff_f000L;
  private static final int BLOCK = 4096;
  private static final long LENGTH = KERNELS_MOST + 2L * BLOCK;
  private static final long[] MARKS = {0, (1L << 30) - 1, 1L << 30, KERNELS_MOST, LENGTH - 1};

  private static final String NOWHERE = "/dev/null";

  @TempDir private Path folder;

  @Test
  void aReadIsCarriedOnByTheRingAndOnTheCallersThread() throws IOException {
    RingTargets.needsRing();
    long available = availableBytes();
    Requirement.needs("6 GiB of memory", available > 6L << 30, "there are " + available + " bytes");
    Path file = folder.resolve("sparse");
    try (RandomAccessFile sparse = sparse("sparse")) {
      for (int i = 0; i < MARKS.length; i++) {
        sparse.seek(MARKS[i]);
        sparse.write(i + 1);
      }
    }
    OpenOptions direct = OpenOptions.of(Access.READ).withDirect();
    Recorder recorder = new Recorder();
    try (IoTarget target = RingTargets.open("file:" + file, direct);
        IoMemory memory = IoMemory.allocate(LENGTH);
        IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      assertThat(recorder.await().information()).isEqualTo(LENGTH);
      expectMarks(memory);
      for (long mark : MARKS) {
        memory.segment().set(ValueLayout.JAVA_BYTE, mark, (byte) 0);
      }
      target.formatRead(request, memory, 0);
      assertThat(request.send(target, SendOptions.synchronous())).isTrue();
      assertThat(request.information()).isEqualTo(LENGTH);
      expectMarks(memory);
    }
  }

  /// To where no byte is copied, but as to a file: what a character device takes at once is all.
  @Test
  void aWriteIsCarriedOnByTheRingAndOnTheCallersThread() throws Exception {
    RingEngine engine = RingTargets.engine(RingConfig.defaults());
    OpenOptions options = OpenOptions.of(Access.WRITE);
    Recorder recorder = new Recorder();
    try (RandomAccessFile sparse = sparse("unread");
        Arena arena = Arena.ofShared();
        IoTarget byRing = nowhere(options.withHandOver(), engine);
        IoTarget here = nowhere(options, engine);
        IoRequest request = IoRequest.create(here)) {
      MemorySegment segment =
          sparse.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, LENGTH, arena);
      expectCut(segment);
      try (IoMemory memory = IoMemory.wrap(segment)) {
        byRing.formatWrite(request, memory, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(byRing)).isTrue();
        assertThat(recorder.await().information()).isEqualTo(LENGTH);
        long entries = engine.taken();
        assertThat(entries).isGreaterThanOrEqualTo(2);
        here.formatWrite(request, memory, 0);
        assertThat(request.send(here, SendOptions.synchronous())).isTrue();
        assertThat(request.information()).isEqualTo(LENGTH);
        assertThat(engine.taken()).isEqualTo(entries);
      }
    } finally {
      engine.end();
    }
  }

  private static IoTarget nowhere(OpenOptions options, RingEngine engine) {
    return IoTarget.over("file:" + NOWHERE, new FileDevice(openNowhere(), options, engine));
  }

  private static int openNowhere() {
    int fd = FileCalls.open(NOWHERE, FileCalls.O_WRONLY | FileCalls.O_CLOEXEC, 0);
    assertThat(fd).isNotNegative();
    return fd;
  }

  /// The kernel itself takes less than all at once.
  private static void expectCut(MemorySegment segment) {
    int fd = openNowhere();
    assertThat(TransferCalls.pwrite(fd, segment.address(), LENGTH, 0)).isEqualTo(KERNELS_MOST);
    FileCalls.close(fd);
  }

  private RandomAccessFile sparse(String name) throws IOException {
    RandomAccessFile sparse = new RandomAccessFile(folder.resolve(name).toFile(), "rw");
    sparse.setLength(LENGTH);
    return sparse;
  }

  private static void expectMarks(IoMemory memory) {
    for (int i = 0; i < MARKS.length; i++) {
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, MARKS[i])).isEqualTo((byte) (i + 1));
    }
  }

  private static long availableBytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/meminfo")).stream()
        .filter(line -> line.startsWith("MemAvailable:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElse(0);
  }
}
