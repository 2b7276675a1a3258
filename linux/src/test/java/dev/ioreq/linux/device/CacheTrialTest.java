package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.testkit.ManualDevice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CacheTrialTest {
  private static final int FEWEST = 1024;
  private static final int MOST = 65_536;

  private final List<Packet> packets = new ArrayList<>();
  private final IoTarget target = new ManualDevice().atOnce(packets::add).target();
  private final IoRequest request = IoRequest.create(target);
  private final Packet packet = sent();
  private final CacheTrial trial = new CacheTrial();

  private Packet sent() {
    target.formatRead(request, IoMemory.none(), 0);
    assertThat(request.send(target)).isTrue();
    Packet packet = packets.getLast();
    packet.word2 = 0;
    return packet;
  }

  @AfterEach
  void end() {
    packet.complete(IoStatus.SUCCESS, 0);
    request.close();
    target.close();
  }

  /// How many of 64 reads may wait.
  private int mayWait() {
    int may = 0;
    for (int i = 0; i < 64; i++) {
      may += trial.isAtHand(packet) ? 1 : 0;
    }
    return may;
  }

  private void found(int count) {
    for (int i = 0; i < count; i++) {
      trial.found();
    }
  }

  @Test
  void sevenOfEightMayWaitOnceManyHaveFoundAll() {
    found(FEWEST - 1);
    assertThat(mayWait()).isZero();
    found(1);
    assertThat(mayWait()).isBetween(48, 62);
    found(FEWEST);
    assertThat(mayWait()).isBetween(48, 62);
  }

  @Test
  void theFirstOfARequestMayNot() {
    found(FEWEST);
    assertThat(trial.isAtHand(packet)).isFalse();
  }

  /// Or a program whose reads go round would have the same block asked for each time.
  @Test
  void whichMayNotHasNoPeriod() {
    found(FEWEST);
    for (int period : new int[] {2, 4, 8, 16, 64}) {
      for (int which = 0; which < period; which++) {
        boolean isAsked = false;
        for (int round = 0; round < 100; round++) {
          for (int i = 0; i < period; i++) {
            boolean mayWait = trial.isAtHand(packet);
            isAsked |= i == which && !mayWait;
          }
        }
        assertThat(isAsked).as("place %d of %d", which, period).isTrue();
      }
    }
  }

  @Test
  void afterOneThatMissedTwiceAsManyHaveToFindAll() {
    for (int wanted = FEWEST; wanted <= MOST; wanted *= 2) {
      found(wanted - 1);
      assertThat(mayWait()).isZero();
      found(1);
      assertThat(mayWait()).isBetween(48, 62);
      trial.missed();
      assertThat(mayWait()).isZero();
    }
    found(MOST);
    assertThat(mayWait()).isBetween(48, 62);
  }

  @Test
  void missesThatFollowOneAnotherCountAsOne() {
    found(1);
    for (int i = 0; i < 100; i++) {
      trial.missed();
    }
    found(2 * FEWEST);
    assertThat(mayWait()).isBetween(48, 62);
  }
}
