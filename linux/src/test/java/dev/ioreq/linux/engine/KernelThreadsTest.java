package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.StorageControl;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.ProcessCalls;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class KernelThreadsTest {
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
        flush(target); // which the kernel always has a thread of its own carry out
      }
      assertThat(isOpen(file)).as("after close %d", i).isFalse();
    }
  }

  @Test
  void theyAreFoundAmongTheThreadsOfTheProcess() throws IOException {
    try (IoTarget target = RingTargets.open("file:" + folder.resolve("data"), CREATE, engine)) {
      flush(target);
      Set<Integer> before = named();
      List<Integer> found;
      List<Integer> again;
      try (Arena arena = Arena.ofConfined()) {
        found = KernelThreads.numbers(arena);
        again = KernelThreads.numbers(arena); // from what is remembered
      }
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
  void whoRunsIsPastWhenHeHasRunForAWhileAndAnInterruptIsKept() {
    try (Other other = new Other("iou-wrk-1");
        Arena arena = Arena.ofConfined()) {
      long before = ThisProcess.ran(other.number).ticks();
      Thread.currentThread().interrupt();
      KernelThreads.awaitPast(List.of(other.number), arena);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(ThisProcess.ran(other.number).ticks()).isGreaterThanOrEqualTo(before + 2);
    }
  }

  @Test
  void whoSleepsOrIsGoneOrOfAnotherKindIsPast() {
    try (Arena arena = Arena.ofConfined()) {
      int number;
      try (Other other = new Other("iou-wrk-2")) {
        number = other.number;
        other.mayRun = false;
        ThisProcess.untilAsleep(number);
        KernelThreads.awaitPast(List.of(number), arena);
      }
      KernelThreads.awaitPast(List.of(number, 1), arena);
      try (Other other = new Other("iou-sqp-3")) {
        KernelThreads.awaitPast(List.of(other.number), arena);
      }
    }
  }

  /// A thread that runs for as long as it may.
  private static final class Other implements AutoCloseable {
    private final Thread thread;
    private final AtomicInteger started = new AtomicInteger();
    private final int number;
    private volatile boolean mayRun = true;
    private volatile boolean isOver;

    Other(String name) {
      thread = Thread.ofPlatform().daemon().name(name).start(this::run);
      Waiting.until("start of " + name, () -> started.get() != 0);
      number = started.get();
    }

    private void run() {
      started.set(ProcessCalls.gettid());
      while (!isOver) {
        if (mayRun) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
      }
    }

    @Override
    public void close() {
      isOver = true;
      LockSupport.unpark(thread);
      Waiting.forEnd(thread);
    }
  }

  private static void flush(IoTarget target) {
    try (IoRequest request = IoRequest.create(target)) {
      Recorder recorder = new Recorder();
      target.formatDeviceControl(request, StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
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
