package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.linux.ring.RingConfig;
import java.util.BitSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RingTableTest {
  private static final int NUMBERS = 256; // before it grows
  private static final int STACKS = 100; // of as many depths
  private static final int STACK_BYTES = 256 << 10;
  private static final int LEVELS = 50; // next to the end of a stack

  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final KeepingDevice device = new KeepingDevice(engine);
  private final IoTarget target = IoTarget.over("keeping", device);
  private final IoRequest request = IoRequest.create(target);
  private final RingTable table = new RingTable();
  private int refused;

  @BeforeEach
  void send() {
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(target)).isTrue();
  }

  @AfterEach
  void end() throws InterruptedException {
    device.packet().complete(IoStatus.SUCCESS, 0);
    request.close();
    target.close();
    engine.end();
  }

  @Test
  void aStackThatEndsTakesNoNumberAlong() throws InterruptedException {
    for (int depth = 0; depth < STACKS; depth++) {
      int more = depth;
      Thread thread = new Thread(null, () -> begin(more), "deep", STACK_BYTES);
      thread.start();
      thread.join();
    }
    assertThat(refused).isPositive();
    int numbers = NUMBERS;
    for (int number = table.oldest(); number != RingTable.NONE; number = table.oldest()) {
      table.endWait();
      table.remove(number);
      while (number >= numbers) {
        numbers *= 2;
      }
    }
    assertThat(table.used()).isZero();
    BitSet taken = new BitSet();
    for (int i = 0; i < numbers; i++) {
      taken.set(table.add(device.packet()));
    }
    assertThat(taken.nextClearBit(0)).isEqualTo(numbers);
  }

  @Test
  void anEntryWithAFollowerIsAnsweredByBothInTheirOrder() {
    int number = table.add(device.packet());
    table.follow(number);
    assertThat(table.isAnswered(number, 7)).isFalse();
    assertThat(table.hasInRing(number, device.packet())).isTrue();
    assertThat(table.isFollowerAnswered(number)).isTrue();
    assertThat(table.result(number)).isEqualTo(7);
    table.remove(number);
  }

  @Test
  void aFollowerThatComesFirstOrBelongsToNoneCountsForNothing() {
    int number = table.add(device.packet());
    table.follow(number);
    assertThat(table.isFollowerAnswered(number)).isFalse();
    assertThat(table.isFollowerAnswered(number)).isFalse();
    assertThat(table.isAnswered(number, 7)).isTrue();
    table.remove(number);
    assertThat(table.isFollowerAnswered(number)).isFalse();
  }

  private int begin(int more) {
    return more == 0 ? addNearTheEnd() : begin(more - 1) + 1;
  }

  /// Goes down to where the stack ends, and on the way up gives out a number at each level.
  @SuppressWarnings("InfiniteRecursion") // so it ends
  private int addNearTheEnd() {
    int level = 0;
    try {
      level = addNearTheEnd() + 1;
    } catch (StackOverflowError e) {
      // here
    }
    if (level < LEVELS) {
      try {
        table.addWaiting(device.packet());
      } catch (StackOverflowError e) {
        refused++;
      }
    }
    return level;
  }

  /// Keeps the packet it is given.
  private static final class KeepingDevice extends EngineDevice {
    private @Nullable Packet kept;

    KeepingDevice(RingEngine engine) {
      super(engine, "keeping");
    }

    @Override
    public void dispatch(Packet packet) {
      kept = packet;
    }

    Packet packet() {
      return Objects.requireNonNull(kept);
    }
  }
}
