package dev.ioreq.linux.ring;

import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.abi.Memory;
import dev.ioreq.linux.abi.RingCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The tables of files and buffers the kernel keeps for a ring, so that it need not look them up,
/// or pin memory, for each entry. A table is made once, empty, and its slots are set and cleared
/// one by one.
///
/// A slot may be changed while requests that use it are in flight: they go on with what it was, and
/// the kernel lets go of that when the last of them ends.
///
/// Each method returns 0 or `-errno`. Owner thread only.
///
/// @see "man 2 io_uring_register"
public final class Registrations {
  /// What an empty slot of the table of files holds.
  public static final int NO_FILE = -1;

  private final int ringFd;
  private final Thread owner;

  Registrations(int ringFd, Thread owner) {
    this.ringFd = ringFd;
    this.owner = owner;
  }

  /// Makes the table of files.
  ///
  /// @param slots how many, from 1; limited by the number of files the process may open
  /// @return 0; `-EBUSY` if there is one; `-EMFILE` if it is too large
  public int registerFiles(int slots) {
    assert isOwner() : Ring.notTheOwner(owner);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment files = arena.allocate(ValueLayout.JAVA_INT, slots);
      for (int slot = 0; slot < slots; slot++) {
        files.setAtIndex(ValueLayout.JAVA_INT, slot, NO_FILE);
      }
      return RingCalls.register(ringFd, IoUring.IORING_REGISTER_FILES, files.address(), slots);
    }
  }

  /// Puts a file into a slot. The descriptor may be closed after that; the slot keeps the file
  /// open.
  ///
  /// @param fd a descriptor, or [#NO_FILE]
  public int updateFile(int slot, int fd) {
    assert isOwner() : Ring.notTheOwner(owner);
    try (Arena arena = Arena.ofConfined()) {
      long file = arena.allocateFrom(ValueLayout.JAVA_INT, fd).address();
      long update = arena.allocate(SetupLayout.UPDATE_BYTES, Long.BYTES).address();
      Memory.putInt(update + SetupLayout.UPDATE_OFFSET, slot);
      Memory.putLong(update + SetupLayout.UPDATE_DATA, file);
      return zeroOrErrno(
          RingCalls.register(ringFd, IoUring.IORING_REGISTER_FILES_UPDATE, update, 1));
    }
  }

  /// Drops the table of files.
  public int unregisterFiles() {
    assert isOwner() : Ring.notTheOwner(owner);
    return RingCalls.register(ringFd, IoUring.IORING_UNREGISTER_FILES, 0, 0);
  }

  /// Makes the table of buffers; Linux 5.19.
  ///
  /// @param slots how many, 1..16384
  /// @return 0; `-EBUSY` if there is one; `-EINVAL` from an older kernel
  public int registerBuffers(int slots) {
    assert isOwner() : Ring.notTheOwner(owner);
    try (Arena arena = Arena.ofConfined()) {
      long register = arena.allocate(SetupLayout.REGISTER_BYTES, Long.BYTES).address();
      Memory.putInt(register + SetupLayout.REGISTER_NR, slots);
      Memory.putInt(register + SetupLayout.REGISTER_FLAGS, IoUring.IORING_RSRC_REGISTER_SPARSE);
      return RingCalls.register(
          ringFd, IoUring.IORING_REGISTER_BUFFERS2, register, SetupLayout.REGISTER_BYTES);
    }
  }

  /// Puts memory into a slot. The kernel pins its pages: they count against the limit of locked
  /// memory, and stay until the slot is changed and what uses it has ended, even if they are
  /// unmapped before.
  ///
  /// @param address 0 to clear the slot
  /// @param lengthBytes up to 1 GiB; 0 to clear the slot
  /// @return 0; `-ENOMEM` if the limit of locked memory is reached; `-EOPNOTSUPP` for some kinds of
  ///   mapped files
  public int updateBuffer(int slot, long address, long lengthBytes) {
    assert isOwner() : Ring.notTheOwner(owner);
    try (Arena arena = Arena.ofConfined()) {
      long vector = arena.allocate(2 * Long.BYTES, Long.BYTES).address(); // a struct iovec
      Memory.putLong(vector, address);
      Memory.putLong(vector + Long.BYTES, lengthBytes);
      long update = arena.allocate(SetupLayout.UPDATE2_BYTES, Long.BYTES).address();
      Memory.putInt(update + SetupLayout.UPDATE_OFFSET, slot);
      Memory.putLong(update + SetupLayout.UPDATE_DATA, vector);
      Memory.putInt(update + SetupLayout.UPDATE2_NR, 1);
      return zeroOrErrno(
          RingCalls.register(
              ringFd, IoUring.IORING_REGISTER_BUFFERS_UPDATE, update, SetupLayout.UPDATE2_BYTES));
    }
  }

  /// Drops the table of buffers.
  public int unregisterBuffers() {
    assert isOwner() : Ring.notTheOwner(owner);
    return RingCalls.register(ringFd, IoUring.IORING_UNREGISTER_BUFFERS, 0, 0);
  }

  /// An update says how many slots it changed.
  private static int zeroOrErrno(int result) {
    return Math.min(result, 0);
  }

  private boolean isOwner() {
    return Thread.currentThread() == owner;
  }
}
