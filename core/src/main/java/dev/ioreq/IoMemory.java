package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A counted buffer. Requests are formatted over windows (offset, length) of it.
///
/// **Effect.** Whoever makes it holds one reference, which [#close()] gives back; a formatted
/// request holds one more until it is reused, formatted over other memory, or closed. The bytes are
/// freed, or returned to their pool, when the last reference goes: closing memory that a request in
/// flight uses is safe, the transfer still works. Who took a [#reference()] before may use closed
/// memory as before, until he gives it back.
///
/// An engine may make memory that is used often known to its kernel, which then has its pages at
/// hand: such memory counts against the process's limit of locked memory (where that is reached the
/// engine does without), and is freed a moment after its last reference has gone.
///
/// **Shape.** [#allocate(long)] gives native memory aligned for direct I/O. [#wrap(ByteBuffer)] and
/// [#wrap(MemorySegment)] put a count around memory that stays the caller's, who keeps it alive
/// until the requests over it have completed; memory on the Java heap is carried through a buffer
/// of the packet's, because no device can reach it.
///
/// **Threading.** Counting is safe from any thread. The bytes belong to the target from `send`
/// until the completion routine is entered; touching them in between is a race the caller makes.
///
/// @see "WdfMemoryCreate; WdfMemoryCreatePreallocated; memory buffer life cycle"
public final class IoMemory extends IoObject {
  /*
   * references: 1 for all users (the owner's, and those that reference() took) + one per formatted frame. 0 is final,
   * except for pooled memory, which the pool arms again when it hands it out. The step to 0 is an atomic subtraction, so
   * exactly one thread releases, and sees all that earlier holders did with the bytes.
   *
   * The users' references are counted apart, by the lifecycle, so that a user cannot give back what belongs to a frame.
   * Without a lifecycle there is only the owner's, and close() subtracts it here directly.
   */
  private static final VarHandle REFERENCES =
      FieldHandle.of(MethodHandles.lookup(), "references", int.class);
  private static final VarHandle CLOSED =
      FieldHandle.of(MethodHandles.lookup(), "isClosed", boolean.class);

  private static final IoMemory NONE = new IoMemory(MemorySegment.NULL, null, null);
  private static final Thread SOME_THREAD = Thread.ofPlatform().unstarted(() -> {});
  private static final long PAGE_BYTES = 4096;
  private static final long SECTOR_BYTES = 512;

  private final MemorySegment segment;
  private final long address;
  private final long sizeBytes;
  private final @Nullable MemorySlab slab; // null if the bytes are somebody else's
  private final @Nullable IoMemoryPool pool;

  @SuppressWarnings("unused") // through REFERENCES
  private volatile int references = 1;

  private volatile boolean isClosed;

  private IoMemory(MemorySegment segment, @Nullable MemorySlab slab, @Nullable IoMemoryPool pool) {
    this.segment = segment;
    this.address = segment.isNative() ? segment.address() : 0;
    this.sizeBytes = segment.byteSize();
    this.slab = slab;
    this.pool = pool;
  }

  /// No memory: a transfer of length zero. Needs no closing.
  ///
  /// @return the one empty memory
  public static IoMemory none() {
    return NONE;
  }

  /// Native memory, zeroed, aligned to 4096 bytes when it is at least a sector large.
  ///
  /// @param sizeBytes how many bytes, at least 1
  /// @return memory with one reference, the caller's
  public static IoMemory allocate(long sizeBytes) {
    return allocate(sizeBytes, sizeBytes >= SECTOR_BYTES ? PAGE_BYTES : 16);
  }

  /// Native memory, zeroed, with an alignment.
  ///
  /// @param sizeBytes how many bytes, at least 1
  /// @param alignmentBytes what the address is a multiple of; a power of two
  /// @return memory with one reference, the caller's
  public static IoMemory allocate(long sizeBytes, long alignmentBytes) {
    if (sizeBytes < 1) {
      throw new IllegalArgumentException(
          "size of %d bytes; the least is 1, and IoMemory.none() means no memory"
              .formatted(sizeBytes));
    }
    AllocationFaults.allocating("memory of " + sizeBytes + " bytes");
    MemorySlab slab = new MemorySlab(sizeBytes, alignmentBytes, false);
    return new IoMemory(slab.segment(), slab, null);
  }

  /// A counted view of a buffer's bytes between position and limit, which stay the caller's.
  ///
  /// @param buffer a direct buffer for transfers without copying, or a buffer on the heap
  /// @return memory over the same bytes
  public static IoMemory wrap(ByteBuffer buffer) {
    return wrap(MemorySegment.ofBuffer(buffer));
  }

  /// A counted view of a segment, which stays the caller's.
  ///
  /// @param segment native or on the heap; a native one must stay alive until the requests over it
  ///   have completed
  /// @return memory over the same bytes
  public static IoMemory wrap(MemorySegment segment) {
    Objects.requireNonNull(segment, "segment");
    if (!segment.isAccessibleBy(SOME_THREAD)) {
      throw new IllegalArgumentException(
          "the segment belongs to one thread, and a target works on other threads too;"
              + " take one of Arena.ofShared() or Arena.ofAuto()");
    }
    if (segment.byteSize() == 0) {
      throw new IllegalArgumentException("the segment is empty; IoMemory.none() means no memory");
    }
    return new IoMemory(segment, null, null);
  }

