package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// `EINTR`, provoked by real signals to the engine's thread while it waits in the kernel.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class SignalTest {
  private static final int SIGNALS = 500;

  private final Set<Integer> others = RingTargets.tasks();
  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final int task = RingTargets.newTask(others);

  @BeforeEach
  void needsHandler() throws Exception {
    Signals.needsHandler();
  }

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    engine.end();
  }

  @Test
  void aBlockedReadSurvivesSignals() throws Exception {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoMemory memory = IoMemory.allocate(1);
        IoRequest request = IoRequest.create(target)) {
      Recorder recorder = new Recorder();
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      interruptOften();
      assertThat(recorder.count()).isZero();
      assertThat(request.status()).isEqualTo(IoStatus.PENDING);
      pipe.write((byte) 7);
      assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 7);
    }
  }

  @Test
  void aPartOfATerminalsTrafficIsNotLostBySignals() throws Exception {
    try (Pty pty = Pty.open(engine);
        IoMemory one = IoMemory.allocate(1);
        IoRequest request = IoRequest.create(pty.terminal())) {
      Recorder recorder = new Recorder();
      for (int i = 0; i < 50; i++) {
        request.reuse();
        pty.terminal().formatRead(request, one, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(pty.terminal())).isTrue();
        ThisProcess.untilAsleep(task);
        Signals.send(task);
        try (IoMemory written = IoMemory.allocate(1)) {
          written.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) i);
          assertThat(pty.master().sendWriteSynchronously(written, 0)).isEqualTo(1);
        }
        Signals.send(task);
        assertThat(recorder.await().information()).isEqualTo(1);
        assertThat(one.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) i);
      }
    }
  }

  private void interruptOften() {
    for (int i = 0; i < SIGNALS; i++) {
      ThisProcess.untilAsleep(task);
      long switches = ThisProcess.ran(task).switches();
      Signals.send(task);
      Waiting.until(
          "the thread that the signal woke", () -> ThisProcess.ran(task).switches() > switches);
    }
  }
}
