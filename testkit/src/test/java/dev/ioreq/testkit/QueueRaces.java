package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/// Races of two threads for one request, thousands of turns each: both act at the same time, with a
/// delay drawn anew in each turn. Each send ends once, in one of the ways expected.
abstract class QueueRaces extends QueueTest {
  private static final int TURNS = Integer.getInteger("ioreq.test.turns", 3000);
  static final Set<IoStatus> EITHER = Set.of(IoStatus.SUCCESS, IoStatus.CANCELLED);

  private final Random random = new Random(Long.getLong("ioreq.test.seed", System.nanoTime()));
  private final AtomicInteger turn = new AtomicInteger();
  private final AtomicInteger partnerDone = new AtomicInteger();
  final AtomicInteger completions = new AtomicInteger();
  final AtomicReference<@Nullable ReceivedRequest> got = new AtomicReference<>();

  /// A queue whose driver keeps the request that it gets, for [#received()].
  final QueueConfig catching = IoQueue.parallel().onDefault((queue, received) -> got.set(received));

  final IoRequest request = made.request();
  private final IoMemory memory = made.memory(8);

  /// A second one, whose end is not counted.
  final IoRequest other = made.request();

  private final IoMemory otherMemory = made.memory(8);

  /// What a driver has got with [#hold(IoQueue, ReceivedRequest)] and not completed.
  private final ArrayDeque<ReceivedRequest> held = new ArrayDeque<>(); // guarded by itself

  private int succeeded;
  private int cancelled;

  @BeforeEach
  void mode() {
    asPrograms();
  }

  /// Formats and sends the request of a turn.
  boolean sendTo(IoTarget top) {
    top.formatRead(request, memory, 0);
    request.setCompletionRoutine((sent, target, result) -> completions.incrementAndGet());
    return request.send(top);
  }

  void begin(IoTarget top) {
    assertThat(sendTo(top)).isTrue();
  }

  /// Formats and sends the other request.
  void beginOther(IoTarget top) {
    other.reuse();
    top.formatRead(other, otherMemory, 0);
    assertThat(other.send(top)).isTrue();
  }

  void hold(IoQueue queue, ReceivedRequest received) {
    synchronized (held) {
      held.add(received);
    }
  }

  int countHeld() {
    synchronized (held) {
      return held.size();
    }
  }

  /// Completes what has been held longest.
  ///
  /// @return false if there was nothing
  boolean completeOldest() {
    ReceivedRequest oldest;
    synchronized (held) {
      oldest = held.poll();
    }
    if (oldest != null) {
      oldest.complete(IoStatus.SUCCESS, 0);
    }
    return oldest != null;
  }

  ReceivedRequest received() {
    ReceivedRequest received = got.getAndSet(null);
    assertThat(received).isNotNull();
    return Objects.requireNonNull(received);
  }

  /// Runs the turns: `before` alone, then `here` on this thread and `there` on another at the same
  /// time, then `after` alone; then the request must have ended, once, in one of the ways.
  void race(Runnable before, Runnable here, Runnable there, Runnable after, Set<IoStatus> ways) {
    int[] spins = random.ints(TURNS + 1, 0, 300).toArray();
    Elsewhere partner =
        begin(() -> {
          for (int i = 1; i <= TURNS; i++) {
            while (turn.get() < i) {
              Thread.onSpinWait();
            }
            spin(spins[i]);
            there.run();
            partnerDone.set(i);
          }
        });
    try {
      for (int i = 1; i <= TURNS; i++) {
        request.reuse();
        completions.set(0);
        before.run();
        turn.set(i);
        spin(random.nextInt(300));
        here.run();
        awaitPartner(i);
        after.run();
        IoStatus status = request.status();
        assertThat(completions.get()).as("turn %d, %s", i, status).isEqualTo(1);
        assertThat(ways).as("turn %d", i).contains(status);
        if (status.isSuccess()) {
          succeeded++;
        } else {
          cancelled++;
        }
      }
    } finally {
      turn.set(TURNS);
    }
    partner.end();
    System.out.printf("%d succeeded, %d did not%n", succeeded, cancelled);
  }

  private void awaitPartner(int i) {
    if (partnerDone.get() < i) {
      Waiting.until("the partner's turn", () -> partnerDone.get() >= i);
    }
  }

  private static void spin(int times) {
    for (int i = times; i > 0; i--) {
      Thread.onSpinWait();
    }
  }

  static void nothing() {}
}
