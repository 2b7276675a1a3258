package dev.ioreq.linux.ring;

/// How the attempt to open a ring ended.
public sealed interface RingOpening {
  /// The ring is there, and belongs to the thread that asked.
  ///
  /// @param ring to be closed by its owner
  record Opened(Ring ring) implements RingOpening {}

  /// This process cannot have the ring, and holds nothing of it.
  ///
  /// @param errno the kernel's error number; `ENOSYS` also where there is no such kernel
  /// @param reason one sentence for people: the call, the errno, the likely cause and the way out
  record Refused(int errno, String reason) implements RingOpening {}
}
