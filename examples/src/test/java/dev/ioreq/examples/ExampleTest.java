package dev.ioreq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import dev.ioreq.Verifier;
import dev.ioreq.testkit.LeakTracker;
import dev.ioreq.testkit.ManualDevice;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;

/// What the tests of the examples share: a client above the driver, scripted devices below it.
abstract class ExampleTest {
  /// A `main`, with its arguments.
  interface Program {
    void run() throws Exception;
  }

  private final Verifier.Mode modeBefore = Verifier.mode();
  final LeakTracker made = new LeakTracker();
  final Recorder recorder = new Recorder();

  @AfterEach
  final void closeWhatWasMade() {
    Verifier.mode(modeBefore);
    made.close();
  }

  final IoTarget over(ManualDevice device) {
    return made.track(device.target());
  }

  final IoTarget above(IoDevice device) {
    return made.track(IoTarget.to(made.track(device)));
  }

  final IoRequest write(IoTarget target, long length, long deviceOffset) {
    IoRequest request = made.request();
    target.formatWrite(request, made.memory(length), deviceOffset);
    return send(request, target);
  }

  final IoRequest read(IoTarget target, long length) {
    IoRequest request = made.request();
    target.formatRead(request, made.memory(length), 0);
    return send(request, target);
  }

  final IoRequest send(IoRequest request, IoTarget target) {
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target, SendOptions.none())).as("%s", request.status()).isTrue();
    return request;
  }

  /// What a program prints. It runs on a thread of its own: one that waits for ever must fail the
  /// test and not stop the build.
  static String printed(Program program) throws ExecutionException {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    FutureTask<Boolean> running =
        new FutureTask<>(() -> {
          program.run();
          return true;
        });
    try {
      Thread.ofPlatform().daemon().start(running);
      assertThat(Waiting.forResult("the program's end", running)).isTrue();
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
