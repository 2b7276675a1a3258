package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// What was in the ring is kept by the engine no longer once its thread waits for something else.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class KeptPacketsTest {
  private static final int MANY = 300; // more than the engine has numbers for at first

  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    engine.end();
  }

  @Test
  void closedRequestsAreCollectedWhileAReadWaits() throws IoRequestException {
    Recorder waiting = new Recorder();
    try (Pipe pipe = Pipe.open();
        IoTarget reads = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(MANY);
        IoRequest waits = IoRequest.create(reads)) {
      reads.formatRead(waits, memory, 0);
      waits.setCompletionRoutine(waiting);
      assertThat(waits.send(reads)).isTrue();
      List<WeakReference<IoRequest>> gone = sentAndClosed(zero, memory);
      Waiting.until(
          "the collection of requests that have ended",
          () -> {
            System.gc();
            return gone.stream().allMatch(each -> each.refersTo(null));
          });
      assertThat(waiting.count()).isZero();
      pipe.write((byte) 1);
      waiting.await();
    }
  }

  private static List<WeakReference<IoRequest>> sentAndClosed(IoTarget target, IoMemory memory) {
    Recorder recorder = new Recorder();
    List<IoRequest> requests = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      IoRequest request = IoRequest.create(target);
      requests.add(request);
      target.formatRead(request, memory, i, 1, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
    }
    recorder.await(MANY);
    List<WeakReference<IoRequest>> gone = new ArrayList<>();
    for (IoRequest request : requests) {
      request.close();
      gone.add(new WeakReference<>(request));
    }
    return gone;
  }
}
