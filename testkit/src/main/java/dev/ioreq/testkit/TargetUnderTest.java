package dev.ioreq.testkit;

import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Pattern;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.Callable;
import org.assertj.core.api.Assertions;

/// What the parts of [TargetConformance] need to know of the target they test.
public interface TargetUnderTest {
  /// The seed of the bytes that the suite writes.
  long SEED = 0x10AE9;

  /// The size that most tests ask for.
  long SIZE = 1 << 16;

  /// A fresh, started, readable and writable storage target of the size, all zeroes. The suite
  /// closes it.
  ///
  /// @param sizeBytes a multiple of [#unitBytes()]
  /// @return the target
  /// @throws IoRequestException if it cannot be opened: the test fails
  IoTarget open(long sizeBytes) throws IoRequestException;

  /// What offsets and lengths must be a multiple of.
  ///
  /// @return 1 where every offset is allowed
  int unitBytes();

  /// What the test made.
  ///
  /// @return closes everything after the test, and finds leaks
  LeakTracker made();

  /// A target of the usual size.
  ///
  /// @return open and tracked
  /// @throws IoRequestException if it cannot be opened
  default IoTarget target() throws IoRequestException {
    return made().track(open(SIZE));
  }

  /// A target of the usual size filled with [Pattern].
  ///
  /// @return open and tracked
  /// @throws IoRequestException if it cannot be filled
  default IoTarget patterned() throws IoRequestException {
    IoTarget target = target();
    Assertions.assertThat(target.sendWriteSynchronously(pattern(0, SIZE), 0)).isEqualTo(SIZE);
    return target;
  }

  /// Memory filled with the pattern of a place.
  ///
  /// @param deviceOffset the place
  /// @param sizeBytes how much
  /// @return tracked memory
  default IoMemory pattern(long deviceOffset, long sizeBytes) {
    IoMemory memory = made().memory(sizeBytes);
    Pattern.fill(SEED, deviceOffset, memory.segment(), 0, sizeBytes);
    return memory;
  }

  /// Fails unless memory holds the pattern of a place.
  ///
  /// @param memory what was read
  /// @param base where in it
  /// @param deviceOffset the place
  /// @param length how much
  default void expectPattern(IoMemory memory, long base, long deviceOffset, long length) {
    Assertions.assertThat(Pattern.agreeing(SEED, deviceOffset, memory.segment(), base, length))
        .as("bytes that agree with the pattern at %d", deviceOffset)
        .isEqualTo(length);
  }

  /// Fails unless bytes of memory all have a value.
  ///
  /// @param memory to look at
  /// @param from the first
  /// @param to behind the last
  /// @param value what each is
  default void expectFilled(IoMemory memory, long from, long to, int value) {
    for (long at = from; at < to; at++) {
      if (memory.segment().get(ValueLayout.JAVA_BYTE, at) != (byte) value) {
        throw new AssertionError("byte %d is not %d".formatted(at, value));
      }
    }
  }

  /// Fails unless an action is refused as misuse.
  ///
  /// @param action is run
  /// @return the status that names the rule
  static IoStatus misuse(Callable<?> action) {
    try {
      action.call();
    } catch (IoMisuseException e) {
      return e.status();
    } catch (Exception e) {
      throw new AssertionError("not a misuse", e);
    }
    throw new AssertionError("nothing was thrown");
  }

  /// The same for an action without result.
  ///
  /// @param action is run
  /// @return the status that names the rule
  static IoStatus misuse(Runnable action) {
    return misuse(() -> {
      action.run();
      return true;
    });
  }

  /// Fails unless a synchronous call fails.
  ///
  /// @param action is run
  /// @return what it threw
  static IoRequestException failure(Callable<?> action) {
    try {
      action.call();
    } catch (IoRequestException e) {
      return e;
    } catch (Exception e) {
      throw new AssertionError("not a failed request", e);
    }
    throw new AssertionError("nothing was thrown");
  }

  /// Sends with a recorder and waits.
  ///
  /// @param request formatted for the target
  /// @param target where to
  /// @return how it ended
  static Recorder.Call sendAndAwait(IoRequest request, IoTarget target) {
    Recorder recorder = new Recorder();
    request.setCompletionRoutine(recorder);
    Assertions.assertThat(request.send(target)).as("%s", request.status()).isTrue();
    Recorder.Call call = recorder.await();
    Assertions.assertThat(recorder.count()).isEqualTo(1);
    return call;
  }
}
