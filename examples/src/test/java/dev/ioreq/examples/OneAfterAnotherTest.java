package dev.ioreq.examples;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static dev.ioreq.testkit.Violations.reported;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.VerifierRule;
import dev.ioreq.testkit.ManualDevice;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OneAfterAnotherTest extends ExampleTest {
  private final List<ManualDevice> lower =
      List.of(new ManualDevice(), new ManualDevice(), new ManualDevice());

  /// A target that is as many filters deep.
  private IoTarget deep(IoTarget bottom, int filters) {
    IoTarget top = bottom;
    for (int i = 0; i < filters; i++) {
      top = above(IoDevice.filter("f" + i).above(top));
    }
    return top;
  }

  @Test
  @DisplayName("the example")
  void example() throws Exception {
    assertThat(printed(() -> OneAfterAnother.main(new String[0])))
        .startsWith("WRITE of 512 at 1024: 512, SUCCESS\nwrote 512 bytes\n")
        .endsWith("device:log: SUCCESS\n");
  }

  @Test
  @DisplayName("S-32, R-336, R-344, R-190, R-192 three targets of different depth, one write each")
  void threeTargets() {
    List<IoTarget> targets =
        List.of(over(lower.get(0)), deep(over(lower.get(1)), 2), deep(over(lower.get(2)), 1));
    IoTarget top = above(OneAfterAnother.over(targets));
    IoRequest request = write(top, 64, 4096);
    long address = 0;
    for (int i = 0; i < 3; i++) {
      assertThat(recorder.count()).isZero();
      assertThat(lower.get(i).arrivals())
          .containsExactly(new ManualDevice.Arrival("WRITE", 4096, 64, 0));
      Packet packet = lower.get(i).oldest();
      long sameBytes = packet.frame().inputSegment().address() + packet.frame().inputBase();
      assertThat(sameBytes).isEqualTo(i == 0 ? sameBytes : address);
      address = sameBytes;
      packet.complete(IoStatus.SUCCESS, 64);
    }
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(64);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("S-32, R-344 the first failure ends it")
  void aTargetFails() {
    IoTarget top = above(OneAfterAnother.over(lower.stream().map(device -> over(device)).toList()));
    write(top, 64, 0);
    lower.get(0).complete(IoStatus.SUCCESS, 64);
    lower.get(1).complete(IoStatus.ofErrno(28), 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.ofErrno(28));
    assertThat(lower.get(2).arrivals()).isEmpty();
  }

  @Test
  @DisplayName("S-33, R-339 a closed target is refused; the device completes with that")
  void closedTarget() {
    IoTarget second = over(lower.get(1));
    IoTarget top = above(OneAfterAnother.over(List.of(over(lower.get(0)), second)));
    write(top, 64, 0);
    second.close();
    lower.get(0).complete(IoStatus.SUCCESS, 64);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
  }

  @Test
  @DisplayName("S-33, R-337, R-347 a target deeper than was announced is refused for received ones")
  void tooDeepForAReceivedRequest() {
    IoTarget deep = deep(over(lower.get(0)), 3);
    IoTarget top =
        above(
            IoDevice.function("unannounced")
                .queue(
                    IoQueue.parallel()
                        .onWrite((queue, request, length) -> {
                          try {
                            request.changeTarget(deep);
                            request.complete(IoStatus.SUCCESS, 0);
                          } catch (IoMisuseException e) {
                            request.complete(e.status(), 0); // the fallback
                          }
                        }))
                .alone());
    write(top, 64, 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    assertThat(lower.get(0).arrivals()).isEmpty();
  }

  @Test
  @DisplayName("S-33, R-338 a created request grows for a deeper target")
  void createdRequestGrows() {
    IoTarget deep = deep(over(lower.get(0)), 3);
    IoRequest request = made.track(IoRequest.create(over(lower.get(1))));
    request.changeTarget(deep);
    deep.formatWrite(request, made.memory(8), 0);
    send(request, deep);
    lower.get(0).complete(IoStatus.SUCCESS, 8);
    assertThat(recorder.await().information()).isEqualTo(8);
  }

  @Test
  @DisplayName("S-34, R-340, R-155 format, then change target, then send: refused as unformatted")
  void wrongOrder() {
    IoTarget first = over(lower.get(0));
    IoTarget second = over(lower.get(1));
    IoRequest request = made.request();
    first.formatWrite(request, made.memory(8), 0);
    request.changeTarget(second);
    assertThat(reported(VerifierRule.REQUEST_NOT_FORMATTED, () -> request.send(second))).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    second.close();
    assertThat(misuse(() -> request.changeTarget(second))).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
  }
}
