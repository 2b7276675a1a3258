package dev.ioreq.linux.control;

import static dev.ioreq.ControlCode.Direction.BOTH;
import static dev.ioreq.ControlCode.Direction.IN;
import static dev.ioreq.ControlCode.Direction.NONE;
import static dev.ioreq.ControlCode.Direction.OUT;

import dev.ioreq.ControlCode;
import dev.ioreq.ControlCode.Direction;
import dev.ioreq.linux.abi.IoctlNumber;
import java.util.List;

/// The `ioctl` numbers that devices of this machine are most often sent, with the direction and
/// size of their structures, which many of the older numbers do not tell. Any other is made by
/// [ControlCode#linux(String,int)].
///
/// @see "man 2 ioctl_list; include/uapi/linux/fs.h, loop.h, random.h; asm-generic/ioctls.h"
public final class LinuxControl {
  private static final int INT = Integer.BYTES;
  private static final int LONG = Long.BYTES;

  /// Size of a block device in bytes: one 64-bit number out.
  public static final ControlCode BLKGETSIZE64 =
      code("BLKGETSIZE64", IoctlNumber.BLKGETSIZE64, OUT, LONG);

  /// Logical sector size in bytes: one int out.
  public static final ControlCode BLKSSZGET = code("BLKSSZGET", IoctlNumber.BLKSSZGET, OUT, INT);

  /// Physical sector size in bytes: one int out.
  public static final ControlCode BLKPBSZGET = code("BLKPBSZGET", IoctlNumber.BLKPBSZGET, OUT, INT);

  /// Smallest transfer that needs no read before a write, in bytes: one int out.
  public static final ControlCode BLKIOMIN = code("BLKIOMIN", IoctlNumber.BLKIOMIN, OUT, INT);

  /// Transfer size the device likes best, in bytes, 0 if it does not say: one int out.
  public static final ControlCode BLKIOOPT = code("BLKIOOPT", IoctlNumber.BLKIOOPT, OUT, INT);

  /// Whether a block device is read-only: one int out.
  public static final ControlCode BLKROGET = code("BLKROGET", IoctlNumber.BLKROGET, OUT, INT);

  /// Makes a block device read-only or writable: one int in.
  public static final ControlCode BLKROSET = code("BLKROSET", IoctlNumber.BLKROSET, IN, INT);

  /// Writes back and drops what the cache holds of a block device. No buffers; may block.
  public static final ControlCode BLKFLSBUF =
      code("BLKFLSBUF", IoctlNumber.BLKFLSBUF, NONE, 0).withMayBlock();

  /// Reads the partition table anew. No buffers; may block.
  public static final ControlCode BLKRRPART =
      code("BLKRRPART", IoctlNumber.BLKRRPART, NONE, 0).withMayBlock();

  /// Discards a range: offset and length, 64 bits each, in; may block.
  public static final ControlCode BLKDISCARD =
      code("BLKDISCARD", IoctlNumber.BLKDISCARD, IN, 2 * LONG).withMayBlock();

  /// Makes a range zero: offset and length, 64 bits each, in; may block.
  public static final ControlCode BLKZEROOUT =
      code("BLKZEROOUT", IoctlNumber.BLKZEROOUT, IN, 2 * LONG).withMayBlock();

  /// What a loop device is bound to: `struct loop_info64`, 232 bytes, out.
  public static final ControlCode LOOP_GET_STATUS64 =
      code("LOOP_GET_STATUS64", IoctlNumber.LOOP_GET_STATUS64, OUT, 232);

  /// Detaches a loop device. No buffers; may block.
  public static final ControlCode LOOP_CLR_FD =
      code("LOOP_CLR_FD", IoctlNumber.LOOP_CLR_FD, NONE, 0).withMayBlock();

  /// Settings of a terminal: `struct termios`, 36 bytes, out.
  public static final ControlCode TCGETS = code("TCGETS", IoctlNumber.TCGETS, OUT, 36);

  /// Sets a terminal: `struct termios`, 36 bytes, in.
  public static final ControlCode TCSETS = code("TCSETS", IoctlNumber.TCSETS, IN, 36);

  /// Size of a terminal: four 16-bit numbers, rows, columns, pixels across and down, out.
  public static final ControlCode TIOCGWINSZ = code("TIOCGWINSZ", IoctlNumber.TIOCGWINSZ, OUT, 8);

  /// Sets the size of a terminal: as above, in.
  public static final ControlCode TIOCSWINSZ = code("TIOCSWINSZ", IoctlNumber.TIOCSWINSZ, IN, 8);

  /// Which `/dev/pts` belongs to a pseudo-terminal's master: one int out.
  public static final ControlCode TIOCGPTN = code("TIOCGPTN", IoctlNumber.TIOCGPTN, OUT, INT);

  /// Locks or unlocks the `/dev/pts` of a master: one int in.
  public static final ControlCode TIOCSPTLCK = code("TIOCSPTLCK", IoctlNumber.TIOCSPTLCK, IN, INT);

  /// How many bytes a read would give at once: one int out.
  public static final ControlCode FIONREAD = code("FIONREAD", IoctlNumber.FIONREAD, OUT, INT);

  /// How much entropy the kernel has, in bits: one int out.
  public static final ControlCode RNDGETENTCNT =
      code("RNDGETENTCNT", IoctlNumber.RNDGETENTCNT, OUT, INT);

  /// Attribute flags of a file: one int out.
  public static final ControlCode FS_IOC_GETFLAGS =
      code("FS_IOC_GETFLAGS", IoctlNumber.FS_IOC_GETFLAGS, OUT, INT);

  /// Asks a mounted file system to discard what it does not use: `struct fstrim_range`, 24 bytes,
  /// both ways; may block.
  public static final ControlCode FITRIM =
      code("FITRIM", IoctlNumber.FITRIM, BOTH, 24).withMayBlock();

  /// Those a block device is likely to know.
  public static final List<ControlCode> BLOCK =
      List.of(
          BLKGETSIZE64,
          BLKSSZGET,
          BLKPBSZGET,
          BLKIOMIN,
          BLKIOOPT,
          BLKROGET,
          BLKROSET,
          BLKFLSBUF,
          BLKRRPART,
          BLKDISCARD,
          BLKZEROOUT);

  /// Those a terminal knows.
  public static final List<ControlCode> TERMINAL =
      List.of(TCGETS, TCSETS, TIOCGWINSZ, TIOCSWINSZ, FIONREAD);

  /// Those a regular file is likely to know.
  public static final List<ControlCode> FILE = List.of(FS_IOC_GETFLAGS, FIONREAD);

  private LinuxControl() {}

  private static ControlCode code(String name, long number, Direction direction, int sizeBytes) {
    return ControlCode.linux(name, (int) number, direction, sizeBytes);
  }
}
