package dev.ioreq.linux.engine;

import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.abi.TransferCalls;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The threads that the kernel makes for requests of a ring which would have to wait, such as
/// buffered writes: what they still hold when a request of theirs has ended.
///
/// **Threading.** Safe from any thread.
///
/// @see "man 5 proc_pid_task, proc_pid_stat"
final class KernelThreads {
  /*
   * Such a request, and with it its file, is held by two:
   *
   *   kernel's thread   carries it out ─▶ hands over the end ─▶ LETS GO ─▶ next request, or sleep
   *                                         │
   *   engine's thread                       └─▶ enter: completion, the first hold is gone ─▶ routine … close
   *
   * Mostly the kernel's thread lets go first. If it comes second, it leaves the request to be freed by the engine's thread
   * inside its next enter. An engine with nothing in its ring parks, and enters no more: then the file would stay open for
   * as long as nobody sends. So a close first sees each such thread past the place where it lets go, and then has the
   * engine's thread enter once more.
   *
   * Past that place is who is gone; who sleeps, for between handing over and letting go nothing sleeps; and who has run
   * for so long since that the way there, some hundred nanoseconds, is behind him. Whoever has been taken off his processor
   * on it is ready to run, and has not run. The last of the three is an estimate, needed where such a thread never sleeps:
   * a virtual machine counts what it stood still itself as time that its threads ran. And a request that bypasses the cache
   * can end by an interrupt while the thread that began it is on its way back out of a driver, and some of them sleep there.
   *
   * The completion was seen before, so a thread that had a part in it was there before. A list of the threads can lack one
   * if another ended while the kernel made it: the one that ended is the last that was written down, and the next is left
   * out. So it is made twice, and is whole if everyone in the first is in the second.
   *
   * A program has many threads, and these are few. Which are which is remembered, for a thread is made as one of them. A
   * number is given again, to another thread, but not together with the inode that /proc has made for the thread.
   */
  private static final String TASKS = "/proc/self/task/";
  private static final String NAME =
      "(iou-wrk-"; // others of the kind poll queues, and carry nothing out
  private static final int PF_IO_WORKER = 0x10; // linux/sched.h
  private static final int STATE = 0; // fields of stat, counted behind the name
  private static final int FLAGS = 6;
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;
  private static final int TICKS_PAST = 2; // one may have been all but over when it was first read
  private static final long NANOS_BETWEEN_LOOKS = 20_000;

  // struct linux_dirent64
  private static final int ENTRY_INODE = 0;
  private static final int ENTRY_LENGTH = 16;
  private static final int ENTRY_NAME = 19;

  private static final long ENTRIES_BYTES = 8192; // some 250 threads at a time
  private static final long STAT_BYTES = 1024;

  private record Task(long inode, int number) {}

  /// Whether a thread is one of the kernel's, of those that were there at the last look.
  private static volatile Map<Task, Boolean> known = Map.of();

  private KernelThreads() {}

  /// Waits until no such thread holds a request that has completed before this call. Some
  /// microseconds; if some of them are at work without a pause, 20 ms of their processor time at
  /// the most.
  ///
  /// It waits for nothing where `/proc` cannot be read: it is not mounted, or the process has no
  /// descriptor left; where the processor's numbers of system calls are not known; and before Linux
  /// 5.12, whose threads of the kind belong to no process.
  static void awaitLetGo() {
    try (Arena arena = Arena.ofConfined()) {
      awaitPast(numbers(arena), arena);
    }
  }

