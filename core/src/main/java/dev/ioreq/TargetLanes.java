package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import dev.ioreq.log.Log;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What a target has for each thread that uses it, so that a request needs no atomic step for it: a
/// count of the sends that enter and leave its [TargetGate], and a request for synchronous calls.
///
/// Entering and leaving may happen on any thread, and a send may leave by another one than it
/// entered by.
final class TargetLanes {
  /*
   *   table   ┌───┬───┬───┬───┐        a thread looks at the place of its number, and the one beside it
   *           │ ● │   │ ● │ ● │        ● Lane: owner │ entered  left │ others' entered  left │ kept
   *           └─┼─┴───┴─┼─┴─┼─┘
   *   lanes     ●───────●───●──▶       all that were ever made: what is summed up
   *
   * In a lane its owner counts who enters and who leaves, by plain additions, because nobody else writes there. Threads
   * without a lane count in the lane at their place, beside its owner, or here if there is none, by atomic additions.
   * Both numbers only grow; what is in flight is the difference of their sums, wherever each send was counted.
   *
   * A sum is taken while senders go on. Who has left is read first, and who has entered afterwards: so a difference of 0
   * says that there was a moment between the two at which nothing was in flight. Who entered after it, is TargetGate's to
   * keep out.
   *
   * A lane is taken under the lock: one that is new, or that a thread has left behind by ending. The end of a thread comes
   * after all that it counted, and is seen by isAlive, or by the collector that took the thread away; so the next owner adds
   * to what is there. A thread that finds both of its places taken has the table doubled; one whose lane has no place in the
   * larger table goes as one without, and takes it up again if a place becomes free. Threads that come by once would take
   * more than they give: after the first, one tries at every 64th count of others.
   *
   * The request that a lane keeps is made when its owner first wants it, and is the owner's alone, who marks it as out while
   * he uses it. A closed target keeps it, for it may be opened again, and nobody else may touch what an owner may be about
   * to use. It holds a buffer of 64 KiB at the most, no memory of the program's, and no thread. See PrivateRequests for who
   * has no lane.
   *
   * Whose the first two lanes are is also kept beside the table, where nothing is written while senders count: a third thread
   * would else read what those two write. A thread finds its own number there only if it wrote it itself.
   *
   * Lanes lie two cache lines apart from whatever is beside them: processors fetch those in pairs.
   */
  private static final Log LOG = new Log("dev.ioreq");
  private static final VarHandle ENTERED =
      FieldHandle.of(MethodHandles.lookup(), Counts.class, "entered", long.class);
  private static final VarHandle LEFT =
      FieldHandle.of(MethodHandles.lookup(), Counts.class, "left", long.class);
  private static final VarHandle OTHERS_ENTERED =
      FieldHandle.of(MethodHandles.lookup(), Counts.class, "othersEntered", long.class);
  private static final VarHandle OTHERS_LEFT =
      FieldHandle.of(MethodHandles.lookup(), Counts.class, "othersLeft", long.class);
  private static final int LEAST_PLACES = 2;
  private static final int MOST_PLACES =
      Integer.highestOneBit(Math.clamp(4L * Runtime.getRuntime().availableProcessors(), 8, 64));
  private static final int SHIFT = Long.SIZE - Integer.numberOfTrailingZeros(MOST_PLACES);
  private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L; // the golden ratio's bits
  private static final long TRIES = 63; // a mask: others' counts at which one tries to take a lane

  @SuppressWarnings("unused") // they keep neighbours away
  private abstract static class Before {
    private int inTheHeadersGap;
    private long b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13;
  }

  private abstract static class Counts extends Before {
    long owner; // a thread's number; read by all, and equal only for the thread that wrote it
    long entered; // the owner's to write
    long left; // the same

    @SuppressWarnings("unused") // by its handle alone
    long othersEntered;

    @SuppressWarnings("unused") // the same
    long othersLeft;

    @Nullable IoRequest kept; // the owner's
    boolean isKeptOut; // the owner's
  }

  @SuppressWarnings("unused")
  private static final class Lane extends Counts {
    private long a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13;
    private @Nullable WeakReference<Thread> ownerThread; // guarded by the lock
    private final @Nullable Lane next;

    private Lane(@Nullable Lane next) {
      this.next = next;
    }

    /// Whether nobody will count here as its owner any more, or it is this thread's.
    private boolean isFreeLocked(Thread forWhom) {
      WeakReference<Thread> reference = ownerThread;
      Thread thread = reference == null ? null : reference.get();
      return thread == null || thread == forWhom || !thread.isAlive();
    }
  }

  private final ReentrantLock lock; // the target's
  private volatile @Nullable Lane[] table = new Lane[LEAST_PLACES];
  private volatile @Nullable Lane lanes; // the first; the list only grows
  private final Lane others = new Lane(null); // for who finds no lane

  // those taken first: mostly one is a program's thread's, the other an engine's; written under the
  // lock
  private Lane first = others;
  private Lane second = others;
  private long firstOwner;
  private long secondOwner;

  TargetLanes(ReentrantLock lock) {
    this.lock = lock;
  }

  /// A send enters. hot path
  void enter() {
    long id = Thread.currentThread().threadId();
    Lane lane = laneOf(id);
    if (lane != null) {
      ENTERED.setRelease(lane, lane.entered + 1);
    } else {
      count(OTHERS_ENTERED, id);
    }
  }

  /// A send leaves. hot path
  void leave() {
    long id = Thread.currentThread().threadId();
    Lane lane = laneOf(id);
    if (lane != null) {
      LEFT.setRelease(lane, lane.left + 1);
    } else {
      count(OTHERS_LEFT, id);
    }
  }

