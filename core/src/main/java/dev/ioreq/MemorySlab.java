package dev.ioreq;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A stretch of native memory that is freed as a whole: that of one [IoMemory], or the one that all
/// buffers of an [IoMemoryPool] lie in. An engine that can make memory known to its kernel does so
/// once per slab, instead of looking its pages up for each request.
///
/// **Effect.** An engine that keeps something about a slab holds it by [#hold(Holder)]. When the
/// memory is used no more, because its last reference is gone, or its pool is closed and the last
/// buffer is back, each holder is told, and the memory is freed once the last of them has
/// [released][#release(Holder)] it: what an engine made known, it takes back before the memory
/// goes.
///
/// **Threading.** Safe from any thread, but for [#word()] and [#word(int)], which are the first
/// holder's.
public final class MemorySlab {
  /*
   *   IN USE ── end: last reference gone, or last buffer back ──▶ ENDED ── no holder left ──▶ freed, by who left last
   *     hold: +1 holder, release: -1                                hold: refused, release: -1
   *
   * A formatted request has a reference on its memory, so while a device sees memory of a slab the slab is in use, and hold
   * cannot be refused. An identity is never used twice, though the address may be: what an engine knows under this object is
   * about these bytes, or about bytes that nobody can name any more.
   *
   * All of it is decided under lock and acted upon after it. Who frees saw, under the lock, every holder leave: what they
   * did before is ordered before the memory goes.
   *
   * A look-up for each transfer would cost much of what being known saves. So who holds a slab first has a word in it. first
   * is written under lock and read without. A holder asks on the thread on which it holds, and not after it was told to
   * let go: so it finds itself there if, and only if, it was first. What others find there does not concern them. word is
   * that thread's alone.
   */

  /// Who keeps something about a slab.
  public interface Holder {
    /// The slab's memory is used no more: [#release(Holder)] is to follow, from any thread, soon.
    /// Called once, on the thread that gave back the last reference or ended the pool.
    ///
    /// @param slab a slab that this holder holds, or has just released
    void letGo(MemorySlab slab);
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;
  private final List<Holder> holders = new ArrayList<>(); // guarded by lock
  private final boolean isPool;
  private boolean isEnded; // guarded by lock
  private @Nullable Holder first; // see above
  private int word; // the first holder's
  private long movedBytes; // counted by all holders' threads without order: some may be lost

  MemorySlab(long sizeBytes, long alignmentBytes, boolean isPool) {
    this.isPool = isPool;
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

  /// Whether it is a pool's: made to be used again and again. Other memory has to show that.
  ///
  /// @return whether an [IoMemoryPool]'s buffers lie in it
  public boolean isPool() {
    return isPool;
  }

  /// Counts what was moved over it, as far as the holders want to know.
  ///
  /// @param bytes what a transfer counts for
  /// @return all so far; a little less if several threads count at the same moment
  public long addMoved(long bytes) {
    movedBytes += bytes;
    return movedBytes;
  }

  /// Keeps the memory from being freed.
  ///
  /// @param holder will be told when the memory is used no more
  /// @return false if that is so already; then nothing is held
  public boolean hold(Holder holder) {
    lock.lock();
    try {
      if (isEnded) {
        return false;
      }
      if (first == null) {
        first = holder;
      }
      return holders.add(holder);
    } finally {
      lock.unlock();
    }
  }

  /// Whether this holder has the word. To be asked on the thread that holds for it.
  ///
  /// @param holder who asks
  /// @return whether it was the first to hold the slab
  @SuppressWarnings("ReferenceEquality") // this very holder, whatever it thinks equals it
  public boolean isFirst(Holder holder) { // hot path
    return first == holder;
  }

  /// What the first holder has noted. Its thread's.
  ///
  /// @return what [#word(int)] was given
  public int word() {
    return word;
  }

  /// Notes a number. The first holder's thread only.
  ///
  /// @param value any
  public void word(int value) {
    word = value;
  }

  /// Holds it no more. Frees the memory if it is used no more and nobody else holds it: that takes
  /// tens of microseconds, because all threads of the process have to agree.
  ///
  /// @param holder one that holds it; another one is ignored
  public void release(Holder holder) {
    boolean isLast;
    lock.lock();
    try {
      isLast = holders.remove(holder) && isEnded && holders.isEmpty();
      if (isFirst(holder)) {
        first = null;
      }
    } finally {
      lock.unlock();
    }
    if (isLast) {
      arena.close();
    }
  }

  /// The last reference is gone, or the pool is closed and every buffer is back. Once.
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
