package dev.ioreq;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Those of the driver's requests that a queue has to find again: all, if it tells of stops, else
/// the marked ones. Intrusive; under the queue's lock.
final class OwnedList {
  private @Nullable ReceivedRequest first;

  void add(ReceivedRequest request) {
    ReceivedRequest after = first;
    request.nextOwned = after;
    request.previousOwned = null;
    if (after != null) {
      after.previousOwned = request;
    }
    first = request;
    request.isTracked = true;
  }

  /// Takes one out, if it is in.
  void remove(ReceivedRequest request) {
    if (!request.isTracked) {
      return;
    }
    ReceivedRequest before = request.previousOwned;
    ReceivedRequest after = request.nextOwned;
    if (before == null) {
      first = after;
    } else {
      before.nextOwned = after;
    }
    if (after != null) {
      after.previousOwned = before;
    }
    request.previousOwned = null;
    request.nextOwned = null;
    request.isTracked = false;
  }

  /// All of them, the oldest first.
  List<ReceivedRequest> all() {
    List<ReceivedRequest> all = new ArrayList<>();
    for (ReceivedRequest next = first; next != null; next = next.nextOwned) {
      all.add(next);
    }
    Collections.reverse(all);
    return all;
  }
}
