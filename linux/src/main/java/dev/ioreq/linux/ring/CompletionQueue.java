package dev.ioreq.linux.ring;

import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.abi.Memory;

/// The completions on their way from the kernel. While the queue [is not empty][#isEmpty()], the
/// oldest completion can be read; [#advance()] goes on to the next.
///
/// What was read is gone after `advance()`. Entering the ring between two completions is allowed,
/// and so is reaping from within the handling of a completion that was advanced over.
///
/// Owner thread only. Nothing is allocated.
public final class CompletionQueue {
  /*
   *             published          head                  knownTail         tail
   *   ─ ─ ─ ─ ─ ─ ─┬──────────────────┬──────────────────────┬─────────────────┬─ ─ ─ ─ ─ ─
   *     kernel's   │  read by us      │  to be read          │  newer          │  kernel's
   *   ─ ─ ─ ─ ─ ─ ─┴──────────────────┴──────────────────────┴─────────────────┴─ ─ ─ ─ ─ ─
   *     publish() moves it   advance() moves head   isEmpty() looks again   kernel moves tail
   *
   * Counters as in the submission queue: never reset, wrapping at 2^32, place = number & mask.
   *
   * Order: the kernel stores tail with release after it wrote the entries below; we load it with
   * acquire and may then read those entries plainly. The memory a request was about is written
   * before its entry, so that is ours, too. We store the shared head with release after our last
   * read of an entry, and the kernel loads it with acquire before it writes over the place. The
   * data behind an entry does not depend on that second pair.
   *
   * Shared words are touched once per batch: tail is loaded and head stored when the known
   * completions are used up, and head again by Ring.enter(), so that the kernel never finds the
   * queue fuller than it is.
   *
   * When the queue is full the kernel keeps further completions in a list of its own, in order, and
   * raises IORING_SQ_CQ_OVERFLOW. They come into the queue at the next enter with
   * IORING_ENTER_GETEVENTS. Only when it has no memory for that list is one dropped, and counted.
   */
  private final Thread owner;
  private final long headAddress;
  private final long tailAddress;
  private final long entriesAddress;
  private final long sqFlagsAddress;
  private final long droppedAddress;
  private final int entries;
  private final int mask;

  private int published;
  private int head;
  private int knownTail;

  CompletionQueue(
      Thread owner,
      long headAddress,
      long tailAddress,
      long entriesAddress,
      long sqFlagsAddress,
      long droppedAddress,
      int entries) {
    this.owner = owner;
    this.headAddress = headAddress;
    this.tailAddress = tailAddress;
    this.entriesAddress = entriesAddress;
    this.sqFlagsAddress = sqFlagsAddress;
    this.droppedAddress = droppedAddress;
    this.entries = entries;
    this.mask = entries - 1;
    this.head = Memory.getIntAcquire(headAddress);
    this.published = head;
    this.knownTail = head;
  }

  /// How many completions fit.
  public int entries() {
    return entries;
  }

  /// Tells whether no completion is there, as of now.
  public boolean isEmpty() {
    // hot path: see HotPathAllocationTest
    assert isOwner() : Ring.notTheOwner(owner);
    return head == knownTail && isStillEmpty();
  }

  /// How many completions are there, as of now.
  public int ready() {
    assert isOwner() : Ring.notTheOwner(owner);
    knownTail = Memory.getIntAcquire(tailAddress);
    return knownTail - head;
  }

  /// The user data of the oldest completion.
  public long userData() {
    return Memory.getLong(oldest() + Cqe.USER_DATA);
  }

  /// The result of the oldest completion: a value from 0, or `-errno`.
  public int result() {
    return Memory.getInt(oldest() + Cqe.RES);
  }

  /// The flags of the oldest completion, `IORING_CQE_F_…`.
  public int flags() {
    return Memory.getInt(oldest() + Cqe.FLAGS);
  }

  /// Goes on to the next completion.
  public void advance() {
    assert head != knownTail : "no completion to advance over; ask isEmpty() first";
    head++;
  }

  /// Tells whether the kernel holds completions back because the queue was full. Nothing is lost:
  /// make room, then enter with `IORING_ENTER_GETEVENTS`.
  public boolean isOverflowed() {
    return (Memory.getIntOpaque(sqFlagsAddress) & IoUring.IORING_SQ_CQ_OVERFLOW) != 0;
  }

  /// How many completions the kernel had to drop, for lack of memory, since the ring was opened;
  /// modulo 2^32.
  public int dropped() {
    return Memory.getIntOpaque(droppedAddress);
  }

  /// Lets the kernel have the places of the completions that were advanced over.
  void publish() {
    if (published != head) {
      published = head;
      Memory.putIntRelease(headAddress, head);
    }
  }

  private boolean isStillEmpty() {
    publish();
    knownTail = Memory.getIntAcquire(tailAddress);
    return head == knownTail;
  }

  private long oldest() {
    assert head != knownTail : "no completion to read; ask isEmpty() first";
    return Memory.addressable(entriesAddress + (long) (head & mask) * Cqe.BYTES);
  }

  private boolean isOwner() {
    return Thread.currentThread() == owner;
  }
}
