package dev.ioreq.bench.rivals;

import dev.ioreq.bench.measure.Unmeasurable;
import dev.ioreq.bench.reference.NativeFile;
import dev.ioreq.bench.reference.Reference;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A bare loop over a ring in C: no rival but the ceiling. It counts the reads that were whole;
/// what they read is compared here, as many at a time as are in flight. For the thread that made
/// it.
public final class RingInC implements Rival {
  private final Reference reference;
  private final Arena arena = Arena.ofConfined();
  private final NativeFile file;
  private final MemorySegment ring;
  private final Reference.Reads reads;
  private final ReadWork work;
  private final int depth;
  private final boolean isRegistered;

  /// Opens.
  ///
  /// @param work what to read
  /// @param reference the library
  /// @param isRegistered whether by registered file and buffers
  /// @throws IOException if the file cannot be opened
  /// @throws Unmeasurable if the kernel refuses a ring or registered memory
  public RingInC(ReadWork work, Reference reference, boolean isRegistered)
      throws IOException, Unmeasurable {
    this.reference = reference;
    this.work = work;
    this.isRegistered = isRegistered;
    depth = work.depth();
    file = NativeFile.open(work.file().toString(), work.isDirect());
    MemorySegment memory =
        arena.allocate((long) depth * work.blockBytes(), TestFile.PAGE_BYTES).fill((byte) 0);
    ring = reference.ring(Math.max(256, depth));
    if (isRegistered) {
      reference.register(ring, file.fd(), memory);
    }
    reads =
        new Reference.Reads(file.fd(), memory, work.blockBytes(), work.blocks(), ReadWork.STRIDE);
  }

  @Override
  public void read(long first, long count) {
    if (work.verified().getPlain() < 0) {
      reference.reads(ring, reads, depth, first, count, isRegistered);
      return;
    }
    for (long done = 0; done < count; done += depth) {
      int inFlight = (int) Math.min(depth, count - done);
      reference.reads(ring, reads, depth, first + done, inFlight, isRegistered);
      for (int slot = 0; slot < inFlight; slot++) { // the first to be sent has the first slot
        MemorySegment block =
            reads.memory().asSlice((long) slot * work.blockBytes(), work.blockBytes());
        ByteBuffer bytes = block.asByteBuffer().order(ByteOrder.nativeOrder());
        work.completed(work.blockBytes(), bytes, first + done + slot);
      }
    }
  }

  /// Reads one after another by `pread`.
  ///
  /// @param first number of the first
  /// @param count how many
  public void pread(long first, long count) {
    reference.preads(reads, first, count);
  }

  @Override
  public void close() {
    file.close();
    arena.close();
  }
}
