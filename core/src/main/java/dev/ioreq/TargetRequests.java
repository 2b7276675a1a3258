package dev.ioreq;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The requests a target knows: those ever sent to it and not closed since, and those it holds
/// back. Intrusive lists; every method needs the target's lock.
final class TargetRequests {
  private @Nullable IoRequest firstRegistered;
  private @Nullable IoRequest firstHeld;
  private @Nullable IoRequest lastHeld;
  private int held;

  void registerLocked(IoRequest request) {
    IoRequest first = firstRegistered;
    request.nextRegistered = first;
    request.previousRegistered = null;
    if (first != null) {
      first.previousRegistered = request;
    }
    firstRegistered = request;
  }

  void unregisterLocked(IoRequest request) {
    IoRequest next = request.nextRegistered;
    IoRequest previous = request.previousRegistered;
    if (next != null) {
      next.previousRegistered = previous;
    }
    if (previous != null) {
      previous.nextRegistered = next;
    } else {
      firstRegistered = next;
    }
    request.nextRegistered = null;
    request.previousRegistered = null;
  }

  List<IoRequest> registeredLocked() {
    List<IoRequest> all = new ArrayList<>();
    for (IoRequest next = firstRegistered; next != null; next = next.nextRegistered) {
      all.add(next);
    }
    return all;
  }

  void holdLocked(IoRequest request) {
    IoRequest last = lastHeld;
    request.isHeld = true;
    request.previousHeld = last;
    request.nextHeld = null;
    if (last != null) {
      last.nextHeld = request;
    } else {
      firstHeld = request;
    }
    lastHeld = request;
    held++;
  }

  /// Takes one request off the held list.
  ///
  /// @return whether it was there: then the caller ends or delivers it, nobody else
  boolean takeLocked(IoRequest request) {
    if (!request.isHeld) {
      return false;
    }
    IoRequest next = request.nextHeld;
    IoRequest previous = request.previousHeld;
    if (next != null) {
      next.previousHeld = previous;
    } else {
      lastHeld = previous;
    }
    if (previous != null) {
      previous.nextHeld = next;
    } else {
      firstHeld = next;
    }
    request.nextHeld = null;
    request.previousHeld = null;
    request.isHeld = false;
    held--;
    return true;
  }

  @Nullable IoRequest takeOldestLocked() {
    IoRequest oldest = firstHeld;
    if (oldest != null) {
      takeLocked(oldest);
    }
    return oldest;
  }

  /// Takes all held requests, oldest first.
  List<IoRequest> takeAllLocked() {
    List<IoRequest> all = new ArrayList<>(held);
    for (IoRequest next = firstHeld; next != null; next = firstHeld) {
      takeLocked(next);
      all.add(next);
    }
    return all;
  }

  int heldLocked() {
    return held;
  }
}
