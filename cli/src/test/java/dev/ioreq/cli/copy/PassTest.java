package dev.ioreq.cli.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.TargetState;
import dev.ioreq.testkit.ManualDevice;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// A step of a pass throws: the pass ends, and nothing of it is left under way.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class PassTest {
  private final AssertionError thrown = new AssertionError("thrown by the test on purpose");
  private final ManualDevice device = new ManualDevice().onCancel(ManualDevice.OnCancel.COMPLETE);
  private final IoTarget target = device.target();

  /// Begins with one step, and never ends by itself.
  private final class OneStep extends Pass {
    private final Consumer<Pass> step;

    OneStep(Consumer<Pass> step) {
      super(1);
      this.step = step;
    }

    @Override
    String name() {
      return "test";
    }

    @Override
    long totalBytes() {
      return 1;
    }

    @Override
    void start() {
      step.accept(this);
    }

    @Override
    void cancelRequests() {}

    @Override
    void endDelays() {}

    @Override
    List<IoTarget> targets() {
      return List.of(target);
    }
  }

  /// Shows nothing; a test overrides what is to fail.
  private static class Blind implements Progress {
    @Override
    public void begin(String what, long totalBytes) {}

    @Override
    public void update(long bytes) {}

    @Override
    public void message(String line) {}

    @Override
    public void end() {}
  }

  @AfterEach
  void close() {
    target.close();
  }

  private void endsByWhatIsThrown(Progress progress, Consumer<Pass> step) {
    OneStep pass = new OneStep(step);
    pass.start();
    pass.await(progress, 10);
    assertThat(pass.fault()).containsSame(thrown);
    assertThat(pass.isInterrupted()).isTrue();
    assertThat(target.requestsInFlight()).isZero();
    assertThat(target.state()).as("ready for the flush").isEqualTo(TargetState.STARTED);
  }

  private void fail() {
    throw thrown;
  }

  @Test
  void aHandThatThrowsEndsThePass() {
    endsByWhatIsThrown(new Blind(), pass -> pass.hands().execute(this::fail));
  }

  @Test
  void aHandThatThrowsAfterADelayEndsThePass() {
    endsByWhatIsThrown(
        new Blind(),
        pass -> {
          Future<?> soon = pass.hands().schedule(this::fail, 1, TimeUnit.NANOSECONDS);
          assertThat(soon.isCancelled()).isFalse();
        });
  }

  @Test
  void aProgressThatThrowsEndsThePass() {
    Progress failing =
        new Blind() {
          @Override
          public void update(long bytes) {
            fail();
          }
        };
    endsByWhatIsThrown(failing, pass -> {});
  }

  @Test
  void aDelayIsNotWaitedForAfterAFault() {
    endsByWhatIsThrown(
        new Blind(),
        pass -> {
          Future<?> late = pass.hands().schedule(() -> {}, 1, TimeUnit.DAYS);
          assertThat(late.isDone()).isFalse();
          pass.hands().execute(this::fail);
        });
  }

  @Test
  void aRoutineThatThrowsEndsThePassAndWhatElseIsInFlight() {
    try (IoMemory memory = IoMemory.allocate(64);
        IoRequest thrower = IoRequest.create(target);
        IoRequest other = IoRequest.create(target)) {
      endsByWhatIsThrown(
          new Blind(),
          pass -> {
            send(pass, thrower, memory);
            send(pass, other, memory);
            device.complete(); // the oldest
          });
      assertThat(thrower.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(other.status()).isEqualTo(IoStatus.CANCELLED);
    }
  }

  private void send(Pass pass, IoRequest request, IoMemory memory) {
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine(pass.guarded((sent, to, result) -> fail()));
    assertThat(request.send(target)).isTrue();
  }
}
