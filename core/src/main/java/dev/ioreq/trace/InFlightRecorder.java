package dev.ioreq.trace;

import dev.ioreq.lock.FieldHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The last events of one target or device, to be read after the fact. Events may be recorded by
/// any thread at any time, and read while they are.
public final class InFlightRecorder {
  /*
   *   ring   │ check │ nanos │ kind, flags, object │ a │ b │    one event, 5 longs; size events
   *
   * Recording an event takes a number (one atomic addition) and writes five plain longs. Nobody waits, and nothing is
   * allocated after the ring. check is a hash of the number and the other four words. Who reads knows which number must
   * be at a place now; if the hash does not fit, the event is being written, was overwritten meanwhile, or was mixed with
   * one a whole ring later (its writer stood still that long): it is skipped. So no order between the plain writes is
   * needed, and a reader never shows an event that nobody recorded. A claim of the place by CAS would be as good and costs
   * twice as much.
   *
   * Reading the clock costs more than all the rest together (see TraceBenchmark). So at the usual level a frequent event, a send
   * or a completion, takes over the time of the event before, and is marked as "not before": every eighth reads the clock,
   * and so does every rare one. With all details wanted each event reads it.
   *
   * The switches and lastNanos are plain: a switch that a busy thread sees late costs a few events more or less, and the
   * calls around have barriers enough for it to be seen soon.
   */
  private static final VarHandle CURSOR =
      FieldHandle.of(MethodHandles.lookup(), "cursor", long.class);

  /// How much is recorded.
  public enum Detail {
    /// Nothing.
    OFF,
    /// Sends, completions, cancels, timeouts and state changes.
    NORMAL,
    /// Every step of every request, each with its exact time.
    DETAILED
  }

  /// The object of events that concern the recorded target or device itself.
  public static final long ITSELF = 0;

  private static final int WORDS = 5;
  private static final int CLOCK_EVERY = 8;
  private static final int KIND_BITS = 8;
  private static final long KIND = (1L << KIND_BITS) - 1;
  private static final long NOT_BEFORE = 1L << KIND_BITS;
  private static final int OBJECT_SHIFT = KIND_BITS + 1;

  // odd, with bits all over: a word that belongs to another event changes the sum
  private static final long HASH_NUMBER = 0x9E3779B97F4A7C15L;
  private static final long HASH_NANOS = 0xBF58476D1CE4E5B9L;
  private static final long HASH_HEAD = 0x94D049BB133111EBL;
  private static final long HASH_A = 0xD6E8FEB86659FD93L;
  private static final long HASH_B = 0xA0761D6478BD642FL;

  private static boolean isRecording;
  private static boolean isDetailed;

  static {
    detail(Detail.NORMAL);
  }

  private final String name;
  private final TraceNames names;
  private final int size;
  private volatile long cursor;
  private long lastNanos;
  private volatile long @Nullable [] ring; // made with the first event

  /// A recorder without events.
  ///
  /// @param name whose events these are, for the dump
  /// @param size how many are kept: a power of two
  /// @param names what their numbers mean
  public InFlightRecorder(String name, int size, TraceNames names) {
    if (size < 1 || Integer.bitCount(size) != 1) {
      throw new IllegalArgumentException(size + " events cannot be kept; give a power of two");
    }
    this.name = name;
    this.size = size;
    this.names = names;
  }

  /// Says how much all recorders of this process record from now on.
  ///
  /// @param wanted how much
  public static synchronized void detail(Detail wanted) {
    isRecording = wanted != Detail.OFF;
    isDetailed = wanted == Detail.DETAILED;
    Recorders.wantInFlight(isRecording);
  }

  /// How much is recorded.
  ///
  /// @return what was said last
  public static Detail detail() {
    return isDetailed ? Detail.DETAILED : isRecording ? Detail.NORMAL : Detail.OFF;
  }

  /// Records an event, unless it is more than is wanted. hot path: see TraceBenchmark
  ///
  /// @param kind what happened
  /// @param object the number of the request it happened to, or [#ITSELF]
  /// @param a as the kind says
  /// @param b as the kind says
  public void event(TraceKind kind, long object, long a, long b) {
    if (isRecording) {
      boolean isDetailed = InFlightRecorder.isDetailed;
      if (isDetailed || !kind.isDetail) {
        write(kind, object, a, b, isDetailed || !kind.isFrequent);
      }
    }
  }

