package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// A thread that the kernel never let run between two events made no system call between them.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class IdleEngineTest {
  private final Set<Integer> others = RingTargets.tasks();
  private final RingEngine idle = RingTargets.engine(RingConfig.defaults());
  private final int task = RingTargets.newTask(others);
  private final RingEngine busy = RingTargets.engine(RingConfig.defaults());

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    idle.end();
    busy.end();
  }

  @Test
  void anEngineWithNothingInFlightDoesNotRun() throws Exception {
    ThisProcess.untilAsleep(task);
    ThisProcess.Ran before = ThisProcess.ran(task);
    letTheOtherWork();
    assertThat(ThisProcess.ran(task)).isEqualTo(before);
  }

  /// Thousands of sends have taught it to look for work before it sleeps; it looks once more, and
  /// sleeps.
  @Test
  void anEngineThatLookedForWorkDoesNotRunWithoutIt() throws Exception {
    workOn(idle, 20_000);
    ThisProcess.untilAsleep(task);
    ThisProcess.Ran before = ThisProcess.ran(task);
    letTheOtherWork();
    assertThat(ThisProcess.ran(task)).isEqualTo(before);
  }

  /// The end of a process waits up to 300 ms for a thread that is in the kernel.
  @Test
  void anEngineWithNothingInFlightIsNotInTheKernel() throws Exception {
    Waiting.until("the first sleep", () -> idle.getState() == Thread.State.WAITING);
    try (IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, idle);
        IoMemory memory = IoMemory.allocate(8)) {
      assertThat(zero.sendReadSynchronously(memory, 0)).isEqualTo(8);
      Waiting.until("the sleep with a target open", () -> idle.getState() == Thread.State.WAITING);
    }
  }

  @Test
  void anEngineThatARoutineInterruptedStillSleeps() throws Exception {
    try (IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, idle);
        IoMemory memory = IoMemory.allocate(8);
        IoRequest request = IoRequest.create(zero)) {
      Recorder recorder = new Recorder();
      zero.formatRead(request, memory, 0);
      request.setCompletionRoutine((sent, target, result) -> {
        Thread.currentThread().interrupt();
        recorder.completed(sent, target, result);
      });
      assertThat(request.send(zero)).isTrue();
      assertThat(recorder.await().information()).isEqualTo(8);
    }
    ThisProcess.untilAsleep(task);
    ThisProcess.Ran before = ThisProcess.ran(task);
    letTheOtherWork();
    assertThat(ThisProcess.ran(task)).isEqualTo(before);
  }

  @Test
  void anEngineWhoseRequestsAllWaitDoesNotRun() throws Exception {
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, idle);
        IoMemory memory = IoMemory.allocate(1);
        IoRequest request = IoRequest.create(target)) {
      Recorder recorder = new Recorder();
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      ThisProcess.untilAsleep(task);
      long asleep = ThisProcess.ran(task).switches();
      assertThat(request.send(target)).isTrue();
      Waiting.until(
          "the turn that takes the request", () -> ThisProcess.ran(task).switches() > asleep);
      ThisProcess.untilAsleep(task);
      ThisProcess.Ran before = ThisProcess.ran(task);
      letTheOtherWork();
      assertThat(ThisProcess.ran(task)).isEqualTo(before);
      pipe.write((byte) 1);
      assertThat(recorder.await().information()).isEqualTo(1);
      // it has run, but is counted when it sleeps again
      Waiting.until(
          "the engine's next sleep", () -> ThisProcess.ran(task).switches() > before.switches());
    }
  }

  private void letTheOtherWork() throws Exception {
    workOn(busy, 10_000);
  }

  private static void workOn(RingEngine engine, int reads) throws Exception {
    try (IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(8)) {
      for (int i = 0; i < reads; i++) {
        assertThat(zero.sendReadSynchronously(memory, 0)).isEqualTo(8);
      }
    }
  }
}
