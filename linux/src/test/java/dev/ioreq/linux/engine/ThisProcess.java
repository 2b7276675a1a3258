package dev.ioreq.linux.engine;

import dev.ioreq.testkit.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What the kernel says of this process: its descriptors and threads.
///
/// @see "man 5 proc_pid_fd, proc_pid_task, proc_pid_stat, proc_pid_status"
public final class ThisProcess {
  private static final Path TASKS = Path.of("/proc/self/task");
  private static final int STATE = 0; // fields of stat, counted behind the name
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  private ThisProcess() {}

  /// How much a thread has run.
  ///
  /// @param switches how often it began or stopped to run
  /// @param ticks of the processor it used, in 1/100 s
  public record Ran(long switches, long ticks) {}

  /// How many descriptors may be open.
  static int openFilesLimit() {
    return readIfThere(Path.of("/proc/self/limits"))
        .lines()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.split(" +", -1)[3])
        .mapToInt(limit -> limit.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(limit))
        .findFirst()
        .orElse(0);
  }

  /// How many descriptors are open.
  public static int descriptors() {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return (int) all.count() - 1; // less the one that lists them
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The kernel's threads of this process: number and name, of which the kernel keeps 15 letters.
  public static Map<Integer, String> tasks() {
    Map<Integer, String> tasks = new TreeMap<>();
    try (Stream<Path> all = Files.list(TASKS)) {
      for (Path task : all.toList()) {
        String name = readIfThere(task.resolve("comm"));
        if (!name.isEmpty()) {
          tasks.put(Integer.valueOf(task.getFileName().toString()), name.strip());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return tasks;
  }

  /// The numbers of the kernel's threads with a name.
  public static Set<Integer> tasks(String name) {
    Set<Integer> numbers = new TreeSet<>();
    tasks()
        .forEach((number, called) -> {
          if (called.equals(name)) {
            numbers.add(number);
          }
        });
    return numbers;
  }

  /// How many Java threads with a name there are.
  public static long threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .count();
  }

  /// Waits until the kernel has put a thread to sleep.
  public static void untilAsleep(int task) {
    Waiting.until("sleep of thread " + task, () -> stat(task)[STATE].equals("S"));
  }

  /// How much a thread has run up to now.
  public static Ran ran(int task) {
    String status = readIfThere(TASKS.resolve(task + "/status"));
    long switches =
        status
            .lines()
            .filter(line -> line.contains("voluntary_ctxt_switches"))
            .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
            .sum();
    String[] stat = stat(task);
    return new Ran(switches, Long.parseLong(stat[USER_TICKS]) + Long.parseLong(stat[SYSTEM_TICKS]));
  }

  private static String[] stat(int task) {
    String stat = readIfThere(TASKS.resolve(task + "/stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
  }

  private static String readIfThere(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      if ("No such process".equals(e.getMessage())) {
        return "";
      }
      throw new UncheckedIOException(e);
    }
  }
}