  private void write(TraceKind kind, long object, long a, long b, boolean isExact) {
    long number = (long) CURSOR.getAndAdd(this, 1L);
    long head = object << OBJECT_SHIFT | kind.number;
    long nanos;
    if (isExact || number % CLOCK_EVERY == 0) {
      nanos = System.nanoTime();
      lastNanos = nanos;
    } else {
      nanos = lastNanos;
      head |= NOT_BEFORE;
    }
    long[] ring = this.ring;
    if (ring == null) {
      ring = makeRing();
    }
    int at = place(number);
    ring[at + 1] = nanos;
    ring[at + 2] = head;
    ring[at + 3] = a;
    ring[at + 4] = b;
    ring[at] = check(number, nanos, head, a, b);
  }

  private synchronized long[] makeRing() {
    long[] made = ring;
    if (made == null) {
      made = new long[size * WORDS];
      ring = made;
    }
    return made;
  }

  private int place(long number) {
    return (int) (number & size - 1) * WORDS;
  }

  /// Not 0 for a place that was never written: that would take a number which is never reached.
  private static long check(long number, long nanos, long head, long a, long b) {
    return (number + 1) * HASH_NUMBER
        + nanos * HASH_NANOS
        + head * HASH_HEAD
        + a * HASH_A
        + b * HASH_B;
  }

  // ------------------------------------------------------------------ reading

  /// One recorded event.
  ///
  /// @param number from 0, one more for each event
  /// @param nanos on the clock of `System.nanoTime`
  /// @param isExact whether that is its time; if not, it happened then or later
  /// @param kind what happened
  /// @param object the number of the request, or [InFlightRecorder#ITSELF]
  /// @param a as the kind says
  /// @param b as the kind says
  public record Entry(
      long number, long nanos, boolean isExact, TraceKind kind, long object, long a, long b) {}

  /// How many events were recorded, those included that are no longer kept.
  ///
  /// @return a count from 0
  public long recorded() {
    return cursor;
  }

  /// The events that are kept and not being written just now.
  ///
  /// @return a copy, oldest first
  public List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    long[] ring = this.ring;
    if (ring == null) {
      return entries;
    }
    long end = cursor;
    for (long number = Math.max(0, end - size); number < end; number++) {
      int at = place(number);
      long check = ring[at];
      long nanos = ring[at + 1];
      long head = ring[at + 2];
      long a = ring[at + 3];
      long b = ring[at + 4];
      if (check == check(number, nanos, head, a, b)) {
        TraceKind kind = TraceKind.of((int) (head & KIND));
        boolean isExact = (head & NOT_BEFORE) == 0;
        entries.add(new Entry(number, nanos, isExact, kind, head >>> OBJECT_SHIFT, a, b));
      }
    }
    return entries;
  }

  /// All kept events, one a line, oldest first.
  ///
  /// @return text; see `docs/manual/verifier.md` for how to read it
  public String dump() {
    List<Entry> entries = entries();
    return text(entries, "%s, the last %d of %d events".formatted(name, entries.size(), cursor));
  }

  /// The last events of one request, and of the target or device itself, oldest first.
  ///
  /// @param object the request's number
  /// @param most how many events at most
  /// @return text; empty if there are none
  public String recent(long object, int most) {
    List<Entry> concerned =
        entries().stream().filter(e -> e.object == object || e.object == ITSELF).toList();
    List<Entry> last = concerned.subList(Math.max(0, concerned.size() - most), concerned.size());
    return last.isEmpty() ? "" : text(last, "%s, the last events".formatted(name));
  }

  private String text(List<Entry> entries, String title) {
    long now = System.nanoTime();
    StringBuilder text =
        new StringBuilder(title)
            .append(", oldest first, in seconds before ")
            .append(Instant.now())
            .append(':');
    for (Entry entry : entries) {
      text.append(System.lineSeparator()).append(line(entry, now));
    }
    return text.toString();
  }

  private String line(Entry entry, long now) {
    return String.format(
        Locale.ROOT,
        "%15s  %-12s %s",
        String.format(Locale.ROOT, entry.isExact ? "%.6f" : "<=%.6f", (now - entry.nanos) / 1e9),
        entry.object == ITSELF ? "itself" : "request " + entry.object,
        entry.kind.describe(entry.a, entry.b, names));
  }
}
