package dev.ioreq;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A driver's view of the sender's bytes, kept while the sender uses the same ones again.
final class ReceivedMemory {
  private @Nullable IoMemory view;
  private @Nullable MemorySegment base;
  private long offset;
  private long length;
  private boolean isReadOnly;
  private boolean isOut; // the driver has it

  IoMemory of(MemorySegment segment, long offset, long length, boolean isReadOnly) {
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
    IoMemory made = IoMemory.view(isReadOnly ? window.asReadOnly() : window);
    view = made;
    return made;
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
    }
  }
}
