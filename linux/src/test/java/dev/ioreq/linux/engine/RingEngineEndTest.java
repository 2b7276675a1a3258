package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.linux.device.SideBySide;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class RingEngineEndTest {
  private static final int REQUESTS = 1000;

  @BeforeEach
  void needsRing() {
    RingTargets.needsRing();
  }

  @Test
  void theEndCompletesWhatIsInFlight() throws Exception {
    int descriptors = ThisProcess.descriptors();
    RingEngine engine = RingTargets.engine(RingConfig.defaults());
    Recorder recorder = new Recorder();
    List<IoRequest> requests = new ArrayList<>();
    try (Pipe pipe = Pipe.open();
        IoTarget target = SideBySide.reads(pipe, engine);
        IoMemory memory = IoMemory.allocate(REQUESTS)) {
      for (int i = 0; i < REQUESTS; i++) {
        IoRequest request = IoRequest.create(target);
        requests.add(request);
        target.formatRead(request, memory, i, 1, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
      }
      assertThat(target.requestsInFlight()).isEqualTo(REQUESTS);
      engine.end();
      recorder.await(REQUESTS);
      assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.CANCELLED));
      assertThat(recorder.calls()).allMatch(call -> call.thread() == engine);
      assertThat(recorder.order()).containsExactlyInAnyOrderElementsOf(requests);
      // a request is in flight until its routine has returned, and the last one runs on for a
      // moment
      Waiting.until("the last routine's return", () -> target.requestsInFlight() == 0);
      requests.forEach(IoRequest::close);
    }
    assertThat(engine.isAlive()).isFalse();
    assertThat(ThisProcess.descriptors()).isEqualTo(descriptors);
  }

  @Test
  void theEndOfAnIdleEngineGivesBackThreadAndDescriptors() throws InterruptedException {
    int descriptors = ThisProcess.descriptors();
    int tasks = ThisProcess.tasks("ioreq-ring").size();
    for (int i = 0; i < 20; i++) {
      RingEngine engine = RingTargets.engine(RingConfig.defaults());
      engine.end();
      assertThat(engine.isAlive()).isFalse();
    }
    assertThat(ThisProcess.descriptors()).isEqualTo(descriptors);
    Waiting.until(
        "the kernel's end of the threads", () -> ThisProcess.tasks("ioreq-ring").size() == tasks);
  }

  @Test
  void aRoutineThatSendsAgainDuringTheEndDelaysItNoLongerThanItSends() throws Exception {
    RingEngine engine = RingTargets.engine(RingConfig.defaults());
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(1);
        IoRequest request = IoRequest.create(target)) {
      Recorder second = new Recorder();
      Recorder first =
          new Recorder((sent, to, result) -> {
            sent.reuse();
            to.formatRead(sent, memory, 0);
            sent.setCompletionRoutine(second);
            assertThat(sent.send(to)).isTrue();
          });
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(first);
      assertThat(request.send(target)).isTrue();
      engine.end();
      assertThat(first.await().status()).isEqualTo(IoStatus.CANCELLED);
      assertThat(second.await().status()).isEqualTo(IoStatus.CANCELLED);
    }
    assertThat(engine.isAlive()).isFalse();
  }

  @Test
  void theKernelTouchesNothingAfterTheEnd() throws IoRequestException, InterruptedException {
    RingEngine engine = RingTargets.engine(RingConfig.defaults());
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(1);
        IoRequest request = IoRequest.create(target)) {
      memory.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 0x5A);
      Recorder recorder = new Recorder();
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      engine.end();
      assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
      pipe.write((byte) 1);
      pipe.drain(1); // it is still in the pipe: nobody has read it
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 0x5A);
    }
  }
}
