package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SynchronizerTest {
  private final List<String> ran = new ArrayList<>();

  /// A thread on which nothing may block, as an engine's.
  private static void onEngineThread(Runnable task) throws InterruptedException {
    Thread engine =
        new EngineThread("engine") {
          @Override
          public void run() {
            task.run();
          }
        };
    engine.start();
    assertThat(engine.join(Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void aCallbackThatTriggersAnotherHasItRunAfterItself() {
    Synchronizer scope = new Synchronizer(false);
    scope.run(() -> {
      scope.run(() -> ran.add("second"));
      scope.run(() -> ran.add("third"));
      ran.add("first");
    });
    assertThat(ran).containsExactly("first", "second", "third");
    scope.run(() -> ran.add("fourth"));
    scope.run(() -> ran.add("fifth"));
    assertThat(ran).as("the scope is free again").endsWith("fourth", "fifth");
  }

  @Test
  void theFirstFailureReachesTheTriggerAfterTheOthersHaveRun() {
    Synchronizer scope = new Synchronizer(false);
    assertThatThrownBy(() ->
            scope.run(() -> {
              scope.run(() -> {
                throw new IllegalStateException("the second");
              });
              scope.run(() -> ran.add("third"));
              throw new AssertionError("the first");
            }))
        .isInstanceOf(AssertionError.class)
        .hasMessage("the first");
    assertThat(ran).containsExactly("third");
    assertThatThrownBy(() ->
            scope.run(() -> {
              throw new IllegalStateException("alone");
            }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("alone");
  }

  @Test
  void callbacksThatMayBlockLeaveAThreadThatMustNot() throws Exception {
    Synchronizer scope = new Synchronizer(true);
    CompletableFuture<Thread> ranOn = new CompletableFuture<>();
    onEngineThread(() -> scope.run(() -> ranOn.complete(Thread.currentThread())));
    assertThat(ranOn.get(20, TimeUnit.SECONDS)).matches(Thread::isVirtual, "is virtual");
  }

  @Test
  void callbacksThatMayBlockStayOnAThreadThatMay() {
    Synchronizer scope = new Synchronizer(true);
    List<Thread> ranOn = new ArrayList<>();
    scope.run(() -> ranOn.add(Thread.currentThread()));
    assertThat(ranOn).containsExactly(Thread.currentThread());
  }

  @Test
  void callbacksThatDoNotBlockStayOnAThreadThatMustNot() throws Exception {
    Synchronizer scope = new Synchronizer(false);
    List<Boolean> onEngine = new ArrayList<>();
    onEngineThread(
        () -> scope.run(() -> onEngine.add(Thread.currentThread() instanceof EngineThread)));
    assertThat(onEngine).containsExactly(true);
  }
}
