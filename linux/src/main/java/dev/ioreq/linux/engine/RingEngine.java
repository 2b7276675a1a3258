package dev.ioreq.linux.engine;

import dev.ioreq.EngineThread;
import dev.ioreq.IoStatus;
import dev.ioreq.MemorySlab;
import dev.ioreq.Packet;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.ring.Ring;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.linux.ring.RingOpening;
import dev.ioreq.log.Log;
import java.lang.foreign.Arena;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Carries packets out through one ring, on one thread that lives as long as the ring.
///
/// **Threading.** [#send(Packet)] and [#cancel(Packet)] may be called from any thread. Packets
/// complete, and completion routines run, on the engine's thread.
public final class RingEngine extends EngineThread {
  /*
   * One turn of the loop:
   *
   *   take cancels ▸ take incoming ▸ deferred routines ▸ take what waits ▸ enter: submit all, wait ▸ reap: complete, take what waits ─┐
   *        ▲                                                                                                                          │
   *        └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
   *
   * What becomes of a packet in the ring, and when entries are submitted, is PacketRing's.
   *
   * A turn is a method of its own: the loop that calls it never ends, and the compiler would replace it on its stack only
   * after some sixty thousand turns, which at a disk are minutes.
   *
   * A send from another thread goes through the incoming stack, and its cancel through another: so only this thread looks
   * at the words of a packet that was sent here. The canceller stays a party of the send until then (HANDED_OVER), so the
   * number in them cannot belong to a later send; but the packet may not be here, and then they are not the engine's (see
   * PacketRing). A send on this thread, from a routine, goes to the ring without a stack.
   *
   * Sleeping. With nothing in the ring the thread looks for work for a short while first, where that has paid (BriefLook):
   *
   *   no work, ring empty ─▶ LOOKING ─ nothing ─▶ ASLEEP        a send while it looks costs nobody a system call
   *                            └─ work ─▶ next turn
   *
   * While it looks it is AWAKE to senders. A push that its last look did not see is seen by the look that follows the
   * announcement of sleep, below; so looking adds no state to the argument. What is in the ring it does not look for:
   * completions come into the queue only inside enter.
   *
   * With requests in the ring the thread sleeps in enter, waiting for a completion; a read of an eventfd is
   * always in the ring, so a write to the eventfd wakes it. With none it parks: a process that ends waits up to 300 ms for
   * a thread that is in the kernel, and does not wait for one that is parked.
   *
   *   loop:    place = IN_KERNEL or PARKED; look at both stacks once more; enter(wait) or park         place = AWAKE
   *   sender:  push; place? CAS to AWAKE: write the eventfd, or unpark
   *
   * All of these are sequentially consistent, so either the loop sees the pushed packet or the sender sees the place. One
   * CAS wins, so a burst of senders costs one wake-up. A CAS that fails because the place has changed meanwhile needs no
   * second try: the thread has been awake in between, and has looked at the stacks after the push. With nothing in flight
   * the thread makes no system call.
   */
  private static final Log LOG = new Log("dev.ioreq.linux");
  private static final int BUSY = 4;
  private static final int MOST_DEFERRED_A_TURN = 128;
  private static final int MOST_ERRANDS_A_TURN = 32; // a program may close thousands of memories

  private final PacketStack incoming = new PacketStack.Incoming();
  private final PacketStack cancels = new PacketStack.Cancels();
  private final Errands errands = new Errands();
  private final Sleeper sleeper = new Sleeper();
  private final BooleanSupplier hasWork = this::hasWork; // made once: a turn allocates nothing
  private final RingConfig config;
  private final Tables tables;
  private final CountDownLatch started = new CountDownLatch(1);
  private final int wakeFd;
  private final AtomicLong wakeUps = new AtomicLong(); // touched only where a thread is woken

  private @Nullable String whyNot; // written before started
  private volatile boolean mustEnd;

  // this thread's, written once before the loop
  private @Nullable Ring ring;
  private @Nullable PacketRing packets;
  private @Nullable RingFiles files;
  private @Nullable RingBuffers buffers;

