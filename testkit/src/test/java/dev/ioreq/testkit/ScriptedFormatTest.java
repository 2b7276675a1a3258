package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static dev.ioreq.testkit.Violations.reported;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.ioreq.BufferMethod;
import dev.ioreq.ControlCode;
import dev.ioreq.Frame;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import dev.ioreq.VerifierRule;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a format builds, seen from the device, and what a format that fails leaves behind.
class ScriptedFormatTest extends ScriptedTest {
  private final ManualDevice device = new ManualDevice();

  private static ControlCode code(BufferMethod method) {
    return ControlCode.of(method.name(), 1, 1, method, 0);
  }

  private Packet sent(IoRequest request, IoTarget target) {
    assertThat(request.send(target)).as("%s", request.status()).isTrue();
    return device.oldest();
  }

  @ParameterizedTest
  @EnumSource(BufferMethod.class)
  @DisplayName("R-081, R-166, R-167 reads and writes go by the method that the device names")
  void transfersGoByTheMethodOfTheDevice(BufferMethod method) {
    ManualDevice named = new ManualDevice(1, method, true);
    IoTarget target = over(named);
    IoRequest request = made.request();
    IoMemory memory = made.memory(64);
    long address = memory.segment().address() + 16;
    for (int turn = 0; turn < 2; turn++) {
      target.formatRead(request, memory, 16, 8, 0);
      assertThat(request.send(target)).isTrue();
      Packet read = named.oldest();
      assertThat(read.frame().outputAddress() == address)
          .as("the sender's bytes themselves")
          .isEqualTo(method != BufferMethod.BUFFERED);
      read.complete(IoStatus.SUCCESS, 0);
      target.formatWrite(request, memory, 16, 8, 0);
      assertThat(request.send(target)).isTrue();
      Packet written = named.oldest();
      assertThat(written.frame().inputAddress() == address)
          .isEqualTo(method != BufferMethod.BUFFERED);
      written.complete(IoStatus.SUCCESS, 0);
    }
  }

  @ParameterizedTest
  @EnumSource(BufferMethod.class)
  @DisplayName("R-170, R-175, R-176, R-177 control codes go by the method in their number")
  void controlCodesGoByTheirMethod(BufferMethod method) {
    IoTarget target = over(device);
    IoRequest request = made.request();
    IoMemory memory = made.memory(64);
    long address = memory.segment().address();
    target.formatDeviceControl(request, code(method), memory, 4, 8, memory, 32, 16);
    Packet packet = sent(request, target);
    assertThat(packet.frame().inputLength()).isEqualTo(8);
    assertThat(packet.frame().outputLength()).isEqualTo(16);
    if (method != BufferMethod.BUFFERED) {
      assertThat(packet.frame().inputAddress()).isEqualTo(address + 4);
      assertThat(packet.frame().outputAddress()).isEqualTo(address + 32);
    } else {
      assertThat(packet.frame().inputAddress()).isEqualTo(packet.frame().outputAddress());
    }
    packet.complete(IoStatus.SUCCESS, 16);
  }

  @Test
  @DisplayName("R-175 with method in-direct the output is more input, and may be read-only")
  void anInDirectOutputMayBeReadOnly() {
    IoTarget target = over(device);
    IoRequest request = made.request();
    IoMemory readOnly = IoMemory.wrap(ByteBuffer.allocateDirect(8).asReadOnlyBuffer());
    target.formatDeviceControl(request, code(BufferMethod.IN_DIRECT), IoMemory.none(), readOnly);
    Packet packet = sent(request, target);
    assertThat(packet.frame().outputSegment().isReadOnly()).isTrue();
    packet.complete(IoStatus.SUCCESS, 0);
    for (BufferMethod method : List.of(BufferMethod.BUFFERED, BufferMethod.OUT_DIRECT)) {
      assertThat(
              misuse(() ->
                  target.formatDeviceControl(request, code(method), IoMemory.none(), readOnly)))
          .isEqualTo(IoStatus.ACCESS_VIOLATION);
    }
  }

