package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.PurgeAction;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// 128 requests in flight on one descriptor need one thread, and no threads of the kernel's either.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class OneThreadTest {
  private static final int IN_FLIGHT = 128;
  private static final int BLOCK = 1 << 16;
  private static final int ROUNDS = 40;

  @TempDir private Path folder;
  private final int enginesBefore = RingTargets.tasks().size();
  private final Set<Integer> before = ThisProcess.tasks().keySet();
  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final List<IoRequest> requests = new ArrayList<>();

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    requests.forEach(IoRequest::close);
    engine.end();
  }

  @Test
  void blockedReadsOfATerminal() throws Exception {
    try (Pty pty = Pty.open(engine);
        IoMemory memory = IoMemory.allocate(IN_FLIGHT)) {
      IoTarget target = pty.terminal();
      Recorder recorder = new Recorder();
      for (int i = 0; i < IN_FLIGHT; i++) {
        IoRequest request = IoRequest.create(target);
        requests.add(request);
        target.formatRead(request, memory, i, 1, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
      }
      untilTheEngineHasTakenAll();
      assertThat(target.requestsInFlight()).isEqualTo(IN_FLIGHT);
      assertThat(newThreads()).containsExactly("ioreq-ring");
      assertThat(ThisProcess.threads("ioreq-ring")).isEqualTo(enginesBefore + 1L);
      target.purge(PurgeAction.PURGE_AND_WAIT);
      assertThat(recorder.count()).isEqualTo(IN_FLIGHT);
    }
  }

  @Test
  void directReadsOfAFile() throws Exception {
    Path file = folder.resolve("data");
    // dirty pages would have to be written first, for which the kernel takes a thread of its own
    Files.write(
        file, new byte[IN_FLIGHT * BLOCK], StandardOpenOption.CREATE, StandardOpenOption.SYNC);
    CountDownLatch done = new CountDownLatch(IN_FLIGHT);
    AtomicInteger failures = new AtomicInteger();
    Collection<String> seen = new TreeSet<>();
    OpenOptions direct = OpenOptions.of(Access.READ).withDirect();
    try (IoTarget target = RingTargets.open("file:" + file, direct, engine);
        IoMemory memory = IoMemory.allocate((long) IN_FLIGHT * BLOCK)) {
      for (int i = 0; i < IN_FLIGHT; i++) {
        IoRequest request = IoRequest.create(target);
        requests.add(request);
        read(request, target, memory, (long) i * BLOCK, ROUNDS, done, failures);
      }
      int most = 0;
      while (done.getCount() > 0) {
        most = Math.max(most, target.requestsInFlight());
        seen.addAll(newThreads());
      }
      assertThat(most).isGreaterThan(IN_FLIGHT / 2);
    }
    assertThat(failures).hasValue(0);
    assertThat(seen).containsExactly("ioreq-ring");
  }

  private static void read(
      IoRequest request,
      IoTarget target,
      IoMemory memory,
      long at,
      int rounds,
      CountDownLatch done,
      AtomicInteger failures) {
    target.formatRead(request, memory, at, BLOCK, at);
    request.setCompletionRoutine((sent, to, result) -> {
      if (result.information() != BLOCK) {
        failures.incrementAndGet();
      }
      if (rounds == 1) {
        done.countDown();
      } else {
        sent.reuse();
        read(sent, to, memory, at, rounds - 1, done, failures);
      }
    });
    request.send(target);
  }

  private void untilTheEngineHasTakenAll() {
    ThisProcess.tasks("ioreq-ring").forEach(ThisProcess::untilAsleep);
  }

  /// Names of threads that were not there before, less those the Java runtime and JUnit start as
  /// they like.
  private Set<String> newThreads() {
    Set<String> names = new TreeSet<>();
    for (Map.Entry<Integer, String> task : ThisProcess.tasks().entrySet()) {
      String name = task.getValue();
      boolean isRuntimes =
          name.startsWith("C1 ")
              || name.startsWith("C2 ")
              || name.startsWith("G1 ")
              || name.startsWith("GC ")
              || name.startsWith("Common-Cleaner")
              || name.startsWith("Attach Listener")
              || name.startsWith("junit-");
      if (!before.contains(task.getKey()) && !isRuntimes) {
        names.add(name);
      }
    }
    return names;
  }
}
