package dev.ioreq;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A fixed number of buffers of one size, made once and handed out again and again without
/// allocation.
///
/// **Threading.** Safe from any thread. A buffer taken is closed as any memory; it is back in the
/// pool when its last reference goes. The pool's memory is freed when the pool is closed and every
/// buffer is back; if an engine has made it known to its kernel, as soon as the engine has taken
/// that back.
///
/// @see "WdfLookasideListCreate"
public final class IoMemoryPool implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final MemorySlab slab;
  private final long blockBytes;
  private final IoMemory[] free; // guarded by lock; the first freeCount are in the pool
  private int freeCount; // guarded by lock
  private boolean isClosed; // guarded by lock

  /// A pool of buffers aligned to 4096 bytes.
  ///
  /// @param blockBytes the size of each, at least 1
  /// @param count how many, at least 1
  public IoMemoryPool(long blockBytes, int count) {
    this(blockBytes, count, 4096);
  }

  /// A pool of buffers.
  ///
  /// @param blockBytes the size of each, at least 1
  /// @param count how many, at least 1
  /// @param alignmentBytes what each address is a multiple of; a power of two
  public IoMemoryPool(long blockBytes, int count, long alignmentBytes) {
    if (blockBytes < 1 || count < 1) {
      throw new IllegalArgumentException(
          "a pool of %d buffers of %d bytes; the least is 1 of 1".formatted(count, blockBytes));
    }
    this.blockBytes = blockBytes;
    long stride = Math.ceilDiv(blockBytes, alignmentBytes) * alignmentBytes;
    AllocationFaults.allocating("a pool of " + count + " memories");
    slab = new MemorySlab(Math.multiplyExact(stride, count), alignmentBytes, true);
    free = new IoMemory[count];
    for (int i = 0; i < count; i++) {
      free[count - 1 - i] = IoMemory.pooled(slab.segment().asSlice(i * stride, blockBytes), this);
    }
    freeCount = count;
  }

  /// The size of each buffer.
  ///
  /// @return bytes
  public long blockBytes() {
    return blockBytes;
  }

  /// How many buffers the pool has in all.
  ///
  /// @return buffers
  public int count() {
    return free.length;
  }

  /// Takes a buffer; its bytes are what the last user left. The same objects are handed out again
  /// and again: after its close a buffer must not be touched any more, and not be closed again.
  ///
  /// @return a buffer with one reference, the caller's, or null if all are out
  /// @throws IllegalStateException if the pool is closed
  public @Nullable IoMemory tryTake() {
    IoMemory taken;
    lock.lock();
    try {
      if (isClosed) {
        throw new IllegalStateException("the pool of " + blockBytes + "-byte buffers is closed");
      }
      if (freeCount == 0) {
        return null;
      }
      taken = free[--freeCount];
    } finally {
      lock.unlock();
    }
    taken.arm();
    return taken;
  }

  MemorySlab slab() {
    return slab;
  }

  void putBack(IoMemory memory) {
    boolean isLast;
    lock.lock();
    try {
      free[freeCount++] = memory;
      isLast = isClosed && freeCount == free.length;
    } finally {
      lock.unlock();
    }
    if (isLast) {
      slab.end();
    }
  }

  /// Hands out no more; the memory is freed when the last buffer is back. Does nothing the second
  /// time.
  @Override
  public void close() {
    boolean isLast;
    lock.lock();
    try {
      isLast = !isClosed && freeCount == free.length;
      isClosed = true;
    } finally {
      lock.unlock();
    }
    if (isLast) {
      slab.end();
    }
  }
}
