package dev.ioreq.linux.engine;

import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.ring.CompletionQueue;
import dev.ioreq.linux.ring.Ring;
import dev.ioreq.linux.ring.SubmissionQueue;
import dev.ioreq.log.Log;
import java.lang.System.Logger.Level;
import java.util.Objects;

/// A ring as packets see it: numbers them, writes their entries, decides when to submit, and takes
/// the kernel's answers. The engine thread's.
final class PacketRing {
  /*
   * A packet here:
   *
   *   take ──────────────────────────────┐
   *   send, inside a routine ─▶ WAITING ─┴▶ IN RING ─▶ answered ─▶ completed
   *                               │            ▲   │ partial, or interrupted: more
   *                               │            └───┘
   *                               ├─ its client keeps it, and sends it again later, or when its cancel is asked for
   *                               ├─ cancel requested before its entry was written: completed CANCELLED without the kernel
   *                               └─ no memory or stack for its entry: completed INSUFFICIENT_RESOURCES
   *
   * Where the kernel may have a thread of its own carry a request out, a follower stands behind the entry, and "answered" is
   * when that has ended: see RingClient.Prepared.
   *
   * Packet.word2 is its number + 1 from the moment its entry is written until the kernel has answered, 0 before and after
   * that while the packet has a number. A packet in the ring that is to be cancelled gets an ASYNC_CANCEL; one that is not
   * there yet has its flag looked at when its entry is due, or before it goes on after a partial transfer; one that its
   * client keeps is sent again; one that has completed needs nothing.
   *
   * A cancel can find a packet that has no number: its device does the work itself, or has not been given it yet. Then the
   * word is whatever a device of an earlier send left in it, or is being written by another thread, and would name somebody
   * else's request. So the table is asked whether the number is this packet's, and in the ring. Its answer is exact: while the
   * packet has a number, this thread alone writes the word. Its attachment may be of an earlier send as well, the device of
   * another engine: so a client that is asked for one looks first whether it is asked by its own engine's thread.
   *
   * Why a send waits: a compiler inlines some fifteen calls deep. From a routine's send to the bytes of the ring are more,
   * and each access there remained a call. So its entry is written from a short stack, when eight wait (seven at the most,
   * besides what the client allows to be held back) or the turn goes on.
   *
   * The next enter submits what a whole batch of completions produced, or earlier when so many are held back as the client
   * allows (RingClient.mostHeldBack). If such a submission has itself carried out all it submitted, as that of reads of
   * /dev/zero does, no device waits for an entry, and for the rest of the turn MOST_HELD_BACK of them may be held back.
   */
  private static final Log LOG = new Log("dev.ioreq.linux");
  private static final int MOST_WAITING =
      8; // no more than a device's client allows to be held back
  private static final int MOST_HELD_BACK = 32;
  private static final int MOST_REAPED_A_TURN = 256;
  private static final long WAKE = -1;
  private static final long CANCEL = -2;
  private static final long FOLLOWER = 1L << 32; // and the number it follows

  private final Ring ring;
  private final SubmissionQueue submissions;
  private final CompletionQueue completions;
  private final RingTable table = new RingTable();
  private final int wakeFd;
  private final long wakeBuffer;
  private boolean isDoneBySubmission; // this turn's
  private int heldBack; // entries of packets since the last submission
  private long enters;
  private long taken;

  /// @param wakeFd an eventfd, always being read by the ring: a write to it ends a wait in the
  ///   kernel
  /// @param wakeBuffer the address of the 8 bytes for that
  PacketRing(Ring ring, int wakeFd, long wakeBuffer) {
    this.ring = ring;
    this.wakeFd = wakeFd;
    this.wakeBuffer = wakeBuffer;
    submissions = ring.submissionQueue();
    completions = ring.completionQueue();
    armWake();
  }

  // ------------------------------------------------------------------ packets come

  /// Takes a packet that a routine sends on this thread.
  void send(Packet packet) { // hot path
    if (!table.addWaiting(packet)) {
      client(packet).withdrawn(packet, IoStatus.INSUFFICIENT_RESOURCES);
      return;
    }
    try {
      if (table.waiting() >= MOST_WAITING) {
        putWaiting();
      }
    } catch (VirtualMachineError e) {
      // the packet is taken, so the sender must not see an error; what waits is taken with the turn
    }
  }

