package dev.ioreq.portable;

import dev.ioreq.Access;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.testkit.Recorder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;

/// What the tests of this engine share.
final class Targets {
  static final int BLOCK_BYTES = 4096;

  private Targets() {}

  /// Opens by name, by this engine.
  static IoTarget open(String name, Access access) throws IoRequestException {
    return IoTarget.open(name, OpenOptions.of(access).withEngine("portable"));
  }

  /// A target over a file with a pool of its own.
  static IoTarget over(Path file, Workers workers) throws java.io.IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return IoTarget.over(
        file.toString(),
        new FileDevice(
            PathKind.FILE,
            channel,
            OpenOptions.of(Access.READ_WRITE),
            BLOCK_BYTES,
            false,
            workers));
  }

  /// Sends and waits.
  static Recorder.Call await(IoRequest request, IoTarget target) {
    Recorder recorder = new Recorder();
    request.setCompletionRoutine(recorder);
    if (!request.send(target)) {
      throw new AssertionError("refused: " + request.status());
    }
    return recorder.await();
  }

  /// What a call throws.
  static IoRequestException failure(Callable<?> call) {
    try {
      call.call();
    } catch (IoRequestException e) {
      return e;
    } catch (Exception e) {
      throw new AssertionError("not a failed request", e);
    }
    throw new AssertionError("nothing was thrown");
  }
}