  /// Takes the request that this thread keeps.
  ///
  /// @return null if it has no lane, or the request is out already: a call inside a call
  @Nullable IoRequest takeKept() { // hot path
    Lane lane = laneOf(Thread.currentThread().threadId());
    if (lane == null || lane.isKeptOut) {
      return null;
    }
    IoRequest kept = lane.kept;
    if (kept == null) {
      kept = IoRequest.createKept();
      lane.kept = kept;
    }
    lane.isKeptOut = true;
    return kept;
  }

  /// Gives it back. By the thread that took it.
  ///
  /// @return false if this request is not the one that the thread keeps
  boolean giveBackKept(IoRequest request) { // hot path
    Lane lane = laneOf(Thread.currentThread().threadId());
    if (lane == null || lane.kept != request) {
      return false;
    }
    lane.isKeptOut = false;
    return true;
  }

  private @Nullable Lane laneOf(long id) {
    if (firstOwner == id) {
      return first;
    }
    return secondOwner == id ? second : placedLaneOf(id);
  }

  private @Nullable Lane placedLaneOf(long id) {
    @Nullable Lane[] table = this.table;
    int place = placeOf(id, table);
    Lane lane = table[place];
    if (lane != null && lane.owner == id) {
      return lane;
    }
    lane = table[place ^ 1];
    return lane != null && lane.owner == id ? lane : null;
  }

  private static int placeOf(long id, @Nullable Lane[] table) {
    return (int) ((id * SPREAD) >>> SHIFT) & (table.length - 1);
  }

  private void count(VarHandle what, long id) {
    @Nullable Lane[] table = this.table;
    Lane there = table[placeOf(id, table)];
    long before = (long) what.getAndAdd(there == null ? others : there, 1L);
    if (there == null || (before & TRIES) == 0) {
      tryTake();
    }
  }

  /// Whether nothing is in flight, or was at a moment of this call. While the gate is shut it stays
  /// so.
  boolean isEmpty() {
    long left = left(); // first; see above
    return entered() == left;
  }

  /// How many are in flight; while some come and go, about.
  long inFlight() {
    long leftBefore = left();
    long entered = entered();
    long leftAfter = left();
    return Math.max(0, entered - (leftBefore + leftAfter) / 2);
  }

  private long left() {
    long left = (long) OTHERS_LEFT.getVolatile(others);
    for (Lane lane = lanes; lane != null; lane = lane.next) {
      left += (long) LEFT.getAcquire(lane) + (long) OTHERS_LEFT.getVolatile(lane);
    }
    return left;
  }

  private long entered() {
    long entered = (long) OTHERS_ENTERED.getVolatile(others);
    for (Lane lane = lanes; lane != null; lane = lane.next) {
      entered += (long) ENTERED.getAcquire(lane) + (long) OTHERS_ENTERED.getVolatile(lane);
    }
    return entered;
  }

  // ------------------------------------------------------------------ whose a lane is

  /// Takes a lane for this thread, if there is one. Not if the lock is taken: there is a next time.
  private void tryTake() {
    try {
      if (lock.tryLock()) {
        try {
          takeLocked(Thread.currentThread());
        } finally {
          lock.unlock();
        }
      }
    } catch (OutOfMemoryError e) {
      LOG.error("there is no memory for a lane of a gate; it goes on without", e);
    } catch (StackOverflowError e) {
      // the send that was counted goes on, and finds out by itself whether the stack has room
    }
  }

  private void takeLocked(Thread thread) {
    while (true) {
      @Nullable Lane[] table = this.table;
      int place = freePlaceLocked(thread, table);
      if (place >= 0) {
        Lane lane = freeLaneLocked(thread, table, place);
        lane.ownerThread = new WeakReference<>(thread);
        lane.owner = thread.threadId();
        if (lane == first) {
          firstOwner = lane.owner;
        } else if (lane == second) {
          secondOwner = lane.owner;
        }
        if (lane.isKeptOut) {
          lane.kept = null;
          lane.isKeptOut = false;
        }
        @Nullable Lane[] changed = table.clone();
        changed[place] = lane;
        this.table = changed;
        return;
      }
      if (table.length == MOST_PLACES) {
        return;
      }
      growLocked(table);
    }
  }

  /// A place of this thread's at which nobody else is.
  private static int freePlaceLocked(Thread thread, @Nullable Lane[] table) {
    int place = placeOf(thread.threadId(), table);
    if (isFreeLocked(table[place], thread)) {
      return place;
    }
    return isFreeLocked(table[place ^ 1], thread) ? place ^ 1 : -1;
  }

  private static boolean isFreeLocked(@Nullable Lane lane, Thread thread) {
    return lane == null || lane.isFreeLocked(thread);
  }

  /// The lane that is at the place, or one that lost its place, or a new one.
  private Lane freeLaneLocked(Thread thread, @Nullable Lane[] table, int place) {
    Lane there = table[place];
    if (there != null) {
      return there;
    }
    for (Lane lane = lanes; lane != null; lane = lane.next) {
      if (lane.isFreeLocked(thread) && !isPlaced(lane, table)) {
        return lane;
      }
    }
    Lane made = new Lane(lanes);
    if (first == others) {
      first = made;
    } else if (second == others) {
      second = made;
    }
    lanes = made;
    return made;
  }

  private static boolean isPlaced(Lane wanted, @Nullable Lane[] table) {
    for (Lane lane : table) {
      if (lane == wanted) {
        return true;
      }
    }
    return false;
  }

  private void growLocked(@Nullable Lane[] table) {
    @Nullable Lane[] larger = new Lane[table.length * 2];
    for (Lane lane : table) {
      if (lane != null) {
        int place = placeOf(lane.owner, larger);
        if (larger[place] != null) {
          place ^= 1;
        }
        if (larger[place] == null) {
          larger[place] = lane;
        }
      }
    }
    this.table = larger;
  }
}
