package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import dev.ioreq.Verifier;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// A storm of requests, cancelled by other threads and by their timeouts at random moments. Each
/// send must end exactly once, in one of the three ways, and after its routine nobody may touch its
/// buffer: the routine fills it with poison, and the next turn looks whether the poison is whole.
///
/// 200 requests are used again and again, by default for 1,000,000 sends in all (some seconds); the
/// system property `ioreq.test.races` sets another number, and `ioreq.test.seed` the seed, which is
/// printed.
public abstract class CancelRaces {
  private static final int REQUESTS = 200;
  private static final int CANCELLERS = 2;
  private static final int BUFFER_BYTES = 64;
  private static final int EVENTS_TOLD = 12;
  private static final byte POISON = (byte) 0xA5;

  /// How a send ended.
  private enum End {
    SUCCEEDED,
    CANCELLED,
    TIMED_OUT
  }

  private final long seed = Long.getLong("ioreq.test.seed", System.nanoTime());
  private final AtomicInteger left = new AtomicInteger();
  private final CountDownLatch idle = new CountDownLatch(REQUESTS);
  private final AtomicLong cancelsDelivered = new AtomicLong();
  private final List<String> wrong = new ArrayList<>(); // guarded by itself
  private final Map<End, AtomicInteger> ends = new EnumMap<>(End.class);

  /// For subclasses.
  protected CancelRaces() {
    for (End end : End.values()) {
      ends.put(end, new AtomicInteger());
    }
  }

  /// A target that takes reads of 64 bytes at offsets 0..255 and completes them later, on threads
  /// of its own, with success and all bytes.
  ///
  /// @param seed for its own randomness
  /// @return a fresh target, which the test closes
  /// @throws IoRequestException if it cannot be opened
  protected abstract IoTarget open(long seed) throws IoRequestException;

  /// How many sends.
  ///
  /// @return the property's value, else a million
  protected int sends() {
    return Integer.getInteger("ioreq.test.races", 1_000_000);
  }

  /// How long each of the two cancellers waits between two cancels, at most. With less each send is
  /// cancelled, with much more none is.
  ///
  /// @return turns of an empty loop, at least 1
  protected int spinsBetweenCancels() {
    return 400;
  }

  /// How things stand at the target and below, for the message of a storm that hangs.
  ///
  /// @param target what [#open(long)] gave
  /// @return lines
  protected String describe(IoTarget target) {
    return lastEvents(Verifier.dump(target));
  }

  /// The end of a dump.
  ///
  /// @param dump lines
  /// @return some of them, with the first
  protected static String lastEvents(String dump) {
    List<String> lines = dump.lines().toList();
    List<String> last = lines.subList(Math.max(1, lines.size() - EVENTS_TOLD), lines.size());
    return lines.getFirst() + System.lineSeparator() + String.join(System.lineSeparator(), last);
  }

  @Test
  @DisplayName("R-193, R-255, R-304 each send ends once, and nobody touches its buffer afterwards")
  final void eachSendEndsOnce() throws IoRequestException {
    System.out.printf("%s: seed %d, %d sends%n", getClass().getSimpleName(), seed, sends());
    left.set(sends());
    List<Storm> storms = new ArrayList<>();
    try (IoTarget target = open(seed)) {
      for (int i = 0; i < REQUESTS; i++) {
        storms.add(new Storm(target, seed + i));
      }
      List<Thread> cancellers = new ArrayList<>();
      for (int i = 0; i < CANCELLERS; i++) {
        Random random = new Random(seed - 1 - i);
        cancellers.add(Thread.ofPlatform().start(() -> cancelAtRandom(storms, random)));
      }
      storms.forEach(Storm::next);
      Supplier<String> state = () -> stateOf(storms, target);
      awaitIdle(state);
      cancellers.forEach(Waiting::forEnd);
      // a request is in flight until its routine has returned, and the last one runs on for a
      // moment
      Waiting.until("the last routine's return", () -> target.requestsInFlight() == 0, state);
    }
    storms.forEach(Storm::close);
    int ended = ends.values().stream().mapToInt(AtomicInteger::get).sum();
    System.out.printf(
        "%s: %s, %d cancels delivered%n", getClass().getSimpleName(), ends, cancelsDelivered.get());
    synchronized (wrong) {
      assertThat(wrong).as("seed %d", seed).isEmpty();
    }
    assertThat(ended).as("seed %d", seed).isEqualTo(sends());
    assertThat(ends.values()).as("seed %d: every way occurs", seed).allMatch(n -> n.get() > 0);
  }

