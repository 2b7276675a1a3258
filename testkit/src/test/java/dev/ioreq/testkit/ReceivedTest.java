package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ioreq.BufferMethod;
import dev.ioreq.ControlCode;
import dev.ioreq.DeviceConfig;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.Verifier;
import dev.ioreq.VerifierRule;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// What tests of received requests share: devices whose driver keeps what it gets, and what the
/// verifier reports.
abstract class ReceivedTest extends ScriptedTest {
  final ManualDevice lower = new ManualDevice();

  /// What the devices' drivers have got, the oldest first.
  final List<ReceivedRequest> got = new CopyOnWriteArrayList<>();

  private final List<VerifierRule> reported = new CopyOnWriteArrayList<>();
  private final Verifier.Registration listening =
      Verifier.listen(violation -> reported.add(violation.rule()));
  private final Verifier.Mode before = Verifier.mode();

  /// What is reported is looked at; it does not throw.
  @BeforeEach
  final void report() {
    Verifier.mode(Verifier.Mode.REPORT);
  }

  @AfterEach
  final void stopListening() {
    Verifier.mode(before);
    listening.close();
  }

  /// The rules reported since the last call.
  final List<VerifierRule> reports() {
    List<VerifierRule> all = List.copyOf(reported);
    reported.clear();
    return all;
  }

  final IoDevice device(IoDevice device) {
    return made.track(device);
  }

  /// A target of a client that leads to a device, which is closed with the test.
  final IoTarget to(IoDevice device) {
    device(device);
    return made.track(IoTarget.to(device));
  }

  /// A queue whose driver keeps everything.
  final QueueConfig keeping() {
    return IoQueue.parallel().allowZeroLength().onDefault((queue, request) -> got.add(request));
  }

  final DeviceConfig keeper() {
    return IoDevice.function("keeper").queue(keeping());
  }

  /// Sends a read of 64 bytes to a keeper above the lower device.
  final ReceivedRequest receive() {
    return receive(over(lower));
  }

  final ReceivedRequest receive(IoTarget below) {
    send(to(keeper().above(below)));
    return got.getLast();
  }

  final IoMemory bytes(int... values) {
    IoMemory memory = made.memory(values.length);
    byte[] copy = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      copy[i] = (byte) values[i];
    }
    memory.copyFrom(0, copy);
    return memory;
  }

  static byte[] of(IoMemory memory) {
    byte[] copy = new byte[(int) memory.sizeBytes()];
    memory.copyTo(0, copy);
    return copy;
  }

  static ControlCode code(BufferMethod method) {
    return ControlCode.of("TEST", 0x8000, 0x801, method, 0);
  }

  /// A device control with the recorder as its routine.
  final IoRequest sendControl(IoTarget target, BufferMethod method, IoMemory in, IoMemory out) {
    IoRequest request = made.request();
    target.formatDeviceControl(request, code(method), in, out);
    return sendFormatted(request, target);
  }

  final IoRequest sendWrite(IoTarget target, IoMemory input) {
    IoRequest request = made.request();
    target.formatWrite(request, input, 0);
    return sendFormatted(request, target);
  }

  final IoRequest sendFormatted(IoRequest request, IoTarget target) {
    request.setCompletionRoutine(recorder);
    assertThat(request.send(target)).as("%s", request.status()).isTrue();
    return request;
  }

  static void assertMisuse(IoStatus status, ThrowingCallable call) {
    IoMisuseException thrown = catchThrowableOfType(IoMisuseException.class, call);
    assertThat(thrown).as("misuse %s", status).isNotNull();
    assertThat(thrown.status()).isEqualTo(status);
  }

  static void assertRefused(IoStatus status, ThrowingCallable call) {
    IoRequestException thrown = catchThrowableOfType(IoRequestException.class, call);
    assertThat(thrown).as("refused %s", status).isNotNull();
    assertThat(thrown.status()).isEqualTo(status);
  }
}