  private RingEngine(RingConfig config, Tables tables, int wakeFd) {
    super("ioreq-ring");
    this.config = config;
    this.tables = tables;
    this.wakeFd = wakeFd;
  }

  /// How many files and slabs of memory an engine registers at the most; beyond, descriptors and
  /// addresses serve.
  ///
  /// @param files slots for open targets
  /// @param transfersBeforeSlot how many transfers through the ring make a target worth a slot:
  ///   registering and letting go cost what some hundred of them save. For memory that is no pool's
  ///   the bytes count as well, see [RingBuffers]
  /// @param buffers slots for memory
  public record Tables(int files, int transfersBeforeSlot, int buffers) {
    /// 16 384 files, from the 256th transfer on, or as many as the process may open; and 16 384
    /// slabs, the most that the kernel takes.
    ///
    /// @return the tables of an engine that nobody asked anything else of
    public static Tables defaults() {
      return new Tables(16_384, 256, 16_384);
    }
  }

  /// Starts an engine of its own.
  ///
  /// @param config how its ring is to be
  /// @return the engine, running; [#end()] it
  /// @throws UnavailableException if the kernel gives no ring
  public static RingEngine open(RingConfig config) throws UnavailableException {
    return open(config, Tables.defaults());
  }

  /// Starts an engine of its own with tables of other sizes.
  ///
  /// @param config how its ring is to be
  /// @param tables how much it registers
  /// @return the engine, running; [#end()] it
  /// @throws UnavailableException if the kernel gives no ring
  public static RingEngine open(RingConfig config, Tables tables) throws UnavailableException {
    int wakeFd = DescriptorCalls.eventfd(0, DescriptorCalls.EFD_CLOEXEC);
    if (wakeFd < 0) {
      throw new UnavailableException("eventfd: " + IoStatus.ofErrno(-wakeFd));
    }
    RingEngine engine = new RingEngine(config, tables, wakeFd);
    engine.start();
    awaitUninterrupted(engine.started);
    String whyNot = engine.whyNot;
    if (whyNot != null) {
      FileCalls.close(wakeFd);
      throw new UnavailableException(whyNot);
    }
    return engine;
  }