  /// Waits as long as there is progress: how long a million sends take is not what is tested.
  private void awaitIdle(Supplier<String> state) {
    while (idle.getCount() != 0) {
      int before = left.get();
      long idleBefore = idle.getCount();
      Waiting.until(
          "progress of the storm",
          () -> left.get() < before || idle.getCount() < idleBefore,
          state);
    }
  }

  private String stateOf(List<Storm> storms, IoTarget target) {
    StringBuilder state = new StringBuilder(describe(target)).append(System.lineSeparator());
    storms.stream()
        .filter(storm -> storm.open.get() != 0)
        .limit(EVENTS_TOLD)
        .forEach(storm -> state.append(storm.request).append(System.lineSeparator()));
    synchronized (wrong) {
      return state
          .append(
              "seed %d: %d left to send, %d of %d requests idle, %d in flight, wrong: %s"
                  .formatted(
                      seed,
                      left.get(),
                      REQUESTS - idle.getCount(),
                      REQUESTS,
                      target.requestsInFlight(),
                      wrong))
          .toString();
    }
  }

  private void cancelAtRandom(List<Storm> storms, Random random) {
    while (idle.getCount() != 0) {
      if (storms.get(random.nextInt(REQUESTS)).request.cancelSent()) {
        cancelsDelivered.incrementAndGet();
      }
      for (int spin = random.nextInt(spinsBetweenCancels()); spin > 0; spin--) {
        Thread.onSpinWait();
      }
    }
  }

  private void report(String what) {
    synchronized (wrong) {
      if (wrong.size() < 20) {
        wrong.add(what);
      }
    }
  }

  /// One request, used again from its own routine.
  private final class Storm implements CompletionRoutine {
    private final IoTarget target;
    private final Random random;
    private final IoRequest request = IoRequest.create();
    private final IoMemory memory = IoMemory.allocate(BUFFER_BYTES);
    private final AtomicInteger open = new AtomicInteger(); // sends whose routine has not run
    private int offset;

    private Storm(IoTarget target, long seed) {
      this.target = target;
      this.random = new Random(seed);
      memory.segment().fill(POISON);
    }

    private void next() {
      if (left.getAndDecrement() <= 0) {
        idle.countDown();
        return;
      }
      while (!isSent()) {
        open.decrementAndGet();
        IoStatus status = request.status();
        if (!status.equals(IoStatus.CANCELLED)) {
          report("refused: " + status);
          idle.countDown(); // the storm failed, and its target may be closed by now
          return;
        }
        // a cancel came between reuse and send: nothing was sent, no routine runs, and the turn,
        // once taken, is this request's until it is sent
      }
    }

    private boolean isSent() {
      checkFilled(POISON, "touched after its routine");
      offset = random.nextInt(1, 128);
      request.reuse();
      target.formatRead(request, memory, offset);
      request.setCompletionRoutine(this);
      if (open.incrementAndGet() != 1) {
        report("sent while a routine was due");
      }
      SendOptions options =
          random.nextInt(4) == 0
              ? SendOptions.timeout(Duration.ofNanos(1 + random.nextInt(2_000_000)))
              : SendOptions.none();
      return request.send(target, options);
    }

    @Override
    public void completed(IoRequest ended, IoTarget at, CompletionParameters result) {
      if (open.decrementAndGet() != 0) {
        report("ended more than once");
      }
      IoStatus status = result.status();
      if (status.isSuccess()) {
        count(End.SUCCEEDED);
        checkFilled((byte) offset, "not what was read");
        if (result.information() != BUFFER_BYTES) {
          report("information " + result.information());
        }
      } else if (status.equals(IoStatus.CANCELLED)) {
        count(End.CANCELLED);
      } else if (status.equals(IoStatus.IO_TIMEOUT)) {
        count(End.TIMED_OUT);
      } else {
        report("ended as " + status);
      }
      memory.segment().fill(POISON);
      next();
    }

    private void count(End end) {
      AtomicInteger counter = ends.get(end);
      if (counter != null) {
        counter.incrementAndGet();
      }
    }

    private void checkFilled(byte value, String otherwise) {
      for (long at = 0; at < BUFFER_BYTES; at++) {
        if (memory.segment().get(ValueLayout.JAVA_BYTE, at) != value) {
          report("a buffer was " + otherwise);
          return;
        }
      }
    }

    private void close() {
      request.close();
      memory.close();
    }
  }
}
