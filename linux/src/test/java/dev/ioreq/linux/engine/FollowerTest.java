package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.ControlCode;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.StorageControl;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Requirement;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests that the kernel has threads of its own carry out: they are over when it has let go of
/// them, and not before.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class FollowerTest {
  private static final int F_SETLEASE = 1024; // fcntl.h
  private static final int F_WRLCK = 1;
  private static final int BLOCK = 4096;
  private static final OpenOptions CREATE = OpenOptions.of(Access.READ_WRITE).withCreate();

  @TempDir private Path folder;

  private RingEngine engine = RingTargets.engine(RingConfig.defaults());

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    engine.end();
  }

  /// What such a thread does.
  enum Work {
    WRITE,
    WRITE_HANDED_OVER,
    WRITE_DIRECT,
    FLUSH,
    WRITE_OUT,
    WRITE_ZEROES,
    DISCARD;

    OpenOptions options() {
      return switch (this) {
        case WRITE_HANDED_OVER -> CREATE.withHandOver();
        case WRITE_DIRECT -> CREATE.withDirect();
        default -> CREATE;
      };
    }

    void format(IoRequest request, IoTarget target, IoMemory memory) {
      switch (this) {
        case WRITE, WRITE_HANDED_OVER, WRITE_DIRECT -> target.formatWrite(request, memory, 0);
        case FLUSH -> control(request, target, StorageControl.FLUSH, memory);
        case WRITE_OUT -> control(request, target, StorageControl.WRITE_OUT, memory);
        case WRITE_ZEROES -> control(request, target, StorageControl.WRITE_ZEROES, memory);
        case DISCARD -> control(request, target, StorageControl.DISCARD, memory);
      }
    }

    /// The memory holds the range, from 0 on.
    private static void control(
        IoRequest request, IoTarget target, ControlCode code, IoMemory memory) {
      memory.segment().set(ValueLayout.JAVA_LONG, Long.BYTES, BLOCK);
      target.formatDeviceControl(request, code, memory, IoMemory.none());
    }
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void aClosedFileIsOpenNoMore(Work work) throws IOException {
    Path file = folder.resolve("data");
    Files.write(file, new byte[BLOCK]);
    needsLease(file);
    for (int i = 0; i < 2000; i++) {
      if (work == Work.WRITE_DIRECT) {
        Files.write(file, new byte[0]); // a file that grows cannot be written without waiting
      }
      try (IoTarget target = RingTargets.open("file:" + file, work.options(), engine);
          IoMemory memory = IoMemory.allocate(BLOCK, BLOCK);
          IoRequest request = IoRequest.create(target)) {
        assertThat(isOpen(file)).isTrue();
        Recorder recorder = new Recorder();
        work.format(request, target, memory);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
        assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
      }
      assertThat(isOpen(file)).as("after close %d", i).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Work.class,
      names = {"WRITE", "WRITE_DIRECT"})
  void neitherIsOneThatHasASlot(Work work) throws Exception {
    engine.end();
    engine = RingTargets.engine(RingConfig.defaults(), new RingEngine.Tables(16, 1, 8));
    aClosedFileIsOpenNoMore(work);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void queuesWithHardlyAnyRoomLoseNone(int entries) throws Exception {
    engine.end();
    engine = RingTargets.engine(RingConfig.defaults().withSqEntries(entries));
    int count = 500;
    Path file = folder.resolve("data");
    List<IoRequest> requests = new ArrayList<>();
    Recorder recorder = new Recorder();
    try (IoTarget target = RingTargets.open("file:" + file, CREATE.withHandOver(), engine);
        IoMemory memory = IoMemory.allocate(count)) {
      for (int i = 0; i < count; i++) {
        memory.segment().set(ValueLayout.JAVA_BYTE, i, (byte) i);
        IoRequest request = IoRequest.create(target);
        requests.add(request);
        target.formatWrite(request, memory, i, 1, i);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
      }
      recorder.await(count);
      assertThat(recorder.calls()).allMatch(call -> call.information() == 1);
      assertThat(recorder.order()).containsExactlyInAnyOrderElementsOf(requests);
      assertThat(Files.readAllBytes(file))
          .isEqualTo(memory.segment().toArray(ValueLayout.JAVA_BYTE));
      requests.forEach(IoRequest::close);
    }
  }

  @Test
  void eachThatIsCancelledEndsOnce() throws IOException {
    int count = 400;
    int length = 64 << 10;
    Path file = Files.createFile(folder.resolve("data"));
    needsLease(file);
    List<IoRequest> requests = new ArrayList<>();
    Recorder recorder = new Recorder();
    try (IoTarget target = RingTargets.open("file:" + file, CREATE.withHandOver(), engine);
        IoMemory memory = IoMemory.allocate(length)) {
      for (int i = 0; i < count; i++) {
        IoRequest request = IoRequest.create(target);
        requests.add(request);
        target.formatWrite(request, memory, 0, length, (long) i * length);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
      }
      for (IoRequest request : requests) {
        boolean ignored = request.cancelSent();
      }
      recorder.await(count);
      assertThat(recorder.order()).containsExactlyInAnyOrderElementsOf(requests);
      assertThat(recorder.calls())
          .allMatch(call ->
              call.status().equals(IoStatus.CANCELLED)
                  || (call.status().equals(IoStatus.SUCCESS) && call.information() == length));
      requests.forEach(IoRequest::close);
    }
    assertThat(isOpen(file)).isFalse();
  }

  private static void needsLease(Path file) {
    int result = lease(file);
    Requirement.needs("leases of files", result == 0, "F_SETLEASE gives " + result);
  }

  /// Whether somebody has a file open for writing: who alone has it open is given the lease for it.
  private static boolean isOpen(Path file) {
    int result = lease(file);
    assertThat(result).isIn(0, -Errno.EAGAIN);
    return result != 0;
  }

  private static int lease(Path file) {
    int fd = FileCalls.open(file.toString(), FileCalls.O_RDONLY | FileCalls.O_CLOEXEC, 0);
    assertThat(fd).isNotNegative();
    try {
      return DescriptorCalls.fcntl(fd, F_SETLEASE, F_WRLCK);
    } finally {
      FileCalls.close(fd); // and the lease is given back
    }
  }
}
