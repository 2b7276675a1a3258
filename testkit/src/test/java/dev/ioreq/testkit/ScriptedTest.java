package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import org.junit.jupiter.api.AfterEach;

/// What tests with a scripted lower device share.
abstract class ScriptedTest {
  final LeakTracker made = new LeakTracker();
  final Recorder recorder = new Recorder();

  IoTarget over(ManualDevice device) {
    return made.track(device.target());
  }

  /// A read of 64 bytes with the recorder as its routine.
  IoRequest formatted(IoTarget target) {
    IoRequest request = made.request();
    target.formatRead(request, made.memory(64), 0);
    request.setCompletionRoutine(recorder);
    return request;
  }

  IoRequest send(IoTarget target) {
    return send(target, SendOptions.none());
  }

  IoRequest send(IoTarget target, SendOptions options) {
    IoRequest request = formatted(target);
    assertThat(request.send(target, options)).as("%s", request.status()).isTrue();
    return request;
  }

  @AfterEach
  final void closeWhatWasMade() {
    made.close();
  }
}
