package dev.ioreq.linux.engine;

import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.ring.Registrations;
import dev.ioreq.linux.ring.Ring;

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
   * right after (see RingClient for the other who keeps it open). Kernels before 6.13 count the uses of all slots
   * together: there a file that was taken out stays open for as long as any request that was under way then is, and be it
   * a read of a terminal. There is no feature bit for that; the next one came with 6.14.
   */

  /// What [#take(int)] gives when there is no slot.
  public static final int NONE = -1;

  private static final int FEWEST = 16;

  private final Registrations registrations;
  private final SlotList slots;

  RingFiles(Ring ring, int mostSlots) {
    this.registrations = ring.registrations();
    boolean letsGoAtOnce = (ring.features() & IoUring.IORING_FEAT_RW_ATTR) != 0;
    this.slots = new SlotList(letsGoAtOnce ? mostSlots : 0);
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
  void give(int slot) {
    if (registrations.updateFile(slot, Registrations.NO_FILE) == 0) {
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
        return size;
      }
      if (result != -Errno.EMFILE && result != -Errno.ENOMEM) {
        return 0;
      }
      size /= 2; // no more than the process may open
    }
    return 0;
  }
}
