package dev.ioreq.bench.rivals;

import dev.ioreq.Access;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Ours: each request is sent again from its completion routine.
public final class IoreqRival implements Rival {
  private final ReadWork work;
  private final IoTarget file;
  private final IoTarget top;
  private final @Nullable IoMemoryPool pool;
  private final List<Place> places = new ArrayList<>();
  private final InFlight inFlight = new InFlight();
  private long end;

  /// Opens.
  ///
  /// @param work what to read
  /// @param isPooled whether the memory is of a pool
  /// @param stack puts devices above the file, if any, and then closes it with them; returns the
  ///   target at the top
  /// @throws IoRequestException if the file cannot be opened
  public IoreqRival(ReadWork work, boolean isPooled, UnaryOperator<IoTarget> stack)
      throws IoRequestException {
    this.work = work;
    file = IoTarget.open(name(work), options(work));
    top = stack.apply(file);
    pool = isPooled ? new IoMemoryPool(work.blockBytes(), work.depth()) : null;
    for (int i = 0; i < work.depth(); i++) {
      IoMemory memory =
          pool == null
              ? IoMemory.allocate(work.blockBytes())
              : Objects.requireNonNull(pool.tryTake(), "a pool as large as the depth");
      places.add(new Place(memory));
    }
  }

  static String name(ReadWork work) {
    return (work.blocks() == 0 ? "char:" : "file:") + work.file();
  }

  static OpenOptions options(ReadWork work) {
    OpenOptions options = OpenOptions.of(Access.READ);
    return work.isDirect() ? options.withDirect() : options;
  }

  @Override
  public void read(long first, long count) throws Exception {
    end = first + count;
    inFlight.begin(places.size());
    for (int i = 0; i < places.size(); i++) {
      places.get(i).send(first + i);
    }
    inFlight.await();
  }

  @Override
  public void close() {
    places.forEach(Place::close);
    if (top == file) {
      file.close();
    }
    if (pool != null) {
      pool.close();
    }
  }

  /// One request in flight, with its memory.
  private final class Place implements CompletionRoutine {
    private final IoRequest request = IoRequest.create(top);
    private final IoMemory memory;
    private final ByteBuffer view;
    private long number;

    Place(IoMemory memory) {
      this.memory = memory;
      view = memory.asByteBuffer().order(ByteOrder.nativeOrder());
    }

    void send(long next) {
      if (next >= end) {
        inFlight.placeEnded();
        return;
      }
      number = next;
      top.formatRead(request, memory, work.offset(next));
      request.setCompletionRoutine(this);
      if (!request.send(top)) {
        inFlight.placeFailed(new IllegalStateException("not sent: " + request.status()));
      }
    }

    @Override
    public void completed(IoRequest sent, IoTarget target, CompletionParameters result) {
      try {
        work.completed(result.information(), view, number);
      } catch (IllegalStateException e) {
        inFlight.placeFailed(e);
        return;
      }
      send(number + work.depth());
    }

    void close() {
      request.close();
      memory.close();
    }
  }
}
