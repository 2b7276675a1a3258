package dev.ioreq;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// The control codes that every storage target understands the same way, whatever carries it out: a
/// file, a block device, memory. A target that cannot do one answers [IoStatus#NOT_SUPPORTED].
///
/// ```
///   range (input of DISCARD, WRITE_ZEROES and WRITE_OUT), native byte order
///   0             8            16
///   │ offset bytes │ length bytes │
/// ```
public final class StorageControl {
  private static final int DEVICE_TYPE = 0x8120;

  /// Everything written so far reaches stable storage. No buffers.
  public static final ControlCode FLUSH =
      ControlCode.of("FLUSH", DEVICE_TYPE, 1, BufferMethod.BUFFERED, 2);

  /// The bytes of a range are no longer needed; what reads of it give afterwards is up to the
  /// device. Input: a range.
  public static final ControlCode DISCARD =
      ControlCode.of("DISCARD", DEVICE_TYPE, 2, BufferMethod.BUFFERED, 2);

  /// The bytes of a range become zero, without the zeroes travelling. Input: a range.
  public static final ControlCode WRITE_ZEROES =
      ControlCode.of("WRITE_ZEROES", DEVICE_TYPE, 3, BufferMethod.BUFFERED, 2);

  /// What was written to a range, and lies in a cache of the operating system, begins its way to
  /// the device. Input: a range.
  ///
  /// It completes when that has begun, not when it is done, and promises nothing: only a later
  /// [#FLUSH] makes the range safe, and reports what could not be written. Sent while more is being
  /// written, it leaves that flush little to do.
  ///
  /// @see "man 2 sync_file_range"
  public static final ControlCode WRITE_OUT =
      ControlCode.of("WRITE_OUT", DEVICE_TYPE, 4, BufferMethod.BUFFERED, 2);

  /// Bytes of a range.
  public static final int RANGE_BYTES = 16;

  /// All codes of this class.
  public static final List<ControlCode> ALL = List.of(FLUSH, DISCARD, WRITE_ZEROES, WRITE_OUT);

  private StorageControl() {}

  /// Writes a range into memory.
  ///
  /// @param memory at least [#RANGE_BYTES] large
  /// @param offsetBytes where the range begins
  /// @param lengthBytes how long it is
  public static void putRange(IoMemory memory, long offsetBytes, long lengthBytes) {
    MemorySegment segment = memory.segment();
    segment.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, offsetBytes);
    segment.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, lengthBytes);
  }
}