  /// Waits until each of some threads is past the place where it lets go.
  ///
  /// @param numbers the kernel's, of threads of this process
  static void awaitPast(List<Integer> numbers, Arena arena) {
    long text = arena.allocate(STAT_BYTES).address();
    List<Watch> left = new ArrayList<>();
    for (int number : numbers) {
      Watch watch = new Watch(number);
      if (!watch.isPast(text)) {
        left.add(watch);
      }
    }
    boolean isInterrupted = false;
    while (!left.isEmpty()) {
      isInterrupted |= Thread.interrupted(); // it would not park
      LockSupport.parkNanos(NANOS_BETWEEN_LOOKS);
      left.removeIf(watch -> watch.isPast(text));
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// A thread that is looked at until it is past.
  private static final class Watch {
    private final int number;
    private long first = -1;

    Watch(int number) {
      this.number = number;
    }

    boolean isPast(long text) {
      String line = stat(number, text);
      if (!line.contains(NAME)) {
        return true; // gone, or another kind
      }
      String[] stat = fields(line);
      if (!stat[STATE].equals("R")) {
        return true; // asleep
      }
      long ticks = Long.parseLong(stat[USER_TICKS]) + Long.parseLong(stat[SYSTEM_TICKS]);
      if (first < 0) {
        first = ticks;
      }
      return ticks - first >= TICKS_PAST;
    }
  }

  /// Which they are now.
  ///
  /// @return the kernel's numbers of the threads
  static List<Integer> numbers(Arena arena) {
    int fd =
        FileCalls.open(TASKS, FileCalls.O_RDONLY | FileCalls.O_DIRECTORY | FileCalls.O_CLOEXEC, 0);
    if (fd < 0) {
      return List.of();
    }
    try {
      long entries = arena.allocate(ENTRIES_BYTES, Long.BYTES).address();
      Set<Task> tasks = list(fd, entries);
      Set<Task> before;
      do {
        before = tasks;
        tasks = list(fd, entries);
      } while (!tasks.containsAll(before));
      return ofKernel(tasks, arena.allocate(STAT_BYTES).address());
    } finally {
      FileCalls.close(fd);
    }
  }

  private static Set<Task> list(int directoryFd, long entries) {
    Set<Task> tasks = new HashSet<>();
    FileCalls.lseek(directoryFd, 0, FileCalls.SEEK_SET);
    int filled;
    while ((filled = FileCalls.getdents64(directoryFd, entries, ENTRIES_BYTES)) > 0) {
      for (long entry = entries; entry < entries + filled; entry += lengthOf(entry)) {
        int number = numberOf(entry + ENTRY_NAME);
        if (number != 0) {
          tasks.add(new Task(Memory.getLong(entry + ENTRY_INODE), number));
        }
      }
    }
    return tasks;
  }

  private static List<Integer> ofKernel(Set<Task> tasks, long text) {
    Map<Task, Boolean> before = known;
    Map<Task, Boolean> now = HashMap.newHashMap(tasks.size());
    List<Integer> numbers = new ArrayList<>();
    for (Task task : tasks) {
      Boolean isOfKernel = before.get(task);
      if (isOfKernel == null) {
        isOfKernel = isOfKernel(task.number, text);
      }
      if (isOfKernel != null) {
        now.put(task, isOfKernel);
        if (isOfKernel) {
          numbers.add(task.number);
        }
      }
    }
    known = now;
    return numbers;
  }

  /// Whether a thread is one of the kernel's.
  ///
  /// @return null if it is gone
  private static @Nullable Boolean isOfKernel(int number, long text) {
    String line = stat(number, text);
    return line.isEmpty() ? null : (Long.parseLong(fields(line)[FLAGS]) & PF_IO_WORKER) != 0;
  }

  private static int lengthOf(long entry) {
    return Memory.getByte(entry + ENTRY_LENGTH) & 0xFF; // a number is short
  }

  /// A thread's number.
  ///
  /// @return 0 for the directory itself and the one above
  private static int numberOf(long name) {
    int number = 0;
    for (long at = name; Memory.getByte(at) != 0; at++) {
      int digit = Memory.getByte(at) - '0';
      if (digit < 0 || digit > 9) {
        return 0;
      }
      number = number * 10 + digit;
    }
    return number;
  }

  /// What the kernel says of a thread; nothing of one that is gone.
  private static String stat(int number, long text) {
    int fd = FileCalls.open(TASKS + number + "/stat", FileCalls.O_RDONLY | FileCalls.O_CLOEXEC, 0);
    if (fd < 0) {
      return "";
    }
    long length;
    try {
      length = TransferCalls.pread(fd, text, STAT_BYTES, 0);
    } finally {
      FileCalls.close(fd);
    }
    byte[] bytes = new byte[(int) Math.max(length, 0)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = Memory.getByte(text + i);
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /// The fields behind the name, which may contain anything.
  private static String[] fields(String stat) {
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
  }
}
