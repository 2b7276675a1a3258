package dev.ioreq.testkit;

import static dev.ioreq.testkit.Violations.reported;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.ControlCode;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.RequestType;
import dev.ioreq.SendOptions;
import dev.ioreq.VerifierRule;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The synchronous calls of a target, each with a request of the caller's and with a private one.
class ScriptedSynchronousTest extends ScriptedTest {
  private static final ControlCode CODE =
      ControlCode.of("DIRECT", 1, 2, BufferMethod.OUT_DIRECT, 0);
  private static final SendOptions OPTIONS = SendOptions.timeout(Duration.ofHours(1));

  private interface Call {
    long with(Optional<IoRequest> request, IoMemory memory) throws IoRequestException;
  }

  private final ManualDevice device = new ManualDevice();
  private final IoTarget target = over(device);
  private final Map<RequestType, Call> calls = new EnumMap<>(RequestType.class);

  ScriptedSynchronousTest() {
    calls.put(
        RequestType.READ,
        (request, memory) -> target.sendReadSynchronously(request, memory, 0, 0, 0, OPTIONS));
    calls.put(
        RequestType.WRITE,
        (request, memory) -> target.sendWriteSynchronously(request, memory, 0, 0, 0, OPTIONS));
    calls.put(
        RequestType.DEVICE_CONTROL,
        (request, memory) ->
            target.sendDeviceControlSynchronously(request, CODE, memory, memory, OPTIONS));
    calls.put(
        RequestType.INTERNAL_DEVICE_CONTROL,
        (request, memory) ->
            target.sendInternalDeviceControlSynchronously(request, CODE, memory, memory, OPTIONS));
    calls.put(
        RequestType.INTERNAL_DEVICE_CONTROL_OTHERS,
        (request, memory) ->
            target.sendInternalDeviceControlOthersSynchronously(
                request, CODE, memory, null, null, OPTIONS));
  }

  @Test
  @DisplayName("R-259, R-260, R-263 each call gives the bytes moved, whosever the request is")
  void eachCallGivesTheBytesMoved() throws IoRequestException {
    IoRequest own = made.request();
    long expected = 0;
    for (RequestType type : calls.keySet()) {
      for (Optional<IoRequest> request : List.of(Optional.<IoRequest>empty(), Optional.of(own))) {
        long information = ++expected;
        device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, information));
        assertThat(calls.get(type).with(request, made.memory(64)))
            .as("%s", type)
            .isEqualTo(information);
        assertThat(device.arrivals().getLast().type()).isEqualTo(type.name());
      }
    }
    IoMemory memory = made.memory(64);
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 31));
    assertThat(target.sendReadSynchronously(memory, 0)).isEqualTo(31);
    assertThat(target.sendWriteSynchronously(memory, 0)).isEqualTo(31);
    assertThat(target.sendDeviceControlSynchronously(CODE, memory, memory)).isEqualTo(31);
    assertThat(target.sendInternalDeviceControlSynchronously(CODE, memory, memory)).isEqualTo(31);
  }

  @Test
  @DisplayName("R-270, R-271 after a call nothing holds the memory or the format, however it ended")
  void afterACallNothingIsHeld() {
    IoRequest own = made.request();
    for (Call call : calls.values()) {
      for (IoStatus status : List.of(IoStatus.SUCCESS, IoStatus.ofErrno(5))) {
        device.atOnce(packet -> packet.complete(status, 0));
        for (Optional<IoRequest> request : List.of(Optional.<IoRequest>empty(), Optional.of(own))) {
          IoMemory memory = IoMemory.allocate(64);
          MemorySegment segment = memory.segment();
          assertThat(statusOf(() -> call.with(request, memory))).isEqualTo(status);
          memory.close();
          assertThat(segment.scope().isAlive()).as("freed").isFalse();
        }
        assertThat(
                reported(
                        VerifierRule.COMPLETION_PARAMETERS_WITHOUT_FORMAT,
                        own::completionParameters)
                    .argument1())
            .isNull();
      }
    }
  }

  private interface Synchronous {
    long call() throws IoRequestException;
  }

  private static IoStatus statusOf(Synchronous call) {
    try {
      call.call();
      return IoStatus.SUCCESS;
    } catch (IoRequestException e) {
      return e.status();
    }
  }
}