  @Test
  @DisplayName("R-171, R-288 each format reaches the device, and the routine, as what it is")
  void eachFormatKeepsItsType() {
    IoTarget target = over(device);
    IoRequest request = made.request();
    IoMemory memory = made.memory(8);
    ControlCode code = code(BufferMethod.OUT_DIRECT);
    List<Runnable> formats =
        List.of(
            () -> target.formatRead(request, memory, 0),
            () -> target.formatWrite(request, memory, 0),
            () -> target.formatDeviceControl(request, code, memory, memory),
            () -> target.formatInternalDeviceControl(request, code, memory, memory),
            () -> target.formatInternalDeviceControlOthers(request, code, 1, 2, 4));
    List<RequestType> types =
        List.of(
            RequestType.READ,
            RequestType.WRITE,
            RequestType.DEVICE_CONTROL,
            RequestType.INTERNAL_DEVICE_CONTROL,
            RequestType.INTERNAL_DEVICE_CONTROL_OTHERS);
    for (int i = 0; i < types.size(); i++) {
      formats.get(i).run();
      request.setCompletionRoutine(recorder);
      Packet packet = sent(request, target);
      assertThat(packet.frame().type()).isEqualTo(types.get(i));
      packet.complete(IoStatus.SUCCESS, 0);
      assertThat(recorder.await().type()).isEqualTo(types.get(i));
      assertThat(request.completionParameters().type()).isEqualTo(types.get(i));
    }
  }

  @Test
  @DisplayName("R-179, R-291 three arguments reach the device as they are, and stay visible")
  void threeArguments() {
    IoTarget target = over(device);
    IoRequest request = made.request();
    IoMemory memory = made.memory(8);
    ControlCode code = code(BufferMethod.NEITHER);
    target.formatInternalDeviceControlOthers(request, code, "first", memory, null);
    Packet packet = sent(request, target);
    Frame frame = packet.frame();
    assertThat(frame.controlCode()).isEqualTo(code);
    assertThat(frame.argument1()).isEqualTo("first");
    assertThat(frame.argument2()).isSameAs(memory);
    assertThat(frame.argument4()).isNull();
    packet.complete(IoStatus.SUCCESS, 0);
    assertThat(request.completionParameters().argument1()).isEqualTo("first");
    assertThat(request.completionParameters().argument2()).isSameAs(memory);
    assertThat(request.completionParameters().argument4()).isNull();
  }

  @Test
  @DisplayName("R-158 a format neither sets nor removes the completion routine")
  void aFormatLeavesTheRoutineAlone() {
    IoTarget target = over(device);
    IoRequest request = made.request();
    request.setCompletionRoutine(recorder);
    target.formatRead(request, made.memory(8), 0);
    target.formatWrite(request, made.memory(8), 0);
    sent(request, target).complete(IoStatus.SUCCESS, 8);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    target.formatRead(request, made.memory(8), 0);
    sent(request, target).complete(IoStatus.SUCCESS, 8);
    assertThat(recorder.count()).as("set for one send").isEqualTo(1);
  }

  @Test
  @DisplayName(
      "R-092, R-093 a request made for a target has its frames, one made for none gets them")
  void framesAreMadeOnce() {
    ManualDevice deepDevice = new ManualDevice(3, BufferMethod.OUT_DIRECT, true);
    IoTarget flat = over(device);
    IoTarget deep = over(deepDevice);
    IoRequest forDeep = made.track(IoRequest.create(deep));
    IoRequest forNone = made.request();
    assertThat(packetAtBoth(forDeep, flat, deep, deepDevice)).isTrue();
    assertThat(packetAtBoth(forNone, flat, deep, deepDevice)).isFalse();
  }

  /// Whether the same packet served a flat target and then a deep one.
  private boolean packetAtBoth(
      IoRequest request, IoTarget flat, IoTarget deep, ManualDevice deepDevice) {
    flat.formatRead(request, made.memory(8), 0);
    Packet first = sent(request, flat);
    first.complete(IoStatus.SUCCESS, 8);
    deep.formatRead(request, made.memory(8), 0);
    assertThat(request.send(deep)).isTrue();
    Packet second = deepDevice.oldest();
    second.complete(IoStatus.SUCCESS, 8);
    return first == second;
  }

  @Test
  @DisplayName("R-148, R-149 a bad window is told before a closed target")
  void windowsAreCheckedFirst() {
    IoTarget target = over(device);
    IoRequest request = made.request();
    IoMemory memory = made.memory(8);
    ControlCode code = code(BufferMethod.BUFFERED);
    target.close();
    assertThat(misuse(() -> target.formatRead(request, memory, 0, 9, 0)))
        .isEqualTo(IoStatus.INTEGER_OVERFLOW);
    assertThat(misuse(() -> target.formatWrite(request, memory, 9, 0, 0)))
        .isEqualTo(IoStatus.INTEGER_OVERFLOW);
    assertThat(
            misuse(() ->
                target.formatDeviceControl(request, code, memory, 0, 9, IoMemory.none(), 0, 0)))
        .isEqualTo(IoStatus.INTEGER_OVERFLOW);
    assertThat(misuse(() -> target.formatRead(request, memory, 0)))
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(misuse(() -> target.formatDeviceControl(request, code, memory, memory)))
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(misuse(() -> target.formatInternalDeviceControlOthers(request, code, 1, 2, 4)))
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
  }

