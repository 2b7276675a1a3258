package dev.ioreq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import dev.ioreq.testkit.ManualDevice;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagedTransfersTest extends ExampleTest {
  private static final int STAGE = 8;

  @TempDir private Path folder;
  private final ManualDevice lower = new ManualDevice();
  private final List<Thread> resets = new ArrayList<>();
  private final AtomicInteger writes = new AtomicInteger();

  /// Completes the write with a number otherwise than the others, which succeed.
  private void lowerGives(int number, IoStatus status, long information) {
    lower.atOnce(packet -> {
      if (packet.frame().type() != RequestType.WRITE) {
        resets.add(Thread.currentThread());
        packet.complete(IoStatus.SUCCESS, 0);
      } else if (writes.incrementAndGet() == number) {
        packet.complete(status, information);
      } else {
        packet.complete(IoStatus.SUCCESS, packet.frame().inputLength());
      }
    });
  }

  @Test
  @DisplayName("the example")
  void example() throws Exception {
    Path file = folder.resolve("bulk");
    assertThat(printed(() -> StagedTransfers.main(new String[] {file.toString()})))
        .isEqualTo("moved 1048576 bytes\n");
    assertThat(Files.size(file)).isEqualTo(1 << 20);
  }

  @Test
  @DisplayName("S-23, R-120, R-144, R-210, R-345 11 windows of one buffer, one completion")
  void stages() {
    int length = 10 * STAGE + 7;
    IoMemory memory = made.memory(length);
    for (int i = 0; i < length; i++) {
      memory.segment().set(ValueLayout.JAVA_BYTE, i, (byte) i);
    }
    List<Byte> firstBytes = new ArrayList<>();
    lower.atOnce(packet -> {
      firstBytes.add(firstByte(packet));
      packet.complete(IoStatus.SUCCESS, packet.frame().inputLength());
    });
    IoTarget target = above(StagedTransfers.above(over(lower), STAGE));
    IoRequest request = made.request();
    target.formatWrite(request, memory, 1000);
    send(request, target);
    assertThat(recorder.await().information()).isEqualTo(length);
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(lower.arrivals()).hasSize(11);
    for (int i = 0; i < 11; i++) {
      ManualDevice.Arrival arrival = lower.arrivals().get(i);
      assertThat(arrival.deviceOffset()).isEqualTo(1000 + i * STAGE);
      assertThat(arrival.inputLength()).isEqualTo(i == 10 ? 7 : STAGE);
      assertThat(firstBytes.get(i)).isEqualTo((byte) (i * STAGE));
    }
  }

  private static byte firstByte(Packet packet) {
    return packet.frame().inputSegment().get(ValueLayout.JAVA_BYTE, packet.frame().inputBase());
  }

  @Test
  @DisplayName("S-24 stage 4 fails: no fifth, a reset on a thread that may wait, its status")
  void stageFails() {
    lowerGives(4, IoStatus.ofErrno(5), 0);
    IoTarget target = above(StagedTransfers.above(over(lower), STAGE));
    IoRequest request = write(target, 10 * STAGE, 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.ofErrno(5));
    assertThat(request.information()).isEqualTo(3 * STAGE);
    assertThat(writes).hasValue(4);
    assertThat(resets).hasSize(1).allMatch(Thread::isVirtual);
  }

  @Test
  @DisplayName("S-24 stage 3 is short: the rest follows")
  void stageIsShort() {
    lowerGives(3, IoStatus.SUCCESS, 3);
    IoTarget target = above(StagedTransfers.above(over(lower), STAGE));
    IoRequest request = write(target, 4 * STAGE, 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(4 * STAGE);
    assertThat(lower.arrivals())
        .extracting(ManualDevice.Arrival::deviceOffset)
        .containsExactly(0L, 8L, 16L, 19L, 27L);
    assertThat(resets).isEmpty();
  }

  @Test
  @DisplayName("S-25, R-328 cancelled between stages 2 and 3: no third, one completion")
  void cancelledBetweenStages() {
    lowerGives(0, IoStatus.SUCCESS, 0);
    AtomicReference<IoRequest> client = new AtomicReference<>();
    IoTarget bottom = over(lower);
    IoTarget between = above(cancellingAfterTwo(bottom, client));
    IoTarget target = above(StagedTransfers.above(between, STAGE));
    IoRequest request = made.request();
    client.set(request);
    target.formatWrite(request, made.memory(10 * STAGE), 0);
    send(request, target);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
    assertThat(request.information()).isEqualTo(2 * STAGE);
    assertThat(writes).hasValue(2);
    assertThat(recorder.count()).isEqualTo(1);
  }

  private IoDevice cancellingAfterTwo(IoTarget bottom, AtomicReference<IoRequest> client) {
    return IoDevice.filter("between")
        .queue(
            IoQueue.parallel()
                .onWrite((queue, request, length) -> {
                  request.formatUsingCurrentType();
                  request.setCompletionRoutine((sent, to, result) -> {
                    if (writes.get() == 2) {
                      client.get().cancelSent();
                    }
                    request.complete(result.status());
                  });
                  assertThat(request.send(bottom)).isTrue();
                }))
        .above(bottom);
  }

  @Test
  @DisplayName("S-26, R-210 1000 stages that end at once do not overflow the stack")
  void manyStages() {
    lowerGives(0, IoStatus.SUCCESS, 0);
    IoTarget target = above(StagedTransfers.above(over(lower), STAGE));
    AtomicInteger deepest = new AtomicInteger();
    lower.atOnce(packet -> {
      int depth = Thread.currentThread().getStackTrace().length;
      deepest.accumulateAndGet(depth, Math::max);
      packet.complete(IoStatus.SUCCESS, packet.frame().inputLength());
    });
    IoRequest request = write(target, 1000 * STAGE, 0);
    assertThat(recorder.await().status()).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.information()).isEqualTo(1000 * STAGE);
    assertThat(deepest.get()).isLessThan(600);
  }
}
