package dev.ioreq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.PurgeAction;
import dev.ioreq.SentIoAction;
import dev.ioreq.testkit.ManualDevice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class GenericFilterTest extends ExampleTest {
  private final ManualDevice lower = new ManualDevice();
  private final List<String> seen = new ArrayList<>();

  private void see(String name, IoStatus status) {
    seen.add(name + " " + status.name());
  }

  private IoRequest ping(IoTarget target) {
    IoRequest request = made.request();
    target.formatDeviceControl(request, GenericFilter.PING, IoMemory.none(), made.memory(8));
    return send(request, target);
  }

  @Test
  @DisplayName("the example")
  void example() throws Exception {
    assertThat(printed(() -> GenericFilter.main(new String[0])))
        .isEqualTo("bottom saw SUCCESS\ntop saw SUCCESS\nanswer: 42\n");
  }

  @Test
  @DisplayName("S-08, R-236, R-237 build A: the request goes down as it is, and straight back up")
  void forgets() {
    IoDevice filter = GenericFilter.forgetting("a", over(lower));
    IoTarget top = above(filter);
    IoRequest request = ping(top);
    assertThat(filter.defaultQueue().orElseThrow().state().isIdle()).as("R-240").isTrue();
    Packet packet = lower.oldest();
    assertThat(packet.frame().controlCode()).isEqualTo(GenericFilter.PING);
    assertThat(packet.frame().outputLength()).isEqualTo(8);
    packet.complete(IoStatus.DEVICE_BUSY, 5);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.DEVICE_BUSY);
    assertThat(request.information()).isEqualTo(5);
  }

  @Test
  @DisplayName("S-09, R-182, R-208 build B: routine once, with the status and information of lower")
  void watches() {
    IoTarget top = above(GenericFilter.watching("b", over(lower), this::see));
    ping(top);
    lower.complete(IoStatus.SUCCESS, 3);
    assertThat(recorder.await().information()).isEqualTo(3);
    assertThat(seen).containsExactly("b SUCCESS");
    ping(top);
    lower.complete(IoStatus.ofErrno(5), 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.ofErrno(5));
    assertThat(seen).containsExactly("b SUCCESS", "b EIO");
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("S-10, R-366 what the filter has no handler for passes it")
  void passesReadsAndWrites() {
    IoTarget top = above(GenericFilter.watching("b", over(lower), this::see));
    read(top, 16);
    write(top, 16, 32);
    assertThat(lower.arrivals())
        .extracting(ManualDevice.Arrival::type)
        .containsExactly("READ", "WRITE");
    lower.completeAll();
    assertThat(recorder.count()).isEqualTo(2);
    assertThat(seen).isEmpty();
  }

  @Test
  @DisplayName("S-10, R-365, R-367 a function device refuses what it has no handler for")
  void functionDeviceRefuses() {
    IoTarget top =
        above(
            IoDevice.function("f")
                .queue(
                    IoQueue.parallel()
                        .onDeviceControl((queue, request, out, in, code) ->
                            request.complete(IoStatus.SUCCESS, 0)))
                .above(over(lower)));
    read(top, 16);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(lower.arrivals()).isEmpty();
  }

  @Test
  @DisplayName("S-11, R-204 three filters, A and B mixed: routines bottom to top")
  void threeFilters() {
    IoTarget bottom = above(GenericFilter.watching("bottom", over(lower), this::see));
    IoTarget middle = above(GenericFilter.forgetting("middle", bottom));
    IoTarget top = above(GenericFilter.watching("top", middle, this::see));
    ping(top);
    assertThat(seen).isEmpty();
    lower.complete(IoStatus.SUCCESS, 8);
    assertThat(seen).containsExactly("bottom SUCCESS", "top SUCCESS");
    assertThat(recorder.await().information()).isEqualTo(8);
  }

  @Test
  @DisplayName("S-11, R-241, R-026 a stopped target: build A goes past its state, build B waits")
  void stoppedTarget() {
    IoTarget target = over(lower);
    final IoTarget a = above(GenericFilter.forgetting("a", target));
    target.stop(SentIoAction.LEAVE_PENDING);
    ping(a);
    assertThat(lower.kept()).isEqualTo(1);
    lower.complete();

    ManualDevice other = new ManualDevice();
    IoTarget stopped = over(other);
    final IoTarget b = above(GenericFilter.watching("b", stopped, this::see));
    stopped.stop(SentIoAction.LEAVE_PENDING);
    ping(b);
    assertThat(other.kept()).isZero();
    assertThat(stopped.requestsHeld()).isEqualTo(1);
    stopped.start();
    other.complete();
    assertThat(recorder.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("S-12, R-214, R-194, R-428 send gives false: completed once, with its status")
  void purgedTarget() {
    IoTarget below = over(new ManualDevice());
    final IoTarget b = above(GenericFilter.watching("b", below, this::see));
    below.purge(PurgeAction.PURGE);
    ping(b);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(seen).isEmpty();
  }

  @Test
  @DisplayName(
      "S-12, R-214, R-244, R-427 build A to a target that was closed: the driver completes")
  void closedTarget() {
    IoTarget elsewhere = above(RamDisk.create(16));
    IoTarget top =
        above(
            IoDevice.function("a")
                .forwardsTo(elsewhere)
                .queue(
                    IoQueue.parallel()
                        .onDeviceControl((queue, request, out, in, code) ->
                            GenericFilter.forget(request, elsewhere)))
                .alone());
    elsewhere.close();
    ping(top);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(recorder.count()).isEqualTo(1);
  }
}