  @Test
  @DisplayName("R-146 a format that fails leaves no formatting and no reference behind")
  void aFormatThatFailsLeavesNothing() {
    IoTarget open = over(device);
    IoTarget closed = over(new ManualDevice());
    closed.close();
    IoRequest request = made.request();
    ControlCode code = code(BufferMethod.BUFFERED);
    List<Runnable> failing =
        List.of(
            () -> open.formatRead(request, made.memory(8), 0, 9, 0),
            () -> open.formatWrite(request, made.memory(8), -1),
            () -> closed.formatRead(request, made.memory(8), 0),
            () -> closed.formatWrite(request, made.memory(8), 0),
            () -> closed.formatDeviceControl(request, code, made.memory(8), IoMemory.none()),
            () -> closed.formatInternalDeviceControlOthers(request, code, 1, 2, 4));
    for (Runnable format : failing) {
      IoMemory before = IoMemory.allocate(8);
      MemorySegment.Scope scope = before.segment().scope();
      open.formatRead(request, before, 0);
      before.close();
      assertThat(misuse(format).isError()).isTrue();
      assertThat(scope.isAlive()).as("a reference was left").isFalse();
      assertThat(reported(VerifierRule.REQUEST_NOT_FORMATTED, () -> request.send(open))).isFalse();
      assertThat(request.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    }
    assertThat(device.kept()).isZero();
  }

  @Test
  @DisplayName("R-341 a format checks and fits the request without a change of target before")
  void aFormatChecksByItself() {
    ManualDevice deepDevice = new ManualDevice(4, BufferMethod.OUT_DIRECT, true);
    IoTarget flat = over(device);
    IoTarget deep = over(deepDevice);
    IoRequest request = made.request();
    flat.formatRead(request, IoMemory.none(), 0);
    deep.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(deep)).isTrue();
    deepDevice.complete();
    deep.close();
    assertThat(misuse(() -> request.changeTarget(deep)))
        .isEqualTo(misuse(() -> deep.formatRead(request, IoMemory.none(), 0)));
  }

  @Test
  @DisplayName("R-268, R-449 null is refused wherever it is given, no memory is a length of 0")
  void nullIsRefused() throws IoRequestException {
    IoTarget target = over(device);
    IoRequest request = made.request();
    IoMemory memory = made.memory(8);
    ControlCode code = code(BufferMethod.BUFFERED);
    MemorySegment noSegment = none();
    target.formatRead(request, memory, 0);
    List<Runnable> calls =
        List.of(
            () -> target.formatRead(request, none(), 0),
            () -> target.formatWrite(request, none(), 0),
            () -> target.formatWrite(none(), memory, 0),
            () -> target.formatDeviceControl(request, code, none(), memory),
            () -> target.formatDeviceControl(request, code, memory, none()),
            () -> target.formatDeviceControl(request, none(), memory, memory),
            () -> target.formatInternalDeviceControlOthers(request, none(), 1, 2, 4),
            () -> request.setCompletionRoutine(none()),
            () -> formatted(target).send(none()),
            () -> formatted(target).send(target, none()),
            () -> request.changeTarget(none()),
            () -> IoMemory.wrap(noSegment),
            () -> IoTarget.over("nothing", none()));
    for (int i = 0; i < calls.size(); i++) {
      assertThatNullPointerException().as("call %d", i).isThrownBy(calls.get(i)::run);
    }
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, packet.frame().length()));
    assertThat(target.sendReadSynchronously(IoMemory.none(), 0)).isZero();
    assertThat(target.sendWriteSynchronously(IoMemory.none(), 0)).isZero();
    assertThatNullPointerException().isThrownBy(() -> target.sendReadSynchronously(none(), 0));
    assertThat(target.requestsInFlight()).isZero();
  }

  /// What a caller without null checks might pass.
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T none() {
    @Nullable T none = null;
    return none;
  }
}
