package dev.ioreq.bench.rivals;

import com.sun.management.ThreadMXBean;
import dev.ioreq.bench.measure.CpuClock;
import dev.ioreq.bench.measure.Unmeasurable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// One rival in a process of its own, told by lines of the standard input what to do:
///
/// - `verify COUNT` reads that many blocks and compares each with what it must hold;
/// - `warm MILLIS` reads for a while;
/// - `measure MILLIS` reads for a while and answers with one line: requests, nanoseconds,
///   nanoseconds of processor time of the whole process, bytes allocated on the heap, threads of
///   the operating system that carry virtual threads or do I/O.
///
/// Each answer begins with `ok`, or is `failed` and why. The end of the input ends the process.
public final class Child {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final int CHUNKS_PER_MEASUREMENT = 5;
  private static final List<String> IO_THREADS = List.of("ForkJoinPool", "ioreq-", "iou-");
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final ReadWork work;
  private final Rival rival;
  private long next;
  private long nanosPerRequest = 10_000;

  private Child(ReadWork work, Rival rival) {
    this.work = work;
    this.rival = rival;
  }

  /// Runs a rival until the end of the input.
  ///
  /// @param arguments kind, file, bytes of a block, blocks, depth, whether direct
  /// @throws IOException if the input cannot be read
  public static void main(String[] arguments) throws IOException {
    ReadWork work =
        new ReadWork(
            Path.of(arguments[1]),
            Integer.parseInt(arguments[2]),
            Long.parseLong(arguments[3]),
            Integer.parseInt(arguments[4]),
            Boolean.parseBoolean(arguments[5]));
    PrintStream out = System.out;
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Rival rival = RivalKind.valueOf(arguments[0]).open(work)) {
      out.println("ok");
      Child child = new Child(work, rival);
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println("ok " + child.obey(line));
      }
    } catch (Throwable e) { // of a library, or of its native part
      out.println("failed " + Unmeasurable.reasonOf(e));
      System.exit(1);
    }
    System.exit(0); // some libraries leave threads
  }

  private String obey(String line) throws Exception {
    String[] words = line.split(" ", -1);
    long number = Long.parseLong(words[1]);
    return switch (words[0]) {
      case "verify" -> verify(number);
      case "warm" -> {
        run(number * NANOS_PER_MILLI);
        yield "";
      }
      case "measure" -> measure(number * NANOS_PER_MILLI);
      default -> throw new IllegalArgumentException("'" + line + "' is no order");
    };
  }

  private String verify(long count) throws Exception {
    work.verified().set(0);
    rival.read(next, count);
    next += count;
    return Long.toString(work.verified().getAndSet(-1));
  }

  /// Reads for about as long; learns how long a request takes.
  private long run(long nanos) throws Exception {
    long start = System.nanoTime();
    long requests = 0;
    long passed = 0;
    while (passed < nanos) {
      long chunk = Math.max(work.depth() * 2L, nanos / CHUNKS_PER_MEASUREMENT / nanosPerRequest);
      rival.read(next, chunk);
      next += chunk;
      requests += chunk;
      passed = System.nanoTime() - start;
      nanosPerRequest = Math.max(1, passed / requests);
    }
    return requests;
  }

  private String measure(long nanos) throws Exception {
    long allocatedBefore = THREADS.getTotalThreadAllocatedBytes();
    long cpuBefore = CpuClock.nanos();
    long before = System.nanoTime();
    long requests = run(nanos);
    long passed = System.nanoTime() - before;
    long cpu = CpuClock.nanos() - cpuBefore;
    long allocated = THREADS.getTotalThreadAllocatedBytes() - allocatedBefore;
    return String.format(
        Locale.ROOT, "%d %d %d %d %d", requests, passed, cpu, allocated, ioThreads());
  }

  private static long ioThreads() throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks.filter(Child::isForIo).count();
    }
  }

  /// Whether it is a carrier, an engine's thread, or one that the kernel has made for a ring.
  private static boolean isForIo(Path task) {
    try {
      String name = Files.readString(task.resolve("comm"));
      return IO_THREADS.stream().anyMatch(name::startsWith);
    } catch (IOException gone) {
      return false;
    }
  }
}
