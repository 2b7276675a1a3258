package dev.ioreq.linux.engine;

import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.abi.TransferCalls;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
   * Past that place is who sleeps or is gone, for between handing over and letting go nothing sleeps; and who has run for
   * so long since that the way there, some hundred nanoseconds, is behind him. Whoever has been taken off his processor on
   * it is ready to run, and has not run. The completion was seen before, so a thread that had a part in it was there
   * before, and is found.
   *
   * A program has many threads, and these are few. Which are which is remembered, for a thread is made as one of them. A
   * number is given again, to another thread, but not together with the inode that /proc has made for the thread.
   */
  private static final String TASKS = "/proc/self/task/";
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

  private static final long ENTRIES_BYTES = 8192; // some 300 threads at a time
  private static final long STAT_BYTES = 1024;

  private record Task(long inode, int number) {}

  /// Whether a thread is one of the kernel's, of those that were there at the last look.
  private static volatile Map<Task, Boolean> known = Map.of();

  private KernelThreads() {}

  /// Waits until no such thread holds a request that has completed before this call. Some
  /// microseconds; if one of them is at work without a pause, 20 ms of its processor time at the
  /// most.
  ///
  /// Where `/proc` is not to be had, and before Linux 5.12, whose threads of the kind belong to no
  /// process, it waits for nothing.
  static void awaitLetGo() {
    try (Arena arena = Arena.ofConfined()) {
      long text = arena.allocate(STAT_BYTES).address();
      for (int number : numbers()) {
        awaitPast(number, text);
      }
    }
  }

  /// Which they are now.
  ///
  /// @return the kernel's numbers of the threads
  static List<Integer> numbers() {
    int fd =
        FileCalls.open(TASKS, FileCalls.O_RDONLY | FileCalls.O_DIRECTORY | FileCalls.O_CLOEXEC, 0);
    if (fd < 0) {
      return List.of();
    }
    Map<Task, Boolean> before = known;
    Map<Task, Boolean> tasks = HashMap.newHashMap(before.size());
    List<Integer> numbers = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      long entries = arena.allocate(ENTRIES_BYTES + STAT_BYTES, Long.BYTES).address();
      int filled;
      while ((filled = FileCalls.getdents64(fd, entries, ENTRIES_BYTES)) > 0) {
        for (long entry = entries; entry < entries + filled; entry += lengthOf(entry)) {
          Task task = new Task(Memory.getLong(entry + ENTRY_INODE), numberOf(entry + ENTRY_NAME));
          Boolean isOfKernel = before.get(task);
          if (isOfKernel == null) {
            isOfKernel = isOfKernel(task.number, entries + ENTRIES_BYTES);
          }
          if (isOfKernel != null) {
            tasks.put(task, isOfKernel);
            if (isOfKernel) {
              numbers.add(task.number);
            }
          }
        }
      }
    } finally {
      FileCalls.close(fd);
    }
    known = tasks;
    return numbers;
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

  /// Whether a thread is one of the kernel's.
  ///
  /// @return null if it is gone
  private static @Nullable Boolean isOfKernel(int number, long text) {
    String[] stat = stat(number, text);
    return stat.length > FLAGS ? (Long.parseLong(stat[FLAGS]) & PF_IO_WORKER) != 0 : null;
  }

  private static void awaitPast(int number, long text) {
    boolean isInterrupted = false;
    long first = -1;
    while (true) {
      String[] stat = stat(number, text);
      if (stat.length <= SYSTEM_TICKS || !stat[STATE].equals("R")) {
        break; // gone, or asleep
      }
      long ticks = Long.parseLong(stat[USER_TICKS]) + Long.parseLong(stat[SYSTEM_TICKS]);
      if (first < 0) {
        first = ticks;
      } else if (ticks - first >= TICKS_PAST) {
        break;
      }
      isInterrupted |= Thread.interrupted(); // it would not park
      LockSupport.parkNanos(NANOS_BETWEEN_LOOKS);
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// What the kernel says of a thread, behind its name; nothing of one that is gone.
  private static String[] stat(int number, long text) {
    int fd = FileCalls.open(TASKS + number + "/stat", FileCalls.O_RDONLY | FileCalls.O_CLOEXEC, 0);
    if (fd < 0) {
      return new String[0];
    }
    long length = TransferCalls.pread(fd, text, STAT_BYTES, 0);
    FileCalls.close(fd);
    if (length <= 0) {
      return new String[0];
    }
    byte[] bytes = new byte[(int) length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = Memory.getByte(text + i);
    }
    String line = new String(bytes, StandardCharsets.ISO_8859_1);
    return line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
  }
}
