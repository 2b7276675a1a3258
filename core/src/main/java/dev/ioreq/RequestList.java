package dev.ioreq;

import org.jspecify.annotations.Nullable;

/// The requests that wait in a queue, oldest first. Intrusive; under the queue's lock.
final class RequestList {
  private @Nullable ReceivedRequest first;
  private @Nullable ReceivedRequest last;
  private int size;
  private final QueueTrace trace;

  RequestList(QueueTrace trace) {
    this.trace = trace;
  }

  @Nullable ReceivedRequest first() {
    return first;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  void addLast(ReceivedRequest request) {
    ReceivedRequest before = last;
    request.previousInQueue = before;
    request.nextInQueue = null;
    if (before == null) {
      first = request;
    } else {
      before.nextInQueue = request;
    }
    last = request;
    size++;
    trace.queued(request, size);
  }

  void addFirst(ReceivedRequest request) {
    ReceivedRequest after = first;
    request.nextInQueue = after;
    request.previousInQueue = null;
    if (after == null) {
      last = request;
    } else {
      after.previousInQueue = request;
    }
    first = request;
    size++;
    trace.queued(request, size);
  }

  /// Takes one out; it must be in this list.
  void remove(ReceivedRequest request) {
    ReceivedRequest before = request.previousInQueue;
    ReceivedRequest after = request.nextInQueue;
    if (before == null) {
      first = after;
    } else {
      before.nextInQueue = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previousInQueue = before;
    }
    request.previousInQueue = null;
    request.nextInQueue = null;
    size--;
    trace.depth(size);
  }
}