  /// Takes a packet that another thread has sent, or that goes on.
  void take(Packet packet) { // hot path
    int number = table.add(packet);
    if (number == RingTable.NONE) {
      client(packet).withdrawn(packet, IoStatus.INSUFFICIENT_RESOURCES);
    } else {
      begin(packet, number);
    }
  }

  /// Takes what waits now: a routine that runs here and sends again has to wait for the next turn.
  void takeWaiting() { // hot path
    for (int left = table.waiting(); left > 0; left--) {
      int number = table.oldest();
      if (number == RingTable.NONE) {
        return; // a routine that ran here has sent eight more, and so put the rest into the ring
      }
      table.endWait();
      try {
        begin(table.get(number), number);
      } catch (VirtualMachineError e) {
        survive(e);
      }
    }
  }

  /// Writes the entries of what waits, inside a send. No routine of another request must run there,
  /// so it ends at a packet whose cancel was asked for.
  private void putWaiting() {
    for (int number = table.oldest(); number != RingTable.NONE; number = table.oldest()) {
      Packet packet = table.get(number);
      if (packet.isCancelRequested()) {
        return;
      }
      RingClient.Prepared prepared = RingClient.Prepared.WHOLE;
      try {
        prepared = put(packet, number);
      } catch (VirtualMachineError e) {
        if (packet.word2 == 0) {
          return; // this deep no stack was left for it, or no memory: it is taken with the turn
        }
      }
      table.endWait();
      note(prepared, number);
    }
  }

  /// After an entry was written, or its client has kept the packet.
  private void note(RingClient.Prepared prepared, int number) { // hot path
    if (prepared == RingClient.Prepared.TO_BE_FOLLOWED) {
      table.follow(number);
    } else if (prepared == RingClient.Prepared.LATER) {
      table.remove(number);
    }
  }

  /// Puts a packet into the ring, or ends it: if its cancel came first, or its entry cannot be
  /// written for want of memory.
  private void begin(Packet packet, int number) {
    IoStatus end = IoStatus.CANCELLED;
    if (!packet.isCancelRequested()) {
      RingClient.Prepared prepared = RingClient.Prepared.NOT;
      try {
        prepared = put(packet, number);
      } catch (VirtualMachineError e) {
        survive(e);
      }
      if (prepared != RingClient.Prepared.NOT) {
        note(prepared, number);
        return;
      }
      if (packet.word2 != 0) {
        return;
      }
      end = IoStatus.INSUFFICIENT_RESOURCES;
    }
    table.remove(number);
    client(packet).withdrawn(packet, end);
  }

  /// Writes a packet's entry, and submits it if enough are held back. After an error the entry is
  /// written or not, as the packet's word2 says; a follower that may have been written counts for
  /// nothing.
  ///
  /// @return what was written
  private RingClient.Prepared put(Packet packet, int number) {
    RingClient client = client(packet);
    RingClient.Prepared prepared = client.prepare(packet, submissions, number);
    while (prepared == RingClient.Prepared.NOT) {
      submit();
      prepared = client.prepare(packet, submissions, number);
    }
    if (prepared == RingClient.Prepared.LATER) {
      return prepared;
    }
    packet.word2 = number + 1L;
    taken++;
    if (prepared == RingClient.Prepared.TO_BE_FOLLOWED) {
      if (!submissions.prepareFollower(number | FOLLOWER)) {
        prepared = RingClient.Prepared.WHOLE; // a queue for one
      }
    }
    heldBack++;
    if (heldBack >= MOST_WAITING && heldBack >= mostHeldBack(client)) {
      submitHeldBack();
    }
    return prepared;
  }

  private int mostHeldBack(RingClient client) {
    int most = client.mostHeldBack();
    return isDoneBySubmission ? Math.max(most, MOST_HELD_BACK) : most;
  }

  private void submitHeldBack() {
    int submitted = submissions.pending(); // a cancel completes as well
    int before = completions.ready();
    submit();
    isDoneBySubmission = completions.ready() - before >= submitted;
  }

  private static RingClient client(Packet packet) {
    return (RingClient) Objects.requireNonNull(packet.attachment);
  }

