package dev.ioreq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.PurgeAction;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.Verifier;
import dev.ioreq.VerifierRule;
import dev.ioreq.testkit.ManualDevice;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StripeTest extends ExampleTest {
  private static final int PART = 512;

  private final List<ManualDevice> disks =
      List.of(new ManualDevice(), new ManualDevice(), new ManualDevice());
  private final List<IoTarget> targets = disks.stream().map(device -> over(device)).toList();
  private final long heldBefore = Verifier.violations(VerifierRule.COMPLETE_WHILE_MEMORY_HELD);

  private IoRequest write(SendOptions options) {
    return write(above(Stripe.over(targets, options)), 3 * PART, 3 * PART);
  }

  private IoStatus ended() {
    return recorder.await().status();
  }

  /// In every variant: one completion, and nobody holds the memory.
  @AfterEach
  void once() {
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(Verifier.violations(VerifierRule.COMPLETE_WHILE_MEMORY_HELD)).isEqualTo(heldBefore);
  }

  @Test
  @DisplayName("S-35, R-348, R-350 three windows of one memory, ended in any order")
  void parts() {
    IoRequest request = write(SendOptions.none());
    for (ManualDevice disk : disks) {
      assertThat(disk.arrivals()).containsExactly(new ManualDevice.Arrival("WRITE", PART, PART, 0));
    }
    disks.get(2).complete(IoStatus.SUCCESS, PART);
    disks.get(0).complete(IoStatus.SUCCESS, PART);
    assertThat(recorder.count()).isZero();
    disks.get(1).complete(IoStatus.SUCCESS, PART);
    assertThat(ended()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(3 * PART);
  }

  @Test
  @DisplayName("S-35, R-356 the first part ends before the second is sent")
  void firstEndsAtOnce() {
    disks.get(0).atOnce(packet -> packet.complete(IoStatus.SUCCESS, PART));
    write(SendOptions.none());
    assertThat(recorder.count()).isZero();
    disks.get(1).complete(IoStatus.SUCCESS, PART);
    disks.get(2).complete(IoStatus.SUCCESS, PART);
    assertThat(ended()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("S-35, R-356 all parts end at once")
  void allEndAtOnce() {
    disks.forEach(disk -> disk.atOnce(packet -> packet.complete(IoStatus.SUCCESS, PART)));
    IoRequest request = write(SendOptions.none());
    assertThat(ended()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(3 * PART);
  }

  @Test
  @DisplayName("S-35, R-353 the second send is refused: the others still count")
  void aSendIsRefused() {
    targets.get(1).purge(PurgeAction.PURGE);
    IoRequest request = write(SendOptions.none());
    disks.get(2).complete(IoStatus.SUCCESS, PART);
    assertThat(recorder.count()).isZero();
    disks.get(0).complete(IoStatus.SUCCESS, PART);
    assertThat(ended()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(request.information()).isEqualTo(PART);
  }

  @Test
  @DisplayName("S-35, R-353, R-149 a closed disk cannot even be formatted for")
  void aDiskIsClosed() {
    targets.get(1).close();
    IoRequest request = write(SendOptions.none());
    disks.get(0).complete(IoStatus.SUCCESS, PART);
    disks.get(2).complete(IoStatus.SUCCESS, PART);
    assertThat(ended()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(request.information()).isEqualTo(PART);
  }

  @Test
  @DisplayName("S-35, R-352 a disk fails: the first failure in the order of the bytes")
  void aDiskFails() {
    IoRequest request = write(SendOptions.none());
    disks.get(2).complete(IoStatus.ofErrno(28), 0);
    disks.get(1).complete(IoStatus.ofErrno(5), 100);
    disks.get(0).complete(IoStatus.SUCCESS, PART);
    assertThat(ended()).isEqualTo(IoStatus.ofErrno(5));
    assertThat(request.information()).isEqualTo(PART + 100);
  }

  @Test
  @DisplayName("S-35, R-354, R-355 the client cancels when one part has ended")
  void theClientCancels() {
    disks.forEach(disk -> disk.onCancel(ManualDevice.OnCancel.COMPLETE));
    IoRequest request = write(SendOptions.none());
    disks.get(0).complete(IoStatus.SUCCESS, PART);
    assertThat(request.cancelSent()).isTrue();
    assertThat(ended()).isEqualTo(IoStatus.CANCELLED);
    assertThat(request.information()).isEqualTo(PART);
  }

  @Test
  @DisplayName("S-35, R-354 a disk that cannot cancel is waited for")
  void aDiskCannotCancel() {
    disks.get(1).onCancel(ManualDevice.OnCancel.COMPLETE);
    disks.get(2).onCancel(ManualDevice.OnCancel.COMPLETE);
    IoRequest request = write(SendOptions.none());
    assertThat(request.cancelSent()).isTrue();
    assertThat(recorder.count()).isZero();
    disks.get(0).complete(IoStatus.SUCCESS, PART);
    assertThat(ended()).isEqualTo(IoStatus.CANCELLED);
    assertThat(request.information()).isEqualTo(PART);
  }

  @Test
  @DisplayName("S-35, R-359 a stopped disk delays its part, and so the whole")
  void aDiskIsStopped() {
    targets.get(1).stop(SentIoAction.LEAVE_PENDING);
    write(SendOptions.none());
    disks.get(0).complete(IoStatus.SUCCESS, PART);
    disks.get(2).complete(IoStatus.SUCCESS, PART);
    assertThat(recorder.count()).isZero();
    targets.get(1).start();
    disks.get(1).complete(IoStatus.SUCCESS, PART);
    assertThat(ended()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("S-35, R-251 each part has its own timeout")
  void partsTimeOut() {
    disks.get(1).onCancel(ManualDevice.OnCancel.COMPLETE);
    IoRequest request = write(SendOptions.timeout(Duration.ofMillis(5)));
    disks.forEach(disk -> disk.awaitCancels(1));
    disks.get(0).complete(IoStatus.SUCCESS, PART);
    disks.get(2).complete(IoStatus.SUCCESS, PART);
    assertThat(ended()).isEqualTo(IoStatus.IO_TIMEOUT);
    assertThat(request.information()).isEqualTo(PART);
  }

  @Test
  @DisplayName("S-35 the example, and a length that cannot be cut")
  void example() throws Exception {
    assertThat(printed(() -> Stripe.main(new String[0])))
        .isEqualTo("wrote 1536 bytes to 3 disks\n");
    write(above(Stripe.over(targets, SendOptions.none())), 100, 0);
    assertThat(ended()).isEqualTo(IoStatus.INVALID_PARAMETER);
  }
}
