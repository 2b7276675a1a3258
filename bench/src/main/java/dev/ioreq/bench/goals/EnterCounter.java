package dev.ioreq.bench.goals;

import dev.ioreq.bench.measure.Cleanup;
import dev.ioreq.bench.measure.Unmeasurable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// Counts the calls of `io_uring_enter` of another process, by `perf stat`: it counts inside the
/// kernel, where `strace` would stop the process at each and so make the batches larger.
final class EnterCounter implements AutoCloseable {
  private static final String EVENT = "syscalls:sys_enter_io_uring_enter";
  private static final long PATIENCE_SECONDS = 10;

  private final Cleanup.Owned<Counting> counting;

  private EnterCounter(Cleanup.Owned<Counting> counting) {
    this.counting = counting;
  }

  /// What is there while it counts.
  ///
  /// @param perf the process that counts
  /// @param output the file it writes at its end
  private record Counting(Process perf, Path output) {
    static Counting begin(long pid) throws IOException {
      Path output = Files.createTempFile("ioreq", ".perf");
      try {
        Process perf =
            new ProcessBuilder(
                    "perf", "stat", "-x,", "-e", EVENT, "-o", output.toString(), "-p", "" + pid)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new Counting(perf, output);
      } catch (IOException e) {
        Files.delete(output);
        throw e;
      }
    }

    void end() throws IOException {
      Cleanup.end(perf);
      Files.deleteIfExists(output);
    }
  }

  /// Begins to count.
  static EnterCounter attach(long pid) throws Unmeasurable {
    try {
      EnterCounter counter =
          new EnterCounter(Cleanup.ofProcess().make(() -> Counting.begin(pid), Counting::end));
      try {
        awaitAttached(counter.counting.get().perf, pid);
      } catch (IOException | Unmeasurable e) {
        counter.close();
        throw e;
      }
      return counter;
    } catch (IOException e) {
      throw new Unmeasurable("needs perf, and root, to count calls of the kernel", e);
    }
  }

  /// perf holds a descriptor of an event for each thread it watches, once it does.
  private static void awaitAttached(Process perf, long pid) throws IOException, Unmeasurable {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    long threads = tasks(pid);
    while (events(perf.pid()) < threads) {
      if (!perf.isAlive() || System.nanoTime() > deadline) {
        throw new Unmeasurable("perf counts no calls of the kernel here; needs root");
      }
      Thread.onSpinWait();
    }
  }

  private static long tasks(long pid) throws IOException {
    try (var tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      return tasks.count();
    }
  }

  private static long events(long pid) {
    try (var descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return descriptors.filter(EnterCounter::isEvent).count();
    } catch (IOException gone) {
      return 0;
    }
  }

  private static boolean isEvent(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().contains("perf_event");
    } catch (IOException gone) {
      return false;
    }
  }

  /// Ends counting.
  ///
  /// @return calls
  long count() throws Unmeasurable {
    Process perf = counting.get().perf;
    try {
      new ProcessBuilder("kill", "-INT", Long.toString(perf.pid())).start().waitFor();
      if (!perf.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new Unmeasurable("perf does not end");
      }
      for (String line : Files.readAllLines(counting.get().output)) {
        if (line.contains(EVENT)) {
          return Long.parseLong(line.substring(0, line.indexOf(',')));
        }
      }
    } catch (IOException | NumberFormatException e) {
      throw new Unmeasurable("what perf counted cannot be read", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unmeasurable("interrupted", e);
    }
    throw new Unmeasurable("perf counted nothing");
  }

  @Override
  public void close() throws Unmeasurable {
    try {
      counting.close();
    } catch (IOException e) {
      throw new Unmeasurable("a temporary file stays: " + e.getMessage(), e);
    }
  }
}
