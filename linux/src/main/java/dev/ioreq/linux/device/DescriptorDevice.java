package dev.ioreq.linux.device;

import dev.ioreq.ControlCode;
import dev.ioreq.Device;
import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import dev.ioreq.StorageControl;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.engine.RingBuffers;
import dev.ioreq.linux.engine.RingClient;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingFiles;
import dev.ioreq.linux.engine.Workers;
import dev.ioreq.linux.ring.SubmissionQueue;

/// A device over a file descriptor: reads, writes and flushes through the ring, device control by
/// `ioctl`.
///
/// word1 of a packet is how many bytes have been moved, or written out, so far; word3 the flags it
/// was last tried with, or how the ring is to try it: [#UNTIL_READY], [#BY_THREAD], [#AGAIN].
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
  static final int UNTIL_READY = -1;

  /// What word3 says of a packet that the kernel is to give to a thread of its own.
  static final int BY_THREAD = -2;

  /// What word3 says of a packet that is in the backlog, or has been let go from there.
  private static final int AGAIN = -3;

  // flags of ours in word3, of a packet that is tried without a thread of the kernel's, and of one
  // that is so from the backlog
  private static final int TRIED = 1 << 29;
  private static final int LAST_TRY = 1 << 30;

  private static final int SUCCESS = IoStatus.SUCCESS.code();

  /// Where control codes run that may block for long. A bounded number: more of them wait for one
  /// another.
  private static final Workers BLOCKING = new Workers("ioreq-control", 8);

  /// The most a single entry of the ring is asked for. The kernel moves at most 2 GiB less a page
  /// at once.
  private static final long MOST_AT_ONCE = 1L << 30;

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
  private final Backlog backlog = new Backlog();

  // the engine thread's; read by close(), which comes after every packet's completion
  private int transfersUntilSlot; // 0 once it was asked for
  private int slot = RingFiles.NONE;
  private int inRing; // the engine thread's alone
  private int tried; // of these, without a thread of the kernel's
  private int going; // from the backlog to the ring

  DescriptorDevice(int fd, OpenOptions options, RingEngine engine, boolean isTriedAtOnce) {
    this.fd = fd;
    this.options = options;
    this.engine = engine;
    this.noWait = new NoWait(fd, isTriedAtOnce);
    this.transfersUntilSlot = engine.transfersBeforeSlot();
    this.leastHeldBack = isCached() ? MOST_HELD_BACK_CACHED : MOST_HELD_BACK;
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

  /// Whether no transfer can be tried without a thread of the kernel's.
  boolean needsThread(boolean isRead) { // hot path
    return noWait.isRefused(isRead);
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
        // a call less deep than by control: errno is captured where the compiler still inlines
        yield (isIoctl(code) && !code.mayBlock())
            ? ioctl(packet, frame, code)
            : control(packet, frame, code);
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
  public final Prepared prepare(Packet packet, SubmissionQueue queue, long userData) {
    Frame frame = packet.frame();
    Prepared prepared =
        switch (frame.type()) {
          case READ ->
              prepareTransfer(
                  packet, true, queue, frame.outputAddress(), frame.outputLength(), userData);
          case WRITE ->
              prepareTransfer(
                  packet, false, queue, frame.inputAddress(), frame.inputLength(), userData);
          default ->
              hasRoomForFollower(queue) && prepareControl(frame, packet.word1, queue, userData)
                  ? Prepared.TO_BE_FOLLOWED
                  : Prepared.NOT;
        };
    if (prepared != Prepared.NOT && prepared != Prepared.LATER) {
      inRing++;
    }
    return prepared;
  }

  /// Whether an entry and its follower can go to the kernel together; in a queue for one they never
  /// can.
  private static boolean hasRoomForFollower(SubmissionQueue queue) {
    return queue.room() > 1 || queue.entries() == 1;
  }

  private Prepared prepareTransfer( // hot path: see FileReadBenchmark
      Packet packet,
      boolean isRead,
      SubmissionQueue queue,
      long address,
      long length,
      long userData) {
    if (packet.word3 == UNTIL_READY) {
      int events = isRead ? DescriptorCalls.POLLIN : DescriptorCalls.POLLOUT;
      return queue.preparePollAdd(0, fd, events, 0, userData) ? Prepared.WHOLE : Prepared.NOT;
    }
    boolean wasLater = packet.word3 == AGAIN;
    if (!wasLater && packet.word3 != BY_THREAD && backlog.isToWait(tried + going)) {
      packet.word3 = AGAIN;
      backlog.add(packet);
      return Prepared.LATER;
    }
    int against = flagsAgainstThread();
    boolean wouldWait = packet.word3 == BY_THREAD;
    boolean isByThread =
        wouldWait || needsThread(isRead) || (against != 0 && !trial(isRead).isDue());
    if (isByThread && !hasRoomForFollower(queue)) {
      return Prepared.NOT;
    }
    if (transfersUntilSlot == 1) {
      transfersUntilSlot = 0;
      slot = engine.takeFile(fd);
    }
    boolean isFixedFile = slot != RingFiles.NONE;
    Frame frame = packet.frame();
    long done = packet.word1;
    int buffer =
        isStorage()
            ? engine.bufferSlot(isRead ? frame.outputSlab() : frame.inputSlab(), length)
            : RingBuffers.NONE;
    boolean isFixedBuffer = buffer != RingBuffers.NONE;
    int flags = isByThread ? transferFlags() : transferFlags() | against;
    boolean isTry = against != 0 && !isByThread;
    int marks = (isTry ? TRIED : 0) | (wasLater ? LAST_TRY : 0);
    int opcode =
        isRead
            ? (isFixedBuffer ? IoUring.IORING_OP_READ_FIXED : IoUring.IORING_OP_READ)
            : (isFixedBuffer ? IoUring.IORING_OP_WRITE_FIXED : IoUring.IORING_OP_WRITE);
    boolean isPrepared =
        queue.prepare(
            opcode,
            (isFixedFile ? IoUring.IOSQE_FIXED_FILE : 0)
                | (wouldWait && isWaitedForByThread(isRead) ? IoUring.IOSQE_ASYNC : 0),
            isFixedFile ? slot : fd,
            isStorage() ? frame.deviceOffset() + done : -1,
            address + done,
            (int) Math.min(length - done, MOST_AT_ONCE),
            flags,
            userData,
            isFixedBuffer ? buffer : 0,
            0);
    if (!isPrepared) {
      return Prepared.NOT;
    }
    packet.word3 = flags | marks;
    tried += isTry ? 1 : 0;
    going -= wasLater ? 1 : 0;
    return isByThread ? Prepared.TO_BE_FOLLOWED : Prepared.WHOLE;
  }

  private boolean prepareControl(Frame frame, long done, SubmissionQueue queue, long userData) {
    ControlCode code = frame.controlCode();
    if (code.equals(StorageControl.FLUSH)) {
      return queue.prepareFsync(0, fd, 0, userData);
    }
    if (code.equals(StorageControl.WRITE_OUT)) {
      int piece = (int) Math.min(rangeLength(frame) - done, MOST_AT_ONCE);
      return queue.prepareSyncFileRange(
          0, fd, rangeOffset(frame) + done, piece, FileCalls.SYNC_FILE_RANGE_WRITE, userData);
    }
    long offset = rangeOffset(frame);
    long length = rangeLength(frame);
    if (code.equals(StorageControl.DISCARD)) {
      return prepareDiscard(queue, offset, length, userData);
    }
    return queue.prepareFallocate(0, fd, FileCalls.FALLOC_FL_ZERO_RANGE, offset, length, userData);
  }

  @Override
  public final boolean finished(Packet packet, int result) { // hot path
    inRing--;
    if (wasTried(packet)) {
      tried--;
    }
    Frame frame = packet.frame();
    if (result < 0) {
      return isToBeTriedAgain(packet, result);
    }
    RequestType type = frame.type();
    if (!isTransfer(type)) {
      return isControlToGoOn(packet, frame);
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
    boolean isRead = type == RequestType.READ;
    if (wasTried(packet)) {
      trial(isRead).succeeded();
    }
    long done = packet.word1 + result;
    packet.word1 = done;
    if (result > 0 && done < frame.length() && isCarriedOn(isRead)) {
      return true;
    }
    leavesRing(packet, isRead);
    letNextGo(); // before the routine sends
    packet.complete(ended(type, done), done);
    return false;
  }

  private ThreadTrial trial(boolean isRead) { // hot path
    return isRead ? readTrial : writeTrial;
  }

  private static boolean isTransfer(RequestType type) {
    return type == RequestType.READ || type == RequestType.WRITE;
  }

  /// The kernel has failed. If that is the end, completes the packet.
  private boolean isToBeTriedAgain(Packet packet, int result) {
    if (result == -Errno.EINTR && !packet.isCancelRequested()) {
      return true;
    }
    RequestType type = packet.frame().type();
    if (!isTransfer(type)) {
      packet.complete(failure(packet, result), 0);
      return false;
    }
    boolean isRead = type == RequestType.READ;
    if (wasTried(packet) && noWait.isWaitNeeded(isRead, -result)) {
      if (isForWantOfRoom(packet, result)) {
        packet.word3 = AGAIN;
        backlog.refused(tried + going);
        backlog.add(packet);
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
        && hasOtherFlags(packet.word3 & ~(TransferCalls.RWF_NOWAIT | TRIED | LAST_TRY))) {
      return true;
    } else {
      end = failure(packet, result);
    }
    leavesRing(packet, isRead);
    letNextGo();
    packet.complete(end, packet.word1);
    return false;
  }

  /// Whether a transfer was tried without a thread of the kernel's.
  private static boolean wasTried(Packet packet) { // hot path
    return packet.word3 > 0 && (packet.word3 & TRIED) != 0;
  }

  /// Whether a transfer was refused for want of room, as it seems, and others will make some.
  private boolean isForWantOfRoom(Packet packet, int result) {
    return result == -Errno.EAGAIN
        && options.direct()
        && isStorage()
        && tried + going >= Backlog.LEAST_UNDER_WAY
        && packet.frame().length() - packet.word1 <= Backlog.MOST_BYTES
        && (packet.word3 & LAST_TRY) == 0
        && !packet.isCancelRequested();
  }

  /// One has ended: lets those go that wait for room, as many as there is room for.
  private void letNextGo() { // hot path
    if (!backlog.ended()) {
      return;
    }
    for (Packet next = backlog.next(tried + going);
        next != null;
        next = backlog.next(tried + going)) {
      going++;
      try {
        engine.send(next);
      } catch (VirtualMachineError e) {
        if (next.word3 == AGAIN) { // it was not taken; the next that ends lets it go
          going--;
          backlog.putBack(next);
        }
        return;
      }
    }
  }

  /// The kernel has done a piece of a control code. If it was the last one, completes the packet.
  private static boolean isControlToGoOn(Packet packet, Frame frame) {
    if (frame.controlCode().equals(StorageControl.WRITE_OUT)) {
      packet.word1 += Math.min(rangeLength(frame) - packet.word1, MOST_AT_ONCE);
      if (packet.word1 < rangeLength(frame)) {
        return true;
      }
    }
    packet.complete(IoStatus.SUCCESS, 0);
    return false;
  }

  @Override
  public final void withdrawn(Packet packet, IoStatus status) {
    if (packet.word3 == AGAIN) {
      packet.word3 = 0;
      going--;
    }
    RequestType type = packet.frame().type();
    if (isTransfer(type)) {
      leavesRing(packet, type == RequestType.READ);
      letNextGo();
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

  // ------------------------------------------------------------------ device control

  private static boolean isIoctl(ControlCode code) {
    return code.kind() != ControlCode.Kind.CTL_CODE;
  }

  private boolean control(Packet packet, Frame frame, ControlCode code) {
    if (!isIoctl(code)) {
      return storageControl(packet, frame, code);
    }
    return endsElsewhere(packet, () -> ioctl(packet, frame, code));
  }

  /// Has a worker do what may block for long, and complete the packet as that has said.
  ///
  /// @return false
  private static boolean endsElsewhere(Packet packet, Runnable work) {
    BLOCKING.execute(() -> {
      try {
        work.run();
      } catch (VirtualMachineError e) {
        packet.end(IoStatus.INSUFFICIENT_RESOURCES, 0);
      }
      packet.complete();
    });
    return false;
  }

  private boolean ioctl(Packet packet, Frame frame, ControlCode code) {
    if (packet.isCancelRequested()) {
      return packet.end(IoStatus.CANCELLED, 0);
    }
    if (isForbidden(code.value())) {
      return packet.end(IoStatus.NOT_SUPPORTED, 0);
    }
    long argument;
    if (code.kind() == ControlCode.Kind.LINUX_IOCTL_VALUE) {
      argument = value(frame);
    } else {
      boolean hasBuffer =
          frame.inputLength() > 0 || frame.outputLength() > 0 || code.sizeBytes() > 0;
      argument = hasBuffer ? frame.inputAddress() : 0;
    }
    int result;
    do {
      result = DescriptorCalls.ioctl(fd, Integer.toUnsignedLong(code.value()), argument);
    } while (result == -Errno.EINTR && !packet.isCancelRequested());
    if (result < 0) {
      return packet.end(failure(packet, result), 0);
    }
    if (frame.outputLength() == 0) {
      return packet.end(SUCCESS, result);
    }
    long filled = code.sizeBytes() > 0 ? code.sizeBytes() : frame.outputLength();
    return packet.end(SUCCESS, Math.min(filled, frame.outputLength()));
  }

  private static long value(Frame frame) {
    long value = 0;
    long length = Math.min(frame.inputLength(), Long.BYTES);
    for (int i = 0; i < length; i++) {
      value |= (Memory.getByte(frame.inputAddress() + i) & 0xFFL) << (Byte.SIZE * i);
    }
    return value;
  }

  private boolean storageControl(Packet packet, Frame frame, ControlCode code) {
    boolean isFlush = code.equals(StorageControl.FLUSH);
    boolean isDiscard = code.equals(StorageControl.DISCARD);
    boolean isWriteOut = code.equals(StorageControl.WRITE_OUT);
    if (!isFlush && !isDiscard && !isWriteOut && !code.equals(StorageControl.WRITE_ZEROES)) {
      return packet.end(IoStatus.INVALID_DEVICE_REQUEST, 0);
    } else if (!isStorage()) {
      return packet.end(IoStatus.NOT_SUPPORTED, 0);
    } else if (!isFlush && !options.access().canWrite()) {
      return packet.end(IoStatus.ACCESS_DENIED, 0);
    } else if (!isFlush && frame.inputLength() < StorageControl.RANGE_BYTES) {
      return packet.end(IoStatus.BUFFER_TOO_SMALL, 0);
    } else if (!isFlush && !isRange(frame)) {
      return packet.end(IoStatus.INVALID_PARAMETER, 0);
    } else if (!isFlush && rangeLength(frame) == 0) {
      return packet.end(IoStatus.SUCCESS, 0);
    } else if (isDiscard && !discardsByRing()) {
      return endsElsewhere(packet, () -> discard(packet, frame));
    } else {
      packet.word1 = 0;
      packet.word3 = 0;
      packet.attachment = this;
      engine.send(packet);
      return false;
    }
  }

  private static boolean isRange(Frame frame) {
    long offset = rangeOffset(frame);
    long length = rangeLength(frame);
    return offset >= 0 && length >= 0 && offset <= Long.MAX_VALUE - length;
  }

  private static long rangeOffset(Frame frame) {
    return Memory.getLong(frame.inputAddress());
  }

  private static long rangeLength(Frame frame) {
    return Memory.getLong(frame.inputAddress() + Long.BYTES);
  }

  private void discard(Packet packet, Frame frame) {
    int result = discardBlocking(rangeOffset(frame), rangeLength(frame));
    packet.end(result < 0 ? failure(packet, result) : IoStatus.SUCCESS, 0);
  }

  final boolean ringSupportsCommands() {
    return engine.supports(IoUring.IORING_OP_URING_CMD);
  }
}