  /// There is no ring to be had.
  public static final class UnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnavailableException(String reason) {
      super(reason);
    }
  }

  /// Whether the kernel knows an operation.
  ///
  /// @param opcode `IORING_OP_…`
  /// @return true if so
  public boolean supports(int opcode) {
    Ring ring = this.ring; // written before started was counted down
    return ring != null && ring.supports(opcode);
  }

  // ------------------------------------------------------------------ any thread

  /// Takes a packet to be carried out. Its attachment is its [RingClient]; its words are the
  /// client's and the engine's: word1 the client's, word2 the engine's until it is kept
  /// ([RingClient.Prepared#LATER]) or completed.
  ///
  /// @param packet a packet that the device owns; after an error, which only the end of the stack
  ///   can be, it still does
  public void send(Packet packet) { // hot path
    packet.word2 = 0;
    if (isHere()) {
      requirePackets().send(packet);
      return;
    }
    incoming.push(packet);
    try {
      wake();
    } catch (StackOverflowError e) {
      // taken, so the sender must not see it; the next send wakes the thread
    } catch (OutOfMemoryError | AssertionError e) { // the same, and there is room to say so
      LOG.error("the engine's thread could not be woken; the next send wakes it", e);
    }
  }

  /// Asks for the cancel of a packet that may be here.
  ///
  /// @param packet its cancel flag is set
  /// @return true if the cancel was dealt with already, false if it was handed to the engine's
  ///   thread, which will call [Packet#cancelHandled()]
  public boolean cancel(Packet packet) {
    if (isHere()) {
      requirePackets().cancel(packet);
      return true;
    }
    cancels.push(packet);
    wake();
    return false;
  }

  /// Whether the calling thread is the engine's, and so much is in the ring that one more entry
  /// costs less than a system call of its own.
  ///
  /// @return whether to prefer the ring to a transfer here and now
  public boolean isBusyHere() { // hot path
    return isHere() && requirePackets().used() >= BUSY;
  }

  /// Whether the calling thread is the engine's.
  ///
  /// @return true in a completion routine that the engine runs
  public boolean isHere() { // hot path
    return Thread.currentThread() == this;
  }

  /// Registers a file, so that entries can name it by a slot. The engine's thread only.
  ///
  /// @param fd a descriptor that stays open until [#giveFileBack(int)]
  /// @return the slot, or [RingFiles#NONE]
  public int takeFile(int fd) {
    return Objects.requireNonNull(files).take(fd);
  }

  /// Lets go of a registered file. When this returns the slot keeps the file open no longer, or the
  /// engine has ended, and with it all slots. Waits for the engine's turn.
  ///
  /// @param slot what [#takeFile(int)] gave; no entry with it is in flight
  public void giveFileBack(int slot) {
    onThread(() -> Objects.requireNonNull(files).give(slot));
  }

  /// Has the engine's thread do something, unless the engine has ended, and waits for it.
  void onThread(Runnable work) {
    if (isHere()) {
      work.run();
    } else {
      awaitUninterrupted(leave(work));
    }
  }

  /// Where the memory of a transfer is registered; registers it when that pays. The engine's thread
  /// only.
  ///
  /// @param slab null for memory that the program wrapped
  /// @param lengthBytes of the transfer
  /// @return the slot, or [RingBuffers#NONE]
  public int bufferSlot(@Nullable MemorySlab slab, long lengthBytes) { // hot path
    return Objects.requireNonNull(buffers).slotOf(slab, lengthBytes);
  }

  private CountDownLatch leave(Runnable errand) {
    CountDownLatch done = errands.add(errand);
    wake();
    return done;
  }

  /// Ends the engine: what is in the ring is cancelled and completed, then the thread exits and the
  /// ring is given back. No packet may be sent any more.
  ///
  /// @throws InterruptedException if interrupted while waiting for the thread
  public void end() throws InterruptedException {
    mustEnd = true;
    wake();
    join();
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    boolean isInterrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// How often a sender had to wake the engine's thread.
  long wakeUps() {
    return wakeUps.get();
  }

  /// How often the engine's thread has called the kernel to submit or to wait. To be read where a
  /// completion happened before.
  long enters() {
    return requirePackets().enters();
  }

  /// How many packets have gone to the ring. To be read where a completion happened before.
  ///
  /// @return packets since the engine was started
  public long taken() {
    return requirePackets().taken();
  }

  /// From which transfer through the ring on a file is worth a slot.
  ///
  /// @return transfers
  public int transfersBeforeSlot() {
    return tables.transfersBeforeSlot();
  }

  /// How many files are registered. To be read on the engine's thread.
  int filesRegistered() {
    return Objects.requireNonNull(files).used();
  }

  /// How many slabs are registered. To be read on the engine's thread.
  int buffersRegistered() {
    return Objects.requireNonNull(buffers).used();
  }

  /// Whether the kernel holds completions back because the queue was full. For tests.
  boolean isOverflowed() {
    return Objects.requireNonNull(ring).completionQueue().isOverflowed();
  }

  private void wake() {
    switch (sleeper.wake()) {
      case AWAKE -> {}
      case PARKED -> {
        wakeUps.incrementAndGet();
        boolean isUnparked = false;
        try {
          LockSupport.unpark(this);
          isUnparked = true;
        } finally {
          if (!isUnparked) {
            sleeper.notWoken(Sleeper.Place.PARKED);
          }
        }
      }
      case IN_KERNEL -> {
        wakeUps.incrementAndGet();
        boolean isSignalled = false;
        try {
          isSignalled = DescriptorCalls.signalEvent(wakeFd);
        } finally {
          if (!isSignalled) { // no stack or heap left here: the next sender wakes it
            sleeper.notWoken(Sleeper.Place.IN_KERNEL);
          }
        }
        if (!isSignalled) {
          throw new AssertionError("an eventfd of ours, far from its limit, takes a write");
        }
      }
    }
  }

  // ------------------------------------------------------------------ the engine's thread

  @Override
  public void run() {
    RingOpening opening = Ring.tryOpen(config);
    if (opening instanceof RingOpening.Opened opened) { // a switch would be linked at each start
      serve(opened.ring());
    } else if (opening instanceof RingOpening.Refused refused) {
      whyNot = refused.reason();
      started.countDown();
    }
  }

  private void serve(Ring opened) {
    // the arena is closed last: the kernel may write the wake-up until the ring is gone
    try (Arena arena = Arena.ofConfined();
        Ring opening = opened) {
      ring = opening;
      RingFiles files = new RingFiles(opening, tables.files());
      RingBuffers buffers =
          new RingBuffers(
              opening.registrations(), tables.buffers(), tables.transfersBeforeSlot(), this::leave);
      this.files = files;
      this.buffers = buffers;
      PacketRing packets =
          new PacketRing(opening, wakeFd, arena.allocate(Long.BYTES, Long.BYTES).address());
      this.packets = packets;
      started.countDown();
      turn(packets);
      files.end();
      buffers.end();
    } finally {
      errands.end();
      FileCalls.close(wakeFd);
    }
  }

  private void turn(PacketRing packets) {
    while (goesOn(packets)) {
      // each turn a call: a loop that never ends would stay interpreted for minutes
    }
  }

  /// One turn.
  ///
  /// @return false if it was the last
  private boolean goesOn(PacketRing packets) {
    packets.beginTurn();
    errands.run(MOST_ERRANDS_A_TURN);
    takeCancels(packets);
    takeIncoming(packets);
    runSomeDeferred();
    packets.takeWaiting();
    boolean hasDeferred = hasDeferred(); // what was taken may have deferred some as well
    if (mustEnd && !hasDeferred && endsNow(packets)) {
      return false;
    }
    boolean mayWait = !hasDeferred && !packets.isReady();
    int toSubmit = packets.flush();
    if (packets.inRing() > 0) {
      boolean waits = mayWait && sleeper.fallAsleep(Sleeper.Place.IN_KERNEL, hasWork);
      packets.enter(toSubmit, waits ? 1 : 0);
      sleeper.awake();
    } else if (toSubmit > 0) {
      packets.enter(toSubmit, 0); // the wake-up, armed anew, or the cancel of what has just ended
    } else if (mayWait
        && !hasWorkSoon(hasWork)
        && sleeper.fallAsleep(Sleeper.Place.PARKED, hasWork)) {
      park();
    }
    packets.reap();
    return true;
  }

  private void park() {
    while (sleeper.isAsleep()) {
      LockSupport.park(this);
      Thread.interrupted(); // a routine may have done that; park would return at once for ever
    }
  }

  private void runSomeDeferred() {
    try {
      runDeferred(MOST_DEFERRED_A_TURN);
    } catch (VirtualMachineError e) {
      PacketRing.survive(e);
    }
  }

  private boolean hasWork() {
    return !incoming.isEmpty()
        || !cancels.isEmpty()
        || !errands.isEmpty()
        || (mustEnd && requirePackets().inRing() == 0);
  }

  private void takeIncoming(PacketRing packets) {
    Packet next = incoming.takeAll();
    while (next != null) {
      Packet packet = next;
      next = packet.link;
      packet.link = null;
      try {
        packets.take(packet);
      } catch (VirtualMachineError e) {
        PacketRing.survive(e);
      }
    }
  }

  private void takeCancels(PacketRing packets) {
    Packet next = cancels.takeAll();
    while (next != null) {
      Packet packet = next;
      next = packet.cancelLink;
      packet.cancelLink = null;
      try {
        packets.cancel(packet);
      } catch (VirtualMachineError e) {
        PacketRing.survive(e);
      }
      try {
        packet.cancelHandled(); // whatever became of it, or the request would be held for ever
      } catch (VirtualMachineError e) {
        PacketRing.survive(e);
      }
    }
  }

  /// Cancels all that is in the ring, the wake-up included.
  ///
  /// @return whether nothing is left
  private boolean endsNow(PacketRing packets) {
    boolean isLast = packets.used() == 0 && incoming.isEmpty() && cancels.isEmpty();
    packets.cancelAll();
    return isLast;
  }

  private PacketRing requirePackets() {
    return Objects.requireNonNull(packets, "packets come after the ring was opened");
  }
}
