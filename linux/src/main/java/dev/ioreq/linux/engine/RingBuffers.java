package dev.ioreq.linux.engine;

import dev.ioreq.MemorySlab;
import dev.ioreq.linux.ring.Registrations;
import dev.ioreq.log.Log;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The engine's table of registered memory: the kernel pins the pages of a slab once, instead of
/// looking them up for each transfer.
///
/// A pool is registered when the first transfer over it comes to the ring, other memory when so
/// much was moved over it that this pays. Where the kernel refuses (the limit of locked memory, a
/// slab above 1 GiB, a kernel without such tables), or the table is full, transfers go as those
/// over memory that the program wrapped.
///
/// The engine's thread only, but [#letGo(MemorySlab)].
public final class RingBuffers implements MemorySlab.Holder {
  /*
   *   unknown ── worth it: hold, register ──▶ known: slot, or NONE where refused ── letGo ▸ errand ▸ freed elsewhere ──▶ unknown
   *
   * A slab is held as long as it is known, so its memory is not freed before its slot was cleared; and while a transfer is
   * in flight its memory has a reference, so the slot is not cleared under it. A slab is looked up by identity, not by
   * address: what comes to lie where an old one lay is another slab.
   *
   * The slot is noted in the slab itself, if no other engine was there first; else the map has it.
   *
   * When it pays. A registered transfer saves a fixed part, and a part for each of its pages; registering and giving back
   * cost a fixed part, and a part for each page of the slab, some four times as much. So both are counted in bytes: a
   * transfer as its length and a page, a registration as transfersBefore pages and four times the slab. Memory of 4 KiB is
   * registered with its 130th transfer then, 1 MiB with the fifth of all of it, and one of 512 MiB, of which only
   * pieces of 4 KiB are used, after a quarter of a million.
   *
   * Freeing makes all threads of the process agree, tens of microseconds, and a program may close thousands of memories at
   * a time. So the engine's thread clears the slot, and another one frees.
   */
  private static final Log LOG = new Log("dev.ioreq.linux");
  private static final Workers FREEING = new Workers("ioreq-free", 1);

  /// What [#slotOf(MemorySlab, long)] gives for memory that is not registered.
  public static final int NONE = -1;

  private static final long LARGEST_BYTES = 1L << 30; // the kernel's limit
  private static final long PAGE_BYTES = 4096;
  private static final int PINNING_COSTS = 4; // times what a transfer of as many bytes saves

  static {
    // a program that wraps all its memory would not load it, and the compiler inlines no method
    // that names a class which is not loaded
    Objects.requireNonNull(MemorySlab.class);
  }

  private final Registrations registrations;
  private final SlotList slots;
  private final int transfersBefore;
  private final Consumer<Runnable> errands;
  private final Map<MemorySlab, Integer> known = new HashMap<>();

  RingBuffers(
      Registrations registrations, int mostSlots, int transfersBefore, Consumer<Runnable> errands) {
    this.registrations = registrations;
    this.slots = new SlotList(mostSlots);
    this.transfersBefore = transfersBefore;
    this.errands = errands;
  }

  /// The slot of the slab that a transfer is over; registers it when that pays.
  ///
  /// @param slab null for memory that the program wrapped
  /// @param lengthBytes of the transfer
  /// @return the slot, or [#NONE]
  public int slotOf(@Nullable MemorySlab slab, long lengthBytes) { // hot path
    if (slab == null) {
      return NONE;
    }
    return slab.isFirst(this) ? slab.word() : lookUp(slab, lengthBytes);
  }

  private int lookUp(MemorySlab slab, long lengthBytes) {
    Integer noted = known.get(slab);
    if (noted != null) {
      return noted;
    }
    if (!isWorthIt(slab, lengthBytes) || !slab.hold(this)) {
      return NONE;
    }
    note(slab, NONE); // should registering fail for want of memory
    int slot = register(slab);
    note(slab, slot);
    return slot;
  }

  private void note(MemorySlab slab, int slot) {
    if (slab.isFirst(this)) {
      slab.word(slot);
    }
    known.put(slab, slot);
  }

  private boolean isWorthIt(MemorySlab slab, long lengthBytes) {
    return slab.isPool()
        || slab.addMoved(lengthBytes + PAGE_BYTES)
            >= transfersBefore * PAGE_BYTES + PINNING_COSTS * slab.sizeBytes();
  }

  private int register(MemorySlab slab) {
    if (slab.sizeBytes() > LARGEST_BYTES) {
      return NONE;
    }
    if (!slots.isMade()) {
      slots.make(registrations.registerBuffers(slots.wanted()) == 0 ? slots.wanted() : 0);
    }
    int slot = slots.take();
    if (slot == NONE) {
      return NONE;
    }
    int result = registrations.updateBuffer(slot, slab.address(), slab.sizeBytes());
    if (result != 0) {
      LOG.say(
          Level.DEBUG,
          "memory of %d bytes is not registered: errno %d".formatted(slab.sizeBytes(), -result));
      slots.give(slot);
      return NONE;
    }
    return slot;
  }

  /// Any thread.
  @Override
  public void letGo(MemorySlab slab) {
    errands.accept(() -> forget(slab));
  }

  private void forget(MemorySlab slab) {
    Integer slot = known.remove(slab);
    if (slot != null && slot != NONE && registrations.updateBuffer(slot, 0, 0) == 0) {
      slots.give(slot);
    }
    free(slab);
  }

  private void free(MemorySlab slab) {
    boolean isHandedOver = false;
    try {
      FREEING.execute(() -> release(slab));
      isHandedOver = true;
    } catch (OutOfMemoryError e) {
      LOG.error("there is no thread to free memory on", e);
    } finally {
      if (!isHandedOver) {
        release(slab);
      }
    }
  }

  private void release(MemorySlab slab) {
    try {
      slab.release(this);
    } catch (IllegalStateException e) {
      LOG.error("closed memory is in use by the program", e);
    }
  }

  int used() {
    return slots.used();
  }

  /// Takes back all, before the ring is closed.
  void end() {
    if (slots.isMade() && slots.size() > 0) {
      registrations.unregisterBuffers();
    }
    for (MemorySlab slab : known.keySet()) {
      release(slab);
    }
    known.clear();
  }
}
