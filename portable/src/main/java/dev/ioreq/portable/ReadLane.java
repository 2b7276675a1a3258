package dev.ioreq.portable;

import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/// The reading direction: a packet gets what one call gives, or what an earlier call, which its
/// packet did not wait for, has got meanwhile.
final class ReadLane extends Lane {
  // the thread's: bytes in the lane's memory that no packet has got yet
  private int keptFrom;
  private int kept;

  ReadLane(String file, FileChannel channel) {
    super("ioreq-portable-read " + file, channel);
  }

  @Override
  boolean holdsBytes() {
    return kept > 0;
  }

  @Override
  void serve(Packet packet) {
    if (kept > 0) {
      give(packet);
      return;
    }
    int wanted = (int) Math.min(packet.frame().length(), MOST_BYTES);
    MemorySegment memory;
    try {
      memory = memory(wanted);
    } catch (Throwable e) {
      packet.complete(Errors.of(e), 0);
      return;
    }
    if (!enter(packet)) {
      return;
    }
    IoStatus status = IoStatus.END_OF_FILE;
    try {
      kept = Math.max(0, channel.read(memory.asSlice(0, wanted).asByteBuffer()));
      keptFrom = 0;
    } catch (Throwable e) {
      status = Errors.of(e);
    }
    if (leave(packet)) {
      if (kept > 0) {
        give(packet);
      } else {
        packet.complete(status, 0);
      }
    }
  }

  private void give(Packet packet) {
    Frame frame = packet.frame();
    int count = (int) Math.min(frame.length(), kept);
    try {
      MemorySegment.copy(memory(0), keptFrom, frame.outputSegment(), frame.outputBase(), count);
    } catch (Throwable e) {
      packet.complete(Errors.of(e), 0);
      return;
    }
    keptFrom += count;
    kept -= count;
    packet.complete(IoStatus.SUCCESS, count);
  }
}
