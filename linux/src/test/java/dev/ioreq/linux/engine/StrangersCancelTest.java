package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import java.util.Objects;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// An engine is asked to cancel a packet that is not in its ring, as it is when a device of the
/// engine's does the work itself: whatever is in the packet's words, nobody else's request ends.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class StrangersCancelTest {
  private static final int NUMBERS = 256; // that a table gives before it grows

  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final HoldingDevice device = new HoldingDevice(engine);

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    engine.end();
  }

  @Test
  void aCancelOfAPacketThatIsElsewhereEndsNothingInTheRing() throws Exception {
    Recorder victims = new Recorder();
    Recorder others = new Recorder();
    try (Pipe pipe = Pipe.open();
        IoTarget target = RingTargets.open(pipe.readName(), Access.READ, engine);
        IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoTarget elsewhere = IoTarget.over("elsewhere", device);
        IoMemory memory = IoMemory.allocate(1);
        IoRequest victim = IoRequest.create(target);
        IoRequest other = IoRequest.create(elsewhere)) {
      target.formatRead(victim, memory, 0);
      victim.setCompletionRoutine(victims);
      assertThat(victim.send(target)).isTrue();
      LongStream.concat(
              LongStream.rangeClosed(1, NUMBERS),
              LongStream.of(NUMBERS + 1, 1L << 32 | 1, Long.MAX_VALUE, -1, Long.MIN_VALUE))
          .forEach(word -> {
            device.word = word;
            elsewhere.formatRead(other, IoMemory.none(), 0);
            other.setCompletionRoutine(others);
            assertThat(other.send(elsewhere)).isTrue();
            assertThat(other.cancelSent()).isTrue();
            device.end(); // the canceller is a party, so this waits for the engine's turn
            others.await();
          });
      zero.sendReadSynchronously(memory, 0); // behind what the cancels have put into the ring
      pipe.write((byte) 1);
      victims.await();
    }
    assertThat(victims.calls()).extracting(Recorder.Call::status).containsOnly(IoStatus.SUCCESS);
  }

  /// Keeps a packet, with a number of its own in the word that is the engine's elsewhere.
  private static final class HoldingDevice extends EngineDevice {
    private long word;
    private @Nullable Packet held;

    HoldingDevice(RingEngine engine) {
      super(engine, "holding");
    }

    @Override
    public void dispatch(Packet packet) {
      packet.word2 = word;
      held = packet;
    }

    void end() {
      Objects.requireNonNull(held).complete(IoStatus.SUCCESS, 0);
    }
  }
}
