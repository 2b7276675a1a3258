package dev.ioreq;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// The one stretch of native memory that all buffers of an [IoMemoryPool] lie in. An engine that
/// can make memory known to its kernel does so once per slab, instead of once per buffer or per
/// request.
///
/// **Effect.** An engine that keeps something about a slab holds it by [#hold(Holder)]. When the
/// pool is closed and its last buffer is back, each holder is told, and the memory is freed once
/// the last of them has [released][#release(Holder)] it: what an engine made known, it takes back
/// before the memory goes.
///
/// **Threading.** Safe from any thread.
public final class MemorySlab {
  /*
   *   IN USE ── end: pool closed, last buffer back ──▶ ENDED ── no holder left ──▶ freed, by who left last
   *     hold: +1 holder, release: -1                     hold: refused, release: -1
   *
   * A buffer that a formatted request holds is not back in its pool, so while a device sees memory of a slab the slab is in
   * use, and hold cannot be refused. An identity is never used twice, though the address may be: what an engine knows
   * under this object is about these bytes, or about bytes that nobody can name any more.
   *
   * All of it is decided under lock and acted upon after it. Who frees saw, under the lock, every holder leave: what they
   * did before is ordered before the memory goes.
   */

  /// Who keeps something about a slab.
  public interface Holder {
    /// The slab's memory is used no more: [#release(Holder)] is to follow, from any thread, soon.
    /// Called once, on the thread that ended the pool.
    ///
    /// @param slab a slab that this holder holds, or has just released
    void letGo(MemorySlab slab);
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;
  private final List<Holder> holders = new ArrayList<>(); // guarded by lock
  private boolean isEnded; // guarded by lock

  MemorySlab(long sizeBytes, long alignmentBytes) {
    try {
      segment = arena.allocate(sizeBytes, alignmentBytes);
    } catch (IllegalArgumentException | OutOfMemoryError e) {
      arena.close();
      throw e;
    }
  }

  MemorySegment segment() {
    return segment;
  }

  /// Where it begins.
  ///
  /// @return an address
  public long address() {
    return segment.address();
  }

  /// How large it is.
  ///
  /// @return bytes
  public long sizeBytes() {
    return segment.byteSize();
  }

  /// Keeps the memory from being freed.
  ///
  /// @param holder will be told when the memory is used no more
  /// @return false if that is so already; then nothing is held
  public boolean hold(Holder holder) {
    lock.lock();
    try {
      return !isEnded && holders.add(holder);
    } finally {
      lock.unlock();
    }
  }

  /// Holds it no more. Frees the memory if its pool has ended and nobody else holds it.
  ///
  /// @param holder one that holds it; another one is ignored
  public void release(Holder holder) {
    boolean isLast;
    lock.lock();
    try {
      isLast = holders.remove(holder) && isEnded && holders.isEmpty();
    } finally {
      lock.unlock();
    }
    if (isLast) {
      arena.close();
    }
  }

  /// The pool is closed, and every buffer is back. Once.
  void end() {
    List<Holder> told;
    lock.lock();
    try {
      isEnded = true;
      told = List.copyOf(holders);
    } finally {
      lock.unlock();
    }
    if (told.isEmpty()) {
      arena.close();
    } else {
      told.forEach(holder -> holder.letGo(this));
    }
  }
}
