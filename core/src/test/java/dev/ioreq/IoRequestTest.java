package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class IoRequestTest {
  /// Keeps its packets until the test completes them.
  private static final class KeepingDevice extends IdleDevice {
    private final ArrayDeque<Packet> kept = new ArrayDeque<>();

    @Override
    public void dispatch(Packet packet) {
      kept.add(packet);
    }
  }

  private final KeepingDevice device = new KeepingDevice();
  private final IoTarget target = IoTarget.over("keeping", device);
  private final IoRequest request = IoRequest.create();

  @AfterEach
  void close() {
    device.kept.forEach(packet -> packet.complete(IoStatus.SUCCESS, 0));
    request.close();
    target.close();
  }

  private Packet send(SendOptions options) {
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(target, options)).isTrue();
    return device.kept.remove();
  }

  @Test
  void settingARoutineGivesTheRequest() {
    assertThat(request.setCompletionRoutine((done, at, result) -> {})).isSameAs(request);
    assertThat(request.setCompletionRoutine((done, at, result) -> {}, "context")).isSameAs(request);
  }

  @Test
  @DisplayName("R-251 an expiry that comes before its time, or for nothing, changes nothing")
  void anExpiryBeforeItsTimeChangesNothing() {
    request.deadline().expired();
    for (SendOptions options :
        List.of(SendOptions.none(), SendOptions.timeout(Duration.ofHours(1)))) {
      Packet packet = send(options);
      request.deadline().expired();
      assertThat(packet.isCancelRequested()).isFalse();
      assertThat(request.statusUnchecked()).isEqualTo(IoStatus.PENDING);
      packet.complete(IoStatus.SUCCESS, 0);
      assertThat(request.statusUnchecked()).as("the timer has left").isEqualTo(IoStatus.SUCCESS);
    }
  }

  @Test
  void aMessageNamesTheTargetThatHasTheRequest() {
    Packet packet = send(SendOptions.none());
    assertThatThrownBy(request::reuse)
        .isInstanceOf(IoMisuseException.class)
        .hasMessageContaining("sent to " + target.name());
    packet.complete(IoStatus.SUCCESS, 0);
  }

  @Test
  void aMessageSaysThatARequestIsClosed() {
    assertThat(request.toString()).doesNotContain("closed");
    request.close();
    assertThat(request).asString().contains("closed");
  }

  @Test
  @DisplayName("R-443, R-444 a request that cannot have its frames is not counted as living")
  void aRequestWithoutFramesIsClosed() {
    Verifier.requestLimit(1000);
    try (Verifier.Registration faults = Verifier.failAllocationsAfter(1)) {
      assertThat(faults).isNotNull();
      assertThatThrownBy(() -> IoRequest.create(target)).isInstanceOf(IoMisuseException.class);
      assertThat(Verifier.ledger().live(target)).isZero();
    } finally {
      Verifier.requestLimit(0);
    }
  }

  @Test
  void aMessageSaysWhatAPacketAndATargetAre() {
    Packet packet = send(SendOptions.none());
    assertThat(packet).asString().contains(request.toString());
    assertThat(target).asString().contains("keeping", "STARTED");
    packet.complete(IoStatus.SUCCESS, 0);
    assertThat(request.completionParameters())
        .asString()
        .contains("READ", "information 0", "SUCCESS");
  }
}
