package dev.ioreq.linux.device;

import dev.ioreq.ControlCode;
import dev.ioreq.Device;
import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.engine.RingBuffers;
import dev.ioreq.linux.engine.RingClient;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingFiles;
import dev.ioreq.linux.ring.SubmissionQueue;

/// A device over a file descriptor: reads and writes through the ring, device control as
/// [DeviceControl] does it.
///
/// word1 of a packet is how many bytes have been moved so far; word3 the flags it was last tried
/// with, or how the ring is to try it: [#UNTIL_READY], [#BY_THREAD], [Backlog#AGAIN].
///
/// *Closed means closed.* What the kernel has a thread of its own carry out is known to be over
/// only when a follower says so ([RingClient.Prepared]). So each transfer is first tried with
/// `RWF_NOWAIT`, with which it fails where such a thread could get it, and then goes again with a
/// follower behind it. Where the file does not know that flag all go with a follower. A descriptor
/// that never waits needs neither.
abstract class DescriptorDevice implements Device, RingClient {
  /// What [#tryAtOnce] says of a transfer that it leaves to the ring.
  static final long NOT_AT_ONCE = Long.MIN_VALUE;

  /// What word3 says of a packet that waits in the ring until its descriptor can move something.
  static final int UNTIL_READY = 1 << 26;

  /// What word3 says of a packet that the kernel is to give to a thread of its own.
  static final int BY_THREAD = 1 << 27;

  private static final int SUCCESS = IoStatus.SUCCESS.code();

  /// The most a single entry of the ring is asked for. The kernel moves at most 2 GiB less a page
  /// at once.
  static final long MOST_AT_ONCE = 1L << 30;

  /// A device idles while entries for it are held back; a copy from the cache is done by the
  /// submission itself, and loses nothing.
  private static final int MOST_HELD_BACK = 8;

  private static final int MOST_HELD_BACK_CACHED = 32;

  /// With so many times as many in the ring the others keep the device busy meanwhile.
  private static final int IN_RING_FOR_ONE_HELD_BACK = 4;

  final int fd;
  final OpenOptions options;
  final RingEngine engine;
  final NoWait noWait;

  private final int leastHeldBack;

  private final ThreadTrial readTrial = new ThreadTrial();
  private final ThreadTrial writeTrial = new ThreadTrial();
  private final Backlog backlog;
  private final DeviceControl control;

  // the engine thread's; read by close(), which comes after every packet's completion
  private int transfersUntilSlot; // 0 once it was asked for
  private int slot = RingFiles.NONE;
  private int inRing; // the engine thread's alone

  DescriptorDevice(int fd, OpenOptions options, RingEngine engine, boolean isTriedAtOnce) {
    this.fd = fd;
    this.options = options;
    this.engine = engine;
    this.noWait = new NoWait(fd, isTriedAtOnce);
    this.transfersUntilSlot = engine.transfersBeforeSlot();
    this.leastHeldBack = isCached() ? MOST_HELD_BACK_CACHED : MOST_HELD_BACK;
    this.backlog = new Backlog(engine::send);
    this.control = new DeviceControl(this);
  }

  /// Whether the kernel mostly has the data at hand, so that nothing waits for an entry held back.
  boolean isCached() {
    return false;
  }

  /// Whether transfers have an offset.
  abstract boolean isStorage();

  /// Whether a transfer that the kernel has done in part goes on, until all is moved or the end is
  /// reached.
  abstract boolean isCarriedOn(boolean isRead);

  /// Tries a read or write at once, on the calling thread, without waiting. If it does not get to
  /// its end, word1 says how many bytes it has moved.
  ///
  /// @return the bytes moved, all or up to the end of the file; `-errno`; or [#NOT_AT_ONCE], then
  ///   the ring is to carry it on
  abstract long tryAtOnce(Packet packet, Frame frame);

  /// Gives a transfer to the engine.
  void handOver(Packet packet, boolean isRead) { // hot path
    engine.send(packet);
  }

  /// A transfer that was given to the engine is about to be completed.
  void leavesRing(Packet packet, boolean isRead) {
    // nothing is known of the others
  }

  /// Whether a packet whose cancel was asked for had not been given to the engine yet. Then it is
  /// completed.
  boolean isTakenBack(Packet packet) {
    return false;
  }

