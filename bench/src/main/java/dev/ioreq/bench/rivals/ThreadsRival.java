package dev.ioreq.bench.rivals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// As many threads as reads in flight, each of which reads synchronously.
final class ThreadsRival implements Rival {
  /// One thread's way to read a block.
  interface BlockReader extends AutoCloseable {
    /// Reads.
    ///
    /// @return bytes moved
    long read(ByteBuffer buffer, long offset) throws IOException;

    @Override
    void close() throws IOException;
  }

  /// Makes the reader of one thread.
  interface Opening {
    BlockReader open(ByteBuffer buffer) throws IOException;
  }

  private final ReadWork work;
  private final Thread.Builder builder;
  private final List<ByteBuffer> buffers = new ArrayList<>();
  private final List<BlockReader> readers = new ArrayList<>();
  private final InFlight inFlight = new InFlight();

  ThreadsRival(ReadWork work, Thread.Builder builder, Opening opening) throws IOException {
    this.work = work;
    this.builder = builder;
    for (int i = 0; i < work.depth(); i++) {
      ByteBuffer buffer = work.buffer();
      buffers.add(buffer);
      readers.add(opening.open(buffer));
    }
  }

  @Override
  public void read(long first, long count) throws Exception {
    inFlight.begin(readers.size());
    for (int i = 0; i < readers.size(); i++) {
      int place = i;
      builder.start(() -> share(place, first + place, first + count));
    }
    inFlight.await();
  }

  private void share(int place, long first, long end) {
    ByteBuffer buffer = buffers.get(place);
    BlockReader reader = readers.get(place);
    try {
      for (long number = first; number < end; number += work.depth()) {
        work.completed(reader.read(buffer, work.offset(number)), buffer, number);
      }
      inFlight.placeEnded();
    } catch (IOException | IllegalStateException e) {
      inFlight.placeFailed(e);
    }
  }

  @Override
  public void close() throws IOException {
    for (BlockReader reader : readers) {
      reader.close();
    }
  }
}
