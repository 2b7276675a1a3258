package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.SendOptions;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Requirement;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// A transfer larger than the kernel moves at once: 2 GiB less a page.
@Timeout(value = 240, threadMode = ThreadMode.SEPARATE_THREAD)
class HugeTransferTest {
  private static final long KERNELS_MOST = 0x7fff_f000L;
  private static final int BLOCK = 4096;
  private static final long LENGTH = KERNELS_MOST + 2L * BLOCK;
  private static final long[] MARKS = {0, (1L << 30) - 1, 1L << 30, KERNELS_MOST, LENGTH - 1};

  @TempDir private Path folder;

  @Test
  void aReadIsCarriedOnByTheRingAndOnTheCallersThread() throws IOException {
    RingTargets.needsRing();
    long available = availableBytes();
    Requirement.needs("6 GiB of memory", available > 6L << 30, "there are " + available + " bytes");
    Path file = folder.resolve("sparse");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(LENGTH);
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
