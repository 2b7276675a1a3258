package dev.ioreq.bench.rivals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// `AsynchronousFileChannel` of the JDK, with the threads it makes by itself.
final class AsynchronousChannelRival implements Rival {
  private final ReadWork work;
  private final AsynchronousFileChannel channel;
  private final List<Place> places = new ArrayList<>();
  private final InFlight inFlight = new InFlight();
  private volatile long end;

  AsynchronousChannelRival(ReadWork work) throws IOException {
    this.work = work;
    channel = AsynchronousFileChannel.open(work.file(), options(work).toArray(OpenOption[]::new));
    for (int i = 0; i < work.depth(); i++) {
      places.add(new Place());
    }
  }

  static Set<OpenOption> options(ReadWork work) {
    return work.isDirect()
        ? Set.of(StandardOpenOption.READ, direct())
        : Set.of(StandardOpenOption.READ);
  }

  /// By name, because the compiler warns of everything in its package.
  private static OpenOption direct() {
    try {
      Class<?> extended = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return (OpenOption) Objects.requireNonNull(extended.getField("DIRECT").get(null));
    } catch (ReflectiveOperationException e) {
      throw new UnsupportedOperationException("this JDK opens no file past the cache", e);
    }
  }

  @Override
  public void read(long first, long count) throws Exception {
    end = first + count;
    inFlight.begin(places.size());
    for (int i = 0; i < places.size(); i++) {
      places.get(i).read(first + i);
    }
    inFlight.await();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /// One read in flight, with its buffer.
  private final class Place implements CompletionHandler<Integer, Object> {
    private final ByteBuffer buffer = work.buffer();
    private long number;

    void read(long next) {
      if (next >= end) {
        inFlight.placeEnded();
        return;
      }
      number = next;
      buffer.clear();
      channel.read(buffer, work.offset(next), work, this);
    }

    @Override
    public void completed(Integer moved, Object attachment) {
      try {
        work.completed(moved, buffer, number);
      } catch (IllegalStateException e) {
        inFlight.placeFailed(e);
        return;
      }
      read(number + work.depth());
    }

    @Override
    public void failed(Throwable thrown, Object attachment) {
      inFlight.placeFailed(thrown);
    }
  }
}
