package dev.ioreq.linux.abi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// Native memory for the length of one call: where `errno` is left, and the small structures an
/// argument points to.
///
/// A ring, which calls the kernel from one thread all its life, has one [of its own][#create()].
/// Everything else claims one from a pool and gives it back; between claim and release it belongs
/// to the claiming thread alone.
public final class Scratch {
  /*
   *   byte 0         4            8            16                               60        64
   *        │ errno   │   unused   │  one long  │ iovec, pollfd, wait argument   │ claimed │
   *
   * errno must be taken before anything else of this thread can change it, and the Java runtime
   * makes system calls of its own on the way out of a native call. So the linker copies it here
   * inside the call (captureCallState), and it needs memory no other thread uses meanwhile.
   *
   * Why a pool and not a thread-local: a thread-local would leave 64 bytes and a cleaner behind for
   * every virtual thread that ever made a call. The pool costs a compare-and-set and a store per
   * call. A thread starts looking at the place its id gives, so it mostly finds the same one, warm
   * and free. A virtual thread that changes carriers while it holds one loses nothing: errno is in
   * the place already, and the place is still taken.
   *
   * Claim is a compare-and-set, release a release write: the next owner sees the place as the last
   * one left it.
   *
   * More than 8 neighbours taken at once means many threads blocked in the kernel, where an
   * allocation is the smallest of the costs: such a call gets memory that the garbage collector
   * frees. The fences keep it from doing so while only the address is in use.
   */
  private static final int BYTES = 64;

  private static final int WORD = 8;
  private static final int STRUCTURE = 16;
  private static final int CLAIMED = 60;

  private static final int POOLED = 256; // a power of two
  private static final int TRIES = 8;
  private static final Scratch[] POOL = new Scratch[POOLED];

  static {
    MemorySegment pool = Arena.global().allocate((long) POOLED * BYTES, BYTES);
    for (int i = 0; i < POOLED; i++) {
      POOL[i] = new Scratch(pool.asSlice((long) i * BYTES, BYTES));
    }
  }

  private final MemorySegment segment;
  private final long address;

  private Scratch(MemorySegment segment) {
    this.segment = segment;
    this.address = segment.address();
  }

  /// Makes one for a caller that keeps it. It is freed some time after the last reference to it has
  /// gone.
  public static Scratch create() {
    return new Scratch(Arena.ofAuto().allocate(BYTES, BYTES));
  }

  /// Claims one for one call; [#release()] gives it back.
  static Scratch claim() {
    int place = (int) Thread.currentThread().threadId();
    for (int tried = 0; tried < TRIES; tried++) {
      Scratch scratch = POOL[(place + tried) & (POOLED - 1)];
      if (Memory.compareAndSetInt(scratch.address + CLAIMED, 0, 1)) {
        return scratch;
      }
    }
    return create();
  }

  void release() {
    try {
      Memory.putIntRelease(address + CLAIMED, 0);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// What a handle of [Native] takes first.
  MemorySegment segment() {
    return segment;
  }

  /// What the call returned, or `-errno` if that was -1.
  int result(int returned) {
    return (int) result((long) returned);
  }

  /// What the call returned, or `-errno` if that was -1.
  long result(long returned) {
    try {
      return returned == -1 ? -Memory.getInt(address) : returned;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// Where one 64-bit argument can be put.
  long word() {
    return address + WORD;
  }

  /// Where a structure of at most 44 bytes can be put, aligned to 16 bytes.
  public long structure() {
    return address + STRUCTURE;
  }
}
