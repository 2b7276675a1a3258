package dev.ioreq.linux.ring;

import static dev.ioreq.linux.abi.IoUring.IORING_ENTER_EXT_ARG;
import static dev.ioreq.linux.abi.IoUring.IORING_ENTER_REGISTERED_RING;
import static dev.ioreq.linux.abi.IoUring.IORING_REGISTER_RING_FDS;
import static dev.ioreq.linux.abi.IoUring.IORING_UNREGISTER_RING_FDS;

import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.abi.RingCalls;
import dev.ioreq.linux.abi.Scratch;

/// One io_uring: its two queues, and the call that lets the kernel work on them.
///
/// Belongs to the thread that opened it; every method is for that thread, but [#fd()] and what
/// [#close()] says.
///
/// @see "man 7 io_uring"
public final class Ring implements AutoCloseable {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Thread owner;
  private final RingMemory memory;
  private final int fd;
  private final int setupFlags;
  private final int features;
  private final SupportedOperations operations;
  private final SubmissionQueue submissions;
  private final CompletionQueue completions;
  private final Registrations registrations;

  private final Scratch scratch = Scratch.create();
  private final long waitArgument = scratch.structure();
  private final long waitTime = waitArgument + SetupLayout.GETEVENTS_BYTES;

  /// What enter() is given: the registered number of the ring and the flag that says so, or the
  /// descriptor and 0.
  private int enterFd;

  private int enterFlags;
  private boolean closed;

  /// Takes over the descriptor and its mappings.
  Ring(int fd, RingMemory memory, int setupFlags, int features) {
    this.owner = Thread.currentThread();
    this.fd = fd;
    this.memory = memory;
    this.setupFlags = setupFlags;
    this.features = features;
    this.operations = SupportedOperations.probe(fd);
    this.submissions = memory.submissionQueue(owner);
    this.completions = memory.completionQueue(owner);
    this.registrations = new Registrations(fd, owner);
    this.enterFd = fd;
    Memory.clear(waitArgument, SetupLayout.GETEVENTS_BYTES);
    Memory.putLong(waitArgument + SetupLayout.GETEVENTS_TS, waitTime);
    registerDescriptor();
  }

  /// Opens a ring for the calling thread.
  ///
  /// Flags the kernel does not know are done without, the newest first. A kernel older than Linux
  /// 5.11 is refused: its rings cannot wait for a time.
  ///
  /// @return the ring, or why there is none
  public static RingOpening tryOpen(RingConfig config) {
    return RingSetup.open(config);
  }

  /// Where entries are written.
  public SubmissionQueue submissionQueue() {
    return submissions;
  }

  /// Where completions are found.
  public CompletionQueue completionQueue() {
    return completions;
  }

  /// The files and buffers the kernel keeps at hand for this ring.
  public Registrations registrations() {
    return registrations;
  }

  /// Tells whether the kernel knows an operation, `IORING_OP_…`.
  public boolean supports(int opcode) {
    return operations.contains(opcode);
  }

  /// The descriptor, for messages from other rings and for polling. Any thread.
  public int fd() {
    return fd;
  }

  /// Which `IORING_SETUP_…` the kernel accepted.
  public int setupFlags() {
    return setupFlags;
  }

  /// What the kernel says it can do, `IORING_FEAT_…`.
  public int features() {
    return features;
  }

  /// Tells whether the kernel is entered by a registered number, which is cheaper than by
  /// descriptor.
  public boolean isDescriptorRegistered() {
    return enterFlags != 0;
  }

  /// Lets the kernel take entries, and waits for completions.
  ///
  /// With the default flags completions appear in the queue only inside an enter with
  /// `IORING_ENTER_GETEVENTS`, also when none are waited for.
  ///
  /// @param toSubmit how many entries to take, as [SubmissionQueue#flush()] said
  /// @param minComplete how many completions to wait for; needs `IORING_ENTER_GETEVENTS`
  /// @param flags `IORING_ENTER_…`
  /// @return how many entries were taken, or `-errno` if none: `-EINTR` while waiting, `-EAGAIN`
  ///   and `-EBUSY` when the kernel is short of memory or the completion queue overflowed, `-EBADR`
  ///   after a completion was [dropped][CompletionQueue#dropped()]
  public int enter(int toSubmit, int minComplete, int flags) {
    // hot path: see HotPathAllocationTest
    assert isOwner() : notTheOwner(owner);
    completions.publish();
    return RingCalls.enter(scratch, enterFd, toSubmit, minComplete, flags | enterFlags, 0, 0);
  }

  /// As [#enter(int,int,int)], waiting no longer than a time.
  ///
  /// @param timeoutNanos from 0
  /// @return as above; `-ETIME` if the time was up and no entries were taken
  public int enter(int toSubmit, int minComplete, int flags, long timeoutNanos) {
    assert isOwner() : notTheOwner(owner);
    assert timeoutNanos >= 0 : "timeoutNanos is " + timeoutNanos;
    completions.publish();
    Memory.putLong(waitTime + SetupLayout.TV_SEC, timeoutNanos / NANOS_PER_SECOND);
    Memory.putLong(waitTime + SetupLayout.TV_NSEC, timeoutNanos % NANOS_PER_SECOND);
    return RingCalls.enter(
        scratch,
        enterFd,
        toSubmit,
        minComplete,
        flags | enterFlags | IORING_ENTER_EXT_ARG,
        waitArgument,
        SetupLayout.GETEVENTS_BYTES);
  }

  /// Gives the ring back. Idempotent.
  ///
  /// **Before that, have everything in flight completed or cancelled, and reap it**: the kernel
  /// ends what is left at a time of its own, after this method has returned, and until then uses
  /// the memory those requests name.
  ///
  /// By the owner; by any thread after the owner has exited.
  @Override
  public void close() {
    assert isOwner() || !owner.isAlive() : notTheOwner(owner);
    if (closed) {
      return;
    }
    closed = true;
    if (isOwner()) {
      unregisterDescriptor(); // an exited owner's registration is gone
    }
    memory.unmap();
    FileCalls.close(fd);
  }

  static String notTheOwner(Thread owner) {
    return "a ring is for its owner " + owner + "; this is " + Thread.currentThread();
  }

  private boolean isOwner() {
    return Thread.currentThread() == owner;
  }

  /// Kernels before Linux 5.18 refuse, and so does one whose thread has registered 16 rings: then
  /// the descriptor serves.
  private void registerDescriptor() {
    long update = waitTime;
    Memory.putLong(update + SetupLayout.UPDATE_OFFSET, 0xFFFF_FFFFL); // any free number
    Memory.putLong(update + SetupLayout.UPDATE_DATA, fd);
    if (RingCalls.register(fd, IORING_REGISTER_RING_FDS, update, 1) == 1) {
      enterFd = Memory.getInt(update + SetupLayout.UPDATE_OFFSET);
      enterFlags = IORING_ENTER_REGISTERED_RING;
    }
  }

  private void unregisterDescriptor() {
    if (isDescriptorRegistered()) {
      long update = waitTime;
      Memory.putLong(update + SetupLayout.UPDATE_OFFSET, enterFd);
      Memory.putLong(update + SetupLayout.UPDATE_DATA, 0);
      RingCalls.register(fd, IORING_UNREGISTER_RING_FDS, update, 1);
      enterFd = fd;
      enterFlags = 0;
    }
  }
}
