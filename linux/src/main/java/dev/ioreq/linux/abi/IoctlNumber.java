package dev.ioreq.linux.abi;

/// The numbers of `ioctl` that are of use with block devices, terminals and files, and how to read
/// a number.
///
/// ```
///   31    30 29            16 15          8 7           0
///   │  dir  │  size in bytes │    type    │     nr      │
/// ```
///
/// `dir` is seen from the caller: `WRITE` goes to the device, `READ` comes from it. Old numbers
/// carry neither direction nor size, and some carry a wrong one (`BLKGETSIZE64` says `size_t`,
/// `FIONREAD` nothing): the comment beside a number says what its argument really is.
///
/// @see "man 2 ioctl; linux asm-generic/ioctl.h, linux/fs.h, linux/blkzoned.h, linux/loop.h,
///   linux/random.h, asm-generic/ioctls.h"
public final class IoctlNumber {
  public static final int NONE = 0;
  public static final int WRITE = 1;
  public static final int READ = 2;

  private static final int TYPE_SHIFT = 8;
  private static final int SIZE_SHIFT = 16;
  private static final int DIR_SHIFT = 30;
  private static final int MAX_SIZE = (1 << 14) - 1;

  // Block devices.
  public static final long BLKROSET = 0x125d; // in: int
  public static final long BLKROGET = 0x125e; // out: int
  public static final long BLKRRPART = 0x125f; // no argument
  public static final long BLKGETSIZE = 0x1260; // out: unsigned long, sectors of 512 bytes
  public static final long BLKFLSBUF = 0x1261; // no argument
  public static final long BLKRASET = 0x1262; // value: unsigned long, sectors of 512 bytes
  public static final long BLKRAGET = 0x1263; // out: long
  public static final long BLKSECTGET = 0x1267; // out: unsigned short
  public static final long BLKSSZGET = 0x1268; // out: int, bytes
  public static final long BLKBSZGET = 0x80081270L; // out: int, bytes
  public static final long BLKBSZSET = 0x40081271L; // in: int, bytes
  public static final long BLKGETSIZE64 = 0x80081272L; // out: 64 bits, bytes
  public static final long BLKDISCARD = 0x1277; // in: two times 64 bits, offset and length
  public static final long BLKIOMIN = 0x1278; // out: unsigned int, bytes
  public static final long BLKIOOPT = 0x1279; // out: unsigned int, bytes
  public static final long BLKALIGNOFF = 0x127a; // out: int, bytes
  public static final long BLKPBSZGET = 0x127b; // out: unsigned int, bytes
  public static final long BLKDISCARDZEROES = 0x127c; // out: unsigned int, always 0
  public static final long BLKSECDISCARD = 0x127d; // in: two times 64 bits, offset and length
  public static final long BLKROTATIONAL = 0x127e; // out: unsigned short
  public static final long BLKZEROOUT = 0x127f; // in: two times 64 bits, offset and length
  public static final long BLKGETDISKSEQ = 0x80081280L; // out: 64 bits
  public static final long BLKGETZONESZ = 0x80041284L; // out: 32 bits, sectors of 512 bytes
  public static final long BLKGETNRZONES = 0x80041285L; // out: 32 bits
  public static final long HDIO_GETGEO = 0x0301; // out: struct hd_geometry, 16 bytes

  // Loop devices.
  public static final long LOOP_SET_FD = 0x4c00; // value: int
  public static final long LOOP_CLR_FD = 0x4c01; // no argument
  public static final long LOOP_SET_STATUS64 = 0x4c04; // in: struct loop_info64, 232 bytes
  public static final long LOOP_GET_STATUS64 = 0x4c05; // out: struct loop_info64, 232 bytes
  public static final long LOOP_SET_CAPACITY = 0x4c07; // no argument
  public static final long LOOP_SET_DIRECT_IO = 0x4c08; // value: unsigned long
  public static final long LOOP_SET_BLOCK_SIZE = 0x4c09; // value: unsigned long, bytes
  public static final long LOOP_CONFIGURE = 0x4c0a; // in: struct loop_config, 304 bytes
  public static final long LOOP_CTL_ADD = 0x4c80; // value: int
  public static final long LOOP_CTL_REMOVE = 0x4c81; // value: int
  public static final long LOOP_CTL_GET_FREE =
      0x4c82; // no argument; returns the number of a device