  /// Asks the kernel to cancel a packet, if it is in the ring, or its client, if that keeps it.
  void cancel(Packet packet) {
    long number = packet.word2 - 1;
    if (!table.hasInRing(number, packet)) {
      if (packet.attachment instanceof RingClient client) {
        client.cancelKept(packet);
      }
      return;
    }
    while (!submissions.prepareCancel(number, 0, CANCEL)) {
      submit();
    }
  }

  /// Cancels all that is in the ring, the wake-up included, and waits for an answer.
  void cancelAll() {
    while (!submissions.prepareCancel(
        0, IoUring.IORING_ASYNC_CANCEL_ANY | IoUring.IORING_ASYNC_CANCEL_ALL, CANCEL)) {
      submit();
    }
    ring.enter(submissions.flush(), 1, IoUring.IORING_ENTER_GETEVENTS);
  }

  // ------------------------------------------------------------------ the kernel

  /// A turn of the loop begins.
  void beginTurn() {
    isDoneBySubmission = false;
    table.letGo(); // of what has ended in the last one, and was not sent again
  }

  /// Makes the entries that were written visible to the next [#enter(int, int)].
  ///
  /// @return how many are to be submitted
  int flush() {
    heldBack = 0;
    return submissions.flush();
  }

  /// Submits, and waits for so many answers, or for the wake-up.
  void enter(int toSubmit, int minComplete) {
    enters++;
    int entered = ring.enter(toSubmit, minComplete, IoUring.IORING_ENTER_GETEVENTS);
    if (entered < 0) {
      checkEntered(entered);
    }
  }

  private void submit() {
    enters++;
    int entered = ring.enter(flush(), 0, 0);
    if (entered < 0) {
      checkEntered(entered);
      // the kernel is short of something that completions give back; they are reaped when the turn
      // comes
      if (entered == -Errno.EBUSY || entered == -Errno.EAGAIN) {
        ring.enter(submissions.flush(), 0, IoUring.IORING_ENTER_GETEVENTS);
      }
    }
  }

  private static void checkEntered(int entered) {
    // EINTR: a signal; EAGAIN, EBUSY: reap, then again; ETIME does not come without a timeout
    if (entered != -Errno.EINTR && entered != -Errno.EAGAIN && entered != -Errno.EBUSY) {
      LOG.say(Level.ERROR, "io_uring_enter: " + IoStatus.ofErrno(-entered));
    }
  }

  /// Takes the kernel's answers, so many a turn, and what their routines have sent.
  void reap() {
    for (int reaped = 0; reaped < MOST_REAPED_A_TURN && !completions.isEmpty(); reaped++) {
      long userData = completions.userData();
      int result = completions.result();
      completions.advance(); // before the routines run: they may send, and look at the queue again
      if (userData >= FOLLOWER) {
        followerAnswered((int) userData);
      } else if (userData >= 0) {
        answered((int) userData, result);
      } else if (userData == WAKE) {
        armWake();
      } // else the answer to a cancel: the cancelled packet's own completion says all
    }
    takeWaiting();
  }

  private void answered(int number, int result) { // hot path
    if (table.isAnswered(number, result)) {
      finished(number, result);
    }
  }

  private void followerAnswered(int number) {
    if (table.isFollowerAnswered(number)) {
      finished(number, table.result(number));
    }
  }

  private void finished(int number, int result) { // hot path
    Packet packet = table.get(number);
    packet.word2 = 0;
    try {
      table.remove(number);
      if (client(packet).finished(packet, result)) {
        take(packet);
      }
    } catch (VirtualMachineError e) {
      survive(e);
    }
  }

  private void armWake() {
    while (!submissions.prepareEventRead(0, wakeFd, wakeBuffer, WAKE)) {
      submit();
    }
  }

  /// The stack or the heap has overflowed, most often a routine's: its own affair, the other
  /// requests' loop goes on.
  static void survive(VirtualMachineError e) {
    LOG.error("the engine's thread goes on after an error", e);
  }

  // ------------------------------------------------------------------ what is here

  /// How many packets are here, in the ring or not yet.
  int used() {
    return table.used();
  }

  /// How many are in the ring.
  int inRing() {
    return table.inRing();
  }

  /// Whether something is to be done before the thread may wait for the kernel.
  boolean isReady() {
    return table.waiting() > 0 || !completions.isEmpty();
  }

  /// How often the kernel was called to submit or to wait.
  long enters() {
    return enters;
  }

  /// How many packets have gone to the ring.
  long taken() {
    return taken;
  }
}
