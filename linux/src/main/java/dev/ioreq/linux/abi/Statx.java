package dev.ioreq.linux.abi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What `statx` says of a file. Made once, filled by [FileCalls#statx], read after that; may be
/// filled again.
///
/// ```
///   struct statx (linux/stat.h, Linux 6.1), byte numbers
///     0 mask          4 blksize        8 attributes
///    16 nlink        20 uid           24 gid            28 mode (16 bits)
///    32 ino          40 size          48 blocks         56 attributes_mask
///    64 four timestamps of 16 bytes
///   128 rdev_major  132 rdev_minor   136 dev_major     140 dev_minor
///   144 mnt_id      152 dio_mem_align 156 dio_offset_align
///   160 … 256 room for later kernels
/// ```
///
/// One thread at a time.
///
/// @see "man 2 statx"
public final class Statx {
  public static final int STATX_TYPE = 0x0001;
  public static final int STATX_MODE = 0x0002;
  public static final int STATX_SIZE = 0x0200;
  public static final int STATX_BLOCKS = 0x0400;
  public static final int STATX_BASIC_STATS = 0x07ff;
  public static final int STATX_MNT_ID = 0x1000;

  /// The alignment of direct I/O; Linux 6.1.
  public static final int STATX_DIOALIGN = 0x2000;

  private static final int S_IFMT = 0170000;
  private static final int S_IFSOCK = 0140000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFBLK = 0060000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFIFO = 0010000;

  static final long BYTES = 256;
  static final long MASK = 0;
  static final long BLKSIZE = 4;
  static final long MODE = 28;
  static final long INO = 32;
  static final long SIZE = 40;
  static final long BLOCKS = 48;
  static final long RDEV_MAJOR = 128;
  static final long RDEV_MINOR = 132;
  static final long DEV_MAJOR = 136;
  static final long DEV_MINOR = 140;
  static final long MNT_ID = 144;
  static final long DIO_MEM_ALIGN = 152;
  static final long DIO_OFFSET_ALIGN = 156;

  private final MemorySegment segment;

  /// Makes room for an answer.
  ///
  /// @param arena owns the memory; this object must not be used after it is closed
  public Statx(Arena arena) {
    segment = arena.allocate(BYTES, Long.BYTES);
  }

  long address() {
    return segment.address();
  }

  /// Tells whether the kernel filled all the fields of a mask.
  public boolean has(int mask) {
    return (int32(MASK) & mask) == mask;
  }

  /// The type and permission bits.
  public int mode() {
    return segment.get(ValueLayout.JAVA_SHORT, MODE) & 0xFFFF;
  }

  /// Tells whether this is a regular file.
  public boolean isRegularFile() {
    return isType(S_IFREG);
  }

  /// Tells whether this is a directory.
  public boolean isDirectory() {
    return isType(S_IFDIR);
  }

  /// Tells whether this is a block device.
  public boolean isBlockDevice() {
    return isType(S_IFBLK);
  }

  /// Tells whether this is a character device.
  public boolean isCharacterDevice() {
    return isType(S_IFCHR);
  }

  /// Tells whether this is a pipe.
  public boolean isPipe() {
    return isType(S_IFIFO);
  }

  /// Tells whether this is a socket.
  public boolean isSocket() {
    return isType(S_IFSOCK);
  }

  /// The size in bytes; 0 for a device.
  public long sizeBytes() {
    return int64(SIZE);
  }

  /// The size of transfer the file system likes, in bytes.
  public int blockSizeBytes() {
    return int32(BLKSIZE);
  }

  /// How many blocks of 512 bytes are allocated.
  public long allocatedBlocks() {
    return int64(BLOCKS);
  }

  /// The inode number.
  public long inode() {
    return int64(INO);
  }

  /// Major number of the device that this file is.
  public int deviceMajor() {
    return int32(RDEV_MAJOR);
  }

  /// Minor number of the device that this file is.
  public int deviceMinor() {
    return int32(RDEV_MINOR);
  }

  /// Major number of the device that this file lies on.
  public int onDeviceMajor() {
    return int32(DEV_MAJOR);
  }

  /// Minor number of the device that this file lies on.
  public int onDeviceMinor() {
    return int32(DEV_MINOR);
  }

  /// The mount this file was reached through.
  public long mountId() {
    return int64(MNT_ID);
  }

  /// How buffers of direct I/O must be aligned, in bytes. 0 if the file has no direct I/O, or the
  /// kernel does not say ([#has(int)] with [#STATX_DIOALIGN] tells which).
  public int directMemoryAlignmentBytes() {
    return int32(DIO_MEM_ALIGN);
  }

  /// How offsets and lengths of direct I/O must be aligned, in bytes; 0 as above.
  public int directOffsetAlignmentBytes() {
    return int32(DIO_OFFSET_ALIGN);
  }

  private boolean isType(int type) {
    return (mode() & S_IFMT) == type;
  }

  private int int32(long offset) {
    return segment.get(ValueLayout.JAVA_INT, offset);
  }

  private long int64(long offset) {
    return segment.get(ValueLayout.JAVA_LONG, offset);
  }
}
