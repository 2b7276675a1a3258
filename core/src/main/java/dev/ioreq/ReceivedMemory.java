package dev.ioreq;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A driver's view of the sender's bytes, kept while the sender uses the same ones again.
///
/// In the verifier's strict mode each view is a new one, and where the bytes surely outlive it the
/// raw segment that the driver took from it ends with it: a later access throws.
final class ReceivedMemory {
  private @Nullable IoMemory view;
  private @Nullable MemorySegment base;
  private long offset;
  private long length;
  private boolean isReadOnly;
  private boolean isOut; // the driver has it
  private @Nullable Arena life; // of a raw segment that ends

  /// @param outlivesIt whether the bytes are there until the driver has completed the request
  IoMemory of(
      MemorySegment segment, long offset, long length, boolean isReadOnly, boolean outlivesIt) {
    IoMemory kept = view;
    if (kept != null && isOut) {
      return kept;
    }
    isOut = true;
    if (kept != null
        && segment.equals(base)
        && this.offset == offset
        && this.length == length
        && this.isReadOnly == isReadOnly
        && kept.references() == 0 // or somebody still has a reference to it
        && !Verifier.isStrict()) {
      kept.arm();
      return kept;
    }
    base = segment;
    this.offset = offset;
    this.length = length;
    this.isReadOnly = isReadOnly;
    MemorySegment window = segment.asSlice(offset, length);
    if (Verifier.isStrict() && outlivesIt && window.isNative()) {
      window = ending(window);
    }
    IoMemory made = IoMemory.view(isReadOnly ? window.asReadOnly() : window);
    view = made;
    return made;
  }

  @SuppressWarnings({"restricted", "MustBeClosedChecker"}) // the same bytes; end() closes it
  private MemorySegment ending(MemorySegment window) {
    Arena life = Arena.ofShared();
    this.life = life;
    return MemorySegment.ofAddress(window.address()).reinterpret(window.byteSize(), life, null);
  }

  boolean isHeld() {
    IoMemory kept = view;
    return isOut && kept != null && kept.references() > (kept.isClosed() ? 0 : 1);
  }

  void end() {
    IoMemory kept = view;
    if (isOut && kept != null) {
      isOut = false;
      kept.close();
      Arena life = this.life;
      if (life != null) {
        this.life = null;
        life.close();
      }
    }
  }
}
