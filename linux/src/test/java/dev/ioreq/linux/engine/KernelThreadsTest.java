package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class KernelThreadsTest {
  private static final int BLOCK = 4096;
  private static final int F_SETLEASE = 1024; // fcntl.h
  private static final int F_WRLCK = 1;
  private static final OpenOptions CREATE = OpenOptions.of(Access.READ_WRITE).withCreate();

  @TempDir private Path folder;

  private RingEngine engine = RingTargets.engine(RingConfig.defaults());

  @AfterEach
  void end() throws InterruptedException {
    engine.end();
  }

  @Test
  void aClosedFileIsOpenNoMoreHoweverItsRequestsWereCarriedOut() throws IOException {
    Path file = Files.createFile(folder.resolve("data"));
    assertThat(isOpen(file)).isFalse();
    for (int i = 0; i < 5000; i++) {
      try (IoTarget target = RingTargets.open("file:" + file, CREATE, engine)) {
        assertThat(isOpen(file)).isTrue();
        write(target, BLOCK);
      }
      assertThat(isOpen(file)).as("after close %d", i).isFalse();
    }
  }

  @Test
  void theyAreFoundAmongTheProcesssThreads() throws IOException {
    try (IoTarget target = RingTargets.open("file:" + folder.resolve("data"), CREATE, engine)) {
      write(target, BLOCK);
      Set<Integer> before = named();
      List<Integer> found = KernelThreads.numbers();
      List<Integer> again = KernelThreads.numbers(); // from what is remembered
      Set<Integer> after = named();
      assertThat(before).isNotEmpty();
      Set<Integer> all = new TreeSet<>(before);
      all.addAll(after);
      before.retainAll(after);
      assertThat(all).containsAll(found).containsAll(again);
      assertThat(found).containsAll(before);
      assertThat(again).containsAll(before);
    }
  }

  @Test
  void whoIsAtWorkIsWaitedForAWhileAndAnInterruptIsKept() throws IOException {
    try (IoTarget target = RingTargets.open("file:" + folder.resolve("data"), CREATE, engine);
        IoMemory memory = IoMemory.allocate(16 * BLOCK);
        IoRequest request = IoRequest.create(target)) {
      AtomicBoolean isOver = new AtomicBoolean();
      Recorder last = new Recorder();
      CompletionRoutine again =
          new CompletionRoutine() {
            @Override
            public void completed(IoRequest ended, IoTarget from, CompletionParameters result) {
              if (isOver.get()) {
                last.completed(ended, from, result);
              } else {
                ended.reuse();
                target.formatWrite(ended, memory, 0);
                ended.setCompletionRoutine(this);
                ended.send(target);
              }
            }
          };
      target.formatWrite(request, memory, 0);
      request.setCompletionRoutine(again);
      assertThat(request.send(target)).isTrue();
      for (int i = 0; i < 100; i++) {
        Thread.currentThread().interrupt();
        KernelThreads.awaitLetGo();
        assertThat(Thread.interrupted()).isTrue();
      }
      isOver.set(true);
      assertThat(last.await().status()).isEqualTo(IoStatus.SUCCESS);
    }
  }

  private static void write(IoTarget target, int lengthBytes) {
    try (IoMemory memory = IoMemory.allocate(lengthBytes);
        IoRequest request = IoRequest.create(target)) {
      Recorder recorder = new Recorder();
      target.formatWrite(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    }
  }

  private static Set<Integer> named() {
    Set<Integer> numbers = new TreeSet<>();
    ThisProcess.tasks()
        .forEach((number, name) -> {
          if (name.startsWith("iou-wrk-")) {
            numbers.add(number);
          }
        });
    return numbers;
  }

  /// Whether somebody has a file open for writing: who alone has it open is given the lease for it.
  private static boolean isOpen(Path file) {
    int fd = FileCalls.open(file.toString(), FileCalls.O_RDONLY | FileCalls.O_CLOEXEC, 0);
    assertThat(fd).isNotNegative();
    try {
      int result = DescriptorCalls.fcntl(fd, F_SETLEASE, F_WRLCK);
      assertThat(result).isIn(0, -Errno.EAGAIN);
      return result != 0;
    } finally {
      FileCalls.close(fd); // and the lease is given back
    }
  }
}