  /// Whether the descriptor, of which the ring has said that it is ready, really is.
  boolean isReady() {
    return true;
  }

  /// Whether a request of `ioctl` would take from the descriptor what the device needs.
  boolean isForbidden(int request) {
    return false;
  }

  /// The flags of each transfer: `RWF_…`.
  abstract int transferFlags();

  /// Whether the kernel needs a thread where a transfer has to wait. It needs none where it can
  /// wait until a page is read, or a poll says that the file is ready; but it may use one all the
  /// same.
  abstract boolean isWaitedForByThread(boolean isRead);

  /// Whether a transfer is not worth a try without a thread of the kernel's, or cannot be tried so.
  /// Each answer counts as one of those that are not tried.
  boolean isGivenToThread(boolean isRead) { // hot path
    return noWait.isRefused(isRead) || !trial(isRead).isDue();
  }

  /// With which flags a transfer fails rather than be given to a thread of the kernel's.
  int flagsAgainstThread() { // hot path
    return TransferCalls.RWF_NOWAIT;
  }

  /// The kernel refused a transfer as not supported.
  ///
  /// @param flags that it was tried with
  /// @return whether it is worth another try, because the flags are others now
  abstract boolean hasOtherFlags(int flags);

  /// Prepares the discard of a range, where the ring can; there is room for it.
  abstract boolean prepareDiscard(
      SubmissionQueue queue, long offsetBytes, long lengthBytes, long userData);

  /// Discards a range where the ring cannot; blocks.
  ///
  /// @return 0 or `-errno`
  abstract int discardBlocking(long offsetBytes, long lengthBytes);

  /// Whether [#prepareDiscard] is to be used.
  abstract boolean discardsByRing();

  @Override
  public final int stackSize() {
    return 1;
  }

  @Override
  public final void dispatch(Packet packet) {
    if (serve(packet)) {
      packet.complete();
    }
  }

  @Override
  public final boolean serve(Packet packet) { // hot path: see FileReadBenchmark
    Frame frame = packet.frame();
    return switch (frame.type()) {
      case READ ->
          options.access().canRead()
              ? transfer(packet, frame, frame.outputLength())
              : packet.end(IoStatus.ACCESS_DENIED, 0);
      case WRITE ->
          options.access().canWrite()
              ? transfer(packet, frame, frame.inputLength())
              : packet.end(IoStatus.ACCESS_DENIED, 0);
      case DEVICE_CONTROL -> {
        ControlCode code = frame.controlCode();
        // a call less deep than by serve: errno is captured where the compiler still inlines
        yield (DeviceControl.isIoctl(code) && !code.mayBlock())
            ? control.ioctl(packet, frame, code)
            : control.serve(packet, frame, code);
      }
      default -> packet.end(IoStatus.INVALID_DEVICE_REQUEST, 0);
    };
  }

  @SuppressWarnings("ReferenceEquality") // its device of the last time, this one
  private boolean transfer(Packet packet, Frame frame, long length) {
    if (length == 0) {
      return packet.end(SUCCESS, 0);
    }
    packet.word1 = 0;
    packet.word3 = 0;
    long moved = tryAtOnce(packet, frame);
    if (moved > 0) {
      return packet.end(SUCCESS, moved);
    }
    if (moved == NOT_AT_ONCE) {
      if (packet.attachment != this) {
        packet.attachment = this;
      }
      handOver(packet, frame.type() == RequestType.READ);
      return false;
    }
    return moved == 0
        ? packet.end(ended(frame.type(), 0), 0)
        : packet.end(failure(packet, (int) moved), packet.word1);
  }

  @Override
  public final CancelResult cancel(Packet packet) {
    return isTakenBack(packet) || engine.cancel(packet)
        ? CancelResult.DELIVERED
        : CancelResult.HANDED_OVER;
  }

  @Override
  public void close() {
    try {
      if (slot != RingFiles.NONE) {
        engine.giveFileBack(slot);
        slot = RingFiles.NONE;
      }
    } finally {
      FileCalls.close(fd);
    }
  }

  // ------------------------------------------------------------------ the ring's side

