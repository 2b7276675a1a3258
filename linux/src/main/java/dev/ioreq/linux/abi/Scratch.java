package dev.ioreq.linux.abi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/// Native memory for the length of one call: where `errno` is left, and the small structures an
/// argument points to.
///
/// A ring, which calls the kernel from one thread all its life, has one [of its own][#create()].
/// Everything else claims one and gives it back; between claim and release it belongs to the
/// claiming thread alone.
public final class Scratch {
  /*
   *   byte 0         4            8            16                               60        64
   *        │ errno   │   unused   │  one long  │ iovec, pollfd, wait argument   │ claimed │
   *
   * errno must be taken before anything else of this thread can change it, and the Java runtime
   * makes system calls of its own on the way out of a native call. So the linker copies it here
   * inside the call (captureCallState), and it needs memory no other thread uses meanwhile.
   *
   * Why no thread-local: it would leave 64 bytes and a cleaner behind for every virtual thread that ever made a call.
   *
   *   place of the thread's number ─ its own, not out ──▶ taken by a plain write: nobody else writes there
   *                                ├ nobody's, or of a thread that has ended ─ at a try ─▶ it becomes this thread's own
   *                                └ else ──▶ a shared one, by a compare-and-set
   *
   * A place of its own saves a thread the compare-and-set of each call. It is taken over under its monitor; a thread's end
   * comes after all that the thread has done, and is seen by isAlive, or by the collector that took the thread away. So a thread
   * that reads its own number there has the place, and keeps it. Threads that come by once would take more than they give: after
   * the first, one tries at every 64th call that finds the place to be another's.
   *
   * A virtual thread that changes carriers while it holds a place loses nothing: errno is in it already, and it is still
   * taken. A shared one is taken by a compare-and-set and given back by a release write: the next owner sees it as the last
   * one left it. More than 8 shared neighbours taken at once means many threads blocked in the kernel, where an allocation is the
   * smallest of the costs: such a call gets memory that the garbage collector frees. The fences keep it from doing so
   * while only the address is in use.
   */
  private static final int BYTES = 64;

  private static final int WORD = 8;
  private static final int STRUCTURE = 16;
  private static final int CLAIMED = 60;

  private static final int PLACES = 256; // a power of two
  private static final int NEIGHBOURS = 8;
  private static final int TRIES = 63; // a mask: calls of others at which one tries to take a place
  private static final Scratch[] OWN = places(false);
  private static final Scratch[] SHARED = places(true);

  private final MemorySegment segment;
  private final long address;
  private final boolean isShared;
  private long owner; // a thread's number; read by all, and equal only for the thread that has it
  private boolean isOut; // the owner's
  private int others; // calls of others; racy on purpose
  private @Nullable WeakReference<Thread> ownerThread; // guarded by this

  private Scratch(MemorySegment segment, boolean isShared) {
    this.segment = segment;
    this.address = segment.address();
    this.isShared = isShared;
  }

  private static Scratch[] places(boolean areShared) {
    MemorySegment memory = Arena.global().allocate((long) PLACES * BYTES, BYTES);
    Scratch[] places = new Scratch[PLACES];
    for (int i = 0; i < PLACES; i++) {
      places[i] = new Scratch(memory.asSlice((long) i * BYTES, BYTES), areShared);
    }
    return places;
  }

  /// Makes one for a caller that keeps it. It is freed some time after the last reference to it has
  /// gone.
  public static Scratch create() {
    return new Scratch(Arena.ofAuto().allocate(BYTES, BYTES), true);
  }

  /// Claims one for one call; [#release()] gives it back.
  static Scratch claim() { // hot path
    Thread thread = Thread.currentThread();
    long id = thread.threadId();
    Scratch own = OWN[(int) id & (PLACES - 1)];
    if ((own.owner != id && !own.isTaken(thread)) || own.isOut) {
      return claimShared((int) id);
    }
    own.isOut = true;
    return own;
  }

  /// Whether a thread has taken this place for its own, which was not its before.
  private boolean isTaken(Thread thread) {
    return (others++ & TRIES) == 0 && tryTake(thread);
  }

  private synchronized boolean tryTake(Thread thread) {
    Thread before = ownerThread == null ? null : ownerThread.get();
    if (before != null && before.isAlive()) {
      return false;
    }
    long id = thread.threadId(); // no call comes between the writes, at which the stack could end
    try {
      ownerThread = new WeakReference<>(thread);
    } catch (OutOfMemoryError e) {
      return false; // it goes on without
    }
    isOut = false;
    owner = id;
    return true;
  }

  private static Scratch claimShared(int place) {
    for (int tried = 0; tried < NEIGHBOURS; tried++) {
      Scratch scratch = SHARED[(place + tried) & (PLACES - 1)];
      if (Memory.compareAndSetInt(scratch.address + CLAIMED, 0, 1)) {
        return scratch;
      }
    }
    return create();
  }

  void release() {
    try {
      if (isShared) {
        Memory.putIntRelease(address + CLAIMED, 0);
      } else {
        isOut = false;
      }
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
