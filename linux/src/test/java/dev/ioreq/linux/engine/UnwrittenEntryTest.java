package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.linux.ring.SubmissionQueue;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of requests whose entries cannot be written, because memory or stack has run out.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class UnwrittenEntryTest {
  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final FailingDevice device = new FailingDevice(engine);
  private final List<IoRequest> requests = new ArrayList<>();
  private final Recorder recorder = new Recorder();

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    requests.forEach(IoRequest::close);
    engine.end();
  }

  @Test
  void aRequestFromAnotherThreadEndsAndTheNextOneIsCarriedOut() {
    try (IoTarget target = IoTarget.over("failing", device)) {
      device.failures = 1;
      assertThat(newRequest(target).send(target)).isTrue();
      recorder.await(1);
      assertThat(newRequest(target).send(target)).isTrue();
      recorder.await(1);
    }
    assertThat(recorder.calls())
        .extracting(Recorder.Call::status)
        .containsExactly(IoStatus.INSUFFICIENT_RESOURCES, IoStatus.SUCCESS);
  }

  @Test
  void aRequestOfARoutineEndsWithTheTurn() {
    try (IoTarget target = IoTarget.over("failing", device)) {
      inARoutine(
          target,
          () -> {
            device.failures = 1;
            assertThat(newRequest(target).send(target)).isTrue();
          });
      recorder.await(1);
    }
    assertThat(recorder.calls())
        .extracting(Recorder.Call::status)
        .containsExactly(IoStatus.INSUFFICIENT_RESOURCES);
  }

  /// The eighth send of a routine writes the entries of all eight, deep on the stack.
  @Test
  void entriesThatASendCannotWriteAreWrittenWithTheTurn() {
    try (IoTarget target = IoTarget.over("failing", device)) {
      sendEightInARoutine(target, () -> device.failures = 1);
      recorder.await(8);
    }
    expectEightSuccesses();
  }

  /// The same, of a device that keeps some of them for later.
  @Test
  void whatADeviceKeepsWhileASendWritesEntriesComesAgain() {
    try (IoTarget target = IoTarget.over("failing", device)) {
      sendEightInARoutine(target, () -> device.toBeKept = 3);
      recorder.await(5);
      engine.onThread(device::sendKept);
      recorder.await(3);
    }
    expectEightSuccesses();
  }

  private void sendEightInARoutine(IoTarget target, Runnable before) {
    CountDownLatch sent = new CountDownLatch(1);
    inARoutine(
        target,
        () -> {
          before.run();
          for (int i = 0; i < 8; i++) {
            assertThat(newRequest(target).send(target)).isTrue();
          }
          sent.countDown();
        });
    Waiting.forLatch("the sends", sent);
  }

  private void expectEightSuccesses() {
    assertThat(recorder.calls())
        .extracting(Recorder.Call::status)
        .hasSize(8)
        .containsOnly(IoStatus.SUCCESS);
  }

  /// So that who cancels need not wait until the device has room.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCancelEndsWhatADeviceKeeps(boolean isOnEngineThread) {
    device.toBeKept = 2;
    try (IoTarget target = IoTarget.over("failing", device)) {
      IoRequest cancelled = newRequest(target);
      assertThat(cancelled.send(target)).isTrue();
      IoRequest other = newRequest(target);
      assertThat(other.send(target)).isTrue();
      assertThat(newRequest(target).send(target)).isTrue();
      recorder.await(1); // comes behind the two, which are kept
      Runnable cancel = () -> assertThat(cancelled.cancelSent()).isTrue();
      if (isOnEngineThread) {
        engine.onThread(cancel);
      } else {
        cancel.run();
      }
      recorder.await(1);
      assertThat(cancelled.status()).isEqualTo(IoStatus.CANCELLED);
      assertThat(other.status()).isEqualTo(IoStatus.PENDING);
      engine.onThread(device::sendKept);
      recorder.await(1);
      assertThat(other.status()).isEqualTo(IoStatus.SUCCESS);
    }
  }

  private void inARoutine(IoTarget target, Runnable action) {
    IoRequest first = newRequest(target);
    first.setCompletionRoutine((sent, to, result) -> action.run());
    assertThat(first.send(target)).isTrue();
  }

  private IoRequest newRequest(IoTarget target) {
    IoRequest request = IoRequest.create(target);
    requests.add(request);
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine(recorder);
    return request;
  }

  /// Gives each packet to the ring as an operation that does nothing.
  private static final class FailingDevice extends EngineDevice implements RingClient {
    private volatile int failures; // how many entries cannot be written; the engine thread counts
    private volatile int toBeKept; // the same
    private final List<Packet> kept = new ArrayList<>(); // the engine thread's

    FailingDevice(RingEngine engine) {
      super(engine, "failing");
    }

    @Override
    public void dispatch(Packet packet) {
      packet.word1 = 0;
      packet.attachment = this;
      engine.send(packet);
    }

    @Override
    public Prepared prepare(Packet packet, SubmissionQueue queue, long userData) {
      int left = failures;
      if (left > 0) {
        failures = left - 1;
        throw new StackOverflowError("as if the stack had ended");
      }
      int more = toBeKept;
      if (more > 0) {
        toBeKept = more - 1;
        kept.add(packet);
        return Prepared.LATER;
      }
      return queue.prepareNop(userData) ? Prepared.WHOLE : Prepared.NOT;
    }

    @Override
    public int mostHeldBack() {
      return 8;
    }

    @Override
    public boolean finished(Packet packet, int result) {
      packet.complete(IoStatus.SUCCESS, 0);
      return false;
    }

    void sendKept() {
      kept.forEach(engine::send);
      kept.clear();
    }

    @Override
    public void cancelKept(Packet packet) {
      if (engine.isHere() && kept.remove(packet)) {
        engine.send(packet);
      }
    }

    @Override
    public void withdrawn(Packet packet, IoStatus status) {
      packet.complete(status, 0);
    }
  }
}