  // Terminals.
  public static final long TCGETS = 0x5401; // out: struct termios, 36 bytes
  public static final long TCSETS = 0x5402; // in: struct termios, 36 bytes
  public static final long TCSETSW = 0x5403; // in: struct termios, 36 bytes
  public static final long TCSETSF = 0x5404; // in: struct termios, 36 bytes
  public static final long TCSBRK = 0x5409; // value: int
  public static final long TCFLSH = 0x540b; // value: int
  public static final long TIOCEXCL = 0x540c; // no argument
  public static final long TIOCNXCL = 0x540d; // no argument
  public static final long TIOCSCTTY = 0x540e; // value: int
  public static final long TIOCGPGRP = 0x540f; // out: int
  public static final long TIOCOUTQ = 0x5411; // out: int, bytes
  public static final long TIOCGWINSZ = 0x5413; // out: struct winsize, 8 bytes
  public static final long TIOCSWINSZ = 0x5414; // in: struct winsize, 8 bytes
  public static final long TIOCMGET = 0x5415; // out: int
  public static final long TIOCMSET = 0x5418; // in: int
  public static final long TIOCNOTTY = 0x5422; // no argument
  public static final long TIOCGPTN = 0x80045430L; // out: unsigned int
  public static final long TIOCSPTLCK = 0x40045431L; // in: int
  public static final long TIOCGPTPEER = 0x5441; // value: int, open flags; returns a descriptor

  // Any file, pipes and sockets.
  public static final long FIBMAP = 0x1; // in and out: int
  public static final long FIGETBSZ = 0x2; // out: int, bytes
  public static final long FIONREAD = 0x541b; // out: int, bytes
  public static final long FIONBIO = 0x5421; // in: int
  public static final long FIFREEZE = 0xc0045877L; // no argument
  public static final long FITHAW = 0xc0045878L; // no argument
  public static final long FITRIM = 0xc0185879L; // in and out: struct fstrim_range
  public static final long FICLONE = 0x40049409L; // value: int, a descriptor
  public static final long FICLONERANGE = 0x4020940dL; // in: struct file_clone_range
  public static final long FS_IOC_GETFLAGS = 0x80086601L; // out: int
  public static final long FS_IOC_SETFLAGS = 0x40086602L; // in: int
  public static final long FS_IOC_FIEMAP = 0xc020660bL; // in and out: struct fiemap and its extents

  // Random numbers.
  public static final long RNDGETENTCNT = 0x80045200L; // out: int, bits
  public static final long RNDADDTOENTCNT = 0x40045201L; // in: int, bits

  private IoctlNumber() {}

  /// The number of a request that carries nothing: `_IO`.
  public static long io(int type, int nr) {
    return of(NONE, type, nr, 0);
  }

  /// The number of a request that reads from the device: `_IOR`.
  public static long ior(int type, int nr, int sizeBytes) {
    return of(READ, type, nr, sizeBytes);
  }

  /// The number of a request that writes to the device: `_IOW`.
  public static long iow(int type, int nr, int sizeBytes) {
    return of(WRITE, type, nr, sizeBytes);
  }

  /// The number of a request that does both: `_IOWR`.
  public static long iowr(int type, int nr, int sizeBytes) {
    return of(READ | WRITE, type, nr, sizeBytes);
  }

  /// Which way the number says its argument goes: [#NONE], or [#READ] and [#WRITE] added.
  public static int dir(long request) {
    return (int) request >>> DIR_SHIFT;
  }

  /// Whose request it is, 0..255.
  public static int type(long request) {
    return (int) request >>> TYPE_SHIFT & 0xFF;
  }

  /// Which one of these it is, 0..255.
  public static int nr(long request) {
    return (int) request & 0xFF;
  }

  /// How large the number says its argument is, 0..16383 bytes.
  public static int size(long request) {
    return (int) request >>> SIZE_SHIFT & MAX_SIZE;
  }

  private static long of(int dir, int type, int nr, int sizeBytes) {
    check("type", type, 0xFF);
    check("nr", nr, 0xFF);
    check("size", sizeBytes, MAX_SIZE);
    return (long) dir << DIR_SHIFT
        | (long) sizeBytes << SIZE_SHIFT
        | (long) type << TYPE_SHIFT
        | nr;
  }

  private static void check(String field, int value, int max) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(
          "%s of an ioctl number is %d; it must be in 0..%d".formatted(field, value, max));
    }
  }
}
