package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Changes of a target's state that meet, and sends between them.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class TargetChangesTest {
  private final InstantSource realClock = Deadline.wallClock;

  @AfterEach
  void setClockRight() {
    Deadline.wallClock = realClock;
  }

  /// A change that asks for cancels.
  enum Cancelling {
    STOP,
    PURGE,
    CLOSE;

    Thread startOn(IoTarget target) {
      return Thread.ofPlatform()
          .daemon()
          .start(() -> {
            switch (this) {
              case STOP -> target.stop(SentIoAction.CANCEL);
              case PURGE -> target.purge(PurgeAction.PURGE);
              case CLOSE -> target.close();
            }
          });
    }
  }

  /// A close that comes while another one closes the device asks for cancels; it must not open the
  /// gate by that for sends that ignore the state.
  @Test
  void nobodyEntersWhileTheDeviceGoes() throws InterruptedException {
    AtomicBoolean hasEntered = new AtomicBoolean();
    AtomicReference<Thread> second = new AtomicReference<>();
    AtomicReference<IoTarget> target = new AtomicReference<>();
    target.set(
        IoTarget.over(
            "closing",
            new IdleDevice() {
              @Override
              public void close() {
                Thread closer = Cancelling.CLOSE.startOn(target.get());
                second.set(closer);
                awaitWaiting(closer);
                hasEntered.set(
                    target.get().traffic().gate.tryEnterIgnoring() != TargetGate.REFUSED);
              }

              @Override
              public void dispatch(Packet packet) {
                packet.complete(IoStatus.SUCCESS, 0);
              }
            }));
    target.get().close();
    second.get().join();
    assertThat(hasEntered).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "R-074 what a cleanup callback sends is carried out, whoever waits to change the state")
  void aCleanupCallbackHasAWorkingTarget(Cancelling beside) throws InterruptedException {
    Keeping device = new Keeping();
    IoTarget target = IoTarget.over("cleaning", device);
    IoRequest last = formatted(target);
    AtomicReference<Thread> other = new AtomicReference<>();
    AtomicReference<IoStatus> sent = new AtomicReference<>();
    target.onCleanup(it -> {
      Thread changer = beside.startOn(target);
      other.set(changer);
      awaitWaiting(changer);
      last.send(target);
      sent.set(last.status());
      device.completeAll();
    });
    target.close();
    other.get().join();
    assertThat(sent).hasValue(IoStatus.PENDING);
    assertThat(last.status()).isEqualTo(IoStatus.SUCCESS);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "R-041 a start leaves the rest to a change that waits: a device may wait for it, too")
  void startDeliversNothingMoreOnceACancelIsWanted(Cancelling beside) throws InterruptedException {
    Keeping device = new Keeping(); // keeps the thread until the cancel
    device.keepsThread = true;
    IoTarget target = IoTarget.over("blocking", device);
    target.stop(SentIoAction.LEAVE_PENDING);
    IoRequest first = sentTo(target);
    IoRequest second = sentTo(target);
    Thread starter = Thread.ofPlatform().daemon().start(target::start);
    device.arrivals.acquire();

    Thread changer = beside.startOn(target);
    changer.join();
    starter.join();

    assertThat(first.status()).isEqualTo(IoStatus.CANCELLED);
    boolean isKept = beside == Cancelling.STOP;
    assertThat(second.status())
        .isEqualTo(isKept ? IoStatus.PENDING : IoStatus.WDF_DEVICE_REMOVED_NOT_SENT);
    assertThat(target.requestsHeld()).isEqualTo(isKept ? 1 : 0);
    assertThat(device.arrivals.availablePermits()).isZero();
  }

  @Test
  @DisplayName(
      "R-064 a close and the stop before it end, and so does a send that was on its way before both")
  void aSendThatAStopAndACloseOvertake() throws InterruptedException {
    Keeping device = new Keeping();
    IoTarget target = IoTarget.over("asked", device);
    LongStart start = LongStart.of(target, device);
    Sender sender = Sender.onItsWayTo(target);
    Thread stopper = waitingStopOf(target);
    Thread closer = Cancelling.CLOSE.startOn(target);
    awaitWaiting(closer);
    start.goOn();
    while (target.state() != TargetState.STOPPED) {
      Thread.onSpinWait();
    }
    awaitWaiting(stopper);
    sender.goOn();

    stopper.join();
    closer.join();
    // the stop held it back, or the close had refused it by then
    assertThat(sender.request.status())
        .isIn(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT, IoStatus.INVALID_DEVICE_STATE);
  }

  @Test
  @DisplayName(
      "R-026 a send that was on its way before a purge and a stop is held back as the stop says")
  void aSendThatAPurgeAndAStopOvertake() throws InterruptedException {
    Keeping device = new Keeping();
    IoTarget target = IoTarget.over("purged", device);
    Sender sender = Sender.onItsWayTo(target);
    target.purge(PurgeAction.PURGE);
    Thread stopper = waitingStopOf(target);
    sender.goOn();
    stopper.join();
    assertThat(sender.request.status()).isEqualTo(IoStatus.PENDING);
    assertThat(target.requestsHeld()).isEqualTo(1);

    assertStartsAgain(target, device);
  }

  @Test
  @DisplayName(
      "R-057, R-193 a device that throws when it is asked for a cancel costs nobody anything")
  void aCancelThatThrows() {
    Keeping device = new Keeping();
    IoTarget target = IoTarget.over("throwing", device);
    IoRequest inFlight = sentTo(target);
    target.stop(SentIoAction.LEAVE_PENDING);
    IoRequest held = sentTo(target);
    device.cancelThrows = true;

    target.purge(PurgeAction.PURGE);
    assertThat(held.status()).isEqualTo(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT);
    assertThat(inFlight.status()).isEqualTo(IoStatus.PENDING);
    assertThat(inFlight.cancelSent()).isFalse();
    device.completeAll();
    assertThat(inFlight.status()).isEqualTo(IoStatus.SUCCESS);
    target.close();
  }

  @Test
  @DisplayName(
      "R-026 a target that has been started lets requests through, whatever an early cancel threw")
  void anEarlyCancelThatThrows() throws InterruptedException {
    Keeping device = new Keeping();
    IoTarget target = IoTarget.over("throwing early", device);
    sentTo(target);
    LongStart start = LongStart.of(target, device);
    device.cancelThrows = true;
    Thread purger = Cancelling.PURGE.startOn(target);
    awaitWaiting(purger);
    assertThat(device.cancels).hasValue(1);
    start.goOn();
    purger.join();
    assertThat(target.state()).isEqualTo(TargetState.PURGED);
    device.completeAll();
    assertStartsAgain(target, device);
  }

  /// Keeps packets until they are cancelled or completed.
  private static final class Keeping extends IdleDevice {
    private final List<Packet> kept = new ArrayList<>(); // guarded by itself
    private final Semaphore arrivals = new Semaphore(0);
    private volatile boolean keepsThread;
    private volatile boolean completes;
    private volatile boolean cancelThrows;
    private final AtomicInteger cancels = new AtomicInteger();

    @Override
    public void dispatch(Packet packet) {
      if (completes) {
        packet.complete(IoStatus.SUCCESS, 0);
        return;
      }
      CountDownLatch ended = new CountDownLatch(1);
      packet.attachment = ended;
      synchronized (kept) {
        kept.add(packet);
      }
      arrivals.release();
      if (packet.isCancelRequested()) {
        complete(packet, IoStatus.CANCELLED);
      }
      if (keepsThread) {
        await(ended);
      }
    }

    @Override
    public CancelResult cancel(Packet packet) {
      cancels.incrementAndGet();
      if (cancelThrows) {
        throw new IllegalStateException("this device cannot be asked");
      }
      return complete(packet, IoStatus.CANCELLED)
          ? CancelResult.DELIVERED
          : CancelResult.NOT_DELIVERED;
    }

    private boolean complete(Packet packet, IoStatus status) {
      synchronized (kept) {
        if (!kept.remove(packet)) {
          return false;
        }
      }
      CountDownLatch ended = (CountDownLatch) Objects.requireNonNull(packet.attachment);
      packet.complete(status, 0);
      ended.countDown();
      return true;
    }

    void completeAll() {
      List<Packet> all;
      synchronized (kept) {
        all = List.copyOf(kept);
      }
      all.forEach(packet -> complete(packet, IoStatus.SUCCESS));
    }
  }

  /// A start that delivers a held request, whose routine keeps it until it is let go on.
  private static final class LongStart {
    private final CountDownLatch isAtRoutine = new CountDownLatch(1);
    private final CountDownLatch mayGoOn = new CountDownLatch(1);
    private final Thread starter;

    private LongStart(IoTarget target) {
      starter = Thread.ofPlatform().daemon().unstarted(target::start);
    }

    static LongStart of(IoTarget target, Keeping device) throws InterruptedException {
      LongStart start = new LongStart(target);
      target.stop(SentIoAction.LEAVE_PENDING);
      IoRequest held = formatted(target);
      held.setCompletionRoutine((request, sentTo, result) -> {
        start.isAtRoutine.countDown();
        TargetChangesTest.await(start.mayGoOn);
      });
      held.send(target);
      device.completes = true;
      start.starter.start();
      start.isAtRoutine.await();
      device.completes = false;
      return start;
    }

    void goOn() throws InterruptedException {
      mayGoOn.countDown();
      starter.join();
    }
  }

  /// A thread that has passed the gate, and begins its send when it is let go on: the wall clock,
  /// which it asks on the way, keeps it.
  private static final class Sender {
    private final IoRequest request;
    private final CountDownLatch hasEntered = new CountDownLatch(1);
    private final CountDownLatch mayGoOn = new CountDownLatch(1);
    private final Thread thread;

    private Sender(IoTarget target, Instant deadline) {
      request = formatted(target);
      thread =
          Thread.ofPlatform()
              .daemon()
              .unstarted(() -> request.send(target, SendOptions.none().withDeadline(deadline)));
    }

    static Sender onItsWayTo(IoTarget target) throws InterruptedException {
      InstantSource clock = Deadline.wallClock;
      Sender sender = new Sender(target, clock.instant().plusSeconds(3600));
      Deadline.wallClock =
          () -> {
            if (Thread.currentThread() == sender.thread) {
              sender.hasEntered.countDown();
              TargetChangesTest.await(sender.mayGoOn);
            }
            return clock.instant();
          };
      sender.thread.start();
      sender.hasEntered.await();
      return sender;
    }

    void goOn() throws InterruptedException {
      mayGoOn.countDown();
      thread.join();
    }
  }

  private static IoRequest formatted(IoTarget target) {
    IoRequest request = IoRequest.create();
    target.formatRead(request, IoMemory.none(), 0);
    return request;
  }

  private static IoRequest sentTo(IoTarget target) {
    IoRequest request = formatted(target);
    request.send(target);
    return request;
  }

  private static Thread waitingStopOf(IoTarget target) {
    Thread stopper = Thread.ofPlatform().daemon().start(() -> target.stop(SentIoAction.WAIT));
    awaitWaiting(stopper);
    return stopper;
  }

  private static void assertStartsAgain(IoTarget target, Keeping device) {
    target.start();
    IoRequest next = sentTo(target);
    assertThat(next.status()).isEqualTo(IoStatus.PENDING);
    device.completeAll();
    assertThat(next.status()).isEqualTo(IoStatus.SUCCESS);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.WAITING
        && thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }
}
