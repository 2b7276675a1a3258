package dev.ioreq.linux.device;

import static dev.ioreq.linux.device.Wholes.MEBIBYTE;
import static dev.ioreq.linux.device.Wholes.expectPattern;
import static dev.ioreq.linux.device.Wholes.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.StorageControl;
import dev.ioreq.linux.abi.CacheState;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.LoopDevice;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Requirement;
import dev.ioreq.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class DropBehindTest {
  private static final int WRITES = 16;

  @TempDir private Path folder;

  private static IoTarget open(Path file, boolean dropsBehind) throws IOException {
    OpenOptions options = OpenOptions.of(Access.READ_WRITE).withCreate();
    return RingTargets.open("file:" + file, dropsBehind ? options.withDropBehind() : options);
  }

  /// What the kernel says of one byte, written with the flag.
  private static int refusal(int fd) {
    try (IoMemory memory = IoMemory.allocate(1)) {
      return (int)
          TransferCalls.pwritev2(fd, memory.segment().address(), 1, 0, TransferCalls.RWF_DONTCACHE);
    }
  }

  private static int refusal(Path folder) throws IOException {
    Path file = Files.createTempFile(folder, "drop", "behind");
    int fd = FileCalls.open(file.toString(), FileCalls.O_RDWR, 0);
    try {
      return refusal(fd);
    } finally {
      FileCalls.close(fd);
      Files.delete(file);
    }
  }

  private static void flush(IoTarget target) throws IOException {
    target.sendDeviceControlSynchronously(StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
  }

  private static void awaitUncached(Path file) {
    Waiting.until(
        "an empty cache of the file", () -> CacheState.cachedPages(file, 0, MEBIBYTE) == 0);
  }

  @Test
  void whatIsWrittenAndReadLeavesTheCache() throws IOException {
    Requirement.needs(
        "uncached buffered I/O",
        refusal(folder) == 1,
        "the kernel is older than Linux 6.14, or the file system cannot");
    Path file = folder.resolve("data");
    try (IoTarget target = open(file, true);
        IoMemory written = pattern(0, MEBIBYTE);
        IoMemory read = IoMemory.allocate(MEBIBYTE)) {
      assertThat(target.sendWriteSynchronously(written, 0)).isEqualTo(MEBIBYTE);
      flush(target);
      awaitUncached(file);
      assertThat(target.sendReadSynchronously(read, 0)).isEqualTo(MEBIBYTE);
      expectPattern(read, 0, MEBIBYTE);
      awaitUncached(file);
    }
  }

  @Test
  void whatWasCachedStays() throws IOException {
    Path file = folder.resolve("data");
    try (IoTarget usual = open(file, false);
        IoTarget target = open(file, true);
        IoMemory memory = pattern(0, MEBIBYTE)) {
      usual.sendWriteSynchronously(memory, 0);
      flush(usual);
      long cached = CacheState.cachedPages(file, 0, MEBIBYTE);
      Requirement.needs("cachestat", cached > 0, "the kernel is older than Linux 6.5");
      target.sendReadSynchronously(memory, 0);
      expectPattern(memory, 0, MEBIBYTE);
      assertThat(CacheState.cachedPages(file, 0, MEBIBYTE)).isEqualTo(cached);
    }
  }

  /// The refusal of the flag costs nothing but itself: what is there is read at once as before.
  @Test
  void itIsAHintWhereTheDeviceCannot() throws IOException {
    Path file = folder.resolve("disk");
    Files.write(file, new byte[(int) MEBIBYTE]);
    try (LoopDevice loop = LoopDevice.of(file);
        IoTarget target = open(Path.of(loop.path()), true);
        IoMemory written = pattern(0, MEBIBYTE);
        IoMemory read = IoMemory.allocate(MEBIBYTE)) {
      Requirement.needs(
          "a block device without uncached I/O",
          refusal(loop.fd()) == -Errno.EOPNOTSUPP,
          "this kernel's have it");
      Recorder recorder = new Recorder();
      List<IoRequest> writes = new ArrayList<>();
      for (int i = 0; i < WRITES; i++) { // each of them is refused
        IoRequest request = IoRequest.create(target);
        writes.add(request);
        long length = MEBIBYTE / WRITES;
        target.formatWrite(request, written, i * length, length, i * length);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
      }
      recorder.await(WRITES);
      assertThat(recorder.calls()).allMatch(call -> call.status().isSuccess());
      writes.forEach(IoRequest::close);
      assertThat(Wholes.read(target, read, 0).information()).isEqualTo(MEBIBYTE);
      expectPattern(read, 0, MEBIBYTE);
      assertThat(Wholes.read(target, read, 0).thread())
          .as("at once")
          .isEqualTo(Thread.currentThread());
    }
  }
}
