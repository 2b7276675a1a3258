package dev.ioreq;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A device-control code: WDF's `CTL_CODE` fields, or a Linux `ioctl` number with its direction and
/// size.
///
/// ```
///   CTL_CODE    31          16 15  14 13         2 1    0
///              │ device type  │access│  function  │method│
///
///   ioctl       31 30 29         16 15      8 7        0
///              │ dir │    size     │  type   │  number  │
/// ```
///
/// The kernel does not look at the direction and size that an `ioctl` number carries, but it reads
/// or writes that many bytes; ioreq does look, and refuses buffers that are too small for it
/// ([IoStatus#BUFFER_TOO_SMALL]). For the old numbers that carry none (`BLKSSZGET`, `TCGETS`) say
/// them with [#linux(String,int,Direction,int)].
///
/// A value, immutable. A code that may block for long ([#withMayBlock()]) is carried out by a
/// bounded pool of threads, any other on the thread that sends it.
///
/// @param name for messages, for example `BLKGETSIZE64`
/// @param value the number
/// @param kind how the number is to be read
/// @param direction which way the bytes go
/// @param sizeBytes how many bytes the device reads or writes, 0..16383 for an `ioctl`; 0 where the
///   buffers say it
/// @param mayBlock whether it may take long
/// @see "CTL_CODE; man 2 ioctl; include/uapi/asm-generic/ioctl.h"
public record ControlCode(
    String name, int value, Kind kind, Direction direction, int sizeBytes, boolean mayBlock) {

  /// Who gives the number its meaning.
  public enum Kind {
    /// The fields of `CTL_CODE`.
    CTL_CODE,
    /// A number for the system call `ioctl`, which takes the address of a structure.
    LINUX_IOCTL,
    /// A number for the system call `ioctl` whose argument is the input itself, up to 8 bytes.
    LINUX_IOCTL_VALUE
  }

  /// Which way the bytes of a device control go, seen from the sender.
  public enum Direction {
    /// No bytes.
    NONE,
    /// To the device (`_IOW`).
    IN,
    /// From the device (`_IOR`).
    OUT,
    /// Both ways through one structure (`_IOWR`).
    BOTH
  }

  private static final int MAX_IOCTL_SIZE = (1 << 14) - 1;

  /// Checks the size.
  public ControlCode {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(direction, "direction");
    if (sizeBytes < 0 || sizeBytes > MAX_IOCTL_SIZE) {
      throw new IllegalArgumentException(
          "size of %d bytes of %s is not in 0..%d".formatted(sizeBytes, name, MAX_IOCTL_SIZE));
    }
  }

  /// A code made of WDF's four fields.
  ///
  /// @param name for messages
  /// @param deviceType 0..65535
  /// @param function 0..4095
  /// @param method how buffers are passed
  /// @param access 0 any, 1 read, 2 write, 3 both
  /// @return the code
  public static ControlCode of(
      String name, int deviceType, int function, BufferMethod method, int access) {
    check("device type", deviceType, 0xFFFF);
    check("function", function, 0xFFF);
    check("access", access, 3);
    int value = deviceType << 16 | access << 14 | function << 2 | method.value();
    return new ControlCode(name, value, Kind.CTL_CODE, Direction.BOTH, 0, false);
  }

  /// A Linux `ioctl` by its number; direction and size are taken from it.
  ///
  /// @param name for messages
  /// @param value the number, as `_IO`, `_IOR`, `_IOW` or `_IOWR` make it
  /// @return the code
  public static ControlCode linux(String name, int value) {
    Direction direction =
        switch (value >>> 30) {
          case 0 -> Direction.NONE;
          case 1 -> Direction.IN;
          case 2 -> Direction.OUT;
          default -> Direction.BOTH;
        };
    return linux(name, value, direction, value >>> 16 & MAX_IOCTL_SIZE);
  }

  /// A Linux `ioctl` whose number does not tell its direction and size.
  ///
  /// @param name for messages
  /// @param value the number
  /// @param direction which way the structure goes
  /// @param sizeBytes how large it is, 0..16383
  /// @return the code
  public static ControlCode linux(String name, int value, Direction direction, int sizeBytes) {
    return new ControlCode(name, value, Kind.LINUX_IOCTL, direction, sizeBytes, false);
  }

  /// A Linux `ioctl` that takes a number and no address: the input, up to 8 bytes, little-endian,
  /// is that number.
  ///
  /// @param name for messages
  /// @param value the number
  /// @return the code
  public static ControlCode linuxValue(String name, int value) {
    return new ControlCode(name, value, Kind.LINUX_IOCTL_VALUE, Direction.IN, 0, false);
  }

  /// This code, marked as one that may take long.
  ///
  /// @return the code that a worker thread carries out
  public ControlCode withMayBlock() {
    return new ControlCode(name, value, kind, direction, sizeBytes, true);
  }

  /// How its buffers are passed: the method field of a `CTL_CODE`; an `ioctl` is always buffered.
  ///
  /// @return the method
  public BufferMethod method() {
    return kind == Kind.CTL_CODE ? BufferMethod.of(value) : BufferMethod.BUFFERED;
  }

  /// The bytes that the input must have at least.
  int minimumInput() {
    return direction == Direction.IN || direction == Direction.BOTH ? sizeBytes : 0;
  }

  /// The bytes that the output must have at least.
  int minimumOutput() {
    return direction == Direction.OUT || direction == Direction.BOTH ? sizeBytes : 0;
  }

  private static void check(String field, int value, int limit) {
    if (value < 0 || value > limit) {
      throw new IllegalArgumentException("%s %d is not in 0..%d".formatted(field, value, limit));
    }
  }

  /// Whether the other is a code with the same components.
  ///
  /// Written out, as is [#hashCode()]: the machine links what it generates for a record at the
  /// first use, which takes some 10 ms of the start of a program.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ControlCode code
        && name.equals(code.name)
        && value == code.value
        && kind == code.kind
        && direction == code.direction
        && sizeBytes == code.sizeBytes
        && mayBlock == code.mayBlock;
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + value;
  }

  @Override
  public String toString() {
    return "%s (0x%08X)".formatted(name, value);
  }
}