  @Override
  public final int mostHeldBack() {
    return Math.max(
        leastHeldBack, Math.min(MOST_HELD_BACK_CACHED, inRing / IN_RING_FOR_ONE_HELD_BACK));
  }

  @Override
  public final Prepared prepare( // hot path: see FileReadBenchmark
      Packet packet, SubmissionQueue queue, long userData) {
    Frame frame = packet.frame();
    RequestType type = frame.type();
    if (!isTransfer(type)) {
      return prepareControl(packet, queue, userData);
    }
    boolean isRead = type == RequestType.READ;
    int how = packet.word3;
    if (how == UNTIL_READY) {
      return preparePoll(isRead, queue, userData);
    }
    if (how == BY_THREAD) {
      return prepareByThread(packet, frame, isRead, true, queue, userData);
    }
    if (backlog.keeps(packet)) {
      return Prepared.LATER;
    }
    if (isGivenToThread(isRead)) {
      return prepareByThread(packet, frame, isRead, false, queue, userData);
    }
    int against = flagsAgainstThread();
    int flags = transferFlags() | against;
    if (!prepareTransfer(packet, frame, isRead, 0, flags, queue, userData)) {
      return Prepared.NOT;
    }
    backlog.isPrepared(packet, flags, against != 0);
    inRing++;
    return Prepared.WHOLE;
  }

  private Prepared prepareControl(Packet packet, SubmissionQueue queue, long userData) {
    if (!hasRoomForFollower(queue) || !control.prepare(packet, queue, userData)) {
      return Prepared.NOT;
    }
    inRing++;
    return Prepared.TO_BE_FOLLOWED;
  }

  private Prepared preparePoll(boolean isRead, SubmissionQueue queue, long userData) {
    int events = isRead ? DescriptorCalls.POLLIN : DescriptorCalls.POLLOUT;
    if (!queue.preparePollAdd(0, fd, events, 0, userData)) {
      return Prepared.NOT;
    }
    inRing++;
    return Prepared.WHOLE;
  }

  /// Prepares a transfer that a thread of the kernel's may carry out.
  ///
  /// @param wouldWait whether that was tried, and the kernel would have to wait
  private Prepared prepareByThread(
      Packet packet,
      Frame frame,
      boolean isRead,
      boolean wouldWait,
      SubmissionQueue queue,
      long userData) {
    int flags = transferFlags();
    int sqeFlags = wouldWait && isWaitedForByThread(isRead) ? IoUring.IOSQE_ASYNC : 0;
    if (!hasRoomForFollower(queue)
        || !prepareTransfer(packet, frame, isRead, sqeFlags, flags, queue, userData)) {
      return Prepared.NOT;
    }
    backlog.isPrepared(packet, flags, false);
    inRing++;
    return Prepared.TO_BE_FOLLOWED;
  }

  /// Whether an entry and its follower can go to the kernel together; in a queue for one they never
  /// can.
  private static boolean hasRoomForFollower(SubmissionQueue queue) {
    return queue.room() > 1 || queue.entries() == 1;
  }

  private boolean prepareTransfer(
      Packet packet,
      Frame frame,
      boolean isRead,
      int sqeFlags,
      int flags,
      SubmissionQueue queue,
      long userData) {
    if (transfersUntilSlot == 1) {
      transfersUntilSlot = 0;
      slot = engine.takeFile(fd);
    }
    boolean isFixedFile = slot != RingFiles.NONE;
    long done = packet.word1;
    long length = isRead ? frame.outputLength() : frame.inputLength();
    long address = isRead ? frame.outputAddress() : frame.inputAddress();
    long offset = -1;
    int buffer = RingBuffers.NONE;
    if (isStorage()) {
      offset = frame.deviceOffset() + done;
      buffer = engine.bufferSlot(isRead ? frame.outputSlab() : frame.inputSlab(), length);
    }
    int file = isFixedFile ? slot : fd;
    int sqe = isFixedFile ? sqeFlags | IoUring.IOSQE_FIXED_FILE : sqeFlags;
    int piece = (int) Math.min(length - done, MOST_AT_ONCE);
    if (buffer != RingBuffers.NONE) {
      int opcode = isRead ? IoUring.IORING_OP_READ_FIXED : IoUring.IORING_OP_WRITE_FIXED;
      return queue.prepare(
          opcode, sqe, file, offset, address + done, piece, flags, userData, buffer, 0);
    }
    int opcode = isRead ? IoUring.IORING_OP_READ : IoUring.IORING_OP_WRITE;
    return queue.prepare(opcode, sqe, file, offset, address + done, piece, flags, userData, 0, 0);
  }

