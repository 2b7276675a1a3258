package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static dev.ioreq.testkit.Violations.reported;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.BufferMethod;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.ControlCode;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.Verifier;
import dev.ioreq.VerifierRule;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ScriptedSendTest extends ScriptedTest {
  private static final ControlCode BUFFERED =
      ControlCode.of("BUFFERED", 1, 1, BufferMethod.BUFFERED, 0);
  private static final ControlCode OUT_DIRECT =
      ControlCode.of("OUT_DIRECT", 1, 2, BufferMethod.OUT_DIRECT, 0);

  private final ManualDevice device = new ManualDevice();

  @Test
  @DisplayName("R-025, R-279 a send hands the packet over before it returns, and is pending")
  void aSendHandsThePacketOver() {
    IoTarget target = over(device);
    IoRequest request = send(target);
    assertThat(device.kept()).isEqualTo(1);
    assertThat(request.status()).isEqualTo(IoStatus.PENDING);
    assertThat(target.requestsInFlight()).isEqualTo(1);
    assertThat(recorder.count()).isZero();
    device.complete(IoStatus.SUCCESS, 17);
    assertThat(recorder.await().information()).isEqualTo(17);
    assertThat(target.requestsInFlight()).isZero();
  }

  @Test
  @DisplayName(
      "R-215, R-200 a device that fails inside its handler: true, and the failure is the routine's")
  void aDeviceThatFailsAtOnce() {
    device.atOnce(packet -> packet.complete(IoStatus.ofErrno(5), 3));
    IoRequest request = send(over(device));
    assertThat(recorder.count()).as("R-200 before send returned").isEqualTo(1);
    assertThat(recorder.calls().getFirst().status()).isEqualTo(IoStatus.ofErrno(5));
    assertThat(request.information()).isEqualTo(3);
  }

  @Test
  @DisplayName("R-199 the routine runs on the thread that completes")
  void theRoutineRunsOnTheThreadThatCompletes() {
    send(over(device));
    Thread completer = Thread.ofPlatform().start(device::complete);
    assertThat(recorder.await().thread()).isSameAs(completer);
    Waiting.forEnd(completer);
  }

  @Test
  @DisplayName("R-223, R-034 packets arrive in the order of sends, held ones oldest first")
  void packetsArriveInOrder() {
    IoTarget target = over(device);
    IoMemory memory = made.memory(64);
    for (int i = 0; i < 20; i++) {
      if (i == 10) {
        target.stop(SentIoAction.LEAVE_PENDING);
      }
      IoRequest request = made.request();
      target.formatRead(request, memory, i);
      assertThat(request.send(target)).isTrue();
    }
    assertThat(device.kept()).isEqualTo(10);
    target.start();
    assertThat(device.arrivals())
        .extracting(ManualDevice.Arrival::deviceOffset)
        .isEqualTo(LongStream.range(0, 20).boxed().toList());
    device.completeAll();
  }

  @Test
  @DisplayName("R-144, R-159, R-170, R-176, R-179 the device sees type, place and window")
  void theDeviceSeesTheWindow() {
    IoTarget target = over(device);
    IoRequest request = made.request();
    IoMemory memory = made.memory(64);
    target.formatWrite(request, memory, 8, 16, 1000);
    request.send(target);
    Packet packet = device.oldest();
    assertThat(packet.frame().length()).isEqualTo(16);
    assertThat(packet.frame().deviceOffset()).isEqualTo(1000);
    assertThat(packet.frame().inputAddress()).isEqualTo(memory.segment().address() + 8);
    packet.complete(IoStatus.SUCCESS, 16);
    target.formatDeviceControl(request, OUT_DIRECT, memory, 4, 8, memory, 32, 16);
    request.send(target);
    packet = device.oldest();
    assertThat(packet.frame().controlCode()).isEqualTo(OUT_DIRECT);
    assertThat(packet.frame().inputLength()).isEqualTo(8);
    assertThat(packet.frame().outputLength()).isEqualTo(16);
    assertThat(packet.frame().outputAddress())
        .as("R-176 no copy")
        .isEqualTo(memory.segment().address() + 32);
    packet.complete(IoStatus.SUCCESS, 16);
    target.formatInternalDeviceControlOthers(request, BUFFERED, "a", memory, 3);
    request.send(target);
    packet = device.oldest();
    assertThat(packet.frame().argument1()).as("R-179").isEqualTo("a");
    assertThat(packet.frame().argument2()).isSameAs(memory);
    packet.complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName(
      "R-163, R-164, R-165 a buffered device: copied at format time, and back by information")
  void aBufferedDevice() {
    ManualDevice buffered = new ManualDevice(1, BufferMethod.BUFFERED, true);
    IoTarget target = over(buffered);
    IoRequest request = made.request();
    IoMemory memory = made.memory(8);
    memory.segment().fill((byte) 1);
    target.formatWrite(request, memory, 0);
    memory.segment().fill((byte) 2);
    request.send(target);
    Packet packet = buffered.oldest();
    assertThat(packet.frame().inputSegment().get(ValueLayout.JAVA_BYTE, 7)).isEqualTo((byte) 1);
    packet.complete(IoStatus.SUCCESS, 8);

    List<Byte> seen = new ArrayList<>();
    target.formatRead(request, memory, 0);
    request.setCompletionRoutine((done, at, result) -> {
      seen.add(memory.segment().get(ValueLayout.JAVA_BYTE, 2));
      seen.add(memory.segment().get(ValueLayout.JAVA_BYTE, 3));
    });
    request.send(target);
    packet = buffered.oldest();
    packet.frame().outputSegment().fill((byte) 9);
    assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 2);
    packet.complete(IoStatus.ofErrno(5), 3);
    assertThat(seen)
        .as("before the routine, whatever the status")
        .containsExactly((byte) 9, (byte) 2);
  }

  @Test
  @DisplayName(
      "R-172, R-173, R-174 a buffered control's output overwrites its input, and is copied back")
  void aBufferedControl() {
    IoTarget target = over(device);
    IoRequest request = made.request();
    IoMemory input = made.memory(4);
    IoMemory output = made.memory(8);
    input.segment().fill((byte) 3);
    target.formatDeviceControl(request, BUFFERED, input, output);
    input.segment().fill((byte) 4);
    request.send(target);
    Packet packet = device.oldest();
    assertThat(packet.frame().inputAddress()).isEqualTo(packet.frame().outputAddress());
    assertThat(packet.frame().inputSegment().get(ValueLayout.JAVA_BYTE, 3)).isEqualTo((byte) 3);
    packet.frame().outputSegment().asSlice(0, 8).fill((byte) 5);
    packet.complete(IoStatus.SUCCESS, 6);
    assertThat(output.segment().toArray(ValueLayout.JAVA_BYTE))
        .containsExactly(5, 5, 5, 5, 5, 5, 0, 0);
  }

  @Test
  @DisplayName(
      "R-168 heap memory goes through the packet's buffer where the device cannot reach it")
  void heapMemoryGoesThroughABuffer() {
    ManualDevice nativeOnly = new ManualDevice(1, BufferMethod.OUT_DIRECT, false);
    IoTarget target = over(nativeOnly);
    byte[] bytes = new byte[100];
    IoRequest request = made.request();
    target.formatRead(request, IoMemory.wrap(ByteBuffer.wrap(bytes)), 10, 20, 0);
    request.send(target);
    Packet packet = nativeOnly.oldest();
    assertThat(packet.frame().outputAddress()).isNotZero();
    packet.frame().outputSegment().asSlice(packet.frame().outputBase(), 20).fill((byte) 7);
    packet.complete(IoStatus.SUCCESS, 20);
    assertThat(bytes[9]).isZero();
    assertThat(bytes[10]).isEqualTo((byte) 7);
    assertThat(bytes[29]).isEqualTo((byte) 7);
    assertThat(bytes[30]).isZero();
  }

  @Test
  @DisplayName("R-151, R-157, R-220, R-338 frames: a format makes them fit, a send checks them")
  void framesAreMadeToFit() {
    IoTarget flat = over(device);
    ManualDevice deepDevice = new ManualDevice(3, BufferMethod.OUT_DIRECT, true);
    deepDevice.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget deep = over(deepDevice);
    IoRequest request = formatted(flat);
    assertThat(reported(VerifierRule.TOO_FEW_FRAMES, () -> request.send(deep))).isFalse();
    assertThat(request.status()).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    assertThat(deep.requestsInFlight()).isZero();
    request.changeTarget(deep);
    deep.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(deep)).isTrue();
    recorder.await();
    IoRequest formattedForDeep = made.request();
    deep.formatRead(formattedForDeep, IoMemory.none(), 0);
    formattedForDeep.setCompletionRoutine(recorder);
    assertThat(formattedForDeep.send(flat)).as("R-157 with frames to spare").isTrue();
    device.complete();
    recorder.await();
  }

  @Test
  @DisplayName("R-210 at most 16 routines run inside one another; deferred ones run in order")
  void atMostSixteenRoutinesNest() {
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget target = over(device);
    AtomicInteger depth = new AtomicInteger();
    AtomicInteger deepest = new AtomicInteger();
    List<Integer> order = new ArrayList<>();
    sendChained(target, 0, depth, deepest, order);
    assertThat(deepest.get()).isEqualTo(16);
    assertThat(order).isEqualTo(IntStream.rangeClosed(0, 100).boxed().toList());
    assertThat(target.requestsInFlight()).isZero();
  }

  private void sendChained(
      IoTarget target,
      int number,
      AtomicInteger depth,
      AtomicInteger deepest,
      List<Integer> order) {
    IoRequest request = made.request();
    target.formatRead(request, IoMemory.none(), 0);
    request.setCompletionRoutine((done, at, result) -> {
      order.add(number);
      deepest.accumulateAndGet(depth.incrementAndGet(), Math::max);
      if (number < 100) {
        sendChained(at, number + 1, depth, deepest, order);
      }
      depth.decrementAndGet();
    });
    assertThat(request.send(target)).isTrue();
  }

  @Test
  @DisplayName("R-253 a synchronous sender waits as long as the device ignores the cancel")
  void aSynchronousSenderWaitsForTheDevice() {
    IoTarget target = over(device);
    IoRequest request = formatted(target);
    Thread sender =
        Thread.ofPlatform().start(() -> request.send(target, SendOptions.synchronous()));
    device.awaitArrivals(1);
    assertThat(request.cancelSent()).isFalse();
    device.awaitCancels(1);
    Waiting.untilParked(sender);
    assertThat(recorder.count()).isZero();
    device.complete(IoStatus.SUCCESS, 1);
    Waiting.forEnd(sender);
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-263 a failed call carries the bytes moved all the same")
  void aFailedCallCarriesTheBytesMoved() {
    device.atOnce(packet -> packet.complete(IoStatus.ofErrno(5), 21));
    IoTarget target = over(device);
    IoRequestException failed =
        TargetUnderTest.failure(() -> target.sendReadSynchronously(made.memory(64), 8));
    assertThat(failed.status().name()).isEqualTo("EIO");
    assertThat(failed.information()).isEqualTo(21);
    assertThat(failed).hasMessageContaining("read of 64 bytes at offset 8");
  }

  @Test
  @DisplayName(
      "R-105 a packet completed twice is refused, R-020 what was not opened by name stays closed")
  void misuseByDevicesAndOwners() {
    IoTarget target = over(device);
    send(target);
    Packet packet = device.oldest();
    packet.complete(IoStatus.SUCCESS, 0);
    try {
      packet.complete(IoStatus.SUCCESS, 0);
      throw new AssertionError("completed twice");
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("twice");
    }
    target.close();
    assertThat(device.isClosed()).isTrue();
    assertThat(
            misuse(() -> {
              target.reopen();
              return Optional.empty();
            }))
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName(
      "R-231 a device may block a platform thread that waits, without a limit, for this packet")
  void whoseThreadADeviceMayBlock() throws Exception {
    List<Boolean> mayBlock = new ArrayList<>();
    List<Boolean> mayBlockCarrier = new ArrayList<>();
    device.atOnce(packet -> {
      mayBlockCarrier.add(packet.mayBlockCarrier());
      mayBlock.add(packet.mayBlockSender());
      Waiting.forEnd(Thread.ofPlatform().start(() -> mayBlock.add(packet.mayBlockSender())));
      packet.complete(IoStatus.SUCCESS, 0);
    });
    IoTarget target = over(device);
    IoRequest request = formatted(target);
    assertThat(request.send(target, SendOptions.synchronous())).isTrue();
    assertThat(mayBlock).as("this thread, another one").containsExactly(true, false);
    mayBlock.clear();
    SendOptions limited = SendOptions.synchronous().withTimeout(Duration.ofHours(1));
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(target, limited)).isTrue();
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(target)).isTrue();
    Waiting.forEnd(
        Thread.ofVirtual()
            .start(() -> {
              target.formatRead(request, IoMemory.none(), 0);
              request.send(target, SendOptions.synchronous());
            }));
    assertThat(mayBlock).hasSize(6).containsOnly(false);
    assertThat(mayBlockCarrier)
        .as("of the virtual thread alone")
        .containsExactly(false, false, false, true);
  }

  @Test
  @DisplayName("a routine that may block sends the request synchronously again, and both are woken")
  void aSynchronousSendFromTheRoutineOfASynchronousSend() {
    IoTarget target = over(device);
    IoRequest request = formatted(target);
    CountDownLatch returned = new CountDownLatch(1);
    request.setCompletionRoutine(
        CompletionRoutine.mayBlock((sent, to, result) -> {
          to.formatRead(sent, IoMemory.none(), 0);
          if (sent.send(to, SendOptions.synchronous())) {
            returned.countDown();
          }
        }));
    Verifier.Mode before = Verifier.mode();
    Verifier.mode(Verifier.Mode.OFF); // who waits sleeps until he is woken, and does not look
    try {
      Thread sender =
          Thread.ofPlatform().start(() -> request.send(target, SendOptions.synchronous()));
      device.awaitArrivals(1);
      Waiting.untilParked(sender);
      device.complete();
      device.awaitArrivals(1);
      assertThat(sender.isAlive()).as("it waits for its routine").isTrue();
      device.complete();
      Waiting.forLatch("the routine's send", returned);
      Waiting.forEnd(sender);
    } finally {
      Verifier.mode(before);
    }
  }

  @Test
  @DisplayName(
      "R-289, R-290, R-291 completion parameters give memories, their offsets and arguments")
  void completionParametersGiveTheOffsets() {
    device.atOnce(packet -> packet.complete(IoStatus.SUCCESS, 0));
    IoTarget target = over(device);
    IoRequest request = made.request();
    IoMemory memory = made.memory(64);
    target.formatDeviceControl(request, OUT_DIRECT, memory, 4, 8, memory, 32, 16);
    assertThat(request.send(target)).isTrue();
    assertThat(request.completionParameters().input()).isSameAs(memory);
    assertThat(request.completionParameters().inputOffset()).isEqualTo(4);
    assertThat(request.completionParameters().output()).isSameAs(memory);
    assertThat(request.completionParameters().outputOffset()).isEqualTo(32);
    target.formatInternalDeviceControlOthers(request, OUT_DIRECT, "a", "b", "c");
    assertThat(request.send(target)).isTrue();
    assertThat(request.completionParameters().argument1()).isEqualTo("a");
    assertThat(request.completionParameters().argument2()).isEqualTo("b");
    assertThat(request.completionParameters().argument4()).isEqualTo("c");
  }
}