  /// A received request's view of its sender's bytes.
  static IoMemory view(MemorySegment segment) {
    return new IoMemory(segment, null, null);
  }

  /// Whether the bytes live until the last reference is gone; those of wrapped memory are the
  /// program's.
  boolean ownsBytes() {
    return slab != null;
  }

  boolean isClosed() {
    return isClosed;
  }

  static IoMemory pooled(MemorySegment segment, IoMemoryPool pool) {
    IoMemory memory = new IoMemory(segment, pool.slab(), pool);
    memory.isClosed = true;
    memory.references = 0;
    return memory;
  }

  /// How large it is.
  ///
  /// @return bytes
  public long sizeBytes() {
    return sizeBytes;
  }

  /// The bytes.
  ///
  /// @return the whole memory
  /// @throws IllegalStateException if it was closed, and nobody holds a [#reference()]
  public MemorySegment segment() {
    if (isClosed && !isHeldByUsers()) {
      throw new IllegalStateException("this memory of " + sizeBytes + " bytes is closed");
    }
    return segment;
  }

  /// The bytes as a buffer of `java.nio`, from position 0 to the size.
  ///
  /// @return a view, big-endian as every new buffer
  /// @throws UnsupportedOperationException above 2 GiB
  public ByteBuffer asByteBuffer() {
    return segment().asByteBuffer();
  }

  /// Copies bytes out of an array into this memory.
  ///
  /// @param offsetBytes where to put them
  /// @param source what to copy, at least one byte
  /// @throws IoMisuseException [IoStatus#INVALID_BUFFER_SIZE] if they do not fit; nothing is copied
  /// @see "WdfMemoryCopyFromBuffer"
  public void copyFrom(long offsetBytes, byte[] source) {
    checkCopy(offsetBytes, source.length, IoStatus.INVALID_BUFFER_SIZE);
    if (segment.isReadOnly()) {
      throw new IoMisuseException(IoStatus.ACCESS_VIOLATION, "this memory may only be read");
    }
    MemorySegment.copy(source, 0, segment(), ValueLayout.JAVA_BYTE, offsetBytes, source.length);
  }

  /// Copies bytes of this memory into an array.
  ///
  /// @param offsetBytes where they begin
  /// @param destination is filled, at least one byte
  /// @throws IoMisuseException [IoStatus#BUFFER_TOO_SMALL] if the memory has not that many; nothing
  ///   is copied
  /// @see "WdfMemoryCopyToBuffer"
  public void copyTo(long offsetBytes, byte[] destination) {
    checkCopy(offsetBytes, destination.length, IoStatus.BUFFER_TOO_SMALL);
    MemorySegment.copy(
        segment(), ValueLayout.JAVA_BYTE, offsetBytes, destination, 0, destination.length);
  }

  private void checkCopy(long offsetBytes, int length, IoStatus tooLarge) {
    if (length == 0) {
      throw new IoMisuseException(IoStatus.INVALID_PARAMETER, "nothing to copy: length 0");
    }
    if (offsetBytes < 0 || offsetBytes >= sizeBytes || length > sizeBytes - offsetBytes) {
      throw new IoMisuseException(
          tooLarge,
          "%d bytes at offset %d of a memory of %d bytes"
              .formatted(length, offsetBytes, sizeBytes));
    }
  }

  /// Gives the caller's reference back. Does nothing the second time; but memory of a pool must be
  /// closed once, for it may be somebody else's by then.
  @Override
  public void close() {
    if (this == NONE) {
      return;
    }
    // two closes at once give back one reference: the flag decides which of them
    if (CLOSED.compareAndSet(this, false, true)) {
      cleanUp();
      deleted();
    }
  }

  // --- its life ---

  @Override
  boolean hasEnded() {
    return isClosed;
  }

  @Override
  void checkLife(String what) {
    if (this == NONE) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          "cannot %s IoMemory.none(): there is one for all; allocate memory".formatted(what));
    }
  }

  @Override
  void handleGone() {
    release();
  }

  // --- for frames, devices and the pool ---

  /// hot path
  void retain() {
    if (this == NONE) {
      return;
    }
    int seen;
    do {
      seen = references;
      if (seen <= 0 || (isClosed && !isHeldByUsers())) {
        throw new IoMisuseException(
            IoStatus.INVALID_PARAMETER, "this memory of " + sizeBytes + " bytes is closed");
      }
    } while (!REFERENCES.compareAndSet(this, seen, seen + 1)); // never up from 0: nothing to undo
  }

  /// hot path
  void release() {
    if (this == NONE) {
      return;
    }
    if ((int) REFERENCES.getAndAdd(this, -1) == 1) {
      destroyed(pool != null);
      if (pool != null) {
        pool.putBack(this);
      } else if (slab != null) {
        slab.end();
      }
    }
  }

  void arm() {
    revived();
    references = 1;
    isClosed = false;
  }

  boolean isNative() {
    return address != 0;
  }

  boolean isReadOnly() {
    return segment.isReadOnly();
  }

  long address() {
    return address;
  }

  MemorySegment bytes() {
    return segment;
  }

  /// The slab it is, or is part of; none if it is wrapped.
  @Nullable MemorySlab slab() {
    return slab;
  }

  int references() {
    return references;
  }

  @Override
  public String toString() {
    return "IoMemory[%d bytes%s]".formatted(sizeBytes, isClosed ? ", closed" : "");
  }
}
