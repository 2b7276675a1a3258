package dev.ioreq;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/// Requests kept for the synchronous conveniences of one target, for threads that have none of
/// their own in its [TargetLanes]. Safe from any thread; never blocks.
final class PrivateRequests {
  /*
   * A place has a request of its own, made when it is first taken. It is taken by a CAS of its state and given back by a
   * release write, so what one call left in the request is seen by the next. A thread looks at the place of its own number,
   * so that threads rarely meet; who finds it taken makes a request for this one call.
   *
   *   FREE ──take, close──▶ TAKEN ──give back, closed──▶ FREE
   *
   * A closed target may be opened again, so closing empties the places and leaves them in use. A request that is out
   * meanwhile stays: it holds nothing but a buffer of 64 KiB at the most, because who gives it back has let go of its memory.
   *
   * States lie a cache line apart, from one another and from the array's length: side by side, threads would take the line
   * from one another with each request.
   */
  private static final int APART = 16;
  private static final int FREE = 0;
  private static final int TAKEN = 1;

  private final AtomicIntegerArray states;
  private final @Nullable IoRequest[] requests; // each its taker's
  private final int mask;

  /// @param count places, a power of two
  PrivateRequests(int count) {
    mask = count - 1;
    states = new AtomicIntegerArray((count + 1) * APART);
    requests = new IoRequest[count];
  }

  IoRequest take() { // hot path
    int place = place();
    if (!states.compareAndSet(state(place), FREE, TAKEN)) {
      return IoRequest.create();
    }
    IoRequest kept = requests[place];
    return kept != null ? kept : make(place);
  }

  private IoRequest make(int place) {
    boolean isMade = false;
    try {
      IoRequest made = IoRequest.create();
      requests[place] = made;
      isMade = true;
      return made;
    } finally {
      if (!isMade) {
        states.setRelease(state(place), FREE);
      }
    }
  }

  /// By the thread that took it.
  void giveBack(IoRequest request) { // hot path
    int place = place();
    if (requests[place] == request) {
      states.setRelease(state(place), FREE);
    } else {
      request.close();
    }
  }

  void close() {
    for (int place = 0; place < requests.length; place++) {
      if (states.compareAndSet(state(place), FREE, TAKEN)) {
        IoRequest kept = requests[place];
        requests[place] = null;
        states.setRelease(state(place), FREE);
        if (kept != null) {
          kept.close();
        }
      }
    }
  }

  private int place() {
    return (int) Thread.currentThread().threadId() & mask;
  }

  private static int state(int place) {
    return (place + 1) * APART;
  }
}
