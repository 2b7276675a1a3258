package dev.ioreq.portable;

import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/// The writing direction: a call for each packet, or for each 16 MiB of it, over a copy of its
/// bytes.
final class WriteLane extends Lane {
  private final boolean isCarriedOn;

  /// @param isCarriedOn whether a call that wrote less than it was given is followed by another
  WriteLane(String file, FileChannel channel, boolean isCarriedOn) {
    super("ioreq-portable-write " + file, channel);
    this.isCarriedOn = isCarriedOn;
  }

  @Override
  boolean holdsBytes() {
    return false;
  }

  @Override
  void serve(Packet packet) {
    Frame frame = packet.frame();
    while (true) {
      int piece = (int) Math.min(frame.length() - packet.word2, MOST_BYTES);
      MemorySegment memory;
      try {
        memory = memory(piece);
        MemorySegment.copy(
            frame.inputSegment(), frame.inputBase() + packet.word2, memory, 0, piece);
      } catch (Throwable e) {
        packet.complete(Errors.of(e), packet.word2);
        return;
      }
      if (!enter(packet)) {
        return;
      }
      IoStatus status = IoStatus.SUCCESS;
      int count = 0;
      try {
        count = channel.write(memory.asSlice(0, piece).asByteBuffer());
      } catch (Throwable e) {
        status = Errors.of(e);
      }
      if (!leave(packet)) {
        return;
      }
      packet.word2 += count;
      boolean isAtEnd = count == 0 || (count < piece && !isCarriedOn);
      if (isAtEnd || packet.word2 == frame.length()) {
        packet.complete(status, packet.word2);
        return;
      }
    }
  }
}
