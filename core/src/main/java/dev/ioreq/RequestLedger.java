package dev.ioreq;

import java.lang.StackWalker.StackFrame;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Counts the created requests that live, per owner and place of creation, while the verifier was
/// asked to. An owner that has more than its limit is reported, with the places where most
/// of them were created; again whenever their number has doubled.
final class RequestLedger {
  private static final int PLACES_NAMED = 3;
  private static final String OWN_PACKAGE = RequestLedger.class.getPackageName() + ".";

  private final Map<Object, Owner> owners = new WeakHashMap<>(); // guarded by this
  private volatile int limit;

  private static final class Owner {
    final Map<String, Integer> places = new HashMap<>();
    int live;
    int reportAt;
  }

  /// One request that lives. Closing it twice is the caller's to avoid.
  final class Ticket {
    private final Owner owner;
    private final String place;

    private Ticket(Owner owner, String place) {
      this.owner = owner;
      this.place = place;
    }

    /// The request is no more.
    void close() {
      synchronized (RequestLedger.this) {
        owner.live--;
        owner.places.computeIfPresent(place, (p, count) -> count == 1 ? null : count - 1);
      }
    }
  }

  /// Requests created from now on are counted.
  ///
  /// @param most how many one owner may have; 0 to count no longer
  void limit(int most) {
    limit = most;
    synchronized (this) {
      owners.values().forEach(owner -> owner.reportAt = most);
    }
  }

  /// A request was created.
  ///
  /// @param of its owner: a target, a device, or whatever else stands for who forgot it
  /// @return the ticket to close with it; null while nothing is counted
  @Nullable Ticket opened(Object of) {
    int most = limit;
    return most == 0 ? null : opened(of, most);
  }

  private Ticket opened(Object of, int most) {
    String place = place();
    Ticket ticket;
    String report = null;
    synchronized (this) {
      Owner owner = owners.computeIfAbsent(of, o -> new Owner());
      ticket = new Ticket(owner, place);
      owner.live++;
      owner.places.merge(place, 1, Integer::sum);
      owner.reportAt = Math.max(owner.reportAt, most);
      if (owner.live > owner.reportAt) {
        owner.reportAt = owner.live * 2;
        report =
            "%d created requests live, the limit is %d; most were created at %s"
                .formatted(owner.live, most, commonest(owner));
      }
    }
    if (report != null) {
      Verifier.violated(
          VerifierRule.TOO_MANY_REQUESTS, of, IoStatus.INSUFFICIENT_RESOURCES, report);
    }
    return ticket;
  }

  /// How many requests of an owner are counted as living.
  synchronized int live(Object of) {
    Owner owner = owners.get(of);
    return owner == null ? 0 : owner.live;
  }

  private static String commonest(Owner owner) {
    return owner.places.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
        .limit(PLACES_NAMED)
        .map(e -> e.getKey() + " (" + e.getValue() + ")")
        .collect(Collectors.joining(", "));
  }

  /// The nearest caller that is not of this package.
  private static String place() {
    return StackWalker.getInstance()
        .walk(
            frames -> frames.filter(RequestLedger::isForeign).findFirst().map(StackFrame::toString))
        .orElse("an unknown place");
  }

  private static boolean isForeign(StackFrame frame) {
    String name = frame.getClassName();
    return !name.startsWith(OWN_PACKAGE) || name.indexOf('.', OWN_PACKAGE.length()) >= 0;
  }
}
