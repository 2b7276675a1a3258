package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ioreq.BufferMethod;
import dev.ioreq.DeviceConfig;
import dev.ioreq.Frame;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.Verifier;
import dev.ioreq.VerifierRule;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ReceivedMemoryTest extends ReceivedTest {
  @Test
  @DisplayName("R-125, R-447 input belongs to writes and controls; asking a read for it is flagged")
  void inputOfWritesAndControls() throws Exception {
    IoTarget top = to(keeper().alone());
    sendWrite(top, bytes(1, 2, 3));
    assertThat(of(got.getLast().retrieveInput(0))).containsExactly(1, 2, 3);
    got.getLast().complete(IoStatus.SUCCESS);
    sendControl(top, BufferMethod.BUFFERED, bytes(4, 5), IoMemory.none());
    assertThat(of(got.getLast().retrieveInput(2))).containsExactly(4, 5);
    got.getLast().complete(IoStatus.SUCCESS);
    IoRequest internal = made.request();
    top.formatInternalDeviceControl(
        internal, code(BufferMethod.OUT_DIRECT), bytes(6), IoMemory.none());
    sendFormatted(internal, top);
    assertThat(of(got.getLast().retrieveInput(1))).containsExactly(6);
    got.getLast().complete(IoStatus.SUCCESS);
    send(top);
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> got.getLast().retrieveInput(0));
    assertThat(reports()).containsExactly(VerifierRule.WRONG_DIRECTION_RETRIEVED);
    got.getLast().complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName(
      "R-126, R-447 output belongs to reads and controls; asking a write for it is flagged")
  void outputOfReadsAndControls() throws Exception {
    IoTarget top = to(keeper().alone());
    send(top);
    assertThat(got.getLast().retrieveOutput(64).sizeBytes()).isEqualTo(64);
    got.getLast().complete(IoStatus.SUCCESS);
    sendControl(top, BufferMethod.OUT_DIRECT, IoMemory.none(), made.memory(5));
    assertThat(got.getLast().retrieveOutput(5).sizeBytes()).isEqualTo(5);
    got.getLast().complete(IoStatus.SUCCESS);
    sendWrite(top, bytes(1));
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> got.getLast().retrieveOutput(0));
    assertThat(reports()).containsExactly(VerifierRule.WRONG_DIRECTION_RETRIEVED);
    got.getLast().complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-127 length zero, or shorter than the minimum: BUFFER_TOO_SMALL")
  void tooShort() throws Exception {
    IoTarget top = to(keeper().alone());
    sendWrite(top, bytes(1, 2, 3));
    ReceivedRequest write = got.getLast();
    assertRefused(IoStatus.BUFFER_TOO_SMALL, () -> write.retrieveInput(4));
    assertThat(write.retrieveInput(3).sizeBytes()).isEqualTo(3);
    assertRefused(IoStatus.BUFFER_TOO_SMALL, () -> write.retrieveInput(4));
    write.complete(IoStatus.SUCCESS);
    sendWrite(top, IoMemory.none());
    assertRefused(IoStatus.BUFFER_TOO_SMALL, () -> got.getLast().retrieveInput(0));
    got.getLast().complete(IoStatus.SUCCESS);
    sendControl(top, BufferMethod.BUFFERED, IoMemory.none(), bytes(1));
    assertRefused(IoStatus.BUFFER_TOO_SMALL, () -> got.getLast().retrieveInput(0));
    got.getLast().complete(IoStatus.SUCCESS);
    sendControl(top, BufferMethod.NEITHER, bytes(1), IoMemory.none());
    assertRefused(IoStatus.BUFFER_TOO_SMALL, () -> got.getLast().retrieveOutput(0));
    got.getLast().complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-128, R-100, R-446 after completion: INTERNAL_ERROR, and the memory is closed")
  void afterCompletion() throws Exception {
    IoTarget top = to(keeper().alone());
    sendControl(top, BufferMethod.BUFFERED, bytes(1), bytes(2));
    ReceivedRequest request = got.getLast();
    IoMemory input = request.retrieveInput(0);
    IoMemory output = request.retrieveOutput(0);
    request.complete(IoStatus.SUCCESS, 0);
    assertMisuse(IoStatus.INTERNAL_ERROR, () -> request.retrieveInput(0));
    assertMisuse(IoStatus.INTERNAL_ERROR, () -> request.retrieveOutput(0));
    assertThat(request.type()).isNotNull();
    assertThat(reports())
        .containsExactly(
            VerifierRule.RETRIEVED_AFTER_COMPLETION,
            VerifierRule.RETRIEVED_AFTER_COMPLETION,
            VerifierRule.USE_AFTER_COMPLETION);
    assertThatIllegalStateException().isThrownBy(input::segment);
    assertThatIllegalStateException().isThrownBy(() -> output.copyFrom(0, new byte[1]));
    IoRequest other = made.request();
    assertMisuse(IoStatus.INVALID_PARAMETER, () -> top.formatWrite(other, input, 0));
  }

  @Test
  @DisplayName("S-63 in the strict mode the raw bytes of a completed request cannot be touched")
  void rawBytesAfterCompletion() throws Exception {
    Verifier.mode(Verifier.Mode.STRICT);
    IoTarget top = to(keeper().alone());
    send(top);
    MemorySegment raw = got.getLast().retrieveOutput(1).segment();
    raw.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
    got.getLast().complete(IoStatus.SUCCESS);
    assertThatIllegalStateException()
        .isThrownBy(() -> raw.set(ValueLayout.JAVA_BYTE, 0, (byte) 2))
        .withMessageContaining("closed");
  }

  @Test
  @DisplayName("R-130 the same memory each time, and another one for the next request")
  void theSameMemoryEachTime() throws Exception {
    IoTarget top = to(keeper().alone());
    sendControl(top, BufferMethod.OUT_DIRECT, bytes(1), bytes(2));
    ReceivedRequest first = got.getLast();
    IoMemory input = first.retrieveInput(0);
    assertThat(first.retrieveInput(1)).isSameAs(input);
    assertThat(first.retrieveOutput(0)).isSameAs(first.retrieveOutput(1)).isNotSameAs(input);
    first.complete(IoStatus.SUCCESS, 0);
    sendControl(top, BufferMethod.OUT_DIRECT, bytes(9, 9), bytes(2));
    assertThat(of(got.getLast().retrieveInput(0))).containsExactly(9, 9);
    got.getLast().complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-130 the memory of a request sent again is there, also if somebody kept the first")
  void theMemoryOfARequestSentAgain() throws Exception {
    IoTarget top = to(keeper().alone());
    IoRequest request = sendWrite(top, bytes(1, 2));
    IoMemory kept = got.getLast().retrieveInput(0);
    kept.reference();
    got.getLast().complete(IoStatus.SUCCESS);
    top.formatWrite(request, bytes(3, 4), 0);
    sendFormatted(request, top);
    assertThat(of(got.getLast().retrieveInput(0))).containsExactly(3, 4);
    kept.dereference();
    assertThat(of(got.getLast().retrieveInput(0))).containsExactly(3, 4);
    got.getLast().complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-131 what the driver may only read")
  void readOnly() throws Exception {
    IoTarget top = to(keeper().alone());
    sendWrite(top, bytes(1));
    assertReadOnly(got.getLast().retrieveInput(0));
    got.getLast().complete(IoStatus.SUCCESS);
    assertDirectControlsAreReadOnly(top, false);
    sendControl(top, BufferMethod.BUFFERED, bytes(1), bytes(2));
    got.getLast().retrieveInput(0).copyFrom(0, new byte[1]);
    got.getLast().retrieveOutput(0).copyFrom(0, new byte[1]);
    got.getLast().complete(IoStatus.SUCCESS);
    send(top);
    got.getLast().retrieveOutput(0).copyFrom(0, new byte[1]);
    got.getLast().complete(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-131 the same where the bytes are carried through a buffer")
  void readOnlyWhereCarried() throws Exception {
    IoTarget below = over(new ManualDevice(1, BufferMethod.BUFFERED, false));
    assertDirectControlsAreReadOnly(to(keeper().above(below)), true);
  }

  private void assertDirectControlsAreReadOnly(IoTarget top, boolean onHeap) throws Exception {
    sendControl(top, BufferMethod.IN_DIRECT, some(onHeap), some(onHeap));
    assertReadOnly(got.getLast().retrieveInput(0));
    assertReadOnly(got.getLast().retrieveOutput(0));
    got.getLast().complete(IoStatus.SUCCESS);
    sendControl(top, BufferMethod.OUT_DIRECT, some(onHeap), some(onHeap));
    assertReadOnly(got.getLast().retrieveInput(0));
    got.getLast().retrieveOutput(0).copyFrom(0, new byte[1]);
    got.getLast().complete(IoStatus.SUCCESS);
  }

  private IoMemory some(boolean onHeap) {
    return onHeap ? IoMemory.wrap(ByteBuffer.allocate(1)) : made.memory(1);
  }

  private static void assertReadOnly(IoMemory memory) {
    assertMisuse(IoStatus.ACCESS_VIOLATION, () -> memory.copyFrom(0, new byte[1]));
  }

  @Test
  @DisplayName("R-144 the driver sees the window, from index 0 on, and nothing around it")
  void theWindow() throws Exception {
    IoTarget top = to(keeper().alone());
    IoRequest request = made.request();
    IoMemory memory = bytes(1, 2, 3, 4, 5);
    top.formatWrite(request, memory, 1, 3, 700);
    sendFormatted(request, top);
    assertThat(got.getLast().deviceOffset()).isEqualTo(700);
    assertThat(of(got.getLast().retrieveInput(0))).containsExactly(2, 3, 4);
    got.getLast().complete(IoStatus.SUCCESS);
    top.formatRead(request, memory, 2, 2, 0);
    sendFormatted(request, top);
    got.getLast().retrieveOutput(0).copyFrom(0, new byte[] {7, 8});
    got.getLast().complete(IoStatus.SUCCESS, 2);
    assertThat(of(memory)).containsExactly(1, 2, 7, 8, 5);
  }

  @Test
  @DisplayName("R-173 a buffered control's input and output are the same bytes")
  void bufferedControl() throws Exception {
    IoTarget top = to(keeper().alone());
    IoMemory in = bytes(1, 2);
    IoMemory out = bytes(0, 0, 0);
    sendControl(top, BufferMethod.BUFFERED, in, out);
    ReceivedRequest request = got.getLast();
    IoMemory input = request.retrieveInput(0);
    request.retrieveOutput(3).copyFrom(0, new byte[] {7});
    assertThat(of(input)).containsExactly(7, 2);
    assertThat(of(out)).as("not before the end").containsExactly(0, 0, 0);
    request.complete(IoStatus.SUCCESS, 2);
    assertThat(of(out)).containsExactly(7, 2, 0);
    assertThat(of(in)).containsExactly(1, 2);
  }

  @Test
  @DisplayName("R-175, R-176, R-177 direct and neither: the sender's bytes themselves")
  void directControls() throws Exception {
    IoTarget top = to(keeper().alone());
    for (BufferMethod method : List.of(BufferMethod.OUT_DIRECT, BufferMethod.NEITHER)) {
      IoMemory in = bytes(1, 2);
      IoMemory out = bytes(3, 4);
      sendControl(top, method, in, out);
      ReceivedRequest request = got.getLast();
      IoMemory input = request.retrieveInput(0);
      request.retrieveOutput(0).copyFrom(0, new byte[] {8, 9});
      assertThat(of(out)).as("%s, without a copy", method).containsExactly(8, 9);
      assertThat(of(input)).as("%s, apart from the output", method).containsExactly(1, 2);
      in.copyFrom(0, new byte[] {5});
      assertThat(of(input)).as("%s, by reference", method).containsExactly(5, 2);
      request.complete(IoStatus.SUCCESS, 2);
    }
    sendControl(top, BufferMethod.IN_DIRECT, bytes(1), bytes(6, 7));
    assertThat(of(got.getLast().retrieveOutput(0))).as("R-175").containsExactly(6, 7);
    got.getLast().complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-129 neither: whoever is in this process may be asked for its bytes")
  void neither() throws Exception {
    IoTarget top = to(keeper().alone());
    sendControl(top, BufferMethod.NEITHER, bytes(1), bytes(2));
    assertThat(of(got.getLast().retrieveInput(0))).containsExactly(1);
    assertThat(of(got.getLast().retrieveOutput(0))).containsExactly(2);
    got.getLast().complete(IoStatus.SUCCESS, 0);
  }

  @Test
  @DisplayName("R-176 direct stays direct where reads and writes are buffered")
  void directOverABufferedDevice() throws Exception {
    IoTarget top = to(keeper().bufferMethod(BufferMethod.BUFFERED).alone());
    IoMemory out = bytes(3, 4);
    sendControl(top, BufferMethod.OUT_DIRECT, bytes(1, 2), out);
    IoMemory input = got.getLast().retrieveInput(0);
    got.getLast().retrieveOutput(0).copyFrom(0, new byte[] {8, 9});
    assertThat(of(input)).containsExactly(1, 2);
    assertThat(of(out)).containsExactly(8, 9);
    got.getLast().complete(IoStatus.SUCCESS, 2);
  }

  @Test
  @DisplayName("R-168, R-175, R-176 memory of the heap is carried to a device that takes addresses")
  void heapMemoryIsCarried() {
    List<Boolean> hadAddress = new ArrayList<>();
    ManualDevice native_ = new ManualDevice(1, BufferMethod.OUT_DIRECT, false);
    native_.atOnce(packet -> {
      Frame frame = packet.frame();
      hadAddress.add(frame.inputLength() == 0 || frame.inputAddress() != 0);
      hadAddress.add(frame.outputLength() == 0 || frame.outputAddress() != 0);
      byte first =
          frame.inputLength() == 0
              ? 5
              : frame.inputSegment().get(ValueLayout.JAVA_BYTE, frame.inputBase());
      for (long i = 0; i < frame.outputLength(); i++) {
        frame
            .outputSegment()
            .set(ValueLayout.JAVA_BYTE, frame.outputBase() + i, (byte) (first + i));
      }
      long last =
          frame.inputLength() == 0
              ? 0
              : frame
                  .inputSegment()
                  .get(ValueLayout.JAVA_BYTE, frame.inputBase() + frame.inputLength() - 1);
      packet.complete(IoStatus.SUCCESS, last == 0 ? frame.outputLength() : last);
    });
    IoTarget below = over(native_);
    // the device itself takes what comes; what it hands on unchanged has to fit the one below
    IoTarget top = to(forwarder("f").above(below));
    IoMemory in = IoMemory.wrap(ByteBuffer.wrap(new byte[] {1, 2}));
    IoMemory out = IoMemory.wrap(ByteBuffer.allocate(2));
    IoRequest request = sendControl(top, BufferMethod.OUT_DIRECT, in, out);
    assertThat(request.information()).as("the input's last byte, unharmed").isEqualTo(2);
    assertThat(of(out)).containsExactly(1, 2);
    top.formatRead(request, out, 0);
    sendFormatted(request, top);
    assertThat(of(out)).containsExactly(5, 6);
    assertThat(hadAddress).hasSize(4).doesNotContain(false);
  }

  @Test
  @DisplayName("R-168, R-185, R-237 also when a request is sent on to where it was not meant for")
  void heapMemoryIsCarriedToAnotherTarget() {
    ManualDevice native_ = new ManualDevice(1, BufferMethod.OUT_DIRECT, false);
    IoTarget remote = over(native_);
    IoTarget top = to(keeper().forwardsTo(remote).alone());
    IoMemory out = IoMemory.wrap(ByteBuffer.allocate(2));
    IoRequest request = made.request();
    top.formatRead(request, out, 0);
    sendFormatted(request, top);
    ReceivedRequest received = got.getLast();
    received.formatUsingCurrentType();
    received.setCompletionRoutine((sent, target, result) -> received.complete(result.status()));
    assertThat(received.send(remote)).isTrue();
    Packet packet = native_.oldest();
    assertThat(packet.frame().outputAddress()).isNotZero();
    packet
        .frame()
        .outputSegment()
        .set(ValueLayout.JAVA_BYTE, packet.frame().outputBase(), (byte) 9);
    packet.complete(IoStatus.SUCCESS, 1);
    assertThat(of(out)).containsExactly(9, 0);

    IoTarget forgetful = to(keeper().above(made.track(native_.target())));
    forgetful.formatRead(request, IoMemory.wrap(ByteBuffer.allocate(2)), 0);
    sendFormatted(request, forgetful);
    ReceivedRequest forgotten = got.getLast();
    IoTarget local = forgotten.device().localTarget().orElseThrow();
    assertThat(forgotten.send(local, SendOptions.sendAndForget())).isTrue();
    assertThat(native_.oldest())
        .satisfies(last -> {
          assertThat(last.frame().outputAddress()).isNotZero();
          last.complete(IoStatus.SUCCESS, 0);
        });
  }

  private static DeviceConfig forwarder(String name) {
    return IoDevice.function(name)
        .queue(
            IoQueue.parallel()
                .onDefault((queue, request) -> {
                  request.formatUsingCurrentType();
                  request.setCompletionRoutine(
                      (sent, target, result) -> request.complete(result.status()));
                  if (!request.send(queue.device().localTarget().orElseThrow())) {
                    request.complete(request.status());
                  }
                }));
  }

  @Test
  @DisplayName("R-141, R-139, R-351 a created request must let go of the memory before completion")
  void aCreatedRequestMustLetGo() throws Exception {
    IoTarget below = over(lower);
    IoTarget top = to(keeper().above(below));
    List<LettingGo> ways =
        List.of(
            IoRequest::reuse,
            child -> below.formatRead(child, IoMemory.none(), 0),
            child -> child.changeTarget(below),
            IoRequest::close);
    for (LettingGo way : ways) {
      send(top);
      ReceivedRequest received = got.getLast();
      IoRequest child = made.request();
      below.formatRead(child, received.retrieveOutput(0), 0);
      assertThat(child.send(below)).isTrue();
      lower.complete(IoStatus.SUCCESS, 64);
      assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.complete(IoStatus.SUCCESS, 64));
      assertThat(reports()).containsExactly(VerifierRule.COMPLETE_WHILE_MEMORY_HELD);
      assertThat(recorder.count()).as("not completed").isEqualTo(ways.indexOf(way));
      way.letGo(child);
      received.complete(IoStatus.SUCCESS, 64);
      assertThat(recorder.count()).isEqualTo(ways.indexOf(way) + 1);
    }
  }

  private interface LettingGo {
    void letGo(IoRequest child);
  }

  @Test
  @DisplayName(
      "R-141 a request that is forgotten with its memory in use is refused in the same way")
  void notForgottenWhileItsMemoryIsHeld() throws Exception {
    ReceivedRequest received = receive();
    IoTarget below = received.device().localTarget().orElseThrow();
    IoRequest child = made.request();
    below.formatRead(child, received.retrieveOutput(0), 0);
    assertMisuse(
        IoStatus.INVALID_DEVICE_REQUEST, () -> received.send(below, SendOptions.sendAndForget()));
    assertThat(lower.arrivals()).isEmpty();
    child.reuse();
    assertThat(received.send(below, SendOptions.sendAndForget())).isTrue();
    lower.complete();
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-142 its own formatting never keeps it from being completed")
  void itsOwnFormattingLetsGo() throws Exception {
    ReceivedRequest received = receive();
    IoTarget below = received.device().localTarget().orElseThrow();
    below.formatRead(received, received.retrieveOutput(0), 8, 8, 0);
    received.complete(IoStatus.SUCCESS, 3);
    assertThat(recorder.await().information()).isEqualTo(3);
    assertThat(reports()).isEmpty();
  }

  @Test
  @DisplayName(
      "R-101, R-100 children are deleted and cleanups run first, with the bytes still there")
  void cleanupComesFirst() throws Exception {
    ReceivedRequest received = receive();
    IoTarget below = received.device().localTarget().orElseThrow();
    IoRequest child = IoRequest.create(below);
    child.parent(received);
    below.formatRead(child, received.retrieveOutput(0), 0);
    List<String> order = new ArrayList<>();
    child.onCleanup(o -> order.add("child"));
    received.onCleanup(o -> {
      order.add(recorder.count() == 0 ? "cleanup" : "too late");
      order.add(sizeOf((ReceivedRequest) o) == 64 ? "bytes" : "no bytes");
    });
    received.onDestroy(o -> order.add("destroy"));
    received.complete(IoStatus.SUCCESS, 64);
    assertThat(order).containsExactly("child", "cleanup", "bytes", "destroy");
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-240 the same when it is forgotten, before the device below sees it")
  void cleanupComesBeforeForgetting() {
    ReceivedRequest received = receive();
    List<Integer> arrivals = new ArrayList<>();
    received.onCleanup(o -> arrivals.add(lower.arrivals().size()));
    IoTarget below = received.device().localTarget().orElseThrow();
    assertThat(received.send(below, SendOptions.sendAndForget())).isTrue();
    assertThat(arrivals).containsExactly(0);
    lower.complete();
  }

  @Test
  @DisplayName("R-433 a handle kept by reference does not stand for another packet")
  void aReferencedHandleIsNotUsedAgain() {
    IoTarget top = to(keeper().alone());
    IoRequest request = send(top);
    ReceivedRequest kept = got.getLast();
    kept.reference();
    kept.complete(IoStatus.SUCCESS, 1);
    top.formatRead(request, made.memory(8), 0);
    sendFormatted(request, top);
    ReceivedRequest second = got.getLast();
    assertThat(second).isNotSameAs(kept);
    kept.complete(IoStatus.UNSUCCESSFUL);
    assertThat(reports()).containsExactly(VerifierRule.COMPLETED_TWICE);
    assertThat(recorder.count()).isEqualTo(1);
    kept.dereference();
    second.complete(IoStatus.SUCCESS, 2);
    assertThat(recorder.calls().getLast().information()).isEqualTo(2);
  }

  private static long sizeOf(ReceivedRequest request) {
    try {
      return request.retrieveOutput(0).sizeBytes();
    } catch (IoRequestException e) {
      throw new AssertionError(e);
    }
  }

  /// Has a request received, and gives what the driver then sees as its input.
  private IoMemory inputOf(IoRequest request, IoTarget top, int... expected) throws Exception {
    sendFormatted(request, top);
    IoMemory input = got.getLast().retrieveInput(0);
    assertThat(of(input)).isEqualTo(of(bytes(expected)));
    got.getLast().complete(IoStatus.SUCCESS);
    return input;
  }

  @Test
  @DisplayName("R-121 a view stands for the next request on the same bytes, and on no others")
  void aViewStandsForTheSameBytesAgain() throws Exception {
    IoTarget top = to(keeper().alone());
    IoRequest request = made.request();
    IoMemory memory = bytes(0, 1, 2, 3);
    top.formatWrite(request, memory, 0, 2, 0);
    IoMemory first = inputOf(request, top, 0, 1);
    top.formatWrite(request, memory, 0, 2, 0);
    assertThat(inputOf(request, top, 0, 1)).as("the same").isSameAs(first);
    top.formatWrite(request, memory, 1, 2, 0);
    assertThat(inputOf(request, top, 1, 2)).as("another place").isNotSameAs(first);
    top.formatWrite(request, memory, 1, 3, 0);
    IoMemory longer = inputOf(request, top, 1, 2, 3);
    top.formatWrite(request, bytes(0, 4, 5, 6), 1, 3, 0);
    assertThat(inputOf(request, top, 4, 5, 6)).as("other memory").isNotSameAs(longer);
  }

  @Test
  @DisplayName("R-121, R-131 a view does not stand for the same bytes with other rights")
  void aViewHasItsRights() throws Exception {
    IoTarget top = to(keeper().alone());
    IoRequest request = made.request();
    IoMemory memory = bytes(7, 8, 9);
    top.formatWrite(request, memory, 0);
    inputOf(request, top, 7, 8, 9);
    top.formatDeviceControl(request, code(BufferMethod.NEITHER), memory, IoMemory.none());
    sendFormatted(request, top);
    IoMemory writable = got.getLast().retrieveInput(0);
    assertThat(writable.segment().isReadOnly()).isFalse();
    writable.reference();
    got.getLast().complete(IoStatus.SUCCESS);
    top.formatDeviceControl(request, code(BufferMethod.NEITHER), memory, IoMemory.none());
    assertThat(inputOf(request, top, 7, 8, 9)).as("somebody has it").isNotSameAs(writable);
    writable.dereference();
  }

  @Test
  @DisplayName("R-141 memory that the driver has closed is held, too, while a child is formatted")
  void closedMemoryThatAChildHolds() throws Exception {
    ReceivedRequest received = receive();
    IoTarget below = received.device().localTarget().orElseThrow();
    IoRequest child = made.request();
    IoMemory output = received.retrieveOutput(0);
    below.formatRead(child, output, 0);
    output.close();
    assertMisuse(IoStatus.INVALID_DEVICE_REQUEST, () -> received.complete(IoStatus.SUCCESS, 64));
    child.reuse();
    received.complete(IoStatus.SUCCESS, 64);
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-139 what a driver formatted it with is let go when a request ends in a queue")
  void whatItWasFormattedWithIsLetGo() {
    IoDevice device = device(keeper().above(over(lower)));
    IoQueue waiting = device.createQueue("waiting", IoQueue.manual());
    IoRequest request = send(to(device));
    ReceivedRequest received = got.getLast();
    IoMemory own = IoMemory.allocate(16);
    final MemorySegment segment = own.segment();
    device.localTarget().orElseThrow().formatRead(received, own, 0);
    assertThat(received.forwardTo(waiting)).isEqualTo(IoStatus.SUCCESS);
    assertThat(request.cancelSent()).isTrue();
    own.close();
    assertThat(segment.scope().isAlive()).isFalse();
  }

  @Test
  @DisplayName("R-240, R-141 children go, and let go of the memory, before a request is forgotten")
  void childrenGoBeforeForgetting() throws Exception {
    ReceivedRequest received = receive();
    IoTarget below = received.device().localTarget().orElseThrow();
    IoRequest child = IoRequest.create(below);
    child.parent(received);
    below.formatRead(child, received.retrieveOutput(0), 0);
    assertThat(received.send(below, SendOptions.sendAndForget())).isTrue();
    lower.complete();
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-443 without memory for a handle a request fails cleanly")
  void withoutMemoryForAHandle() {
    for (Verifier.Mode mode : List.of(Verifier.Mode.REPORT, Verifier.Mode.STRICT)) {
      Verifier.mode(mode);
      IoTarget top = to(keeper().alone());
      IoRequest request = formatted(top);
      try (Verifier.Registration faults = Verifier.failAllocationsAfter(0)) {
        assertThat(faults).isNotNull();
        assertThat(request.send(top)).isTrue();
      }
      assertThat(recorder.await().status()).isEqualTo(IoStatus.INSUFFICIENT_RESOURCES);
      assertThat(got).isEmpty();
    }
  }
}
