package dev.ioreq.testkit;

import static dev.ioreq.testkit.TargetUnderTest.misuse;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.CompletionRoutine;
import dev.ioreq.Frame;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.PurgeAction;
import dev.ioreq.SendOptions;
import dev.ioreq.SentIoAction;
import dev.ioreq.several.StagedTransfer;
import dev.ioreq.testkit.ManualDevice.Arrival;
import dev.ioreq.testkit.ManualDevice.OnCancel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class StagedTransferTest extends ScriptedTest {
  private static final long STAGE = 16;
  private static final IoStatus EIO = IoStatus.ofErrno(5);

  /// Does what is asked, all of it.
  private static void all(Packet packet) {
    packet.complete(IoStatus.SUCCESS, packet.frame().length());
  }

  private final ManualDevice device = new ManualDevice();
  private final IoTarget target = over(device);
  private final IoMemory memory = made.memory(256);
  private final Ends ends = new Ends();
  private final StagedTransfer transfer = new StagedTransfer(target, STAGE);

  @AfterEach
  void closeTransfer() {
    transfer.close();
  }

  private void read(long lengthBytes) {
    transfer.formatRead(memory, 8, lengthBytes, 1000);
    transfer.start(ends);
  }

  @Test
  @DisplayName("R-349, R-345, R-144, S-23 ten stages and a bit: eleven transfers, one end")
  void tenStagesAndABit() {
    transfer.formatRead(memory, 8, 10 * STAGE + 7, 1000);
    assertThat(device.arrivals()).as("R-147 nothing before the start").isEmpty();
    transfer.start(ends);
    for (int stage = 0; stage < 11; stage++) {
      assertThat(ends.count()).isZero();
      assertThat(device.kept()).as("one at a time").isEqualTo(1);
      long length = stage == 10 ? 7 : STAGE;
      assertThat(device.arrivals().getLast())
          .isEqualTo(new Arrival("READ", 1000 + stage * STAGE, 0, length));
      Packet packet = device.oldest();
      Frame frame = packet.frame();
      assertThat(frame.outputAddress()).isEqualTo(memory.segment().address() + 8 + stage * STAGE);
      packet.complete(IoStatus.SUCCESS, length);
    }
    assertThat(device.arrivals()).hasSize(11);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 167));
    assertThat(ends.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-349 a write in stages gives every byte once, in its place")
  void aWriteInStages() {
    for (int i = 0; i < 256; i++) {
      memory.segment().set(ValueLayout.JAVA_BYTE, i, (byte) i);
    }
    byte[] disk = new byte[300];
    device.atOnce(packet -> {
      Frame frame = packet.frame();
      MemorySegment.copy(
          frame.inputSegment(),
          ValueLayout.JAVA_BYTE,
          frame.inputBase(),
          disk,
          (int) frame.deviceOffset(),
          (int) frame.inputLength());
      packet.complete(IoStatus.SUCCESS, frame.inputLength());
    });
    transfer.formatWrite(memory, 0, 0, 20);
    transfer.start(ends);
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 256));
    assertThat(device.arrivals())
        .hasSize(16)
        .allSatisfy(arrival -> assertThat(arrival.type()).isEqualTo("WRITE"));
    for (int i = 0; i < 256; i++) {
      assertThat(disk[20 + i]).isEqualTo((byte) i);
    }
  }

  @Test
  @DisplayName("S-24 a stage that fails is the last one; its bytes count")
  void aStageThatFails() {
    read(100);
    device.complete(IoStatus.SUCCESS, STAGE);
    device.complete(IoStatus.SUCCESS, STAGE);
    device.complete(IoStatus.SUCCESS, STAGE);
    device.complete(EIO, 5);
    assertThat(ends.await()).isEqualTo(new Ends.End(EIO, 3 * STAGE + 5));
    assertThat(device.arrivals()).hasSize(4);
  }

  @Test
  @DisplayName("S-24 a short stage is continued with the remainder")
  void aShortStage() {
    read(40);
    device.complete(IoStatus.SUCCESS, STAGE);
    device.complete(IoStatus.SUCCESS, 3);
    assertThat(device.arrivals().getLast()).isEqualTo(new Arrival("READ", 1019, 0, STAGE));
    device.complete(IoStatus.SUCCESS, STAGE);
    assertThat(device.arrivals().getLast()).isEqualTo(new Arrival("READ", 1035, 0, 5));
    device.complete(IoStatus.SUCCESS, 5);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 40));
  }

  @Test
  @DisplayName("the end of the file after some bytes is success, at the first byte it is itself")
  void theEndOfTheFile() {
    read(40);
    device.complete(IoStatus.SUCCESS, 10);
    device.complete(IoStatus.END_OF_FILE, 0);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 10));
    read(40);
    device.complete(IoStatus.END_OF_FILE, 0);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.END_OF_FILE, 0));
  }

  @Test
  @DisplayName(
      "a stage that moves nothing is the last one, and one that says too much is not believed")
  void aStageThatMovesNothing() {
    read(40);
    device.complete(IoStatus.SUCCESS, 10);
    device.complete(IoStatus.SUCCESS, 0);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 10));
    read(40);
    device.complete(IoStatus.SUCCESS, 39);
    device.complete(IoStatus.SUCCESS, 39);
    device.complete(IoStatus.SUCCESS, 39);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 40));
  }

  @Test
  @DisplayName("R-222, R-306, S-25 cancel between two stages, from inside the routine")
  void cancelBetweenTwoStages() {
    // the device completes stage 2 and then, while the next is on its way down, the cancel comes
    List<Arrival> seen = new ArrayList<>();
    device.atOnce(packet -> {
      seen.add(device.arrivals().getLast());
      if (seen.size() == 2) {
        assertThat(transfer.cancel()).isTrue();
      }
      packet.complete(IoStatus.SUCCESS, STAGE);
    });
    read(100);
    assertThat(seen).hasSize(2);
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.CANCELLED, 2 * STAGE));
    assertThat(ends.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-303, R-354 cancel of a stage in flight: bytes so far, cancelled")
  void cancelOfAStageInFlight() {
    device.onCancel(OnCancel.COMPLETE);
    read(100);
    device.complete(IoStatus.SUCCESS, STAGE);
    assertThat(transfer.cancel()).isTrue();
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.CANCELLED, STAGE));
    assertThat(transfer.cancel()).isFalse();
  }

  @Test
  @DisplayName("R-300 a device that cannot cancel: its stage is waited for, and is the last one")
  void aDeviceThatCannotCancel() {
    read(40);
    assertThat(transfer.cancel()).isTrue();
    assertThat(ends.count()).isZero();
    device.complete(IoStatus.SUCCESS, STAGE);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.CANCELLED, STAGE));
    read(STAGE);
    assertThat(transfer.cancel()).isTrue();
    device.complete(IoStatus.SUCCESS, STAGE);
    assertThat(ends.await())
        .as("R-312 all was moved")
        .isEqualTo(new Ends.End(IoStatus.SUCCESS, STAGE));
  }

  @Test
  @DisplayName(
      "R-306 a cancel before the start: nothing is sent; and the next transfer is free of it")
  void aCancelBeforeTheStart() {
    transfer.formatRead(memory, 0, 40, 0);
    assertThat(transfer.cancel()).isTrue();
    transfer.start(ends);
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.CANCELLED, 0));
    assertThat(device.arrivals()).isEmpty();
    device.atOnce(StagedTransferTest::all);
    read(40);
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 40));
  }

  @Test
  @Tag("long")
  @DisplayName("R-210, S-26 a thousand stages that complete at once, and chains of transfers")
  void aThousandStages() {
    device.atOnce(StagedTransferTest::all);
    try (IoMemory large = IoMemory.allocate(10_000);
        StagedTransfer byByte = new StagedTransfer(target, 1)) {
      byByte.formatRead(large, 0, 0, 0);
      byByte.start(ends);
      assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 10_000));
    }
    Ends chain = new Ends();
    chain.then(() -> {
      if (chain.count() < 5_000) {
        transfer.formatRead(memory, 0, 20, 0);
        transfer.start(chain);
      }
    });
    transfer.formatRead(memory, 0, 20, 0);
    transfer.start(chain);
    assertThat(chain.count()).isEqualTo(5_000);
    target.purge(PurgeAction.PURGE);
    chain.then(() -> {
      if (chain.count() < 10_000) {
        transfer.formatRead(memory, 0, 20, 0);
        transfer.start(chain);
      }
    });
    transfer.formatRead(memory, 0, 20, 0);
    transfer.start(chain);
    assertThat(chain.count()).isEqualTo(10_000);
    assertThat(chain.last().status()).isEqualTo(IoStatus.INVALID_DEVICE_STATE);
  }

  @Test
  @DisplayName(
      "R-214 a stage that is refused ends the transfer with the reason and the bytes so far")
  void aStageThatIsRefused() {
    read(40);
    Packet packet = device.oldest();
    target.purge(PurgeAction.PURGE);
    packet.complete(IoStatus.SUCCESS, STAGE);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.INVALID_DEVICE_STATE, STAGE));
  }

  @Test
  @DisplayName("R-026 a stopped target holds a stage back")
  void aStoppedTargetHoldsAStageBack() {
    read(32);
    target.stop(SentIoAction.LEAVE_PENDING);
    device.complete(IoStatus.SUCCESS, STAGE);
    assertThat(device.kept()).isZero();
    assertThat(target.requestsHeld()).isEqualTo(1);
    target.start();
    device.complete(IoStatus.SUCCESS, STAGE);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 32));
  }

  @Test
  @DisplayName("R-351 at the end no reference on the memory is left")
  void noReferenceIsLeft() {
    IoMemory mine = IoMemory.allocate(64);
    MemorySegment.Scope scope = mine.segment().scope();
    List<Boolean> alive = new ArrayList<>();
    ends.then(() -> {
      mine.close();
      alive.add(scope.isAlive());
    });
    transfer.formatRead(mine, 0, 0, 0);
    device.atOnce(StagedTransferTest::all);
    transfer.start(ends);
    assertThat(alive).containsExactly(false);
  }

  @Test
  @DisplayName("R-138 memory that its owner closes on the way is there until the end")
  void memoryThatItsOwnerCloses() {
    IoMemory mine = IoMemory.allocate(64);
    MemorySegment.Scope scope = mine.segment().scope();
    transfer.formatRead(mine, 0, 0, 0);
    transfer.start(ends);
    mine.close();
    for (int stage = 0; stage < 4; stage++) {
      assertThat(scope.isAlive()).isTrue();
      device.complete(IoStatus.SUCCESS, STAGE);
    }
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 64));
    assertThat(scope.isAlive()).isFalse();
  }

  @Test
  @DisplayName("R-064 a target that is closed on the way ends the transfer")
  void aTargetThatIsClosed() {
    read(64);
    device.complete(IoStatus.SUCCESS, STAGE);
    Thread closer = Thread.ofPlatform().start(target::close);
    device.awaitCancels(1);
    device.complete(IoStatus.SUCCESS, STAGE);
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.INVALID_DEVICE_STATE, 2 * STAGE));
    Waiting.forEnd(closer);
    assertThat(misuse(() -> transfer.formatRead(memory, 0, 40, 0)))
        .isEqualTo(IoStatus.INVALID_DEVICE_STATE);
    assertThat(misuse(() -> transfer.start(ends))).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
  }

  @Test
  @DisplayName("the device says how large a stage may be")
  void theDeviceSaysHowLargeAStageMayBe() {
    try (StagedTransfer whole = new StagedTransfer(target)) {
      device.maximumTransfer(100);
      device.atOnce(StagedTransferTest::all);
      whole.formatRead(memory, 0, 0, 0);
      whole.start(ends);
      assertThat(device.arrivals()).containsExactly(new Arrival("READ", 0, 0, 256));
    }
    device.arrivals().clear();
    try (StagedTransfer staged = new StagedTransfer(target)) {
      staged.formatRead(memory, 0, 0, 0);
      staged.start(ends);
      assertThat(device.arrivals())
          .extracting(Arrival::outputLength)
          .containsExactly(100L, 100L, 56L);
    }
  }

  @Test
  @DisplayName("R-120, R-109 a carrier of the caller's is formatted and sent, and never reused")
  void aCarrierOfTheCallers() {
    device.atOnce(StagedTransferTest::all);
    IoRequest carrier = made.request();
    carrier.cancelSent(); // as an originator that cancelled before
    transfer.carriedBy(carrier).formatRead(memory, 0, 40, 0);
    transfer.start(ends);
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.CANCELLED, 0));
    assertThat(carrier.status()).isEqualTo(IoStatus.CANCELLED);
    carrier.reuse();
    transfer.carriedBy(carrier).formatRead(memory, 0, 40, 0);
    transfer.start(ends);
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 40));
    assertThat(carrier.information()).as("that of the last stage").isEqualTo(8);
    transfer.formatRead(memory, 0, 40, 0);
    transfer.start(ends);
    assertThat(carrier.information()).as("the next one is carried by its own").isEqualTo(8);
    assertThat(ends.count()).isEqualTo(3);
  }

  @Test
  @DisplayName("R-250 a timeout counts for each stage")
  void aTimeoutCountsForEachStage() {
    device.onCancel(OnCancel.COMPLETE);
    transfer.formatRead(memory, 0, 40, 0);
    transfer.start(ends, SendOptions.timeout(Duration.ofMillis(1)));
    assertThat(ends.await()).isEqualTo(new Ends.End(IoStatus.IO_TIMEOUT, 0));
  }

  @Test
  @DisplayName("a transfer of length zero is one stage")
  void aTransferOfLengthZero() {
    device.atOnce(StagedTransferTest::all);
    transfer.formatRead(IoMemory.none(), 0, 0, 0);
    transfer.start(ends);
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.SUCCESS, 0));
    assertThat(device.arrivals()).hasSize(1);
  }

  @Test
  @DisplayName("misuse throws and changes nothing")
  void misuseThrows() {
    assertThat(misuse(() -> transfer.start(ends))).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    assertThat(misuse(() -> transfer.formatRead(memory, 250, 16, 0)))
        .as("R-136 the whole window, not that of the first stage")
        .isEqualTo(IoStatus.INTEGER_OVERFLOW);
    assertThat(misuse(() -> transfer.start(ends))).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    transfer.formatRead(memory, 0, 40, 0);
    assertThat(misuse(() -> transfer.start(ends, SendOptions.synchronous())))
        .isEqualTo(IoStatus.INVALID_PARAMETER);
    transfer.reuse();
    assertThat(misuse(() -> transfer.start(ends))).isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
    read(40);
    assertThat(misuse(() -> transfer.start(ends))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(misuse(() -> transfer.formatRead(memory, 0, 40, 0)))
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(misuse(transfer::reuse)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    transfer.close();
    device.complete(IoStatus.SUCCESS, STAGE);
    device.complete(IoStatus.SUCCESS, STAGE);
    device.complete(IoStatus.SUCCESS, 8);
    assertThat(ends.await())
        .as("it ends as it would")
        .isEqualTo(new Ends.End(IoStatus.SUCCESS, 40));
    assertThat(misuse(() -> transfer.formatRead(memory, 0, 40, 0)))
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName("a carrier that was sent elsewhere after formatting ends the transfer as misused")
  void aCarrierThatWasSentElsewhere() {
    ManualDevice other = new ManualDevice();
    IoTarget elsewhere = over(other);
    IoRequest carrier = made.request();
    transfer.carriedBy(carrier).formatRead(memory, 0, 40, 0);
    CompletionRoutine nothing = (request, at, result) -> {};
    carrier.setCompletionRoutine(nothing);
    assertThat(carrier.send(elsewhere)).isTrue();
    transfer.start(ends);
    assertThat(ends.last()).isEqualTo(new Ends.End(IoStatus.INVALID_DEVICE_REQUEST, 0));
    other.complete();
  }
}
