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

/// The engine's table of registered memory: the kernel pins the pages of a pool once, instead of
/// looking them up for each transfer.
///
/// A slab is registered when the first transfer over it comes to the ring. Where the kernel refuses
/// (the limit of locked memory, a slab above 1 GiB, a kernel without such tables), or the table is
/// full, its transfers go as those over any memory.
///
/// The engine's thread only, but [#letGo(MemorySlab)].
public final class RingBuffers implements MemorySlab.Holder {
  /*
   *   unknown ── first transfer: hold, register ──▶ known: slot, or NONE where refused ── letGo ▸ errand ──▶ unknown
   *
   * A slab is held as long as it is known, so its memory is not freed before its slot was cleared; and while a transfer is
   * in flight its buffer is not back in the pool, so the slot is not cleared under it. A slab is looked up by identity, not
   * by address: what comes to lie where an old one lay is another slab.
   *
   * Most programs have one pool, so the slab asked for last is remembered: no look-up.
   */
  private static final Log LOG = new Log("dev.ioreq.linux");

  /// What [#slotOf(MemorySlab)] gives for memory that is not registered.
  public static final int NONE = -1;

  private static final long LARGEST_BYTES = 1L << 30; // the kernel's limit

  static {
    // a program without pools would not load it, and the compiler inlines no method that names a
    // class which is not loaded
    Objects.requireNonNull(MemorySlab.class);
  }

  private final Registrations registrations;
  private final SlotList slots;
  private final Consumer<Runnable> errands;
  private final Map<MemorySlab, Integer> known = new HashMap<>();
  private @Nullable MemorySlab last;
  private int lastSlot = NONE;

  RingBuffers(Registrations registrations, int mostSlots, Consumer<Runnable> errands) {
    this.registrations = registrations;
    this.slots = new SlotList(mostSlots);
    this.errands = errands;
  }

  /// The slot of a slab; registers it the first time.
  ///
  /// @param slab null for memory of no pool
  /// @return the slot, or [#NONE]
  public int slotOf(@Nullable MemorySlab slab) { // hot path
    if (slab == last) {
      return lastSlot;
    }
    return slab == null ? NONE : lookUp(slab);
  }

  private int lookUp(MemorySlab slab) {
    Integer slot = known.get(slab);
    if (slot == null) {
      if (!slab.hold(this)) {
        return NONE;
      }
      slot = register(slab);
      known.put(slab, slot);
    }
    last = slab;
    lastSlot = slot;
    return slot;
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
          "a pool of %d bytes is not registered: errno %d".formatted(slab.sizeBytes(), -result));
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
    if (slot == null) {
      return;
    }
    if (slab == last) {
      last = null;
      lastSlot = NONE;
    }
    if (slot != NONE && registrations.updateBuffer(slot, 0, 0) == 0) {
      slots.give(slot);
    }
    release(slab);
  }

  private void release(MemorySlab slab) {
    try {
      slab.release(this);
    } catch (IllegalStateException e) {
      LOG.error("the memory of a closed pool is in use by the program", e);
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
    last = null;
    lastSlot = NONE;
  }
}
