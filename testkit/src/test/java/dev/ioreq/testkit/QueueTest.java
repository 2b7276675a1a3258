package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ioreq.BufferMethod;
import dev.ioreq.ControlCode;
import dev.ioreq.DeviceConfig;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestHandler;
import dev.ioreq.Verifier;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/// What tests of a device's queues share: a device alone, its driver that keeps what it gets, and
/// senders of every type.
abstract class QueueTest extends ScriptedTest {
  static final ControlCode CODE = ControlCode.of("ECHO", 0x22, 0x800, BufferMethod.BUFFERED, 0);
  static final ControlCode INTERNAL =
      ControlCode.of("INTERNAL", 0x22, 0x801, BufferMethod.NEITHER, 0);

  /// What the driver was given, in order.
  final List<ReceivedRequest> given = new CopyOnWriteArrayList<>();

  private final Semaphore arrived = new Semaphore(0);

  private final Verifier.Mode before = Verifier.mode();

  /// From here on the test runs as programs do: what breaks a rule is reported and does not throw,
  /// and handles are used again.
  static void asPrograms() {
    Verifier.mode(Verifier.Mode.REPORT);
  }

  @AfterEach
  void asBefore() {
    Verifier.mode(before);
  }

  /// A handler that keeps what it gets.
  final RequestHandler keep = (queue, request) -> keep(request);

  void keep(ReceivedRequest request) {
    given.add(request);
    arrived.release();
  }

  /// Waits until the driver was given so many more requests.
  void awaitGiven(int more) {
    Waiting.forPermits(more + " request(s) at the driver", arrived, more);
  }

  IoDevice alone(DeviceConfig config) {
    return made.track(config.alone());
  }

  /// A function device with one default queue.
  IoDevice function(QueueConfig queue) {
    return alone(IoDevice.function("function").queue(queue));
  }

  IoTarget top(IoDevice device) {
    return made.track(IoTarget.to(device));
  }

  static IoQueue queueOf(IoDevice device) {
    return device.defaultQueue().orElseThrow();
  }

  /// The oldest request of a queue.
  static ReceivedRequest retrieve(IoQueue queue) {
    AtomicReference<@Nullable ReceivedRequest> taken = new AtomicReference<>();
    assertThat(queue.retrieveNext(taken::set)).isEqualTo(IoStatus.SUCCESS);
    ReceivedRequest request = taken.get();
    assertThat(request).isNotNull();
    return Objects.requireNonNull(request);
  }

  static IoStatus tryRetrieve(IoQueue queue) {
    return queue.retrieveNext(request -> {
      throw new AssertionError("it gave " + request);
    });
  }

  IoRequest write(IoTarget target, long lengthBytes) {
    IoRequest request = made.request();
    target.formatWrite(request, lengthBytes == 0 ? IoMemory.none() : made.memory(lengthBytes), 0);
    return sent(request, target);
  }

  IoRequest readOf(IoTarget target, long lengthBytes) {
    IoRequest request = made.request();
    target.formatRead(request, lengthBytes == 0 ? IoMemory.none() : made.memory(lengthBytes), 0);
    return sent(request, target);
  }

  IoRequest control(IoTarget target, long inputBytes, long outputBytes) {
    IoRequest request = made.request();
    target.formatDeviceControl(request, CODE, memory(inputBytes), memory(outputBytes));
    return sent(request, target);
  }

  IoRequest internalControl(IoTarget target, long inputBytes, long outputBytes) {
    IoRequest request = made.request();
    target.formatInternalDeviceControl(request, INTERNAL, memory(inputBytes), memory(outputBytes));
    return sent(request, target);
  }

  private IoMemory memory(long sizeBytes) {
    return sizeBytes == 0 ? IoMemory.none() : made.memory(sizeBytes);
  }

  private IoRequest sent(IoRequest request, IoTarget target) {
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).as("%s", request.status()).isTrue();
    return request;
  }

  /// Statuses in the order of the completions so far.
  List<IoStatus> ends() {
    return recorder.calls().stream().map(Recorder.Call::status).toList();
  }

  void completeAll() {
    completeAll(given);
  }

  static void completeAll(List<ReceivedRequest> requests) {
    requests.forEach(request -> request.complete(IoStatus.SUCCESS, 0));
  }

  /// Runs something on another thread and waits for its end.
  static void elsewhere(Runnable what) {
    Waiting.forEnd(begin(what).thread());
  }

  /// Something that runs on another thread.
  record Elsewhere(Thread thread, FutureTask<Boolean> task) {
    /// Waits for its end, and for what it threw.
    void end() {
      try {
        assertThat(Waiting.forResult("the end of the other thread", task)).isTrue();
      } catch (ExecutionException e) {
        throw new AssertionError("the other thread failed", e.getCause());
      }
    }
  }

  static Elsewhere begin(Runnable what) {
    FutureTask<Boolean> task = new FutureTask<>(what, true);
    return new Elsewhere(Thread.ofPlatform().daemon().name("elsewhere").start(task), task);
  }

  static void assertMisuse(IoStatus status, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            IoMisuseException.class, e -> assertThat(e.status()).isEqualTo(status));
  }
}
