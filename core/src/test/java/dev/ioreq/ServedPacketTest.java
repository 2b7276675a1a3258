package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A device that has ended a packet by the time it returns leaves its completion to who dispatched
/// it.
class ServedPacketTest {
  private static final IoStatus BUSY = IoStatus.DEVICE_BUSY;

  private final ServingDevice device = new ServingDevice();
  private final IoTarget target = IoTarget.over("serving", device);
  private final IoRequest request = IoRequest.create();
  private final List<String> told = new ArrayList<>();

  @AfterEach
  void close() {
    target.close();
    request.close();
  }

  private boolean send() {
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((sent, to, result) ->
        told.add("%s %d %s".formatted(result.status(), result.information(), device.isInside)));
    return request.send(target);
  }

  @Test
  void itsRoutineRunsWhenTheDeviceHasReturned() {
    device.end = BUSY;
    assertThat(send()).isTrue();
    assertThat(told).containsExactly(BUSY + " 7 false");
    assertThat(request.status()).isEqualTo(BUSY);
  }

  @Test
  void aDeviceThatThrowsAfterAllHasNotEndedIt() {
    device.end = BUSY;
    device.thrown = new IllegalArgumentException("by intent");
    assertThat(send()).isTrue();
    assertThat(told).containsExactly(IoStatus.UNSUCCESSFUL + " 0 true");
  }

  @Test
  void itIsCompletedWhereItIsDispatchedAsWell() {
    device.end = BUSY;
    IoTarget outer =
        IoTarget.over(
            "outer",
            new IdleDevice() {
              @Override
              public void dispatch(Packet packet) {
                if (device.serve(packet)) {
                  packet.complete();
                }
              }
            });
    try (outer) {
      outer.formatRead(request, IoMemory.none(), 0);
      request.setCompletionRoutine((sent, to, result) -> told.add("" + result.information()));
      assertThat(request.send(outer)).isTrue();
    }
    assertThat(told).containsExactly("7");
  }

  /// Ends each packet with 7 bytes.
  private static final class ServingDevice extends IdleDevice {
    private IoStatus end = IoStatus.SUCCESS;
    private @Nullable RuntimeException thrown;
    private boolean isInside;

    @Override
    public void dispatch(Packet packet) {
      throw new AssertionError("it is served");
    }

    @Override
    public boolean serve(Packet packet) {
      isInside = true;
      boolean hasEnded = packet.end(end, 7);
      if (thrown != null) {
        throw thrown;
      }
      isInside = false;
      return hasEnded;
    }
  }
}