  @Override
  public final boolean finished(Packet packet, int result) { // hot path
    inRing--;
    Frame frame = packet.frame();
    RequestType type = frame.type();
    if (!isTransfer(type)) {
      return DeviceControl.finished(packet, result);
    }
    boolean isRead = type == RequestType.READ;
    boolean wasTried = Backlog.wasTried(packet);
    if (wasTried) {
      backlog.answered();
    }
    if (result < 0) {
      return isToBeTriedAgain(packet, isRead, wasTried, result);
    }
    if (packet.word3 == UNTIL_READY) {
      if (isReady()) {
        packet.word3 = 0;
      }
      return true;
    }
    if (transfersUntilSlot > 1) {
      transfersUntilSlot--;
    }
    if (wasTried) {
      trial(isRead).succeeded();
    }
    long done = packet.word1 + result;
    packet.word1 = done;
    if (result > 0 && done < frame.length() && isCarriedOn(isRead)) {
      return true;
    }
    leavesRing(packet, isRead);
    backlog.letNextGo(); // before the routine sends
    packet.complete(ended(type, done), done);
    return false;
  }

  private ThreadTrial trial(boolean isRead) { // hot path
    return isRead ? readTrial : writeTrial;
  }

  private static boolean isTransfer(RequestType type) {
    return type == RequestType.READ || type == RequestType.WRITE;
  }

  /// The kernel has failed with a transfer. If that is the end, completes the packet.
  private boolean isToBeTriedAgain(Packet packet, boolean isRead, boolean wasTried, int result) {
    if (result == -Errno.EINTR && !packet.isCancelRequested()) {
      return true;
    }
    if (wasTried && noWait.isWaitNeeded(isRead, -result)) {
      boolean mayWantRoom = result == -Errno.EAGAIN && options.direct() && isStorage();
      if (mayWantRoom && backlog.keepsRefused(packet)) {
        return false;
      }
      trial(isRead).failed();
      packet.word3 = BY_THREAD;
      return true;
    }
    IoStatus end;
    if (result == -Errno.EAGAIN) {
      if (!packet.isCancelRequested()) {
        if (!isStorage()) {
          // it never waits, nor has the kernel: one before 5.15, or after some hundred vain
          // wake-ups
          packet.word3 = UNTIL_READY;
        }
        return true;
      }
      end = IoStatus.CANCELLED;
    } else if (result == -Errno.EOPNOTSUPP
        && hasOtherFlags(Backlog.flags(packet) & ~TransferCalls.RWF_NOWAIT)) {
      return true;
    } else {
      end = failure(packet, result);
    }
    leavesRing(packet, isRead);
    backlog.letNextGo();
    packet.complete(end, packet.word1);
    return false;
  }

  @Override
  public final void cancelKept(Packet packet) {
    if (engine.isHere()) {
      backlog.letGoCancelled(packet);
    }
  }

  @Override
  public final void withdrawn(Packet packet, IoStatus status) {
    RequestType type = packet.frame().type();
    if (isTransfer(type)) {
      backlog.withdrawn(packet);
      leavesRing(packet, type == RequestType.READ);
    }
    packet.complete(status, packet.word1);
  }

  private static IoStatus ended(RequestType type, long done) {
    if (done > 0) {
      return IoStatus.SUCCESS;
    }
    // a write that moves nothing and says no error: the device takes no more
    return type == RequestType.READ ? IoStatus.END_OF_FILE : IoStatus.ofErrno(Errno.ENOSPC);
  }

  static IoStatus failure(Packet packet, int result) {
    if (result == -Errno.EINTR && packet.isCancelRequested()) {
      return IoStatus.CANCELLED;
    }
    boolean isUnknownHere =
        result == -Errno.EOPNOTSUPP && packet.frame().type() == RequestType.DEVICE_CONTROL;
    return isUnknownHere ? IoStatus.NOT_SUPPORTED : IoStatus.ofErrno(-result);
  }
}
