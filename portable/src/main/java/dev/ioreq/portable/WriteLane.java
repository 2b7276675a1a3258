package dev.ioreq.portable;

import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/// The writing direction: one call for each packet, over a copy of its bytes.
final class WriteLane extends Lane {
  WriteLane(String file, FileChannel channel) {
    super("ioreq-portable-write " + file, channel);
  }

  @Override
  boolean holdsBytes() {
    return false;
  }

  @Override
  void serve(Packet packet) {
    Frame frame = packet.frame();
    int length = (int) Math.min(frame.length(), MOST_BYTES);
    MemorySegment memory;
    try {
      memory = memory(length);
      MemorySegment.copy(frame.inputSegment(), frame.inputBase(), memory, 0, length);
    } catch (Throwable e) {
      packet.complete(Errors.of(e), 0);
      return;
    }
    if (!enter(packet)) {
      return;
    }
    IoStatus status = IoStatus.SUCCESS;
    int count = 0;
    try {
      count = channel.write(memory.asSlice(0, length).asByteBuffer());
    } catch (Throwable e) {
      status = Errors.of(e);
    }
    if (leave(packet)) {
      packet.complete(status, count);
    }
  }
}
