package dev.ioreq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.testkit.ManualDevice;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MirrorTest extends ExampleTest {
  private final ManualDevice left = new ManualDevice().onCancel(ManualDevice.OnCancel.COMPLETE);
  private final ManualDevice right = new ManualDevice().onCancel(ManualDevice.OnCancel.COMPLETE);
  private final IoTarget toLeft = over(left);
  private final IoTarget toRight = over(right);
  private final IoTarget top = above(Mirror.over(List.of(toLeft, toRight)));

  @Test
  @DisplayName("S-35 the example")
  void example() throws Exception {
    assertThat(printed(() -> Mirror.main(new String[0])))
        .isEqualTo(
            """
            wrote 512 bytes
            device:ram has 9
            device:ram has 9
            device:mirror has 9
            """);
  }

  @Test
  @DisplayName("S-35, R-357, R-145 both disks write from the same memory; one completion")
  void bothWrite() {
    IoRequest request = write(top, 64, 4096);
    Packet first = left.oldest();
    final Packet second = right.oldest();
    assertThat(address(first)).isEqualTo(address(second));
    first.complete(IoStatus.SUCCESS, 64);
    assertThat(recorder.count()).isZero();
    second.complete(IoStatus.SUCCESS, 64);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(64);
    assertThat(recorder.count()).isEqualTo(1);
  }

  private static long address(Packet packet) {
    return packet.frame().inputSegment().address() + packet.frame().inputBase();
  }

  @Test
  @DisplayName("S-35, R-352 one disk fails: its status, and what both have")
  void oneFails() {
    IoRequest request = write(top, 64, 0);
    right.complete(IoStatus.ofErrno(5), 16);
    left.complete(IoStatus.SUCCESS, 64);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.ofErrno(5));
    assertThat(request.information()).isEqualTo(16);
  }

  @Test
  @DisplayName("S-35, R-354 a cancel reaches both")
  void cancelled() {
    IoRequest request = write(top, 64, 0);
    assertThat(request.cancelSent()).isTrue();
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(left.cancels() + right.cancels()).isEqualTo(2);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("S-35, R-149 a closed disk: nothing is written, the request is completed")
  void aDiskIsClosed() {
    toRight.close();
    write(top, 64, 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(left.arrivals()).isEmpty();
  }

  @Test
  @DisplayName("R-428 a read goes to the first disk")
  void reads() {
    read(top, 32);
    left.complete(IoStatus.SUCCESS, 32);
    assertThat(recorder.await().information()).isEqualTo(32);
    assertThat(right.arrivals()).isEmpty();
  }
}
