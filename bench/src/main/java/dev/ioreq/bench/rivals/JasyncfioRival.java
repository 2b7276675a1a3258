package dev.ioreq.bench.rivals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import one.jasyncfio.AsyncFile;
import one.jasyncfio.EventExecutor;
import one.jasyncfio.OpenOption;
import org.jspecify.annotations.Nullable;

/// jasyncfio: a `CompletableFuture` for each read.
final class JasyncfioRival implements Rival {
  private static final long PATIENCE_SECONDS = 20;

  private final ReadWork work;
  private final EventExecutor executor = EventExecutor.initDefault();
  private final AsyncFile file;
  private final List<Place> places = new ArrayList<>();

  JasyncfioRival(ReadWork work) throws Exception {
    this.work = work;
    OpenOption[] options =
        work.isDirect()
            ? new OpenOption[] {OpenOption.READ_ONLY, OpenOption.DIRECT}
            : new OpenOption[] {OpenOption.READ_ONLY};
    file = AsyncFile.open(work.file(), executor, options).get();
    for (int i = 0; i < work.depth(); i++) {
      places.add(new Place());
    }
  }

  /// Waits for the oldest and sends it again: a read that is sent from within the completion of
  /// another is never done.
  @Override
  public void read(long first, long count) throws Exception {
    for (long number = first; number < first + count; number++) {
      Place place = places.get((int) (number % places.size()));
      place.await();
      place.read(number);
    }
    for (Place place : places) {
      place.await();
    }
  }

  @Override
  public void close() throws IOException {
    file.close().join();
    try {
      executor.close();
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  /// One read in flight, with its buffer.
  private final class Place {
    private final ByteBuffer buffer = work.buffer();
    private @Nullable CompletableFuture<Integer> reading;
    private long number;

    void read(long next) {
      number = next;
      buffer.clear();
      reading = file.read(buffer, work.offset(next), work.blockBytes());
    }

    void await() throws Exception {
      CompletableFuture<Integer> sent = reading;
      if (sent != null) {
        work.completed(sent.get(PATIENCE_SECONDS, TimeUnit.SECONDS), buffer, number);
        reading = null;
      }
    }
  }
}
