package dev.ioreq.linux.engine;

import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.ring.Registrations;

/// The engine's table of registered files: an entry that names a slot of it spares the kernel the
/// look-up of the descriptor.
///
/// A device takes a slot once it has proved to be used much, and gives it back before it closes its
/// descriptor. Without a slot it uses the descriptor: where the kernel refuses a table, or lets go
/// of a file later than its slot was cleared, and when the table is full.
///
/// The engine's thread only.
public final class RingFiles {
  /*
   * A slot keeps its file open by itself. "Closed" must mean closed: a file system is unmounted, a loop device detached
   * right after (see KernelThreads for the other who keeps it open). Some kernels let go of what was in a slot only later, when they come to it. So before the table is used
   * the kernel is put to the test: the only reference to a pipe's write end is in a slot, the slot is cleared, and the
   * read end must know at once that nobody will write.
   */

  /// What [#take(int)] gives when there is no slot.
  public static final int NONE = -1;

  private static final int FEWEST = 16;

  private final Registrations registrations;
  private final SlotList slots;

  RingFiles(Registrations registrations, int mostSlots) {
    this.registrations = registrations;
    this.slots = new SlotList(mostSlots);
  }

  /// Registers a file. Makes the table the first time.
  ///
  /// @param fd an open descriptor, to be kept open until the slot is given back
  /// @return its slot, or [#NONE]
  public int take(int fd) {
    if (!slots.isMade()) {
      slots.make(makeTable());
    }
    int slot = slots.take();
    if (slot != NONE && registrations.updateFile(slot, fd) != 0) {
      slots.give(slot);
      return NONE;
    }
    return slot;
  }

  /// Lets go of a file.
  ///
  /// @param slot what [#take(int)] gave
  void give(int slot) {
    if (slot != NONE && registrations.updateFile(slot, Registrations.NO_FILE) == 0) {
      slots.give(slot);
    }
  }

  int used() {
    return slots.used();
  }

  /// Drops the table, before the ring is closed: what the ring's own end would let go of, it would
  /// let go of later.
  void end() {
    if (slots.isMade() && slots.size() > 0) {
      registrations.unregisterFiles();
    }
  }

  private int makeTable() {
    int size = slots.wanted();
    while (size >= FEWEST) {
      int result = registrations.registerFiles(size);
      if (result == 0) {
        if (letsGoAtOnce()) {
          return size;
        }
        registrations.unregisterFiles();
        return 0;
      }
      if (result != -Errno.EMFILE && result != -Errno.ENOMEM) {
        return 0;
      }
      size /= 2; // no more than the process may open
    }
    return 0;
  }

  private boolean letsGoAtOnce() {
    long pipe = DescriptorCalls.pipe2(DescriptorCalls.EFD_CLOEXEC);
    if (pipe < 0) {
      return false;
    }
    int readEnd = DescriptorCalls.readEnd(pipe);
    int writeEnd = DescriptorCalls.writeEnd(pipe);
    boolean isPut = registrations.updateFile(0, writeEnd) == 0;
    FileCalls.close(writeEnd);
    boolean isCleared = isPut && registrations.updateFile(0, Registrations.NO_FILE) == 0;
    int events = DescriptorCalls.poll(readEnd, DescriptorCalls.POLLIN, 0);
    FileCalls.close(readEnd);
    return isCleared && events > 0 && (events & DescriptorCalls.POLLHUP) != 0;
  }
}
