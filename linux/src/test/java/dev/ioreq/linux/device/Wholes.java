package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Pattern;
import dev.ioreq.testkit.Recorder;
import java.util.concurrent.Callable;

/// What the tests of the devices have in common.
final class Wholes {
  static final long MEBIBYTE = 1 << 20;
  private static final long SEED = 77;

  private Wholes() {}

  /// Memory that holds the pattern of a place of the device.
  static IoMemory pattern(long deviceOffset, long sizeBytes) {
    IoMemory memory = IoMemory.allocate(sizeBytes);
    Pattern.fill(SEED, deviceOffset, memory.segment(), 0, sizeBytes);
    return memory;
  }

  /// Fails unless the first bytes are the pattern of a place.
  static void expectPattern(IoMemory memory, long deviceOffset, long length) {
    assertThat(Pattern.agreeing(SEED, deviceOffset, memory.segment(), 0, length)).isEqualTo(length);
  }

  /// Sends asynchronously, waits, and tells how it ended.
  static Recorder.Call outcome(IoRequest request, IoTarget target) {
    Recorder recorder = new Recorder();
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).as("%s", request.status()).isTrue();
    return recorder.await();
  }

  /// How a read ended.
  static Recorder.Call read(IoTarget target, IoMemory memory, long deviceOffset) {
    try (IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, memory, deviceOffset);
      return outcome(request, target);
    }
  }

  /// How a write ended.
  static Recorder.Call write(IoTarget target, IoMemory memory, long deviceOffset) {
    try (IoRequest request = IoRequest.create(target)) {
      target.formatWrite(request, memory, deviceOffset);
      return outcome(request, target);
    }
  }

  /// Fails unless a call fails.
  static IoStatus failure(Callable<?> call) {
    try {
      call.call();
    } catch (IoRequestException e) {
      return e.status();
    } catch (Exception e) {
      throw new AssertionError("not a failed request", e);
    }
    throw new AssertionError("it did not fail");
  }
}
