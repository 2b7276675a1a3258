package dev.ioreq.linux.ring;

import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.abi.Memory;

/// The entries on their way to the kernel. A `prepare…` method writes one; [#flush()] puts all that
/// were written before the kernel, which takes them with the next [Ring#enter(int,int,int)].
///
/// Every `prepare…` method returns false, and writes nothing, when the queue is full: enter the
/// ring, then try again.
///
/// Parameters that many of them share:
///
/// - `sqeFlags`: `IOSQE_…`. With `IOSQE_FIXED_FILE`, `fd` is a slot of [Registrations] instead of a
///   descriptor.
/// - `offsetBytes`: where in the file; -1 for the file's own position, and for what has none (pipe,
///   terminal, event).
/// - `address`, `lengthBytes`: native memory, the kernel's from `enter` until the completion.
/// - `userData`: comes back in the completion.
///
/// Owner thread only. Nothing is allocated.
///
/// @see "man 2 io_uring_enter"
public final class SubmissionQueue {
  /*
   *                 head                          published           tail
   *   ─ ─ ─ ─ ─ ─ ─ ─┬──────────────────────────────┬───────────────────┬─ ─ ─ ─ ─ ─ ─
   *     free again   │  before the kernel           │  written          │  free
   *   ─ ─ ─ ─ ─ ─ ─ ─┴──────────────────────────────┴───────────────────┴─ ─ ─ ─ ─ ─ ─
   *        kernel moves head        flush() moves the shared tail     prepare…() moves tail
   *
   * All three count entries for ever and wrap at 2^32; an entry's place is its number & mask. The
   * difference of tail and head, as ints, is therefore right across the wrap, too.
   *
   * Order: flush() stores the shared tail with release, so the kernel, which loads it with acquire,
   * sees the entries below it whole. The kernel stores head with release after it has read an
   * entry, and we load it with acquire before we write over that place. Without a kernel thread
   * that polls the queue (SQPOLL, which RingConfig refuses) both happen inside our own
   * io_uring_enter and program order would do; the orders cost nothing on x86.
   *
   * The shared head is read once per flush, and when the place we want seems taken; not once per
   * entry.
   *
   * An entry is written as eight whole longs, zeroes included, because its place still holds the
   * entry of the round before; eight stores without a branch are cheaper than clearing it and
   * setting fields.
   */
  private final Thread owner;
  private final long headAddress;
  private final long tailAddress;
  private final long entriesAddress;
  private final int entries;
  private final int mask;

  private int tail;
  private int knownHead;

  SubmissionQueue(
      Thread owner, long headAddress, long tailAddress, long entriesAddress, int entries) {
    this.owner = owner;
    this.headAddress = headAddress;
    this.tailAddress = tailAddress;
    this.entriesAddress = entriesAddress;
    this.entries = entries;
    this.mask = entries - 1;
    this.tail = Memory.getIntAcquire(tailAddress);
    this.knownHead = Memory.getIntAcquire(headAddress);
  }

  /// How many entries fit.
  public int entries() {
    return entries;
  }

  /// How many more can be prepared before the kernel has to be entered.
  public int room() {
    return entries - pending();
  }

  /// How many are prepared and not yet taken by the kernel, flushed or not.
  public int pending() {
    assert isOwner() : misuse();
    knownHead = Memory.getIntAcquire(headAddress);
    return tail - knownHead;
  }

  /// Puts what was prepared before the kernel.
  ///
  /// @return how many entries the kernel has not taken yet: what to give to
  ///   [Ring#enter(int,int,int)]
  public int flush() {
    assert isOwner() : misuse();
    Memory.putIntRelease(tailAddress, tail);
    return pending();
  }

  /// Prepares an entry of any operation, field by field as [Sqe] draws them.
  ///
  /// @param opcode `IORING_OP_…`
  /// @param operationFlags the operation's own flags
  /// @param bufferIndex slot of a registered buffer, 0..65535
  /// @param address3 the second address or length of the operations that have one
  public boolean prepare(
      int opcode,
      int sqeFlags,
      int fd,
      long offset,
      long address,
      int length,
      int operationFlags,
      long userData,
      int bufferIndex,
      long address3) {
    // hot path: see HotPathAllocationTest
    assert isOwner() : misuse();
    int place = tail;
    if (place - knownHead == entries && isStillFull()) {
      return false;
    }
    long sqe = Memory.addressable(entriesAddress + (long) (place & mask) * Sqe.BYTES);
    Memory.putLong(sqe + Sqe.OPCODE, opcode | (sqeFlags << 8) | ((long) fd << 32));
    Memory.putLong(sqe + Sqe.OFF, offset);
    Memory.putLong(sqe + Sqe.ADDR, address);
    Memory.putLong(sqe + Sqe.LEN, (length & 0xFFFF_FFFFL) | ((long) operationFlags << 32));
    Memory.putLong(sqe + Sqe.USER_DATA, userData);
    Memory.putLong(sqe + Sqe.BUF_INDEX, bufferIndex);
    Memory.putLong(sqe + Sqe.ADDR3, address3);
    Memory.putLong(sqe + Sqe.PAD, 0);
    tail = place + 1;
    return true;
  }

