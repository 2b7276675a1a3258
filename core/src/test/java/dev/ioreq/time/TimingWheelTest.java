package dev.ioreq.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimingWheelTest {
  private static final long TICK = 1L << 20;
  private static final long TURN = 4096 * TICK;

  private long now = 7 * TURN + 12_345;
  private final TimingWheel wheel = new TimingWheel(now);
  private final List<Node> expired = new ArrayList<>();

  private class Node extends Timed {
    private long deadline = NEVER;
    private long expiredAt = NEVER;

    @Override
    protected long deadlineAtLook() {
      return deadline;
    }

    @Override
    protected void expired() {
      assertThat(deadline).as("expired early").isLessThanOrEqualTo(now);
      expiredAt = now;
      deadline = NEVER;
      expired.add(this);
    }

    Node due(long at) {
      deadline = at;
      return this;
    }

    boolean arm() {
      return !TimingWheel.isLookedAtBy(this, deadline) && wheel.arm(this, deadline, now);
    }

    boolean isLookedAtWithin(long ahead) {
      return TimingWheel.isLookedAtWithin(this, ahead);
    }
  }

  private void advanceTo(long instant) {
    now = instant;
    wheel.advance(now);
  }

  @Test
  void anEmptyWheelHasNothingToLookAt() {
    assertThat(wheel.nextLookNanos()).isEqualTo(Timed.NEVER);
  }

  @Test
  void aNodeExpiresAtItsDeadlineAndNotBefore() {
    Node node = new Node().due(now + 10 * TICK);
    assertThat(node.arm()).isTrue();
    advanceTo(node.deadline - 1);
    assertThat(expired).isEmpty();
    advanceTo(node.deadline);
    assertThat(expired).containsExactly(node);
    assertThat(wheel.nextLookNanos()).isEqualTo(Timed.NEVER);
  }

  @Test
  void aDeadlineInThePastExpiresAtTheNextTurn() {
    Node node = new Node().due(now - 5 * TICK);
    node.arm();
    advanceTo(now);
    assertThat(expired).containsExactly(node);
  }

  @Test
  void theNextLookIsNotBeforeTheDeadlineAndWithinTwoTicks() {
    Node node = new Node().due(now + 100 * TICK + 3);
    node.arm();
    assertThat(wheel.nextLookNanos()).isBetween(node.deadline, node.deadline + 2 * TICK);
  }

  @Test
  void aNodeArmedAgainLaterIsNotLinkedAgainAndExpiresAtTheLaterDeadline() {
    Node node = new Node().due(now + 10 * TICK);
    node.arm();
    node.due(now + 50 * TICK);
    assertThat(node.arm()).as("linked early enough").isFalse();
    advanceTo(now + 20 * TICK);
    assertThat(expired).isEmpty();
    advanceTo(node.deadline - 1);
    assertThat(expired).isEmpty();
    advanceTo(node.deadline);
    assertThat(expired).containsExactly(node);
  }

  @Test
  void aNodeArmedAgainEarlierIsMoved() {
    Node node = new Node().due(now + 50 * TICK);
    node.arm();
    node.due(now + 10 * TICK);
    assertThat(node.arm()).isTrue();
    advanceTo(node.deadline);
    assertThat(expired).containsExactly(node);
  }

  @Test
  void aNodeWithoutDeadlineIsDroppedWhenLookedAt() {
    Node node = new Node().due(now + 10 * TICK);
    node.arm();
    node.due(Timed.NEVER);
    advanceTo(now + 20 * TICK);
    assertThat(expired).isEmpty();
    assertThat(wheel.nextLookNanos()).isEqualTo(Timed.NEVER);
    node.due(now + TICK);
    assertThat(node.arm()).as("links again").isTrue();
  }

  @Test
  void howFarAheadANodeIsLookedAtIsKnownWithoutAClock() {
    Node node = new Node().due(now + 10 * TICK);
    assertThat(node.isLookedAtWithin(Long.MAX_VALUE)).as("not linked").isFalse();
    node.arm();
    assertThat(node.isLookedAtWithin(10 * TICK)).isTrue();
    assertThat(node.isLookedAtWithin(10 * TICK - 1)).isFalse();
    node.due(now + 2 * TICK).arm();
    assertThat(node.isLookedAtWithin(2 * TICK)).as("moved earlier").isTrue();
    node.due(now + 30 * TICK);
    advanceTo(now + 5 * TICK);
    assertThat(node.isLookedAtWithin(25 * TICK)).as("linked by the look").isTrue();
    assertThat(node.isLookedAtWithin(25 * TICK - 1)).isFalse();
    node.due(Timed.NEVER);
    advanceTo(now + 30 * TICK);
    assertThat(node.isLookedAtWithin(Long.MAX_VALUE)).as("dropped").isFalse();
  }

  @Test
  void aRemovedNodeNeverExpires() {
    Node node = new Node().due(now + 10 * TICK);
    node.arm();
    wheel.remove(node);
    wheel.remove(node);
    advanceTo(now + 20 * TICK);
    assertThat(expired).isEmpty();
    assertThat(wheel.nextLookNanos()).isEqualTo(Timed.NEVER);
  }

  @Test
  void theNextLookIsInTimeWhereverTheWheelStands() {
    long[] distances = {0, 1, 10, 40, 63, 64, 100, 1000, 4000, 4095};
    for (int turned = 0; turned < 150; turned++) {
      advanceTo(now + TICK);
      for (long distance : distances) {
        Node node = new Node().due(now + distance * TICK);
        node.arm();
        assertThat(wheel.nextLookNanos())
            .as("%d ticks on, after %d", distance, turned)
            .isBetween(node.deadline, node.deadline + 2 * TICK);
        wheel.remove(node);
      }
    }
  }

  /// Whoever removes a node that is out for a look waits for that look's end, and takes it out
  /// then.
  @Test
  void aNodeRemovedWhileItIsLookedAtIsNotLinkedAgain() throws InterruptedException {
    List<Thread> removers = new ArrayList<>();
    Node node =
        new Node() {
          @Override
          protected long deadlineAtLook() {
            Thread remover = Thread.ofPlatform().start(() -> wheel.remove(this));
            removers.add(remover);
            while (remover.isAlive() && remover.getState() != Thread.State.WAITING) {
              Thread.onSpinWait(); // it has come as far as it can
            }
            return super.deadlineAtLook();
          }
        };
    node.due(now + TICK).arm();
    node.due(now + 100 * TICK);
    advanceTo(now + 2 * TICK);
    removers.getFirst().join();
    assertThat(wheel.nextLookNanos()).isEqualTo(Timed.NEVER);
  }

  @Test
  void aNodeThatWentIsNotLookedFor() {
    Node near = new Node().due(now + 10 * TICK);
    Node far = new Node().due(now + 100 * TICK);
    near.arm();
    far.arm();
    wheel.remove(near);
    assertThat(wheel.nextLookNanos()).isBetween(far.deadline, far.deadline + 2 * TICK);
  }

  @Test
  void aNodeThatFailsKeepsNoOtherFromExpiring() {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Node failing =
          new Node() {
            @Override
            protected void expired() {
              super.expired();
              throw new AssertionError("by intent");
            }
          };
      failing.due(now + TICK).arm();
      nodes.add(failing);
    }
    assertThatThrownBy(() -> advanceTo(now + 2 * TICK)).hasMessage("by intent");
    assertThat(expired).containsExactlyInAnyOrderElementsOf(nodes);
  }

  @Test
  void nodesOfOneSlotInDifferentTurnsExpireEachInItsOwn() {
    Node near = new Node().due(now + 10 * TICK);
    Node far = new Node().due(now + 10 * TICK + TURN);
    Node farther = new Node().due(now + 10 * TICK + 3 * TURN);
    farther.arm();
    far.arm();
    near.arm();
    advanceTo(near.deadline);
    assertThat(expired).containsExactly(near);
    advanceTo(far.deadline - 1);
    assertThat(expired).containsExactly(near);
    advanceTo(far.deadline);
    assertThat(expired).containsExactly(near, far);
    advanceTo(farther.deadline);
    assertThat(expired).containsExactly(near, far, farther);
  }

  @Test
  void aLongSleepMissesNobody() {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      Node node = new Node().due(now + i * TICK);
      node.arm();
      nodes.add(node);
    }
    advanceTo(now + 10 * TURN);
    assertThat(expired).containsExactlyInAnyOrderElementsOf(nodes);
  }

  @Test
  void aNodeMayBeArmedAgainWhenItExpires() {
    Node again =
        new Node() {
          @Override
          protected void expired() {
            super.expired();
            if (expired.size() < 3) {
              due(now + TICK).arm();
            }
          }
        };
    again.due(now + TICK).arm();
    for (int i = 0; i < 10; i++) {
      advanceTo(now + TICK);
    }
    assertThat(expired).hasSize(3);
  }

  @Test
  void randomDeadlinesExpireInTimeWhenTheWheelTurnsAsItAsksTo() {
    long seed = 20_261_122;
    Random random = new Random(seed);
    List<Node> pending = new ArrayList<>();
    for (int round = 0; round < 3000; round++) {
      Node node = new Node().due(now + random.nextLong(3 * TURN));
      node.arm();
      pending.add(node);
      if (random.nextInt(4) == 0) {
        Node moved = pending.get(random.nextInt(pending.size()));
        moved.due(now + random.nextLong(TURN)).arm();
      }
      advanceTo(Math.min(now + random.nextLong(2 * TICK), wheel.nextLookNanos()));
      pending.removeIf(done -> done.expiredAt != Timed.NEVER && done.deadline == Timed.NEVER);
      for (Node waiting : pending) {
        assertThat(waiting.deadline).as("seed %d", seed).isGreaterThan(now - 2 * TICK);
      }
    }
    int looks = 0;
    while (wheel.nextLookNanos() != Timed.NEVER) {
      advanceTo(wheel.nextLookNanos());
      assertThat(looks++).as("looks").isLessThan(20_000);
    }
    pending.removeIf(done -> done.deadline == Timed.NEVER);
    assertThat(pending).as("seed %d: forgotten", seed).isEmpty();
  }
}
