package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Where completion routines run on an engine's thread. Other threads: `ScriptedSendTest`.
class NestingTest {
  private static final long LIMIT_SECONDS = 20;

  private final IoTarget target;
  private final List<IoRequest> requests = new ArrayList<>();
  private final List<Integer> ran = new ArrayList<>();
  private final List<Boolean> isDeep = new ArrayList<>();

  NestingTest() throws IoRequestException {
    target = IoTarget.open("memory:4096", Access.READ);
  }

  @AfterEach
  void close() {
    target.close();
    requests.forEach(IoRequest::close);
  }

  /// A thread of an engine that does one thing in place of its loop.
  private static final class Engine extends EngineThread {
    private final Steps steps;

    private Engine(Steps steps) {
      super("engine of a test");
      this.steps = steps;
    }

    @Override
    public void run() {
      steps.on(this);
    }

    private boolean runSome(int most) {
      return runDeferred(most);
    }

    private boolean hasSome() {
      return hasDeferred();
    }
  }

  private interface Steps {
    void on(Engine engine);
  }

  private static void onAnEngine(Steps steps)
      throws InterruptedException, ExecutionException, TimeoutException {
    FutureTask<Boolean> task =
        new FutureTask<>(() -> steps.on((Engine) Thread.currentThread()), true);
    new Engine(engine -> task.run()).start();
    assertThat(task.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  /// Sends a read that completes at once, and whose routine notes its number.
  private void send(int number, Runnable then) {
    IoRequest request = IoRequest.create();
    requests.add(request);
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((done, at, result) -> {
      ran.add(number);
      then.run();
    });
    assertThat(request.send(target)).isTrue();
  }

  /// Sends so many within one another, and then does something in the innermost routine.
  private void sendNested(int depth, Runnable innermost) {
    send(depth, depth == 1 ? innermost : () -> sendNested(depth - 1, innermost));
  }

  private static List<Integer> countdown(int from) {
    return IntStream.range(0, from).mapToObj(i -> from - i).toList();
  }

  @Test
  @DisplayName("R-210 on an engine's thread its loop runs deferred routines, in order, some a turn")
  void anEnginesLoopRunsDeferredRoutines() throws Exception {
    onAnEngine(engine -> {
      for (int round = 0; round < 2; round++) {
        ran.clear();
        assertThat(engine.hasSome()).isFalse();
        assertThat(engine.runSome(1)).as("nothing to run").isFalse();
        sendNested(
            Nesting.MOST_NESTED,
            () -> {
              isDeep.add(Packet.isDeepInRoutines());
              IntStream.of(101, 102, 103).forEach(number -> send(number, () -> {}));
            });
        assertThat(ran).as("deferred, and left so").isEqualTo(countdown(Nesting.MOST_NESTED));
        assertThat(engine.hasSome()).isTrue();
        assertThat(engine.runSome(1)).as("more are left").isTrue();
        assertThat(ran).endsWith(1, 101);
        assertThat(engine.runSome(2)).as("none are left").isFalse();
        assertThat(ran).endsWith(1, 101, 102, 103);
      }
      assertThat(isDeep).containsExactly(true, true);
    });
  }

  @Test
  void onAnEnginesThreadADevicesWorkIsDoneHereUntilTheNextRoutineWouldBeDeferred()
      throws Exception {
    onAnEngine(engine -> isDeepWithin(Nesting.MOST_NESTED));
    assertThat(isDeep).containsExactly(false, true);
  }

  @Test
  void onAnotherThreadAChainMovesOnSooner() {
    isDeepWithin(Nesting.MOST_BEFORE_HAND_OVER);
    assertThat(isDeep).containsExactly(false, true);
  }

  private void isDeepWithin(int most) {
    sendNested(most - 1, () -> isDeep.add(Packet.isDeepInRoutines()));
    sendNested(most, () -> isDeep.add(Packet.isDeepInRoutines()));
  }

  @Test
  void onAnEnginesThreadNothingMayWait() throws Exception {
    assertThat(Nesting.current().mayBlock()).isTrue();
    assertThat(Nesting.current().mustNotAwaitTargets()).isFalse();
    onAnEngine(engine -> {
      assertThat(Nesting.current().mayBlock()).isFalse();
      assertThat(Nesting.current().isInRoutine()).isTrue();
      assertThat(Nesting.current().mustNotAwaitTargets()).isTrue();
    });
  }

  @Test
  void whatIsPutOffIsTheQueuesOwn() {
    IoDevice device = IoDevice.function("f").queue(IoQueue.manual()).alone();
    IoQueue queue = device.createQueue("one", IoQueue.manual());
    IoQueue other = device.createQueue("other", IoQueue.manual());
    List<String> done = new ArrayList<>();
    Nesting nesting = new Nesting(false);
    assertThat(nesting.afterHandler(queue, () -> done.add("never"))).isFalse();
    nesting.enterHandler(queue, true);
    assertThat(nesting.afterHandler(other, () -> done.add("never"))).isFalse();
    assertThat(nesting.afterOutermostHandler(other, () -> done.add("never"))).isFalse();
    nesting.enterHandler(queue, true);
    assertThat(nesting.afterOutermostHandler(queue, () -> done.add("outer"))).isTrue();
    assertThat(nesting.afterHandler(queue, () -> done.add("inner"))).isTrue();
    nesting.leaveHandler(true);
    assertThat(done).containsExactly("inner");
    nesting.leaveHandler(true);
    assertThat(done).containsExactly("inner", "outer");
    device.close();
  }

  @Test
  void whatFollowsSomethingThatFailsIsForgotten() {
    IoDevice device = IoDevice.function("f").queue(IoQueue.manual()).alone();
    IoQueue queue = device.defaultQueue().orElseThrow();
    Nesting nesting = new Nesting(false);
    nesting.enterHandler(queue, false);
    nesting.afterHandler(
        queue,
        () -> {
          throw new IllegalStateException("wrong");
        });
    nesting.afterHandler(queue, () -> ran.add(1));
    assertThatIllegalStateException().isThrownBy(() -> nesting.leaveHandler(false));
    assertThat(nesting.mayBlock()).isTrue();
    nesting.enterHandler(queue, false);
    nesting.leaveHandler(false);
    assertThat(ran).isEmpty();
    device.close();
  }
}