  /// Nothing: completes with 0.
  public boolean prepareNop(long userData) {
    return prepare(IoUring.IORING_OP_NOP, 0, -1, 0, 0, 0, 0, userData, 0, 0);
  }

  /// Nothing, behind the entry that was prepared last, whatever that one's result: the kernel
  /// begins it when it frees the other. Completes with 0, after the other.
  public boolean prepareFollower(long userData) {
    assert isOwner() : misuse();
    int place = tail;
    boolean isPrepared = prepareNop(userData);
    if (isPrepared) {
      long before = Memory.addressable(entriesAddress + (long) ((place - 1) & mask) * Sqe.BYTES);
      byte flags = Memory.getByte(before + Sqe.FLAGS);
      Memory.putByte(before + Sqe.FLAGS, (byte) (flags | IoUring.IOSQE_IO_HARDLINK));
    }
    return isPrepared;
  }

  /// A read; completes with the bytes moved.
  ///
  /// @param rwFlags `RWF_…`
  public boolean prepareRead(
      int sqeFlags,
      int fd,
      long offsetBytes,
      long address,
      int lengthBytes,
      int rwFlags,
      long userData) {
    return prepare(
        IoUring.IORING_OP_READ,
        sqeFlags,
        fd,
        offsetBytes,
        address,
        lengthBytes,
        rwFlags,
        userData,
        0,
        0);
  }

  /// A write; completes with the bytes moved.
  ///
  /// @param rwFlags `RWF_…`
  public boolean prepareWrite(
      int sqeFlags,
      int fd,
      long offsetBytes,
      long address,
      int lengthBytes,
      int rwFlags,
      long userData) {
    return prepare(
        IoUring.IORING_OP_WRITE,
        sqeFlags,
        fd,
        offsetBytes,
        address,
        lengthBytes,
        rwFlags,
        userData,
        0,
        0);
  }

  /// A read into registered memory.
  ///
  /// @param address within the buffer of that slot
  /// @param bufferIndex slot of [Registrations], 0..65535
  public boolean prepareReadFixed(
      int sqeFlags,
      int fd,
      long offsetBytes,
      long address,
      int lengthBytes,
      int rwFlags,
      int bufferIndex,
      long userData) {
    return prepare(
        IoUring.IORING_OP_READ_FIXED,
        sqeFlags,
        fd,
        offsetBytes,
        address,
        lengthBytes,
        rwFlags,
        userData,
        bufferIndex,
        0);
  }

  /// A write from registered memory.
  ///
  /// @param address within the buffer of that slot
  /// @param bufferIndex slot of [Registrations], 0..65535
  public boolean prepareWriteFixed(
      int sqeFlags,
      int fd,
      long offsetBytes,
      long address,
      int lengthBytes,
      int rwFlags,
      int bufferIndex,
      long userData) {
    return prepare(
        IoUring.IORING_OP_WRITE_FIXED,
        sqeFlags,
        fd,
        offsetBytes,
        address,
        lengthBytes,
        rwFlags,
        userData,
        bufferIndex,
        0);
  }

  /// A read of an event counter: completes with 8 once the counter is not 0, and sets it to 0.
  ///
  /// @param address receives the counter, 8 bytes
  public boolean prepareEventRead(int sqeFlags, int fd, long address, long userData) {
    return prepareRead(sqeFlags, fd, -1, address, Long.BYTES, 0, userData);
  }

  /// Brings what was written to stable storage. It does not wait for writes that are in flight.
  ///
  /// @param fsyncFlags 0 or `IORING_FSYNC_DATASYNC`
  public boolean prepareFsync(int sqeFlags, int fd, int fsyncFlags, long userData) {
    return prepare(IoUring.IORING_OP_FSYNC, sqeFlags, fd, 0, 0, 0, fsyncFlags, userData, 0, 0);
  }

  /// Allocates, zeroes or removes a range.
  ///
  /// @param mode 0 or `FALLOC_FL_…`
  public boolean prepareFallocate(
      int sqeFlags, int fd, int mode, long offsetBytes, long lengthBytes, long userData) {
    return prepare(
        IoUring.IORING_OP_FALLOCATE,
        sqeFlags,
        fd,
        offsetBytes,
        lengthBytes,
        mode,
        0,
        userData,
        0,
        0);
  }

