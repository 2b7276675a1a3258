package dev.ioreq.linux.abi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// Native memory by address, as the kernel sees it. **Nothing is checked**: an address must be one
/// the caller owns.
///
/// One segment that spans all memory and is `static final` lets the compiler drop what a segment of
/// its own per ring would cost in checks and field loads. It is for memory whose lifetime the
/// caller rules in another way: rings mapped from the kernel, and scratch memory. Plain accesses
/// may be unaligned; ordered ones must be aligned to their size.
///
/// Any thread; memory order is that of the method's name, as in [VarHandle].
public final class Memory {
  @SuppressWarnings("restricted") // reaching memory by address is what this class is for
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
  private static final VarHandle SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.varHandle();
  private static final VarHandle UNALIGNED_INT = ValueLayout.JAVA_INT_UNALIGNED.varHandle();
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle LONG = ValueLayout.JAVA_LONG_UNALIGNED.varHandle();

  private static final long ADDRESSABLE = (1L << 56) - 1;

  private Memory() {}

  /// Shows the compiler that an address is one, so that it checks nothing where fields at constant
  /// distances from it are read and written.
  ///
  /// @return the address as it is: what a processor addresses for a process has at most 56 bits
  public static long addressable(long address) {
    return address & ADDRESSABLE;
  }

  /// Reads a byte.
  public static byte getByte(long address) {
    return (byte) BYTE.get(ALL, address);
  }

  /// Writes a byte.
  public static void putByte(long address, byte value) {
    BYTE.set(ALL, address, value);
  }

  /// Reads 16 bits, sign-extended.
  public static short getShort(long address) {
    return (short) SHORT.get(ALL, address);
  }

  /// Writes 16 bits.
  public static void putShort(long address, short value) {
    SHORT.set(ALL, address, value);
  }

  /// Reads 32 bits.
  public static int getInt(long address) {
    return (int) UNALIGNED_INT.get(ALL, address);
  }

  /// Writes 32 bits.
  public static void putInt(long address, int value) {
    UNALIGNED_INT.set(ALL, address, value);
  }

  /// Reads 64 bits.
  public static long getLong(long address) {
    return (long) LONG.get(ALL, address);
  }

  /// Writes 64 bits.
  public static void putLong(long address, long value) {
    LONG.set(ALL, address, value);
  }

  /// Reads 32 bits that another party writes, whole and as they are now.
  public static int getIntOpaque(long address) {
    return (int) INT.getOpaque(ALL, address);
  }

  /// Reads 32 bits; what their writer wrote before releasing them is seen by what follows.
  public static int getIntAcquire(long address) {
    return (int) INT.getAcquire(ALL, address);
  }

  /// Writes 32 bits after all that was read and written before.
  public static void putIntRelease(long address, int value) {
    INT.setRelease(ALL, address, value);
  }

  /// Writes 32 bits if they are as expected, with the order of a volatile access.
  public static boolean compareAndSetInt(long address, int expected, int value) {
    return INT.compareAndSet(ALL, address, expected, value);
  }

  /// Writes zeroes.
  public static void clear(long address, long lengthBytes) {
    ALL.asSlice(address, lengthBytes).fill((byte) 0);
  }
}
