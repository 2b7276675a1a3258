package dev.ioreq.bench.rivals;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Ours, sent from other threads than the engine's: every sender keeps its requests in flight and
/// sends each again itself when the routine has given it back.
public final class SendingThreads implements Rival {
  private final ReadWork work;
  private final Thread.Builder builder;
  private final IoTarget target;
  private final List<Sender> senders = new ArrayList<>();
  private final InFlight inFlight = new InFlight();

  /// Opens.
  ///
  /// @param work what to read; its depth is that of each sender
  /// @param senderCount how many threads send
  /// @param builder makes them
  /// @param isHandedOver whether the engine carries all out, even what a sender could
  /// @throws IoRequestException if the target cannot be opened
  public SendingThreads(
      ReadWork work, int senderCount, Thread.Builder builder, boolean isHandedOver)
      throws IoRequestException {
    this.work = work;
    this.builder = builder;
    OpenOptions options = IoreqRival.options(work);
    target = IoTarget.open(IoreqRival.name(work), isHandedOver ? options.withHandOver() : options);
    for (int i = 0; i < senderCount; i++) {
      senders.add(new Sender());
    }
  }

  @Override
  public void read(long first, long count) throws Exception {
    inFlight.begin(senders.size());
    long share = Math.ceilDiv(count, senders.size());
    long begin = first;
    for (Sender sender : senders) {
      long from = begin;
      long to = Math.min(from + share, first + count);
      builder.start(() -> sender.send(from, to));
      begin = to;
    }
    inFlight.await();
  }

  @Override
  public void close() {
    senders.forEach(Sender::close);
    target.close();
  }

  /// One thread, and its requests. Those that have come back wait in a ring of their places: the
  /// engine's thread appends, the sender takes.
  private final class Sender {
    private final Place[] back = new Place[work.depth()];
    private final Place[] all = new Place[work.depth()];
    private final AtomicInteger tail = new AtomicInteger();
    private volatile int wantedTail;
    private volatile @Nullable Thread thread;
    private int head; // the sender's

    Sender() {
      for (int i = 0; i < back.length; i++) {
        all[i] = new Place(this);
        back[i] = all[i];
      }
      tail.set(back.length);
    }

    void send(long first, long end) {
      thread = Thread.currentThread();
      try {
        for (long number = first; number < end; number++) {
          if (tail.get() == head) {
            awaitBack(Math.max(1, back.length / 2)); // not woken for each
          }
          back[head++ % back.length].send(work.offset(number));
        }
        awaitBack(back.length);
        inFlight.placeEnded();
      } catch (IllegalStateException e) {
        inFlight.placeFailed(e);
      }
    }

    /// The routine appends, then looks at what is wanted; the sender says what it wants, then looks
    /// at the tail: one of them sees the other.
    private void awaitBack(int count) {
      wantedTail = head + count;
      while (tail.get() - head < count) {
        LockSupport.park(this);
      }
    }

    void putBack(Place place) {
      int next = tail.get() + 1;
      back[(next - 1) % back.length] = place;
      tail.set(next);
      if (next == wantedTail) {
        LockSupport.unpark(thread);
      }
    }

    void close() {
      for (Place place : all) {
        place.close();
      }
    }
  }

  /// One request with its memory.
  private final class Place implements CompletionRoutine {
    private final Sender sender;
    private final IoRequest request = IoRequest.create(target);
    private final IoMemory memory = IoMemory.allocate(work.blockBytes());

    Place(Sender sender) {
      this.sender = sender;
    }

    void send(long offset) {
      target.formatRead(request, memory, offset);
      request.setCompletionRoutine(this);
      if (!request.send(target)) {
        throw new IllegalStateException("not sent: " + request.status());
      }
    }

    @Override
    public void completed(IoRequest sent, IoTarget at, CompletionParameters result) {
      if (result.information() != work.blockBytes()) {
        inFlight.placeFailed(new IllegalStateException("read " + result));
      }
      sender.putBack(this);
    }

    void close() {
      request.close();
      memory.close();
    }
  }
}