  /// Deals with the write-back of a range; completes with 0.
  ///
  /// @param lengthBytes up to 2^32 - 1; 0 for all to the end of the file
  /// @param syncFlags `SYNC_FILE_RANGE_…`
  /// @see "man 2 sync_file_range"
  public boolean prepareSyncFileRange(
      int sqeFlags, int fd, long offsetBytes, int lengthBytes, int syncFlags, long userData) {
    return prepare(
        IoUring.IORING_OP_SYNC_FILE_RANGE,
        sqeFlags,
        fd,
        offsetBytes,
        0,
        lengthBytes,
        syncFlags,
        userData,
        0,
        0);
  }

  /// Asks the kernel to end a request early. Completes with 0 if it was found and ended (how many,
  /// with `IORING_ASYNC_CANCEL_ALL` or `_ANY`), `-ENOENT` if there was none, `-EALREADY` if it runs
  /// and may or may not end early. The request completes by itself in each case, with `-ECANCELED`
  /// or as it would have.
  ///
  /// @param targetUserData the user data of that request
  /// @param cancelFlags `IORING_ASYNC_CANCEL_…`
  public boolean prepareCancel(long targetUserData, int cancelFlags, long userData) {
    return prepare(
        IoUring.IORING_OP_ASYNC_CANCEL, 0, -1, 0, targetUserData, 0, cancelFlags, userData, 0, 0);
  }

  /// As [#prepareCancel(long,int,long)], for what is in flight on a file.
  ///
  /// @param fd a descriptor, or a slot with `IORING_ASYNC_CANCEL_FD_FIXED`
  /// @param cancelFlags further `IORING_ASYNC_CANCEL_…`
  public boolean prepareCancelOfFile(int fd, int cancelFlags, long userData) {
    return prepare(
        IoUring.IORING_OP_ASYNC_CANCEL,
        0,
        fd,
        0,
        0,
        0,
        cancelFlags | IoUring.IORING_ASYNC_CANCEL_FD,
        userData,
        0,
        0);
  }

  /// Completes with `-ETIME` when the time is up, or with 0 after so many other completions.
  ///
  /// @param timespec address of seconds and nanoseconds, 8 bytes each; read when the kernel takes
  ///   the entry
  /// @param completions how many other completions end it; 0 for the time alone
  /// @param timeoutFlags `IORING_TIMEOUT_…`
  public boolean prepareTimeout(long timespec, int completions, int timeoutFlags, long userData) {
    return prepare(
        IoUring.IORING_OP_TIMEOUT, 0, -1, completions, timespec, 1, timeoutFlags, userData, 0, 0);
  }

  /// Completes with the events a descriptor is ready for.
  ///
  /// @param events `POLL…`
  /// @param pollFlags 0 or `IORING_POLL_ADD_MULTI`
  public boolean preparePollAdd(int sqeFlags, int fd, int events, int pollFlags, long userData) {
    return prepare(
        IoUring.IORING_OP_POLL_ADD, sqeFlags, fd, 0, 0, pollFlags, events, userData, 0, 0);
  }

  /// Makes a completion appear in another ring.
  ///
  /// @param ringFd the other ring's descriptor, [Ring#fd()]
  /// @param result what its completion says as result
  /// @param messageUserData what its completion says as user data
  public boolean prepareMessage(int ringFd, int result, long messageUserData, long userData) {
    return prepare(
        IoUring.IORING_OP_MSG_RING,
        0,
        ringFd,
        messageUserData,
        IoUring.IORING_MSG_DATA,
        result,
        0,
        userData,
        0,
        0);
  }

  /// A command of the file's own driver.
  ///
  /// @param command its number
  /// @param argument the driver's first argument
  /// @param argument3 the driver's second argument
  public boolean prepareCommand(
      int sqeFlags, int fd, int command, long argument, long argument3, long userData) {
    return prepare(
        IoUring.IORING_OP_URING_CMD,
        sqeFlags,
        fd,
        command & 0xFFFF_FFFFL,
        argument,
        0,
        0,
        userData,
        0,
        argument3);
  }

  /// Discards a range of a block device; Linux 6.12.
  public boolean prepareBlockDiscard(
      int sqeFlags, int fd, long offsetBytes, long lengthBytes, long userData) {
    return prepareCommand(
        sqeFlags, fd, IoUring.BLOCK_URING_CMD_DISCARD, offsetBytes, lengthBytes, userData);
  }

  private boolean isStillFull() {
    return pending() == entries;
  }

  private boolean isOwner() {
    return Thread.currentThread() == owner;
  }

  private String misuse() {
    return Ring.notTheOwner(owner);
  }
}
